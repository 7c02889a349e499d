"""The pure part: standing, popularity, cursors, keywords, filters, records."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import explain, popularity, standing, taste
from shared.domain.cursor import LIFETIME, Cursor, decode_cursor, encode_cursor, question_digest
from shared.domain.errors import CursorExpired, InvalidInput
from shared.domain.events import Activity, EventType
from shared.domain.filters import AllOf, AnyOf, Comparison, FilterField, InRange, Not, OneOf, matches
from shared.domain.keywords import keyword_vector, terms
from shared.domain.products import Availability, Product
from shared.domain.records import manifest_from_record, manifest_record, product_from_record, product_record
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.versions import Manifest
from tests.support import NOW, event


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


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
    def test_lately_forgets_sooner_than_popular(self) -> None:
        activity = [
            Activity("old", EventType.PURCHASE, date(2026, 4, 1), 40),
            Activity("new", EventType.VIEW, NOW.date(), 20),
            Activity("sent back", EventType.PURCHASE, NOW.date(), 1),
            Activity("sent back", EventType.REFUND, NOW.date(), 1),
        ]
        ranked = popularity.rank(activity, NOW, "s")
        assert [product for product, _ in ranked.lately] == ["new", "old"]
        assert [product for product, _ in ranked.popular] == ["old", "new"]


class TestCursor:
    cursor = Cursor(
        "r1", "20260501T120000Z-abcdef01", "20260501", "20260430", NOW, 12, 100, question_digest("for-you", "u")
    )

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
