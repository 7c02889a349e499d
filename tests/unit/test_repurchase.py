"""When a product is due to be bought again: on simulated consumables whose rhythms are known."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from indexer.repurchase import learn
from shared.domain.events import Event, EventType
from shared.domain.products import Product
from shared.domain.repurchase import (
    UNKNOWN,
    Repurchase,
    Rhythm,
    buyings,
    dues,
    from_bytes,
    normal_cdf,
    own_rhythm,
    to_bytes,
)
from tests.support import NOW, event

SHARES = {"coffee": 0.8, "soap": 0.6, "lamp": 0.02}
DAYS = {"coffee": 20.0, "soap": 60.0, "lamp": 60.0}
SPREAD = 0.3
RECORDED_DAYS = 180
PRODUCTS = [
    Product("lamp", "Lamp", categories=("Home", "Lamps")),
    Product("new lamp", "x", categories=("Home", "Lamps")),
]


def bought(user: str, product: str, at: datetime) -> Event:
    return event(user, EventType.PURCHASE, product, at)


def shoppers(count: int, seed: int = 3) -> list[list[Event]]:
    """Everybody tries all three at some moment of the half year that is recorded."""
    draw, histories = Random(seed), []
    for number in range(count):
        history = []
        for product, share in SHARES.items():
            day = draw.uniform(0, RECORDED_DAYS)
            while day < RECORDED_DAYS:
                history.append(bought(f"u{number}", product, NOW - timedelta(days=RECORDED_DAYS - day)))
                again = draw.random() < share
                day += draw.lognormvariate(np.log(DAYS[product]), SPREAD) if again else RECORDED_DAYS
        histories.append(sorted(history, key=lambda each: each.occurred_at))
    return histories


@pytest.fixture(scope="module")
def learnt() -> Repurchase:
    return learn(shoppers(1_500), PRODUCTS)


class TestBuyings:
    def test_an_order_and_what_was_forgotten_in_it_are_one_buying(self) -> None:
        days = (0.0, 0.2, 30.0)
        (own,) = buyings([bought("u", "a", NOW + timedelta(days=day)) for day in reversed(days)]).values()
        assert own.intervals == [30.0]

    def test_what_was_sent_back_was_not_bought(self) -> None:
        back = event("u", EventType.REFUND, "a", NOW + timedelta(days=3))
        assert buyings([bought("u", "a", NOW), back, event("u", EventType.VIEW, "b")]) == {}
        twice = buyings([bought("u", "a", NOW - timedelta(days=9)), bought("u", "a", NOW), back])
        assert twice["a"].moments == (NOW - timedelta(days=9),)


class TestLearning:
    @pytest.mark.parametrize("product", ["coffee", "soap"])
    def test_share_and_interval_are_found_though_half_of_the_waits_have_not_ended(
        self, learnt: Repurchase, product: str
    ) -> None:
        found = learnt.products[product]
        assert found.share == pytest.approx(SHARES[product], abs=0.06)
        assert found.days == pytest.approx(DAYS[product], rel=0.08)
        assert found.spread == pytest.approx(SPREAD, abs=0.08)

    def test_what_hardly_anybody_buys_twice_is_known_as_such(self, learnt: Repurchase) -> None:
        assert learnt.products["lamp"].share < 0.1
        assert learnt.of("new lamp", "Lamps").share < 0.1, "as its kind"
        assert learnt.of("new thing", "Things") == learnt.shop

    def test_the_order_of_users_changes_nothing(self) -> None:
        histories: list[Sequence[Event]] = [*shoppers(60)]
        one = to_bytes(learn(histories, PRODUCTS))
        assert to_bytes(learn(histories[::-1], PRODUCTS[::-1])) == one

    def test_without_anything_bought_twice_nothing_is_learnt(self) -> None:
        assert learn([[bought("u", "a", NOW)], [event("u", EventType.VIEW, "a")]], ()) == Repurchase()
        assert learn([], ()) == Repurchase()

    def test_it_is_read_as_it_was_written(self, learnt: Repurchase) -> None:
        content = to_bytes(learnt)
        assert to_bytes(from_bytes(content)) == content
        for other in (b"", b"[]", b'{"shop": [1]}'):
            with pytest.raises((ValueError, KeyError, TypeError)):
                from_bytes(other)


class TestDue:
    def test_what_is_due_comes_before_what_was_bought_yesterday_and_what_nobody_buys_again(
        self, learnt: Repurchase
    ) -> None:
        def due(product: str, days: float) -> float:
            return float(dues([learnt.products[product]], [days])[0])

        assert due("coffee", 18) > due("soap", 18) > due("lamp", 18)
        assert due("soap", 58) > due("coffee", 1)
        assert due("coffee", 18) > due("coffee", 1)
        assert due("coffee", 18) > due("coffee", 300), "who waited so long found another"
        assert 0 <= due("lamp", 58) < 0.03

    def test_it_is_the_probability_of_the_next_week(self, learnt: Repurchase) -> None:
        """Of a fresh half year's waits that had lasted so long, the part that ended within the week."""
        waits = []
        for history in shoppers(4_000, seed=9):
            moments = [each.occurred_at for each in history if each.product_id == "coffee"]
            followed = [pair for pair in pairwise([*moments, None]) if pair[0] < NOW - timedelta(days=90)]
            waits += [(after - at) / timedelta(days=1) if after else np.inf for at, after in followed]
        for days in (5, 15, 25):
            lasted = [each for each in waits if each > days]
            ended = np.mean([each <= days + 7 for each in lasted])
            assert float(dues([learnt.products["coffee"]], [days])[0]) == pytest.approx(ended, abs=0.06)

    def test_own_intervals_move_the_rhythm_and_the_more_so_the_more_there_are(self) -> None:
        shop = Rhythm(0.5, 30.0, 0.4)
        once, often = own_rhythm(shop, [10.0]), own_rhythm(shop, [10.0] * 8)
        assert 10 < often.days < once.days < 30
        assert 0.5 < once.share < often.share < 1
        assert own_rhythm(shop, []) == shop

    def test_the_normal_distribution_is_that_of_the_tables(self) -> None:
        assert normal_cdf(np.array([-1.96, 0.0, 1.0, 8.0])) == pytest.approx([0.0249979, 0.5, 0.8413447, 1.0], abs=2e-7)

    def test_a_clock_that_ran_ahead_is_no_trouble(self) -> None:
        assert 0 <= float(dues([UNKNOWN], [-3.0])[0]) < 1
