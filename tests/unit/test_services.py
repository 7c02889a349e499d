"""The use cases over the real parts: Qdrant's engine, SQLite, the real indexer."""

from datetime import timedelta

import pytest

from shared import wiring
from shared.domain.errors import CursorExpired, InvalidInput, NotFound, Unavailable
from shared.domain.events import EventType
from shared.domain.recommendations import Recommendation
from shared.services.pages import Question
from shared.services.popularity import refresh_popularity
from shared.services.recommend import for_you
from shared.services.similar import By, similar
from shared.services.trending import trending
from tests.support import KINDS, NOW, StillClock, event


def did(parts: wiring.Parts, *deeds: tuple[EventType, str], user: str = "u") -> None:
    """The user did these things one after the other, just now."""
    start = parts.clock.now() - timedelta(minutes=len(deeds))
    parts.events.add(
        [event(user, type_, product, start + timedelta(minutes=i)) for i, (type_, product) in enumerate(deeds)]
    )


def ids(recommendation: Recommendation) -> list[str]:
    return [item.product.id for item in recommendation.items]


def kinds(recommendation: Recommendation) -> set[str]:
    return {kind for item in recommendation.items for kind in KINDS if kind in item.product.title}


class TestForYou:
    def test_it_follows_the_event_of_a_second_ago(self, small_shop: wiring.Parts, clock: StillClock) -> None:
        shop = wiring.shop(small_shop)
        did(small_shop, (EventType.VIEW, "p7"))  # a running shoe
        assert kinds(for_you(shop, "u", Question(limit=4))) == {"running shoe"}
        clock.forward(seconds=1)
        did(small_shop, *[(EventType.ADD_TO_CART, "p8")] * 1, (EventType.PURCHASE, "p14"))  # linen shirts
        top = for_you(shop, "u", Question(limit=1)).items[0]
        assert "linen shirt" in top.product.title
        assert top.reason.product_id in {"p8", "p14"}
        assert top.reason.sentence.startswith("Because you ")

    def test_two_interests_share_the_list(self, small_shop: wiring.Parts) -> None:
        did(small_shop, (EventType.VIEW, "p7"), (EventType.VIEW, "p8"))
        answer = for_you(wiring.shop(small_shop), "u", Question(limit=6))
        assert {"running shoe", "linen shirt"} <= kinds(answer)
        assert {item.reason.product_id for item in answer.items} == {"p7", "p8"}

    @pytest.mark.parametrize("deed", [EventType.PURCHASE, EventType.ADD_TO_CART, EventType.DISLIKE, EventType.REFUND])
    def test_what_is_had_or_turned_down_is_not_offered_nor_its_variants(
        self, small_shop: wiring.Parts, deed: EventType
    ) -> None:
        did(small_shop, (EventType.VIEW, "p7"), (deed, "p1"))  # p55 is a variant of p1
        offered = set(ids(for_you(wiring.shop(small_shop), "u", Question(limit=100))))
        assert offered
        assert not offered & {"p1", "p55"}

    def test_sold_out_products_and_second_variants_are_left_out(self, small_shop: wiring.Parts) -> None:
        did(small_shop, (EventType.VIEW, "p6"))
        answer = for_you(wiring.shop(small_shop), "u", Question(limit=100))
        assert "p12" not in ids(answer)
        groups = [item.product.group for item in answer.items]
        assert len(groups) == len(set(groups))

    def test_a_dislike_pushes_its_kind_down(self, small_shop: wiring.Parts) -> None:
        shop = wiring.shop(small_shop)
        did(small_shop, (EventType.VIEW, "p7"), (EventType.VIEW, "p8"))
        before = for_you(shop, "u", Question(limit=8))
        did(small_shop, (EventType.DISLIKE, "p19"))  # a running shoe
        after = for_you(shop, "u", Question(limit=8))
        shoes = [[("running shoe" in item.product.title) for item in each.items] for each in (before, after)]
        assert sum(shoes[1]) < sum(shoes[0])

    def test_a_stranger_gets_what_is_popular_and_is_told_so(self, small_shop: wiring.Parts) -> None:
        did(small_shop, (EventType.PURCHASE, "p3"), (EventType.VIEW, "p4"), user="other")
        refresh_popularity(small_shop.events, small_shop.blobs, NOW)
        answer = for_you(wiring.shop(small_shop), "stranger", Question())
        assert ids(answer) == ["p3", "p4"]
        assert {item.source for item in answer.items} <= {"lately", "popular"}
        assert answer.items[0].reason.sentence == "Popular in the shop these days"

    def test_a_shop_without_any_event_shows_its_newest(self, small_shop: wiring.Parts) -> None:
        for answer in (
            for_you(wiring.shop(small_shop), "stranger", Question(limit=3)),
            trending(wiring.shop(small_shop), Question(limit=3)),
        ):
            assert ids(answer) == ["p1", "p2", "p3"]
            assert {item.source for item in answer.items} == {"catalogue"}

    def test_a_filter_holds(self, small_shop: wiring.Parts) -> None:
        did(small_shop, (EventType.VIEW, "p7"))
        question = Question(limit=50, filter="brand = Bolt and price < 30 and not colour = red")
        items = for_you(wiring.shop(small_shop), "u", question).items
        assert items
        for item in items:
            assert item.product.brand == "Bolt"
            assert item.product.effective_price < 30
            assert item.product.colour != "red"

    def test_an_empty_shop_says_what_to_do(self, parts: wiring.Parts) -> None:
        with pytest.raises(Unavailable, match="vitrine index FEED"):
            for_you(wiring.shop(parts), "u", Question())


class TestPages:
    def test_pages_repeat_nothing_whatever_happens_in_between(
        self, small_shop: wiring.Parts, clock: StillClock
    ) -> None:
        shop = wiring.shop(small_shop)
        did(small_shop, (EventType.VIEW, "p7"), (EventType.VIEW, "p8"))
        whole = ids(for_you(shop, "u", Question(limit=100)))
        seen: list[str] = []
        cursor = ""
        while cursor is not None:
            page = for_you(shop, "u", Question(limit=7, cursor=cursor))
            seen += ids(page)
            cursor = page.cursor
            clock.forward(seconds=30)
            did(small_shop, (EventType.VIEW, "p4"), (EventType.WISHLIST, "p5"))  # the taste turns elsewhere
        turned_to = {"p4", "p5", "p58", "p59"}  # those two and their variants: known by now
        assert seen == [product for product in whole if product not in turned_to or product in seen]
        assert len(seen) == len(set(seen)) >= len(whole) - 4

    def test_a_later_page_leaves_out_what_was_bought_meanwhile(
        self, small_shop: wiring.Parts, clock: StillClock
    ) -> None:
        shop = wiring.shop(small_shop)
        did(small_shop, (EventType.VIEW, "p7"))
        whole = ids(for_you(shop, "u", Question(limit=100)))
        first = for_you(shop, "u", Question(limit=5))
        clock.forward(seconds=1)
        did(small_shop, (EventType.PURCHASE, whole[6]))
        rest = for_you(shop, "u", Question(limit=100, cursor=first.cursor))
        assert ids(rest) == [product for product in whole[5:] if product != whole[6]]
        assert rest.recommendation_id == first.recommendation_id

    def test_a_cursor_does_not_outlive_an_hour(self, small_shop: wiring.Parts, clock: StillClock) -> None:
        shop = wiring.shop(small_shop)
        did(small_shop, (EventType.VIEW, "p7"))
        first = for_you(shop, "u", Question(limit=5))
        clock.forward(hours=2)
        with pytest.raises(CursorExpired):
            for_you(shop, "u", Question(limit=5, cursor=first.cursor))

    def test_what_was_just_viewed_is_the_reason_and_not_the_offer(self, small_shop: wiring.Parts) -> None:
        did(small_shop, (EventType.VIEW, "p1"))  # p55 is a variant of it
        answer = for_you(wiring.shop(small_shop), "u", Question(limit=100))
        assert not {"p1", "p55"} & set(ids(answer))
        assert answer.items[0].reason.product_id == "p1"

    def test_what_was_viewed_a_while_ago_may_come_back_and_says_so(
        self, small_shop: wiring.Parts, clock: StillClock
    ) -> None:
        did(small_shop, (EventType.VIEW, "p1"))
        clock.forward(days=15)
        answer = for_you(wiring.shop(small_shop), "u", Question(limit=3))
        (again,) = [item for item in answer.items if item.product.id == "p1"]
        assert again.reason.kind == "seen_before"

    @pytest.mark.parametrize("limit", [0, -1, 101])
    def test_limits_hold(self, small_shop: wiring.Parts, limit: int) -> None:
        with pytest.raises(InvalidInput, match="1 to 100"):
            trending(wiring.shop(small_shop), Question(limit=limit))


class TestSimilar:
    def test_similar_is_of_the_same_kind(self, small_shop: wiring.Parts) -> None:
        answer = similar(wiring.shop(small_shop), "p7", By.ALL, Question(limit=5))
        assert kinds(answer) == {"running shoe"}
        assert "p7" not in ids(answer)
        assert answer.items[0].reason.sentence == "Similar to Grey running shoe 7"

    def test_looks_alike_goes_by_the_picture_alone(self, small_shop: wiring.Parts) -> None:
        answer = similar(wiring.shop(small_shop), "p7", By.IMAGE, Question(limit=8))
        assert {item.product.colour for item in answer.items} == {"grey"}
        assert {item.source for item in answer.items} == {"image"}
        assert len(kinds(answer)) > 1

    def test_for_a_user_it_leaves_out_what_was_bought(self, small_shop: wiring.Parts) -> None:
        shop = wiring.shop(small_shop)
        first = ids(similar(shop, "p7", By.ALL, Question()))[0]
        did(small_shop, (EventType.PURCHASE, first))
        assert first not in ids(similar(shop, "p7", By.ALL, Question(), user_id="u"))

    def test_an_unknown_product_is_named(self, small_shop: wiring.Parts) -> None:
        with pytest.raises(NotFound, match="'nope'"):
            similar(wiring.shop(small_shop), "nope", By.ALL, Question())
