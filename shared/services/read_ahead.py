"""What an answer of several lists reads for all of them at once, instead of list by list."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.movements import Movement, MovementKind
from shared.domain.products import Product
from shared.domain.recommendations import Hit, SpaceQuery
from shared.domain.spaces import Space, Vectors
from shared.domain.versions import Manifest
from shared.services.guarded import GuardedIndex, GuardedProducts
from shared.services.pages import Start


def read_ahead(begin: Start, product_ids: Sequence[str], spaces: Sequence[Space]) -> Start:
    """``begin`` with these products and their vectors in ``spaces`` at hand; whatever else is asked of it is read."""
    products = ProductsAhead(begin.products, product_ids)
    index = IndexAhead(begin.index, product_ids, spaces)
    return replace(begin, products=products, index=index)


class ProductsAhead(GuardedProducts):
    """The products asked for at the start are not asked for again, whether they were found or not."""

    def __init__(self, rest: GuardedProducts, product_ids: Sequence[str]) -> None:
        self._rest = rest
        self._asked = frozenset(product_ids)
        self._known = rest.get(product_ids)
        self._groups: dict[tuple[str, ...], frozenset[str]] = {}

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        known = {each: self._known[each] for each in product_ids if each in self._known}
        return known | self._rest.get([each for each in product_ids if each not in self._asked])

    def groups(self, product_ids: Sequence[str]) -> frozenset[str]:
        asked = tuple(product_ids)
        if asked not in self._groups:  # every list leaves out the same products
            self._groups[asked] = self._rest.groups(asked)
        return self._groups[asked]

    def newest(self, count: int) -> list[str]:
        return self._rest.newest(count)

    def moved(self, kind: MovementKind, until: datetime, count: int) -> list[Movement]:
        return self._rest.moved(kind, until, count)


class IndexAhead(GuardedIndex):
    """The vectors asked for at the start are not asked for again."""

    def __init__(self, rest: GuardedIndex, product_ids: Sequence[str], spaces: Sequence[Space]) -> None:
        self._rest = rest
        self._asked = frozenset(product_ids)
        self._spaces = frozenset(spaces)
        self._known = rest.vectors(product_ids, spaces) if product_ids else {}

    @property
    def manifest(self) -> Manifest:
        return self._rest.manifest

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        return self._rest.search(queries)

    def vectors(self, product_ids: Sequence[str], spaces: Sequence[Space] = tuple(Space)) -> dict[str, Vectors]:
        if not self._spaces.issuperset(spaces) or not self._asked.issuperset(product_ids):
            return self._rest.vectors(product_ids, spaces)
        return {each: self._known[each] for each in product_ids if each in self._known}

    def products(self, product_ids: Sequence[str]) -> dict[str, Product]:
        return self._rest.products(product_ids)
