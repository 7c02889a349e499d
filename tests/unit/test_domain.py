"""The pure part: taste, fusion, standing, popularity, cursors, keywords."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import explain, fusion, popularity, standing, taste
from shared.domain.cursor import LIFETIME, Cursor, decode_cursor, encode_cursor, question_digest
from shared.domain.errors import CursorExpired, InvalidInput
from shared.domain.events import Activity, EventType
from shared.domain.filters import AllOf, AnyOf, Comparison, FilterField, InRange, Not, OneOf, matches
from shared.domain.keywords import keyword_vector, terms
from shared.domain.products import Availability, Product
from shared.domain.recommendations import Hit
from shared.domain.records import manifest_from_record, manifest_record, product_from_record, product_record
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.versions import Manifest
from tests.support import NOW, WordEncoder, event


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


def text_vectors(**titles: str) -> dict[str, dict[Space, np.ndarray]]:
    encoder = WordEncoder()
    return {name: {Space.TEXT: encoder.encode_texts([title])[0]} for name, title in titles.items()}


SHOP = text_vectors(
    mug1="blue stoneware mug", mug2="green stoneware mug", shoe1="trail running shoe", shoe2="road running shoe"
)


def _leaning(vector: np.ndarray) -> np.ndarray:
    """The same vector in a space where everything leans to one side, as in many encoders' spaces."""
    leaning = np.concatenate([vector * 0.4**0.5, [0.6**0.5]]).astype(np.float32)
    return leaning / np.linalg.norm(leaning)


class TestTaste:
    def test_interests_are_clusters_and_not_one_average(self) -> None:
        events = [event("u", EventType.VIEW, product, ago(hours=1)) for product in SHOP]
        interests = taste.build_taste(events, SHOP, NOW, {}).interests
        assert sorted(sorted(interest.deeds) for interest in interests) == [["mug1", "mug2"], ["shoe1", "shoe2"]]
        assert sum(interest.weight for interest in interests) == pytest.approx(1.0)
        assert all(interest.medoid in interest.deeds for interest in interests)

    def test_what_was_done_and_how_long_ago_decides_the_weight(self) -> None:
        events = [
            event("u", EventType.PURCHASE, "mug1", ago(days=1)),
            event("u", EventType.VIEW, "shoe1", ago(minutes=1)),
            event("u", EventType.PURCHASE, "shoe2", NOW - 6 * taste.HALF_LIFE),
        ]
        first, second = taste.build_taste(events, SHOP, NOW, {}).interests
        assert first.medoid == "mug1"
        assert first.deeds["mug1"] is EventType.PURCHASE
        assert set(second.deeds) == {"shoe1", "shoe2"}
        assert second.medoid == "shoe1"

    def test_half_life(self) -> None:
        old, new = (event("u", EventType.VIEW, "mug1", at) for at in (NOW - taste.HALF_LIFE, NOW))
        assert taste.event_weight(old, NOW) == pytest.approx(taste.event_weight(new, NOW) / 2)

    @pytest.mark.parametrize("against", [EventType.DISLIKE, EventType.REFUND])
    def test_dislikes_and_refunds_speak_against(self, against: EventType) -> None:
        events = [event("u", EventType.PURCHASE, "mug1", ago(hours=2)), event("u", against, "mug1", ago(hours=1))]
        tasted = taste.build_taste(events, SHOP, NOW, {})
        assert tasted.interests == ()
        assert len(tasted.against) == 1

    def test_an_item_taken_out_of_the_cart_leaves_no_interest(self) -> None:
        events = [event("u", kind, "mug1", NOW) for kind in (EventType.ADD_TO_CART, EventType.REMOVE_FROM_CART)]
        assert taste.build_taste(events, SHOP, NOW, {}).interests == ()

    def test_what_was_taken_out_again_is_not_in_the_cart(self) -> None:
        events = [
            event("u", EventType.ADD_TO_CART, "mug1", ago(minutes=3)),
            event("u", EventType.REMOVE_FROM_CART, "mug1", ago(minutes=2)),
            event("u", EventType.VIEW, "mug1", ago(minutes=1)),
        ]
        (interest,) = taste.build_taste(events, SHOP, NOW, {}).interests
        assert interest.deeds == {"mug1": EventType.VIEW}

    def test_alike_is_measured_against_two_random_products(self) -> None:
        events = [event("u", EventType.VIEW, product) for product in SHOP]
        close = {name: {Space.TEXT: _leaning(each[Space.TEXT])} for name, each in SHOP.items()}
        assert len(taste.build_taste(events, close, NOW, {}).interests) == 1
        assert len(taste.build_taste(events, close, NOW, {Space.TEXT: 0.6}).interests) == 2

    def test_unknown_products_are_passed_over(self) -> None:
        events = [event("u", EventType.VIEW, "gone"), event("u", EventType.VIEW, "mug1")]
        (interest,) = taste.build_taste(events, SHOP, NOW, {}).interests
        assert list(interest.deeds) == ["mug1"]

    @given(st.permutations(list(SHOP)))
    def test_the_order_in_which_events_arrive_does_not_matter(self, order: list[str]) -> None:
        events = [event("u", EventType.VIEW, product, ago(hours=list(SHOP).index(product))) for product in order]
        weights = [(i.medoid, round(i.weight, 9)) for i in taste.build_taste(events, SHOP, NOW, {}).interests]
        again = [(i.medoid, round(i.weight, 9)) for i in taste.build_taste(events[::-1], SHOP, NOW, {}).interests]
        assert weights == again


class TestFusion:
    def test_scores_of_different_scales_compare(self) -> None:
        cosines = [Hit(f"p{i}", 0.9 - i / 100) for i in range(30)]
        sums = [Hit(f"p{i}", 40.0 - i) for i in range(30)]
        assert fusion.comparable(cosines, 30) == pytest.approx(fusion.comparable(sums, 30))

    @pytest.mark.parametrize("hits", [[], [Hit("a", 0.0)], [Hit("a", -1.0), Hit("b", -2.0)], [Hit("a", 2.0)] * 12])
    def test_degenerate_lists_stay_finite(self, hits: list[Hit]) -> None:
        assert all(0 <= score < float("inf") for score in fusion.comparable(hits, 12).values())

    def test_a_list_that_holds_all_there_is_is_anchored_at_its_best_and_drops_nothing(self) -> None:
        hits = [Hit("a", 0.9), Hit("b", 0.5), Hit("c", -0.02)]
        assert fusion.comparable(hits, 100) == pytest.approx({"a": 1.0, "b": 0.5 / 0.9, "c": 0.0})
        assert [each.product_id for each in fusion.fuse({Space.TEXT: hits}, "s", 100)] == ["a", "b", "c"]

    def test_a_small_interest_keeps_its_places(self) -> None:
        big, small = (
            fusion.fuse({Space.TEXT: [Hit(f"{name}{i}", 1 - i / 100) for i in range(20)]}, name, 20)
            for name in ("big", "small")
        )
        top = [candidate.product_id for candidate in fusion.share_out([(0.75, big), (0.25, small)])[:12]]
        assert 2 <= sum(product_id.startswith("small") for product_id in top) <= 4
        assert top[0] == "big0"

    def test_what_is_next_to_something_disliked_sinks(self) -> None:
        parts = {Space.TEXT: [Hit(f"p{i}", 0.9 - i / 100) for i in range(20)]}
        penalty = fusion.penalties([[Hit("p0", 0.95), *[Hit(f"q{i}", 0.3) for i in range(12)]]], 20)
        assert fusion.fuse(parts, "s", 20)[0].product_id == "p0"
        assert fusion.fuse(parts, "s", 20, penalty=penalty)[0].product_id == "p1"

    def test_each_product_once_with_the_sources_that_proposed_it(self) -> None:
        hits = [Hit("a", 0.9), Hit("b", 0.8)]
        first = fusion.fuse({Space.TEXT: hits, Space.IMAGE: hits}, "s", 20)
        second = fusion.fuse({Space.TEXT: hits}, "t", 20)
        candidates = fusion.share_out([(1.0, first), (0.5, second)])
        assert [candidate.product_id for candidate in candidates] == ["a", "b"]
        assert set(candidates[0].sources) == {"text", "image"}
        assert candidates[0].seed == "s"


class TestStanding:
    def test_a_cart_is_net_of_what_was_taken_out(self) -> None:
        events = [
            event("u", EventType.ADD_TO_CART, "a", ago(hours=3), value=2),
            event("u", EventType.REMOVE_FROM_CART, "a", ago(hours=2), value=1),
            event("u", EventType.ADD_TO_CART, "b", ago(hours=3)),
            event("u", EventType.REMOVE_FROM_CART, "b", ago(hours=2)),
        ]
        assert standing.fold(events).in_cart == {"a"}

    def test_buying_empties_the_cart_and_a_refund_does_not_unbuy(self) -> None:
        events = [
            event("u", EventType.ADD_TO_CART, "a", ago(hours=3)),
            event("u", EventType.PURCHASE, "a", ago(hours=2)),
            event("u", EventType.REFUND, "a", ago(hours=1)),
        ]
        assert standing.fold(events) == standing.Standing(bought=frozenset("a"))

    def test_the_last_opinion_counts(self) -> None:
        assert standing.fold([event("u", EventType.RATE, "a", value=1)]).disliked == {"a"}
        events = [event("u", EventType.DISLIKE, "a", ago(hours=2)), event("u", EventType.WISHLIST, "a", ago(hours=1))]
        assert standing.fold(events).disliked == set()
        assert standing.fold(reversed(events)).disliked == set()


class TestPopularity:
    def test_trending_forgets_sooner_than_popular(self) -> None:
        activity = [
            Activity("old", EventType.PURCHASE, date(2026, 4, 1), 40),
            Activity("new", EventType.VIEW, NOW.date(), 20),
            Activity("sent back", EventType.PURCHASE, NOW.date(), 1),
            Activity("sent back", EventType.REFUND, NOW.date(), 1),
        ]
        ranked = popularity.rank(activity, NOW, "s")
        assert [product for product, _ in ranked.trending] == ["new", "old"]
        assert [product for product, _ in ranked.popular] == ["old", "new"]


class TestCursor:
    cursor = Cursor("r1", "20260501T120000Z-abcdef01", "20260501", NOW, 12, 100, question_digest("for-you", "u"))

    def test_round_trip(self) -> None:
        assert decode_cursor(encode_cursor(self.cursor), self.cursor.question, NOW) == self.cursor

    def test_it_belongs_to_its_question(self) -> None:
        with pytest.raises(InvalidInput, match="another request"):
            decode_cursor(encode_cursor(self.cursor), question_digest("for-you", "someone else"), NOW)

    @pytest.mark.parametrize("later", [LIFETIME + timedelta(seconds=1), timedelta(days=-1)])
    def test_it_expires(self, later: timedelta) -> None:
        with pytest.raises(CursorExpired):
            decode_cursor(encode_cursor(self.cursor), self.cursor.question, NOW + later)

    @given(
        st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: __import__("base64").b64encode(raw).decode())
    )
    def test_anything_else_is_refused_in_one_sentence(self, text: str) -> None:
        with pytest.raises(InvalidInput, match="not one that Vitrine gave out"):
            decode_cursor(text, self.cursor.question, NOW)


class TestKeywords:
    def test_case_and_diacritics_do_not_matter(self) -> None:
        assert terms("Café-Crème") == terms("cafe-creme")

    def test_a_model_number_is_one_word_and_its_parts(self) -> None:
        assert {"wh-1000xm4", "wh", "1000xm4"} <= set(terms("Sony WH-1000XM4"))

    @given(st.text(max_size=500))
    def test_dimensions_ascend_and_weights_are_positive(self, text: str) -> None:
        vector = keyword_vector(text)
        assert (np.diff(vector.indices.astype(np.int64)) > 0).all()
        assert (vector.values > 0).all()


class TestFilters:
    shoe = Product(
        "s", "Shoe", brand="Acme", categories=("Shoes", "Trail"), price=90.0, sale_price=45.0, added_at=ago(days=5)
    )

    def test_price_is_what_is_paid_now(self) -> None:
        assert matches(InRange(FilterField.PRICE, Comparison.LESS, 50.0), self.shoe)

    def test_category_is_any_level_without_case(self) -> None:
        assert matches(OneOf(FilterField.CATEGORY, ("TRAIL",)), self.shoe)

    def test_what_is_missing_never_compares_but_may_be_negated(self) -> None:
        unpriced = Product("x", "X")
        cheap = InRange(FilterField.PRICE, Comparison.LESS, 50.0)
        assert not matches(cheap, unpriced)
        assert matches(Not(cheap), unpriced)
        assert matches(Not(OneOf(FilterField.BRAND, ("Acme",))), unpriced)

    def test_and_or(self) -> None:
        recent = InRange(FilterField.ADDED_AT, Comparison.AT_LEAST, ago(days=7))
        acme, other = OneOf(FilterField.BRAND, ("acme",)), OneOf(FilterField.BRAND, ("other",))
        assert matches(AllOf((recent, AnyOf((acme, other)))), self.shoe)
        assert not matches(AllOf((recent, other)), self.shoe)


def test_a_product_survives_its_record() -> None:
    product = Product(
        "p", "Title", categories=("A", "B"), price=1.5, availability=Availability.PREORDER, stock=0,
        added_at=datetime(2026, 1, 1, tzinfo=UTC), attributes={"pattern": "dots"},
    )  # fmt: skip
    assert product_from_record(product_record(product)) == product
    assert product_record(Product("p", "Title")) == {"id": "p", "title": "Title"}


def test_a_manifest_survives_its_record() -> None:
    mini = EncoderInfo("mini", "1", 384)
    manifest = Manifest("v1", "d", NOW, 3, {Space.TEXT: mini}, {Space.TEXT: 3}, {Space.TEXT: 0.25})
    assert manifest_from_record(manifest_record(manifest)) == manifest


def test_a_reason_is_true_without_its_seed() -> None:
    reason = explain.because_of(EventType.PURCHASE, None, "gone")
    assert reason.sentence == "Because you bought a similar product"
    for kind in taste.EVENT_WEIGHTS:
        if taste.EVENT_WEIGHTS[kind] > 0:
            assert explain.because_of(kind, Product("a", "Mug"), "a").sentence.startswith("Because you ")
