"""Declared taste: how it counts beside deeds, how it is kept, how a guest's becomes a user's."""

from datetime import timedelta
from itertools import pairwise

import pytest

from shared import wiring
from shared.domain.declared import (
    AS_MUCH_AS,
    ENOUGH_DEEDS,
    Budget,
    Declared,
    Said,
    declared_from_record,
    declared_record,
    declared_share,
    fit,
)
from shared.domain.errors import CursorExpired
from shared.domain.products import Product
from shared.services.profiles import declare, declared_by, merge_profiles
from tests.support import NOW

MINUTE = timedelta(minutes=1)
SANDAL = Product(
    "s", "Sandal", brand="Acme", categories=("Shoes", "Sandals"), colour="Blue", price=40.0, currency="EUR"
)


def test_deeds_take_over_smoothly_and_to_the_end() -> None:
    shares = [declared_share(deeds) for deeds in range(ENOUGH_DEEDS + 5)]
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    assert max(first - second for first, second in pairwise(shares)) < 0.25
    assert 0 < shares[ENOUGH_DEEDS - 1] < 0.01
    assert set(shares[ENOUGH_DEEDS:]) == {0.0}


@pytest.mark.parametrize("deeds", [1, int(AS_MUCH_AS), 20])
def test_picks_have_their_share_of_all_that_speaks_for_a_product(deeds: int) -> None:
    weights = {f"seen{number}": 1.0 + number for number in range(deeds)}
    share = declared_share(deeds)
    said = Said(Declared(picked=("a", "b"), turned_down=("c",)), share, {"a": ("a2", "a3")})
    both = said.added_to(weights)
    assert {each: both[each] for each in weights} == weights
    liked = {each: weight for each, weight in both.items() if weight > 0}
    picked = sum(weight for each, weight in liked.items() if each not in weights)
    assert picked / sum(liked.values()) == pytest.approx(share)
    assert both["a"] > both["a2"] > 0 > both["c"]
    assert list(both)[:deeds] == list(weights)
    assert said.picked_for == {"a": "a", "b": "b", "a2": "a", "a3": "a"}


def test_a_product_with_a_deed_of_its_own_is_spoken_for_by_that() -> None:
    assert Said(Declared(picked=("a",)), 0.5).added_to({"a": -8.0}) == {"a": -8.0}


def test_what_is_liked_fits_by_the_kinds_of_likes_it_meets() -> None:
    assert fit(SANDAL, Declared()) == 0.0
    assert fit(SANDAL, Declared(categories=("sandals", "Hats"), colours=("red",))) == 0.5
    assert fit(SANDAL, Declared(brands=("ACME",), budget=Budget(most=40.0, currency="EUR"))) == 1.0
    assert fit(SANDAL, Declared(budget=Budget(most=39.9))) == 0.0
    assert fit(SANDAL, Declared(budget=Budget(most=50.0, currency="USD"))) == 0.0


def test_a_record_comes_back_as_it_was() -> None:
    said = Declared(picked=("a",), turned_down=(), colours=("blue",), budget=Budget(5.0, None, "EUR"))
    assert declared_from_record(declared_record(said)) == said
    assert declared_record(Declared()) == {}


def test_of_what_is_not_said_again_what_was_said_stays(parts: wiring.Parts) -> None:
    state = parts.state
    declare(state, "u", Declared(picked=("a",), brands=("Acme",)), NOW)
    whole = declare(state, "u", Declared(brands=(), colours=("blue",)), NOW + MINUTE)
    assert whole == Declared(picked=("a",), brands=(), colours=("blue",))
    assert declared_by(state, "u", NOW + MINUTE) == whole
    assert declared_by(state, "someone else", NOW) == Declared()


def test_a_ranking_of_a_minute_ago_sees_what_was_declared_then(parts: wiring.Parts) -> None:
    for minute in range(5):
        declare(parts.state, "u", Declared(picked=(str(minute),)), NOW + minute * MINUTE)
    for minute in range(5):
        assert declared_by(parts.state, "u", NOW + minute * MINUTE + MINUTE / 2).picked == (str(minute),)
    assert declared_by(parts.state, "u", NOW - MINUTE) == Declared()


def test_who_declares_all_the_time_ends_their_cursors_and_fills_no_store(parts: wiring.Parts) -> None:
    for number in range(30):
        declare(parts.state, "u", Declared(picked=(str(number),)), NOW + number * MINUTE)
    assert declared_by(parts.state, "u", NOW + 30 * MINUTE).picked == ("29",)
    with pytest.raises(CursorExpired):
        declared_by(parts.state, "u", NOW + MINUTE)
    declare(parts.state, "u", Declared(picked=("next day",)), NOW + timedelta(days=1))
    assert declared_by(parts.state, "u", NOW + timedelta(hours=23)).picked == ("29",)


def test_a_guests_profile_becomes_the_users_once(parts: wiring.Parts) -> None:
    state, later = parts.state, NOW + 10 * MINUTE
    declare(state, "u", Declared(picked=("old",), brands=("Acme",)), NOW)
    declare(state, "anon:g", Declared(picked=("new",), colours=("blue",)), NOW + MINUTE)
    merge_profiles(state, "anon:g", "u", later)
    merged = Declared(picked=("new",), brands=("Acme",), colours=("blue",))
    assert declared_by(state, "u", later) == merged
    assert declared_by(state, "u", later - MINUTE).picked == ("old",)
    assert declared_by(state, "anon:g", later) == Declared()
    declare(state, "u", Declared(picked=("newest",)), later + MINUTE)
    merge_profiles(state, "anon:g", "u", later + 2 * MINUTE)
    assert declared_by(state, "u", later + 3 * MINUTE).picked == ("newest",)


def test_a_merge_that_was_killed_half_way_is_done_by_the_next(parts: wiring.Parts) -> None:
    class Killed:
        """Dies at the second write."""

        def __init__(self) -> None:
            self.writes = 0

        def get(self, name: str) -> object:
            return parts.state.get(name)

        def put(self, name: str, value: object, revision: int, expires_at: object) -> int:
            self.writes += 1
            if self.writes == 2:
                raise KeyboardInterrupt
            return parts.state.put(name, value, revision, expires_at)  # type: ignore[arg-type]

    declare(parts.state, "anon:g", Declared(picked=("a",)), NOW)
    with pytest.raises(KeyboardInterrupt):
        merge_profiles(Killed(), "anon:g", "u", NOW + MINUTE)  # type: ignore[arg-type]
    merge_profiles(parts.state, "anon:g", "u", NOW + 2 * MINUTE)
    assert declared_by(parts.state, "u", NOW + 2 * MINUTE).picked == ("a",)
    assert declared_by(parts.state, "anon:g", NOW + 2 * MINUTE) == Declared()


def test_a_clock_that_goes_backwards_loses_nothing(parts: wiring.Parts) -> None:
    declare(parts.state, "u", Declared(picked=("a",)), NOW)
    declare(parts.state, "u", Declared(picked=("b",)), NOW - MINUTE)
    assert declared_by(parts.state, "u", NOW).picked == ("b",)
