"""Tastes: weights that fade, interests, and which deed a reason may speak of."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.behaviour.sequences import lesson
from shared.domain import taste
from shared.domain.attribution import deeds_of, strongest_deed
from shared.domain.behaviour import behaviour_query, dimension
from shared.domain.events import Event, EventType
from shared.domain.keywords import keyword_vector
from shared.domain.spaces import Space, Vectors
from shared.domain.taste import Fading, Taste
from tests.support import NOW, WordEncoder, event

NEVER_FADES = Fading(half_life=1e9, memory=1e9)


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


def text_vectors(**titles: str) -> dict[str, Vectors]:
    encoder = WordEncoder()
    return {name: {Space.TEXT: encoder.encode_texts([title])[0]} for name, title in titles.items()}


SHOP = text_vectors(
    mug1="blue stoneware mug", mug2="green stoneware mug", shoe1="trail running shoe", shoe2="road running shoe"
)


def tasted(
    events: list[Event],
    shop: dict[str, Vectors] = SHOP,
    background: dict[Space, float] | None = None,
    fading: Fading = NEVER_FADES,
) -> Taste:
    return taste.build_taste(events, taste.product_weights(events, NOW, fading), shop, background or {})


def _leaning(vector: np.ndarray) -> np.ndarray:
    """The same vector in a space where everything leans to one side, as in many encoders' spaces."""
    leaning = np.concatenate([vector * 0.4**0.5, [0.6**0.5]]).astype(np.float32)
    return leaning / np.linalg.norm(leaning)


class TestWeights:
    def test_a_deed_halves_with_its_age(self) -> None:
        fading = Fading(half_life=10, memory=1e9)
        events = [event("u", EventType.VIEW, "old", ago(days=10)), event("u", EventType.VIEW, "new", NOW)]
        weights = taste.product_weights(events, NOW, fading)
        assert weights["old"] == pytest.approx(weights["new"] / 2)

    def test_a_deed_fades_with_every_later_moment_whatever_the_time_between(self) -> None:
        fading = Fading(half_life=1e9, memory=2)
        for apart in (timedelta(seconds=1), timedelta(days=1)):
            events = [event("u", EventType.VIEW, f"p{i}", NOW - i * apart) for i in range(4)]
            weights = taste.product_weights(events, NOW, fading)
            assert list(weights) == ["p0", "p1", "p2", "p3"]
            assert weights["p2"] == pytest.approx(weights["p0"] / np.e)

    def test_the_lines_of_one_order_fade_as_one(self) -> None:
        events = [event("u", EventType.PURCHASE, f"p{i}", ago(days=1)) for i in range(20)]
        events.append(event("u", EventType.VIEW, "q", NOW))
        weights = taste.product_weights(events, NOW, Fading(half_life=1e9, memory=2))
        assert len({round(weights[f"p{i}"], 9) for i in range(20)}) == 1

    def test_looking_again_makes_a_product_the_newest_and_no_other_older(self) -> None:
        events = [event("u", EventType.VIEW, "a", ago(hours=hours)) for hours in (1, 2, 3)]
        events.append(event("u", EventType.VIEW, "b", ago(hours=4)))
        weights = taste.product_weights(events, NOW, Fading(half_life=1e9, memory=1))
        assert list(weights) == ["a", "b"]
        assert weights["b"] == pytest.approx(1 / np.e)

    @pytest.mark.parametrize("against", [EventType.DISLIKE, EventType.REFUND])
    def test_dislikes_and_refunds_speak_against(self, against: EventType) -> None:
        events = [event("u", EventType.PURCHASE, "mug1", ago(hours=2)), event("u", against, "mug1", ago(hours=1))]
        found = tasted(events)
        assert found.interests == ()
        assert len(found.against) == 1
        assert found.weights["mug1"] < 0
        assert found.liked == {}

    def test_an_item_taken_out_of_the_cart_leaves_no_interest(self) -> None:
        events = [event("u", kind, "mug1", NOW) for kind in (EventType.ADD_TO_CART, EventType.REMOVE_FROM_CART)]
        assert tasted(events).interests == ()

    def test_a_clock_that_runs_ahead_does_no_harm(self) -> None:
        weights = taste.product_weights([event("u", EventType.VIEW, "a", NOW + timedelta(days=900))], NOW, Fading())
        assert weights == {"a": 1.0}

    @given(
        st.lists(
            st.builds(
                lambda kind, product, minutes, value: event("u", kind, product, ago(minutes=minutes), value=value),
                st.sampled_from(list(EventType)),
                st.sampled_from(["", *SHOP, "gone"]),
                st.integers(-10_000, 10_000_000),
                st.none() | st.floats(0, 100),
            ),
            max_size=30,
        )
    )
    def test_any_history_gives_finite_weights_and_shares_that_add_up(self, events: list[Event]) -> None:
        found = tasted([*events, *events], fading=Fading())
        assert all(np.isfinite(weight) for weight in found.weights.values())
        if found.interests:
            assert sum(interest.weight for interest in found.interests) == pytest.approx(1)


class TestInterests:
    def test_interests_are_clusters_and_not_one_average(self) -> None:
        interests = tasted([event("u", EventType.VIEW, product, ago(hours=1)) for product in SHOP]).interests
        assert sorted(sorted(interest.members) for interest in interests) == [["mug1", "mug2"], ["shoe1", "shoe2"]]
        assert sum(interest.weight for interest in interests) == pytest.approx(1.0)
        assert all(interest.medoid in interest.members for interest in interests)

    def test_what_was_done_and_how_long_ago_decides_the_weight(self) -> None:
        events = [
            event("u", EventType.PURCHASE, "mug1", ago(days=1)),
            event("u", EventType.VIEW, "shoe1", ago(minutes=1)),
            event("u", EventType.PURCHASE, "shoe2", ago(days=180)),
        ]
        found = tasted(events, fading=Fading(half_life=30, memory=1e9))
        first, second = found.interests
        assert first.medoid == "mug1"
        assert found.deeds["mug1"] is EventType.PURCHASE
        assert set(second.members) == {"shoe1", "shoe2"}
        assert second.medoid == "shoe1"

    def test_what_was_taken_out_again_is_not_in_the_cart(self) -> None:
        events = [
            event("u", EventType.ADD_TO_CART, "mug1", ago(minutes=3)),
            event("u", EventType.REMOVE_FROM_CART, "mug1", ago(minutes=2)),
            event("u", EventType.VIEW, "mug1", ago(minutes=1)),
        ]
        assert tasted(events).deeds == {"mug1": EventType.VIEW}

    def test_alike_is_measured_against_two_random_products(self) -> None:
        events = [event("u", EventType.VIEW, product) for product in SHOP]
        close: dict[str, Vectors] = {
            name: {Space.TEXT: _leaning(np.asarray(each[Space.TEXT]))} for name, each in SHOP.items()
        }
        assert len(tasted(events, close).interests) == 1
        assert len(tasted(events, close, {Space.TEXT: 0.6}).interests) == 2

    def test_unknown_products_are_in_no_interest_but_speak_in_behaviour(self) -> None:
        found = tasted([event("u", EventType.VIEW, "gone"), event("u", EventType.VIEW, "mug1")])
        (interest,) = found.interests
        assert interest.members == ("mug1",)
        assert dimension("gone") in behaviour_query(found.weights).indices

    @given(st.permutations(list(SHOP)))
    def test_the_order_in_which_events_arrive_does_not_matter(self, order: list[str]) -> None:
        events = [event("u", EventType.VIEW, product, ago(hours=list(SHOP).index(product))) for product in order]
        weights, again = (
            [(each.medoid, round(each.weight, 9)) for each in tasted(some, fading=Fading()).interests]
            for some in (events, events[::-1])
        )
        assert weights == again


class TestAttribution:
    def test_the_space_that_raised_it_decides_which_deed_is_named(self) -> None:
        row = behaviour_query({"shoe1": 0.5})
        candidate: Vectors = {Space.TEXT: SHOP["mug2"][Space.TEXT], Space.BEHAVIOUR: row}
        deeds = deeds_of({"mug1": 1.0, "shoe1": 1.0}, SHOP)
        assert strongest_deed({"text": 1.0}, candidate, deeds, {}) == ("mug1", Space.TEXT)
        assert strongest_deed({"behaviour": 1.0}, candidate, deeds, {}) == ("shoe1", Space.BEHAVIOUR)
        assert strongest_deed({"text": 3.0, "behaviour": 1.0}, candidate, deeds, {}) == ("mug1", Space.TEXT)

    def test_shared_words_name_the_deed_they_stand_in(self) -> None:
        shop: dict[str, Vectors] = {
            name: {Space.KEYWORDS: keyword_vector(title)}
            for name, title in (("a", "oak table"), ("b", "steel lamp"), ("c", "brass lamp"))
        }
        deeds = deeds_of({"a": 1.0, "unknown": 9.0, "b": 1.0}, shop)
        assert strongest_deed({"keywords": 1.0}, shop["c"], deeds, {}) == ("b", Space.KEYWORDS)

    def test_the_heavier_of_two_equal_deeds_is_named(self) -> None:
        row = behaviour_query({"a": 0.5, "b": 0.5})
        named = strongest_deed({"behaviour": 1.0}, {Space.BEHAVIOUR: row}, deeds_of({"a": 1.0, "b": 2.0}, {}), {})
        assert named == ("b", Space.BEHAVIOUR)

    def test_no_deed_is_named_for_what_none_raised(self) -> None:
        deeds = deeds_of({"mug2": 1.0}, SHOP)
        assert strongest_deed({"trending": 1.0}, SHOP["mug1"], deeds, {}) is None
        assert strongest_deed({"behaviour": 1.0}, SHOP["mug1"], deeds, {}) is None
        assert strongest_deed({"text": 1.0}, SHOP["mug1"], deeds_of({}, SHOP), {}) is None


def test_a_shared_collection_says_nothing_of_any_product() -> None:
    viewed = event("u", EventType.VIEW, "mug1", ago(hours=2))
    shared = event("u", EventType.SHARE, "collection:gifts", ago(hours=1))
    with_it, without = tasted([viewed, shared]), tasted([viewed])
    assert (with_it.weights, with_it.deeds, with_it.length) == (without.weights, without.deeds, 1)
    assert [interest.members for interest in with_it.interests] == [("mug1",)]
    assert lesson([shared, viewed]) == lesson([viewed]) == [("mug1", 0)]
