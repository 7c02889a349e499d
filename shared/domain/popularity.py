"""What the shop's visitors like: lists of products counted over all users' events, and what else is counted so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shared.domain.events import COLLECTION_PREFIX, Activity, EventType, names_collection
from shared.domain.trends import NOW_DAYS, PAST_DAYS, trends

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
_BOUGHT: Mapping[EventType, int] = {EventType.PURCHASE: 1, EventType.REFUND: -1}
LATELY_HALF_LIFE_DAYS = 2.0
POPULAR_HALF_LIFE_DAYS = 30.0
WINDOW_DAYS = 90
BEST_DAYS = 30
"""Days that best sellers and most viewed products are counted over."""
LONGEST_LIST = 1_000
"""Of the lists that strangers get: nobody pages further."""
LONGEST_TO_BROWSE = 5_000
"""Of the lists that are asked for by name, with a filter for one category of many."""
LONGEST_OF_COUNTRY = 500
MOST_COUNTRIES = 20
MOST_SHOWN = 20_000

Scored = tuple[tuple[str, float], ...]
"""(Product id, score), best first."""
Counted = tuple[tuple[str, int], ...]
"""(Product id, how often), most first."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """Rankings as of a moment; immutable, so that a page can be continued.

    ``trending`` are products turned to more than they used to be, see :func:`shared.domain.trends.trends`; ``regions``
    the same within each country (ISO 3166, two letters) of the busiest ones. ``lately`` forgets within days,
    ``popular`` within months. ``best_sellers`` counts purchases less refunds and ``most_viewed`` views, over
    :data:`BEST_DAYS`; ``bought_lately`` purchases less refunds of the last seven days. ``shown`` and ``clicked`` count
    impressions and clicks, ``shared`` how often each collection, by its slug, was shared, within the whole window.
    """

    snapshot: str
    as_of: datetime
    trending: Scored
    popular: Scored
    shown: Counted = ()
    clicked: Counted = ()
    best_sellers: Scored = ()
    most_viewed: Scored = ()
    bought_lately: Counted = ()
    regions: tuple[tuple[str, Scored], ...] = ()
    shared: Counted = ()
    lately: Scored = ()

    @property
    def shares(self) -> dict[str, float]:
        """How popular each product is, the most popular one 1."""
        best = self.popular[0][1] if self.popular else 1.0
        return {product_id: score / best for product_id, score in self.popular}

    def trending_in(self, country: str) -> Scored:
        return next((ranked for each, ranked in self.regions if each == country), ())


def rank(activity: Iterable[Activity], as_of: datetime, snapshot: str) -> Popularity:
    """All lists from one pass over ``activity``.

    Days after ``as_of`` count as today: a shop's clock may run ahead.
    """
    tally = _Tally()
    shared: dict[str, int] = defaultdict(int)
    today = as_of.date()
    for part in activity:
        if names_collection(part.product_id):
            slug = part.product_id.removeprefix(COLLECTION_PREFIX)
            shared[slug] += part.count if part.type is EventType.SHARE else 0
        else:
            tally.add(part, _age(part.day, today))
    return Popularity(
        snapshot,
        as_of,
        trending=_best(trends(tally.now, tally.past), LONGEST_TO_BROWSE),
        popular=_best(tally.popular),
        shown=_most(tally.shown),
        clicked=_most(tally.clicked),
        best_sellers=_best(tally.sold, LONGEST_TO_BROWSE),
        most_viewed=_best(tally.viewed, LONGEST_TO_BROWSE),
        bought_lately=_most(tally.bought_lately, LONGEST_TO_BROWSE),
        regions=_regions(tally),
        shared=_most(shared),
        lately=_best(tally.lately),
    )


class _Tally:
    """Sums by product. ``now`` and ``past`` count deeds in favour of one, the others what they are named after."""

    def __init__(self) -> None:
        self.lately: dict[str, float] = defaultdict(float)
        self.popular: dict[str, float] = defaultdict(float)
        self.now: dict[str, int] = defaultdict(int)
        self.past: dict[str, int] = defaultdict(int)
        self.now_in: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.past_in: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.sold: dict[str, int] = defaultdict(int)
        self.bought_lately: dict[str, int] = defaultdict(int)
        self.viewed: dict[str, int] = defaultdict(int)
        self.shown: dict[str, int] = defaultdict(int)
        self.clicked: dict[str, int] = defaultdict(int)

    def add(self, part: Activity, age: int) -> None:
        product_id, count = part.product_id, part.count
        weight = _WEIGHTS.get(part.type, 0.0) * count
        if weight:
            self.lately[product_id] += weight * 0.5 ** (age / LATELY_HALF_LIFE_DAYS)
            self.popular[product_id] += weight * 0.5 ** (age / POPULAR_HALF_LIFE_DAYS)
        if weight > 0:
            self._compare(part, age)
        match part.type:
            case EventType.IMPRESSION:
                self.shown[product_id] += count
            case EventType.CLICK:
                self.clicked[product_id] += count
            case EventType.VIEW if age < BEST_DAYS:
                self.viewed[product_id] += count
            case EventType.PURCHASE | EventType.REFUND if age < BEST_DAYS:
                self.sold[product_id] += _BOUGHT[part.type] * count
                if age < NOW_DAYS:
                    self.bought_lately[product_id] += _BOUGHT[part.type] * count
            case _:
                pass

    def _compare(self, part: Activity, age: int) -> None:
        if age < NOW_DAYS:
            self.now[part.product_id] += part.count
            if part.country:
                self.now_in[part.country][part.product_id] += part.count
        elif age < NOW_DAYS + PAST_DAYS:
            self.past[part.product_id] += part.count
            if part.country:
                self.past_in[part.country][part.product_id] += part.count


def _age(day: date, today: date) -> int:
    return max((today - day).days, 0)


def _regions(tally: _Tally) -> tuple[tuple[str, Scored], ...]:
    busiest = sorted(tally.now_in, key=lambda country: (-sum(tally.now_in[country].values()), country))
    of_country = ((each, trends(tally.now_in[each], tally.past_in.get(each, {}))) for each in busiest[:MOST_COUNTRIES])
    return tuple((country, _best(risen, LONGEST_OF_COUNTRY)) for country, risen in of_country if risen)


def _best(scores: Mapping[str, float], most: int = LONGEST_LIST) -> Scored:
    order = sorted((item for item in scores.items() if item[1] > 0), key=lambda item: (-item[1], item[0]))
    return tuple((product_id, round(score, 6)) for product_id, score in order[:most])


def _most(counts: Mapping[str, int], most: int = MOST_SHOWN) -> Counted:
    counted = (item for item in counts.items() if item[1] > 0)
    return tuple(sorted(counted, key=lambda item: (-item[1], item[0]))[:most])
