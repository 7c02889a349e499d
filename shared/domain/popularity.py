"""What the shop's visitors like: time-decayed lists, the answer for a user of whom nothing is known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shared.domain.events import Activity, EventType

_WEIGHTS: Mapping[EventType, float] = {
    EventType.VIEW: 1.0,
    EventType.CLICK: 1.0,
    EventType.SHARE: 2.0,
    EventType.WISHLIST: 3.0,
    EventType.ADD_TO_CART: 4.0,
    EventType.PURCHASE: 10.0,
    EventType.REFUND: -10.0,
    EventType.REMOVE_FROM_CART: -4.0,
}
TRENDING_HALF_LIFE_DAYS = 2.0
POPULAR_HALF_LIFE_DAYS = 30.0
WINDOW_DAYS = 90
LONGEST_LIST = 1_000
MOST_SHOWN = 20_000


@dataclass(frozen=True, slots=True)
class Popularity:
    """Two rankings of (product id, score), best first, as of a moment; immutable, so that a page can be continued.

    ``trending`` forgets within days, ``popular`` within months. ``shown`` counts the impressions of those products that
    had the most of them within the window.
    """

    snapshot: str
    as_of: datetime
    trending: tuple[tuple[str, float], ...]
    popular: tuple[tuple[str, float], ...]
    shown: tuple[tuple[str, int], ...] = ()

    @property
    def shares(self) -> dict[str, float]:
        """How popular each product is, the most popular one 1."""
        best = self.popular[0][1] if self.popular else 1.0
        return {product_id: score / best for product_id, score in self.popular}


def rank(activity: Iterable[Activity], as_of: datetime, snapshot: str) -> Popularity:
    """Both lists from one pass over ``activity``: each event counts by its type, halved with its age in days.

    Days after ``as_of`` count as today: a shop's clock may run ahead.
    """
    trending: dict[str, float] = {}
    popular: dict[str, float] = {}
    shown: dict[str, int] = {}
    today = as_of.date()
    for part in activity:
        if part.type is EventType.IMPRESSION:
            shown[part.product_id] = shown.get(part.product_id, 0) + part.count
        weight = _WEIGHTS.get(part.type, 0.0) * part.count
        if not weight:
            continue
        age = _age(part.day, today)
        trending[part.product_id] = trending.get(part.product_id, 0.0) + weight * 0.5 ** (age / TRENDING_HALF_LIFE_DAYS)
        popular[part.product_id] = popular.get(part.product_id, 0.0) + weight * 0.5 ** (age / POPULAR_HALF_LIFE_DAYS)
    return Popularity(snapshot, as_of, _best(trending), _best(popular), _most(shown))


def _age(day: date, today: date) -> int:
    return max((today - day).days, 0)


def _best(scores: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    order = sorted((item for item in scores.items() if item[1] > 0), key=lambda item: (-item[1], item[0]))
    return tuple((product_id, round(score, 6)) for product_id, score in order[:LONGEST_LIST])


def _most(shown: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(shown.items(), key=lambda item: (-item[1], item[0]))[:MOST_SHOWN])
