"""When somebody who bought a product is due to buy it again.

Of those who buy a product a share comes back for it, after intervals that are log-normal; the rest never does, however
long one waits: a cure model (Boag 1949; Berkson and Gage 1952). As in "Buy It Again" (Bhagat et al., KDD 2018), every
product has a share and an interval of its own, and few observations are shrunk to what holds more widely.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from shared.domain.events import Event, EventType

_ONE_BUYING = timedelta(days=1)
"""Purchases closer together than this are one: an order and what was forgotten in it."""
_AHEAD_DAYS = 7.0
_OWN_SHARE = 2.0
"""Others' buyings that one's own are mixed with, in saying whether one comes back."""
_OWN_INTERVAL = 1.0
"""Others' intervals that one's own are mixed with."""
_DAY = timedelta(days=1)

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How buyers come back: the ``share`` who do, the median interval in ``days``, its ``spread`` (standard deviation
    of the logarithm), and from how many intervals that was learnt."""

    share: float
    days: float
    spread: float
    intervals: int = 0


UNKNOWN = Rhythm(0.1, 45.0, 1.0)
"""Before anything was learnt: that one in ten comes back, some day."""


@dataclass(frozen=True, slots=True)
class Repurchase:
    """The rhythms of a shop: of the products with buyings enough, of kinds (narrowest category), and of all."""

    shop: Rhythm = UNKNOWN
    kinds: Mapping[str, Rhythm] = field(default_factory=dict)
    products: Mapping[str, Rhythm] = field(default_factory=dict)

    def of(self, product_id: str, kind: str) -> Rhythm:
        return self.products.get(product_id) or self.kinds.get(kind) or self.shop


@dataclass(frozen=True, slots=True)
class Buyings:
    """When one user bought one product, ascending; what was sent back is not in it."""

    moments: tuple[datetime, ...]

    @property
    def intervals(self) -> list[float]:
        """In days."""
        pairs = zip(self.moments, self.moments[1:], strict=False)
        return [(later - earlier) / _DAY for earlier, later in pairs]


def buyings(history: Iterable[Event]) -> dict[str, Buyings]:
    """Of each product that one user bought and kept, by product id; ``history`` in any order."""
    bought: dict[str, list[datetime]] = {}
    for event in sorted(history, key=lambda event: (event.occurred_at, event.event_id)):
        moments = bought.setdefault(event.product_id, [])
        if event.type is EventType.PURCHASE and not (moments and event.occurred_at - moments[-1] < _ONE_BUYING):
            moments.append(event.occurred_at)
        elif event.type is EventType.REFUND and moments:
            moments.pop()
    return {product_id: Buyings(tuple(moments)) for product_id, moments in bought.items() if moments}


def own_rhythm(rhythm: Rhythm, intervals: Sequence[float]) -> Rhythm:
    """``rhythm`` of a product as it is for somebody with these ``intervals``, in days, of their own."""
    if not intervals:
        return rhythm
    count = len(intervals)
    share = (_OWN_SHARE * rhythm.share + count) / (_OWN_SHARE + count)
    logs = sum(log(max(each, 1.0)) for each in intervals)
    days = exp((_OWN_INTERVAL * log(rhythm.days) + logs) / (_OWN_INTERVAL + count))
    return Rhythm(share, days, rhythm.spread, rhythm.intervals)


def dues(rhythms: Sequence[Rhythm], since: Sequence[float]) -> Numbers:
    """How probable each is bought within the next week, when it was not since that many days; shape (n,)."""
    share, days, spread = (
        np.array([getattr(each, name) for each in rhythms], dtype=np.float64) for name in ("share", "days", "spread")
    )
    waited = np.maximum(np.asarray(since, dtype=np.float64), 0.0)
    sooner = normal_cdf((np.log(np.maximum(waited, 1e-3)) - np.log(days)) / spread)
    by_then = normal_cdf((np.log(waited + _AHEAD_DAYS) - np.log(days)) / spread)
    result: Numbers = share * (by_then - sooner) / np.maximum(1 - share * sooner, 1e-9)
    return result


def normal_cdf(x: Numbers) -> Numbers:
    """The standard normal distribution, within 1e-7 (Abramowitz and Stegun 1964, 7.1.26); numpy has none."""
    z = np.abs(x) / np.sqrt(2.0)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = 0.5 * series * np.exp(-z * z)
    result: Numbers = np.where(x < 0, tail, 1 - tail)
    return result


def to_bytes(repurchase: Repurchase) -> bytes:
    record = {
        "shop": _record(repurchase.shop),
        "kinds": {kind: _record(each) for kind, each in sorted(repurchase.kinds.items())},
        "products": {product_id: _record(each) for product_id, each in sorted(repurchase.products.items())},
    }
    return json.dumps(record, separators=(",", ":")).encode()


def from_bytes(content: bytes) -> Repurchase:
    """Raises ValueError, KeyError or TypeError for what :func:`to_bytes` did not make."""
    record = json.loads(content)
    kinds, products = ({name: Rhythm(*each) for name, each in record[key].items()} for key in ("kinds", "products"))
    return Repurchase(Rhythm(*record["shop"]), kinds, products)


def _record(rhythm: Rhythm) -> list[float]:
    return [round(rhythm.share, 4), round(rhythm.days, 2), round(rhythm.spread, 3), rhythm.intervals]
