"""From a frozen ranking to a page of it that holds only what may be shown now."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.cursor import DEPTHS, Cursor, decode_cursor, encode_cursor, expired, question_digest
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.filters import Filter, matches
from shared.domain.popularity import Popularity
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Reason, Recommendation, RecommendedProduct
from shared.domain.rules import Rule, Scenario, hidden_products
from shared.ports import ProductIndex, ProductStore
from shared.services.filter_language import parse_filter
from shared.services.rulebook import RuleBook
from shared.services.shop import Shop

LARGEST_PAGE = 100
_CHUNK = 64
"""Products looked up at a time: a page seldom needs more, and the whole ranking never."""


@dataclass(frozen=True, slots=True)
class Question:
    """The part of a request that every list has."""

    limit: int = 12
    filter: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates, best first. ``cut_off`` says that a deeper look would find more."""

    candidates: Sequence[Candidate]
    cut_off: bool


@dataclass(frozen=True, slots=True)
class Start:
    """Where an answer starts: on the frozen things that ``at`` names, with the filter as it read at that moment.

    ``rules`` are those of the shop's ``book`` that hold for the ``scenario``, the one that wins a conflict first.
    """

    at: Cursor
    condition: Filter | None
    limit: int
    scenario: Scenario
    book: RuleBook
    rules: tuple[Rule, ...]

    @property
    def as_of(self) -> datetime:
        return self.at.as_of


def start(shop: Shop, scenario: Scenario, question: Question, *asked: str) -> Start:
    """The first page of a new ranking, or the place where ``question.cursor`` goes on.

    ``asked`` is all that the ranking depends on besides the filter. Raises InvalidInput, CursorExpired and Unavailable.
    """
    if not 1 <= question.limit <= LARGEST_PAGE:
        raise InvalidInput(f"limit is {question.limit}: ask for 1 to {LARGEST_PAGE} products.")
    now = shop.clock.now()
    digest = question_digest(scenario.value, *asked, question.filter)
    if question.cursor:
        at = decode_cursor(question.cursor, digest, now)
    else:
        version = shop.live.live().manifest.version
        frozen = version, shop.popularity.newest().snapshot, shop.rules.newest().snapshot
        at = Cursor(shop.new_id(), *frozen, now, 0, DEPTHS[0], digest)
    condition = parse_filter(question.filter, at.as_of) if question.filter.strip() else None
    book = shop.rules.at(at.rules)
    if book is None:
        raise expired()
    return Start(at, condition, question.limit, scenario, book, book.in_force(scenario, at.as_of))


def index_of(shop: Shop, begin: Start) -> ProductIndex:
    """The version that the ranking was frozen on. Raises CursorExpired when it has been removed since."""
    try:
        return shop.live.at(begin.at.version)
    except NotFound:
        raise expired() from None


def popularity_of(shop: Shop, begin: Start) -> Popularity:
    """The snapshot that the ranking was frozen on. Raises CursorExpired when it is no longer kept."""
    popularity = shop.popularity.at(begin.at.snapshot)
    if popularity is None:
        raise expired()
    return popularity


def answer(
    shop: Shop,
    begin: Start,
    rank: Callable[[int], Ranked],
    excluded: Collection[str],
    explain: Callable[[Sequence[Candidate]], Sequence[Reason]],
    fill: Callable[[Sequence[Candidate]], Sequence[Candidate]] = lambda _: (),
) -> Recommendation:
    """The page that starts at ``begin``, without ``excluded`` products, their variants and what the shop's rules hide.

    ``rank`` makes the ranking at a depth; ``explain`` gives the reasons for what is shown; ``fill`` is what may follow
    when the ranking has come to its end. A first page that uses a cut-off ranking up is made once more from a deeper
    one; the cursor keeps the depth.
    """
    ranked = rank(begin.at.depth)
    walk = _walk(shop, begin, ranked, fill, excluded)
    taken = walk.take(begin.limit)
    if ranked.cut_off and begin.at.position == 0 and walk.position >= len(ranked.candidates):
        begin = replace(begin, at=replace(begin.at, depth=DEPTHS[-1]))
        walk = _walk(shop, begin, rank(begin.at.depth), fill, excluded)
        taken = walk.take(begin.limit)
    reasons = explain([candidate for candidate, _ in taken])
    items = [
        RecommendedProduct(product, candidate.score, "+".join(candidate.sources), reason)
        for (candidate, product), reason in zip(taken, reasons, strict=True)
    ]
    return Recommendation(
        begin.at.recommendation_id,
        tuple(items),
        begin.at.version,
        encode_cursor(replace(begin.at, position=walk.position)) if walk.has_more else None,
    )


def _walk(
    shop: Shop,
    begin: Start,
    ranked: Ranked,
    fill: Callable[[Sequence[Candidate]], Sequence[Candidate]],
    excluded: Collection[str],
) -> "_Walk":
    return _Walk(shop.products, ranked.candidates, fill, begin.at.position, excluded, begin.condition, begin.rules)


class _Walk:
    """Goes down a ranking and keeps what may be shown now: known, for sale, admitted, one of each item group.

    What fills the ranking up is only made when its end is reached, which most pages never do.

    A group that had a member before ``position`` is taken as shown. This can pass over a variant whose sibling was
    sold out then; it can never show a design twice.
    """

    def __init__(
        self,
        products: ProductStore,
        ranking: Sequence[Candidate],
        fill: Callable[[Sequence[Candidate]], Sequence[Candidate]],
        position: int,
        excluded: Collection[str],
        condition: Filter | None,
        rules: Sequence[Rule],
    ) -> None:
        self._products = products
        self._ranking = ranking
        self._fill: Callable[[Sequence[Candidate]], Sequence[Candidate]] | None = fill
        self._excluded = excluded
        self._condition = condition
        self._rules = rules
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

    def _rest(self) -> Iterator[tuple[Candidate, Product | None]]:
        first = self.position
        while self._reaches(first):
            chunk = self._ranking[first : first + _CHUNK]
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
        )
