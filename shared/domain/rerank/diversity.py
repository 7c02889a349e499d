"""Diversity: maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998), and caps."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PAGE = 12
"""Places in which a cap counts: the usual page. Any so many in a row, so that it holds wherever a page begins."""

_LOWEST = -np.inf


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``most`` products of one key within a page's length; products with the key "" are not capped."""

    keys: Sequence[Hashable]
    most: int


def diversified(
    relevance: NDArray[np.float64], alike: NDArray[np.float32] | None, weight: float, caps: Sequence[Cap] = ()
) -> list[int]:
    """The order in which n products are best shown, given best first with their ``relevance`` in [0, 1].

    Place by place the one of highest (1 − weight) · relevance − weight · likeness to the nearest one above, among
    those that no cap forbids; where the caps forbid all, among all, so that no product is lost. ``alike`` has the
    shape (n, n), on the scale of :func:`likeness`; without it only the caps count. Ties keep the given order.
    """
    worth = (1 - weight) * relevance
    limits = [_Limit(cap) for cap in caps]
    nearest = np.zeros(len(relevance))
    if alike is not None:
        alike = np.nan_to_num(np.maximum(alike, 0.0), nan=0.0, posinf=1.0)
    order: list[int] = []
    for _ in range(len(relevance)):
        value = worth if alike is None else worth - weight * nearest
        chosen = _best(value, limits)
        order.append(chosen)
        worth[chosen] = _LOWEST
        if alike is not None:
            np.maximum(nearest, alike[chosen], out=nearest)
        for limit in limits:
            limit.take(order)
    return order


def _best(value: NDArray[np.float64], limits: Sequence["_Limit"]) -> int:
    if limits:
        forbidden = np.logical_or.reduce([limit.forbidden() for limit in limits])
        allowed = np.where(forbidden, _LOWEST, value)
        chosen = int(np.argmax(allowed))
        if allowed[chosen] > _LOWEST:
            return chosen
    return int(np.argmax(value))


class _Limit:
    """Counts one cap's keys over the last places."""

    def __init__(self, cap: Cap) -> None:
        numbers: dict[Hashable, int] = {"": 0}
        self._codes = np.array([numbers.setdefault(key, len(numbers)) for key in cap.keys], dtype=np.intp)
        self._counts = np.zeros(len(numbers), dtype=np.int64)
        self._most = cap.most

    def forbidden(self) -> NDArray[np.bool_]:
        full = self._counts >= self._most
        full[0] = False
        return np.asarray(full[self._codes])

    def take(self, order: Sequence[int]) -> None:
        """``order`` ends with the product just placed; the one that leaves the window is counted out."""
        self._counts[self._codes[order[-1]]] += 1
        if len(order) >= PAGE:
            self._counts[self._codes[order[-PAGE]]] -= 1
