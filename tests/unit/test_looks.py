"""Looks and bundles over the real parts, in a shop of which it is known what goes with what."""

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from shared import wiring
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.recommendations import Part, ReasonKind
from shared.services.bundles import Bundles, bundles
from shared.services.look import Band, CompletedLook, look
from shared.services.rulebook import apply_rules
from shared.settings import Settings
from tests.breaking import BreakingIndexes, unavailable
from tests.look_shop import look_shop
from tests.support import NOW, StillClock, copied, event


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("looks")
    look_shop(folder, StillClock())
    return folder / "data"


@pytest.fixture
def matched(published: Path, tmp_path: Path, clock: StillClock) -> wiring.Parts:
    """A copy for each test to change."""
    return wiring.parts(Settings(data=copied(published, tmp_path / "data")), clock)


def pieces(found: CompletedLook) -> dict[str, str]:
    """The product in each slot."""
    return {found.slots[item.product.id]: item.product.id for item in found.recommendation.items}


def members(found: Bundles) -> list[set[str]]:
    return [{item.product.id for item in bundle.items} for bundle in found.bundles]


def change(matched: wiring.Parts, product_id: str, **values: object) -> None:
    assert matched.products.change([OfferChange(product_id, NOW, values)]) == [True]


def apply(matched: wiring.Parts, **rule: object) -> None:
    apply_rules(matched.blobs, {"rules": [{"id": "a", **rule}]}, NOW)


class TestLook:
    def test_the_pieces_are_chosen_to_go_together(self, matched: wiring.Parts) -> None:
        found = look(wiring.shop(matched), "p1", slots=2)
        assert pieces(found) == {"linen shirt": "p8", "wool scarf": "p10"}  # p2 and p4 are the best ones, each alone
        assert found.totals == {"EUR": Decimal("28.00")}
        for item in found.recommendation.items:
            assert item.source == "complement"
            assert item.reason.kind is ReasonKind.CHOSEN_WITH
            assert item.reason.sentence == "Often chosen with Blue running shoe 1"
        scores = [item.score for item in found.recommendation.items]
        assert scores == sorted(scores, reverse=True)
        assert found.recommendation.cursor is None

    def test_one_slot_is_the_kind_that_goes_with_it_best(self, matched: wiring.Parts) -> None:
        assert pieces(look(wiring.shop(matched), "p1", slots=1)).keys() == {"linen shirt"}

    def test_there_are_no_more_slots_than_kinds_that_go_with_it(self, matched: wiring.Parts) -> None:
        found = look(wiring.shop(matched), "p1", slots=8)
        assert pieces(found) == {"linen shirt": "p8", "wool scarf": "p10", "garden spade": "p3"}
        assert found.totals == {"EUR": Decimal("28.00"), "USD": Decimal("8.00")}

    def test_in_a_shop_that_has_sold_nothing_it_is_empty_and_so_are_bundles(self, small_shop: wiring.Parts) -> None:
        shop = wiring.shop(small_shop)
        found = look(shop, "p6")
        assert not found.recommendation.items
        assert not found.totals
        assert not found.recommendation.degraded
        assert not bundles(shop, "p6").bundles

    def test_the_same_question_has_the_same_answer(self, matched: wiring.Parts) -> None:
        first, second = (look(wiring.shop(matched), "p1").recommendation.items for _ in range(2))
        assert first == second

    def test_what_is_sold_out_gives_its_slot_to_another(self, matched: wiring.Parts) -> None:
        change(matched, "p10", availability="out_of_stock")
        assert pieces(look(wiring.shop(matched), "p1"))["wool scarf"] == "p4"
        change(matched, "p4", availability="out_of_stock")
        assert "wool scarf" not in pieces(look(wiring.shop(matched), "p1"))

    @pytest.mark.parametrize("deed", [EventType.PURCHASE, EventType.DISLIKE, EventType.ADD_TO_CART])
    def test_what_the_user_has_or_turned_down_is_left_out_with_its_variants(
        self, matched: wiring.Parts, deed: EventType
    ) -> None:
        matched.events.add([event("u", deed, "p8"), event("u", deed, "p2")])
        shop = wiring.shop(matched)
        assert "linen shirt" not in pieces(look(shop, "p1", user_id="u"))
        assert "linen shirt" in pieces(look(shop, "p1", user_id="somebody else"))

    def test_prices_stay_within_the_band(self, matched: wiring.Parts) -> None:
        shop = wiring.shop(matched)
        assert pieces(look(shop, "p1", band=Band(most=9.0))) == {
            "linen shirt": "p2",
            "wool scarf": "p4",
            "garden spade": "p3",
        }
        assert pieces(look(shop, "p1", band=Band(least=14.0))) == {"wool scarf": "p10", "linen shirt": "p56"}
        assert not pieces(look(shop, "p1", band=Band(least=1_000.0)))

    def test_prices_stay_within_the_total_of_one_currency(self, matched: wiring.Parts) -> None:
        shop = wiring.shop(matched)
        within = look(shop, "p1", band=Band(together=22.0))
        assert sum(within.totals.values()) <= 22
        assert within.totals.keys() == {"EUR"}  # the spade costs dollars
        assert len(pieces(within)) == 2
        assert len(pieces(look(shop, "p1", band=Band(together=10.0)))) == 1

    def test_a_price_that_changed_a_moment_ago_counts(self, matched: wiring.Parts) -> None:
        change(matched, "p8", price=99.0)
        change(matched, "p56", price=99.0)
        assert pieces(look(wiring.shop(matched), "p1", band=Band(most=20.0)))["linen shirt"] == "p2"

    def test_a_filter_holds(self, matched: wiring.Parts) -> None:
        assert pieces(look(wiring.shop(matched), "p1", filter="colour = green")) == {
            "linen shirt": "p2",
            "wool scarf": "p10",
        }

    def test_unknown_products_and_impossible_bounds_are_refused(self, matched: wiring.Parts) -> None:
        shop = wiring.shop(matched)
        with pytest.raises(NotFound, match="'nope'"):
            look(shop, "nope")
        for slots in (0, 9):
            with pytest.raises(InvalidInput, match=f"slots is {slots}"):
                look(shop, "p1", slots=slots)
        for band in ({"least": -1.0}, {"most": float("nan")}, {"together": 1e12}, {"least": 5.0, "most": 4.0}):
            with pytest.raises(InvalidInput, match="price"):
                Band(**band)

    def test_without_the_index_it_is_empty_and_says_so(self, matched: wiring.Parts) -> None:
        broken = dataclasses.replace(matched, versions=BreakingIndexes(matched.versions, unavailable, "search"))
        found = look(wiring.shop(broken), "p1").recommendation
        assert not found.items
        assert found.degraded == (Part.INDEX,)


class TestRules:
    def test_what_is_hidden_is_in_no_look(self, matched: wiring.Parts) -> None:
        apply(matched, kind="hide", products=["p8"])
        assert "p8" not in pieces(look(wiring.shop(matched), "p1")).values()

    def test_what_is_buried_stays_out_also_in_good_company(self, matched: wiring.Parts) -> None:
        apply(matched, kind="bury", products=["p8"], factor=0.1)
        assert pieces(look(wiring.shop(matched), "p1"))["linen shirt"] in ("p2", "p56")

    def test_what_is_boosted_takes_its_slot(self, matched: wiring.Parts) -> None:
        apply(matched, kind="boost", products=["p4"], factor=5.0)
        found = look(wiring.shop(matched), "p1")
        assert pieces(found)["wool scarf"] == "p4"
        featured = next(item for item in found.recommendation.items if item.product.id == "p4")
        assert featured.reason.kind is ReasonKind.FEATURED
        assert "boost" in featured.source

    def test_what_is_pinned_has_a_slot_at_its_place(self, matched: wiring.Parts) -> None:
        apply(matched, kind="pin", products=["p18"], position=2)  # a mug, which nothing proposed
        found = look(wiring.shop(matched), "p1", slots=3)
        assert pieces(found).keys() == {"linen shirt", "stoneware mug", "wool scarf"}
        assert [item.product.id for item in found.recommendation.items][1] == "p18"
        assert found.recommendation.items[1].source == "pin"

    def test_a_pin_of_the_products_own_kind_is_left_out(self, matched: wiring.Parts) -> None:
        apply(matched, kind="pin", products=["p13"], position=1)
        assert "p13" not in pieces(look(wiring.shop(matched), "p1")).values()


class TestBundles:
    def test_the_best_first_and_none_repeats_another(self, matched: wiring.Parts) -> None:
        found = bundles(wiring.shop(matched), "p1", size=3, limit=5)
        assert members(found) == [{"p8", "p10"}, {"p4", "p56"}]  # the spade costs dollars, p2 is a variant of p56
        assert [bundle.total for bundle in found.bundles] == [Decimal("34.00"), Decimal("76.00")]
        best = found.bundles[0]
        assert best.seed.id == "p1"
        assert best.reason.product_id == "p1"
        titles = " and ".join(item.product.title for item in best.items)
        assert best.reason.sentence == f"Often chosen with Blue running shoe 1: {titles}"

    def test_of_two_it_is_the_best_companion(self, matched: wiring.Parts) -> None:
        found = bundles(wiring.shop(matched), "p1", size=2, limit=1)
        assert len(found.bundles) == len(found.bundles[0].items) == 1

    def test_fewer_products_where_fewer_go_together(self, matched: wiring.Parts) -> None:
        assert [len(bundle.items) for bundle in bundles(wiring.shop(matched), "p1", size=4, limit=1).bundles] == [2]

    def test_the_discount_is_reckoned_from_the_prices_of_now(self, matched: wiring.Parts) -> None:
        change(matched, "p8", sale_price=9.99)
        bundle = bundles(wiring.shop(matched), "p1", discount=Decimal("12.5"), limit=1).bundles[0]
        assert (bundle.total, bundle.reduced) == (Decimal("30.99"), Decimal("27.12"))

    def test_there_is_none_of_what_cannot_be_bought(self, matched: wiring.Parts) -> None:
        assert bundles(wiring.shop(matched), "p1").bundles
        change(matched, "p1", availability="out_of_stock")
        assert not bundles(wiring.shop(matched), "p1").bundles

    def test_there_is_none_of_what_has_no_price(self, matched: wiring.Parts) -> None:
        change(matched, "p1", price=None)
        assert not bundles(wiring.shop(matched), "p1").bundles

    def test_there_is_none_of_what_the_shop_hides(self, matched: wiring.Parts) -> None:
        apply(matched, kind="hide", products=["p1"])
        assert not bundles(wiring.shop(matched), "p1").bundles

    def test_wrong_questions_are_refused(self, matched: wiring.Parts) -> None:
        shop = wiring.shop(matched)
        with pytest.raises(NotFound, match="'nope'"):
            bundles(shop, "nope")
        with pytest.raises(InvalidInput, match="size is 5"):
            bundles(shop, "p1", size=5)
        with pytest.raises(InvalidInput, match="limit is 0"):
            bundles(shop, "p1", limit=0)
        for discount in ("50.01", "-1", "NaN"):
            with pytest.raises(InvalidInput, match="discount is"):
                bundles(shop, "p1", discount=Decimal(discount))

    def test_without_the_index_there_is_none_and_it_says_so(self, matched: wiring.Parts) -> None:
        broken = dataclasses.replace(matched, versions=BreakingIndexes(matched.versions, unavailable, "search"))
        found = bundles(wiring.shop(broken), "p1")
        assert not found.bundles
        assert found.recommendation.degraded == (Part.INDEX,)
