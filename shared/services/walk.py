"""Going down a ranking for what may be shown now."""

from collections.abc import Callable, Collection, Iterator, Sequence

from shared.domain.filters import Filter, matches
from shared.domain.products import Product
from shared.domain.recommendations import Candidate
from shared.domain.rules import Rule, hidden_products
from shared.services.guarded import GuardedProducts

_CHUNK = 64
"""Products looked up at a time: a page seldom needs more, and the whole ranking never."""


class Walk:
    """Goes down a ranking and keeps what may be shown now: known, for sale, admitted, one of each item group.

    ``holds`` says of a product, as it is now, whether what put it on the list is still true.

    What fills the ranking up is only made when its end is reached, which most pages never do.

    A group that had a member before ``position`` is taken as shown. This can pass over a variant whose sibling was
    sold out then; it can never show a design twice.
    """

    def __init__(
        self,
        products: GuardedProducts,
        ranking: Sequence[Candidate],
        fill: Callable[[Sequence[Candidate]], Sequence[Candidate]],
        position: int,
        excluded: Collection[str],
        condition: Filter | None,
        rules: Sequence[Rule],
        holds: Callable[[Product], bool],
    ) -> None:
        self._products = products
        self._ranking = ranking
        self._fill: Callable[[Sequence[Candidate]], Sequence[Candidate]] | None = fill
        self._excluded = excluded
        self._condition = condition
        self._rules = rules
        self._holds = holds
        self.position = position
        if position > len(ranking):
            self._reaches(position)
        earlier = (candidate.product_id for candidate in self._ranking[:position])
        self._groups = set(products.groups([*excluded, *earlier]))

    @property
    def has_more(self) -> bool:
        return self._reaches(self.position)

    def _reaches(self, place: int) -> bool:
        """Whether the ranking, filled up if need be, has a candidate at ``place``."""
        if place >= len(self._ranking) and self._fill:
            self._ranking = [*self._ranking, *self._fill(self._ranking)]
            self._fill = None
        return place < len(self._ranking)

    def take(self, count: int) -> list[tuple[Candidate, Product]]:
        taken: list[tuple[Candidate, Product]] = []
        for candidate, product in self._rest():
            if len(taken) == count:
                break
            self.position += 1
            if product is not None and self._may_be_shown(product):
                self._groups.add(product.group)
                taken.append((candidate, product))
        return taken

    def all_left(self) -> list[Product]:
        """All that may be shown from here on, of one item group too; takes nothing, and looks all up at once."""
        rest = self._rest(max(len(self._ranking), 1))
        return [product for _, product in rest if product is not None and self._may_be_shown(product)]

    def _rest(self, chunk_size: int = _CHUNK) -> Iterator[tuple[Candidate, Product | None]]:
        first = self.position
        while self._reaches(first):
            chunk = self._ranking[first : first + chunk_size]
            first += len(chunk)
            products = self._products.get([candidate.product_id for candidate in chunk])
            for hidden in hidden_products(self._rules, list(products.values())):
                del products[hidden]
            for candidate in chunk:
                yield candidate, products.get(candidate.product_id)

    def _may_be_shown(self, product: Product) -> bool:
        return (
            product.can_be_bought
            and product.id not in self._excluded
            and product.group not in self._groups
            and (self._condition is None or matches(self._condition, product))
            and self._holds(product)
        )
