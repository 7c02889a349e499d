"""The stores as one call for many users reads them: each thing once, as of the call's beginning.

What lasts seconds may be as of its beginning; that a product's price is looked up for every user of a thousand, the
same each time, is what would make it last minutes.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from shared.domain.movements import Movement, MovementKind
from shared.domain.products import Product
from shared.domain.spaces import Space, Vector, Vectors
from shared.ports import EventStore, ProductIndex, ProductStore, State, StateStore
from shared.services.live_index import LiveIndex
from shared.services.shop import Shop

MOST_PRODUCTS = 50_000
"""Products kept at a time: some 100 MB of a catalogue of millions, and all of most."""
MOST_VECTORS = 10_000
"""Products whose vectors are kept at a time: some 60 MB."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Moment:
    """A :class:`shared.ports.Clock` that stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class ReadOnce:
    """What one call keeps of ``shop``: lists and vectors for all of it, prices and stock from one :meth:`now` to the
    next, and of its users what is asked of one."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.products = ProductsOnce(shop.products)
        self._live = LiveOnce(shop.live)

    def now(self, records: Sequence[str]) -> Shop:
        """The shop as of this moment, with its state records of the names ``records`` read together."""
        shop = self._shop
        self.products.forget()
        return replace(  # what these do not read once, they pass on
            shop,
            clock=Moment(shop.clock.now()),
            live=cast(LiveIndex, self._live),
            events=cast(EventStore, EventsOnce(shop.events)),
            products=cast(ProductStore, self.products),
            state=cast(StateStore, StateOnce(shop.state, records)),
        )


class ProductsOnce:
    """A :class:`shared.ports.ProductStore` for reading alone."""

    def __init__(self, store: ProductStore) -> None:
        self._store = store
        self._known: dict[str, Product | None] = {}
        self._lists: dict[Hashable, Any] = {}

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        known = self._known
        unknown = [each for each in product_ids if each not in known]
        if unknown and len(known) + len(unknown) > MOST_PRODUCTS:
            known.clear()
            unknown = list(product_ids)
        if unknown:
            found = self._store.get(unknown)
            known.update({each: found.get(each) for each in unknown})
        there = ((each, known[each]) for each in product_ids)
        return {each: product for each, product in there if product is not None}

    def forget(self) -> None:
        """What products cost and whether there are any: a call may take minutes. Of the lists, all are held to it."""
        self._known.clear()

    def groups(self, product_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(product.group for product in self.get(product_ids).values())

    def newest(self, count: int) -> list[str]:
        return self._once(("newest", count), lambda: self._store.newest(count))

    def moved(self, kind: MovementKind, until: datetime, count: int) -> list[Movement]:
        return self._once((kind, until, count), lambda: self._store.moved(kind, until, count))

    def _once(self, key: Hashable, read: Callable[[], list[_T]]) -> list[_T]:
        if key not in self._lists:
            self._lists[key] = read()
        found: list[_T] = self._lists[key]
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class LiveOnce:
    """A :class:`shared.services.live_index.LiveIndex` whose indexes remember what they were asked for."""

    def __init__(self, live: LiveIndex) -> None:
        self._live = live
        self._known: IndexOnce | None = None

    def newest(self) -> ProductIndex | None:
        index = self._live.newest()
        if index is None or (self._known and self._known.index is index):
            return index and cast(ProductIndex, self._known)
        self._known = IndexOnce(index)
        return cast(ProductIndex, self._known)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._live, name)


class IndexOnce:
    """A :class:`shared.ports.ProductIndex`: of a thousand users, many are offered the same products."""

    def __init__(self, index: ProductIndex) -> None:
        self.index = index
        self._vectors: dict[Space, dict[str, Vector | None]] = {space: {} for space in Space}
        self._held: dict[str, bool] = {}

    def vectors(self, product_ids: Sequence[str], spaces: Sequence[Space] = tuple(Space)) -> dict[str, Vectors]:
        known = [self._vectors[space] for space in spaces]
        unknown = [each for each in product_ids if each not in self._held or any(each not in of for of in known)]
        if unknown:
            self._read(unknown, spaces)
        return {
            each: {
                space: vector for space, of in zip(spaces, known, strict=True) if (vector := of.get(each)) is not None
            }
            for each in product_ids
            if self._held.get(each)
        }

    def _read(self, product_ids: Sequence[str], spaces: Sequence[Space]) -> None:
        found = self.index.vectors(product_ids, spaces)
        if len(self._held) > MOST_VECTORS:
            self._held.clear()
            for of in self._vectors.values():
                of.clear()
        for each in product_ids:
            self._held[each] = each in found
            for space in spaces:
                self._vectors[space][each] = found.get(each, {}).get(space)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.index, name)


class EventsOnce:
    """An :class:`shared.ports.EventStore`: an email's lists all ask for the same events of their user."""

    _READ = frozenset({"recent", "searched", "touched", "standing"})

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._user = ""
        self._known: dict[Hashable, Any] = {}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in self._READ:
            return method
        return lambda user_id, *rest: self._once(name, method, user_id, rest)

    def _once(self, name: str, read: Callable[..., Any], user_id: str, rest: tuple[Any, ...]) -> Any:
        if user_id != self._user:
            self._user, self._known = user_id, {}
        if (name, rest) not in self._known:
            self._known[name, rest] = read(user_id, *rest)
        return self._known[name, rest]


class StateOnce:
    """A :class:`shared.ports.StateStore` for reading alone, that has read some records ahead."""

    def __init__(self, store: StateStore, names: Sequence[str]) -> None:
        self._store = store
        self._asked = frozenset(names)
        self._known = store.get_all(names) if names else {}

    def get(self, name: str) -> State | None:
        return self._known.get(name) if name in self._asked else self._store.get(name)

    def get_all(self, names: Sequence[str]) -> dict[str, State]:
        rest = [each for each in names if each not in self._asked]
        known = {each: self._known[each] for each in names if each in self._known}
        return known | (self._store.get_all(rest) if rest else {})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
