"""What is counted over all users: trends against a product's own past, best sellers, and what is kept of them."""

import json
from datetime import timedelta

import numpy as np
import pytest

from shared import wiring
from shared.domain.events import Activity, EventType
from shared.domain.popularity import LONGEST_TO_BROWSE, Popularity, rank
from shared.domain.trends import trends
from shared.services.popularity import PopularityLists, refresh_popularity
from tests.support import NOW, StillClock, event


def activity(product: str, type_: EventType, count: int, days_ago: int = 0, country: str = "") -> Activity:
    return Activity(product, type_, (NOW - timedelta(days=days_ago)).date(), count, country)


def viewed(product: str, per_day: int, days: range, country: str = "") -> list[Activity]:
    return [activity(product, EventType.VIEW, per_day, day, country) for day in days]


LATELY, BEFORE = range(7), range(7, 35)
STEADY = [part for each in "abcdefgh" for part in viewed(each, 20, range(35))]


class TestTrends:
    def test_two_against_none_is_no_trend_and_twenty_are(self) -> None:
        usual = {"usual": 200.0}, {"usual": 800.0}
        assert trends(usual[0] | {"few": 2.0}, usual[1]) == {}
        assert trends(usual[0] | {"many": 20.0}, usual[1]).keys() == {"many"}

    def test_the_change_that_is_sure_counts_and_not_the_largest_quotient(self) -> None:
        risen = trends({"usual": 2_000.0, "much": 150.0, "little": 5.0}, {"usual": 8_000.0, "much": 100.0})
        assert risen["much"] > risen["little"] > 1
        assert risen["much"] < 150 / 100 * 4, "never more than was seen"

    def test_a_shop_that_sells_more_of_everything_has_no_trend(self) -> None:
        past = {f"p{n}": 40.0 + n for n in range(50)}
        assert trends({each: 3 * count for each, count in past.items()}, past) == {}

    def test_a_shop_without_a_past_has_none_either(self) -> None:
        assert trends({"a": 500.0, "b": 3.0}, {}) == {}
        assert trends({}, {"a": 5.0}) == {}

    def test_a_past_of_an_hour_proves_little(self) -> None:
        assert trends({"a": 300.0, "b": 100.0}, {"b": 3.0}) == {}

    def test_of_products_that_come_and_go_by_chance_few_are_named_and_those_that_rose_come_first(self) -> None:
        rng = np.random.default_rng(5)
        rates = rng.gamma(1.0, 2.0, 400)
        risen = {f"p{n:03}" for n in np.flatnonzero(rates > 4)[:6].tolist()}
        now = {
            f"p{n:03}": float(rng.poisson(7 * rate * (4 if f"p{n:03}" in risen else 1))) for n, rate in enumerate(rates)
        }
        past = {f"p{n:03}": float(rng.poisson(28 * rate)) for n, rate in enumerate(rates)}
        found = trends(now, past)
        assert set(sorted(found, key=lambda each: -found[each])[:6]) == risen
        assert len(found) - len(risen) <= 0.05 * len(rates)


class TestRank:
    def test_what_rises_trends_and_what_is_always_popular_does_not(self) -> None:
        ranked = rank([*STEADY, *viewed("riser", 1, BEFORE), *viewed("riser", 9, LATELY)], NOW, "s")
        assert [product for product, _ in ranked.trending] == ["riser"]
        assert ranked.popular[0][0] == "a"

    def test_a_country_has_trends_of_its_own(self) -> None:
        german = [*viewed("beer", 1, BEFORE, "DE"), *viewed("beer", 12, LATELY, "DE")]
        french = [*viewed("beer", 15, BEFORE, "FR"), *viewed("beer", 9, LATELY, "FR")]
        both = [part for country in ("DE", "FR") for part in viewed("usual", 40, range(35), country)]
        ranked = rank([*german, *french, *both], NOW, "s")
        assert [product for product, _ in ranked.trending_in("DE")] == ["beer"]
        assert ranked.trending_in("FR") == ranked.trending_in("XX") == ()
        assert [product for product, _ in ranked.trending] == []

    def test_best_sellers_are_net_of_what_was_sent_back(self) -> None:
        bought, back = EventType.PURCHASE, EventType.REFUND
        parts = [
            *(activity("kept", bought, 3, 10), activity("kept", bought, 2, 2)),
            *(activity("returned", bought, 9, 3), activity("returned", back, 5, 1)),
            *(activity("long ago", bought, 50, 40), activity("long ago", back, 1, 1)),
        ]
        ranked = rank(parts, NOW, "s")
        assert ranked.best_sellers == (("kept", 5.0), ("returned", 4.0))
        assert ranked.bought_lately == (("returned", 4), ("kept", 2))

    def test_views_impressions_and_clicks_are_counted_apart(self) -> None:
        kinds = (EventType.VIEW, EventType.IMPRESSION, EventType.CLICK)
        parts = [activity("a", kind, count) for count, kind in enumerate(kinds, 1)]
        ranked = rank([*parts, activity("b", EventType.VIEW, 99, 31)], NOW, "s")
        assert (ranked.most_viewed, ranked.shown, ranked.clicked) == ((("a", 1.0),), (("a", 2),), (("a", 3),))

    def test_collections_that_were_shared_are_in_no_list_of_products(self) -> None:
        ranked = rank([*STEADY, activity("collection:gifts", EventType.SHARE, 40)], NOW, "s")
        assert ranked.shared == (("gifts", 40),)
        lists = (ranked.trending, ranked.popular, ranked.lately, ranked.most_viewed, ranked.shown)
        assert "collection:gifts" not in {product for scored in lists for product, _ in scored}

    def test_lists_to_browse_are_long_and_bounded(self) -> None:
        ranked = rank((activity(f"p{n}", EventType.PURCHASE, 1) for n in range(LONGEST_TO_BROWSE + 9)), NOW, "s")
        assert (len(ranked.best_sellers), len(ranked.popular)) == (LONGEST_TO_BROWSE, 1_000)


class TestSnapshots:
    def kept(self, parts: wiring.Parts) -> Popularity:
        return PopularityLists(parts.blobs, parts.clock).newest()

    def test_what_is_read_is_what_was_ranked(self, parts: wiring.Parts) -> None:
        at = [NOW - timedelta(days=day) for day in range(30)]
        views = [event(f"u{n}", EventType.VIEW, "a", at[n], properties={"country": "DE"}) for n in range(30)]
        shares = [event(f"u{n}", EventType.SHARE, "collection:gifts", at[0]) for n in range(2)]
        risen = [event(f"v{n}", EventType.VIEW, "b", at[1], properties={"country": "DE"}) for n in range(20)]
        sold = [event(f"v{n}", EventType.PURCHASE, "b", at[1]) for n in range(3)]
        shown = [event("u", type_, "a", at[2]) for type_ in (EventType.IMPRESSION, EventType.CLICK)]
        parts.events.add([*views, *shares, *risen, *sold, *shown])
        ranked = refresh_popularity(parts.events, parts.blobs, NOW)
        assert self.kept(parts) == ranked
        assert all(getattr(ranked, name) for name in Popularity.__slots__), "each list was put to the test"

    def test_one_made_before_there_were_trends_is_read_as_what_it_was(
        self, parts: wiring.Parts, clock: StillClock
    ) -> None:
        old = {"snapshot": "20260501T000000000000Z", "as_of": NOW.isoformat(), "shown": [["a", 3]]}
        old |= {"trending": [["a", 2.0]], "popular": [["b", 5.0]]}
        parts.blobs.put("popularity/20260501T000000000000Z.json", json.dumps(old).encode())
        read = self.kept(parts)
        assert (read.trending, read.lately, read.popular) == ((), (("a", 2.0),), (("b", 5.0),))
        assert (read.shown, read.best_sellers, read.regions) == ((("a", 3),), (), ())
        parts.events.add([event("u", EventType.VIEW, "a")])
        clock.forward(seconds=30)
        assert refresh_popularity(parts.events, parts.blobs, clock.now()).lately == (("a", 1.0),)


@pytest.mark.parametrize("count", [1, 3])
def test_refreshing_without_a_new_event_makes_no_new_snapshot(parts: wiring.Parts, count: int) -> None:
    parts.events.add([event(f"u{n}", EventType.VIEW, "a") for n in range(count)])
    first = refresh_popularity(parts.events, parts.blobs, NOW)
    assert refresh_popularity(parts.events, parts.blobs, NOW + timedelta(minutes=1)) == first
