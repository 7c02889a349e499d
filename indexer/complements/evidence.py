"""What baskets and sessions say of pairs of products: taken together, or looked at and one of them taken instead."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from indexer.baskets import MOST_IN_A_BASKET, baskets_of, carts_of, sessions_of
from shared.domain.events import Event, EventType

UNIT = 1 << 20
"""Sums are whole numbers of this part of one: whole numbers add up to the same in every order, floats do not."""

_BOUGHT, _IN_CART, _SEEN, _STEP = 1.0, 0.5, 0.5, 1.0
"""What a basket, a cart and a session hand out for each of their products, in equal parts to the others there; and what
two products looked at one right after the other say. Chosen on the demo shop and the validation weeks of Online Retail,
where some were varied and changed little; they are orders of magnitude, not measurements."""

_LOOKS = frozenset({EventType.VIEW, EventType.CLICK, EventType.WISHLIST, EventType.SHARE})
_Places = NDArray[np.int64]
_HELD = 1 << 20
"""Pairs that wait to be added up: some 60 MB."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of ``products`` (n ids, in order), p pairs: ``first`` < ``second``, places among them, ascending.

    ``together`` is how much speaks for a pair, in :data:`UNIT`. ``both`` counts the sessions in which both were bought,
    ``either`` those in which both were looked at and one of them was bought: alternatives, as a rule.
    """

    products: tuple[str, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    together: NDArray[np.int64]
    both: NDArray[np.int64]
    either: NDArray[np.int64]

    def digest(self) -> str:
        """Names all of it."""
        whole = hashlib.sha256("\x1f".join(self.products).encode())
        for part in (self.first, self.second, self.together, self.both, self.either):
            whole.update(part.tobytes())
        return whole.hexdigest()[:32]


def evidence_of(histories: Iterable[Sequence[Event]], products: Sequence[str]) -> Evidence:
    """What ``histories`` (one list a user, oldest first; gone through once) say of ``products``, ids in order."""
    places = {product_id: place for place, product_id in enumerate(products)}
    sums = _Sums(len(places))
    for history in histories:
        for ids in baskets_of([history]):
            sums.hand_out(_places(ids, places), _BOUGHT)
        for ids in carts_of([history]):
            sums.hand_out(_places(ids, places), _IN_CART)
        for session in sessions_of([history]):
            seen = _places((event.product_id for event in session if event.type in _LOOKS), places)
            sums.hand_out(seen, _SEEN)
            sums.add(seen[:-1], seen[1:], together=_STEP)
            bought = _places((event.product_id for event in session if event.type is EventType.PURCHASE), places)
            sums.add(*_pairs(bought), both=1)
            instead = np.setdiff1d(seen, bought)
            sums.add(np.repeat(bought, len(instead)), np.tile(instead, len(bought)), either=1)
    keys, totals = sums.total()
    first, second = np.divmod(keys, max(len(places), 1))
    return Evidence(tuple(products), first, second, *totals.T)


def _places(ids: Iterable[str], places: dict[str, int]) -> _Places:
    """Those that are known, each once, in order of their first mention, and not more than of any basket."""
    known = dict.fromkeys(places[each] for each in ids if each in places)
    return np.array(list(known)[:MOST_IN_A_BASKET], np.int64)


def _pairs(group: _Places) -> tuple[_Places, _Places]:
    one, other = _all_pairs(len(group))
    return group[one], group[other]


@cache
def _all_pairs(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    one, other = np.triu_indices(size, 1)
    return one, other


class _Sums:
    """Adds up what is said of pairs, some million at a time."""

    def __init__(self, products: int) -> None:
        self._products = products
        self._keys: list[_Places] = []
        self._values: list[tuple[int, int, int]] = []
        self._waiting = 0
        self._whole: tuple[_Places, _Places] = np.zeros(0, np.int64), np.zeros((0, 3), np.int64)

    def hand_out(self, group: _Places, amount: float) -> None:
        if len(group) > 1:
            self.add(*_pairs(group), together=amount / (len(group) - 1))

    def add(self, one: _Places, other: _Places, together: float = 0.0, both: int = 0, either: int = 0) -> None:
        if len(one):
            self._keys.append(np.minimum(one, other) * self._products + np.maximum(one, other))
            self._values.append((round(together * UNIT), both, either))
            self._waiting += len(one)
        if self._waiting > _HELD:
            self._join()

    def total(self) -> tuple[_Places, _Places]:
        """Keys ascending, shape (p,), and the three sums of each, shape (p, 3)."""
        self._join()
        return self._whole

    def _join(self) -> None:
        lengths = [len(each) for each in self._keys]
        waiting = np.repeat(np.array(self._values, np.int64).reshape(-1, 3), lengths, axis=0)
        keys, values = np.concatenate([self._whole[0], *self._keys]), np.concatenate([self._whole[1], waiting])
        order = np.argsort(keys, kind="stable")
        keys, values = keys[order], values[order]
        heads = np.flatnonzero(np.diff(keys, prepend=-1))
        self._whole = keys[heads], np.add.reduceat(values, heads, axis=0) if len(heads) else values
        self._keys, self._values, self._waiting = [], [], 0
