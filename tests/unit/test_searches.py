"""Searches as a sign of what a user likes: which count, how much, and what they change."""

from datetime import timedelta

import pytest

from shared import wiring
from shared.domain.events import Event, EventType
from shared.domain.recommendations import Recommendation
from shared.domain.searches import looks_like_search, search_weights
from shared.domain.taste import Fading, product_weights
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.session import NO_SESSION, Session
from tests.support import NOW, event

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def searched(query: str, at=NOW, user: str = "u") -> Event:
    return event(user, EventType.SEARCH, at=at, event_id=f"{user}-{query}-{at}", query=query)


class TestWhatLooksLikeASearch:
    @pytest.mark.parametrize(
        "text", ["wool scarf", "t-shirt", "Größe 42", "iphone 15 pro", "h&m", "50% off", "ワンピース"]
    )
    def test_words_for_things_do(self, text: str) -> None:
        assert looks_like_search(text)

    @pytest.mark.parametrize(
        "text",
        [
            *("jane@example.org", "jane＠example.org", "+49 170 1234567", "4111 1111 1111 1111", "0170/123 45 67"),
            *("0170_123_45_67", "4111,1111,1111,1111", "4111&1111'1111"),
            *("https://shop.example/reset?token=1", "www.example.org", "a", "", "!!", "red\x00shoe", "x" * 61),
            *("<script>", "one two three four five six seven eight nine", "٠١٢٣٤٥٦٧"),
        ],
    )
    def test_what_is_pasted_by_mistake_does_not(self, text: str) -> None:
        assert not looks_like_search(text)


class TestWeights:
    def weights(self, searches: list[Event], events: list[Event], now=NOW) -> dict[str, float]:
        fading = Fading()
        return search_weights(searches, events, product_weights(events, now, fading), now, fading)

    def test_a_search_alone_says_nothing(self) -> None:
        assert self.weights([searched("scarf", NOW - DAY)], [event("u", EventType.VIEW, "a", NOW - 2 * DAY)]) == {}

    def test_it_counts_as_the_strongest_deed_that_followed(self) -> None:
        began = NOW - 20 * MINUTE
        viewed = [event("u", EventType.VIEW, "a", began + MINUTE)]
        bought = [*viewed, event("u", EventType.PURCHASE, "a", began + 5 * MINUTE)]
        (view,) = self.weights([searched("scarf", began)], viewed).values()
        (purchase,) = self.weights([searched("scarf", began)], bought).values()
        assert view == pytest.approx(1.0, rel=1e-3)
        assert purchase == pytest.approx(4.0, rel=1e-3)

    def test_it_fades_as_its_deed_does(self) -> None:
        deeds = [event("u", EventType.VIEW, "a", NOW + MINUTE)]
        later = [*deeds, event("u", EventType.VIEW, "b", NOW + 29 * DAY)]
        asked = [searched("scarf")]
        (now,), (then,) = (self.weights(asked, of, NOW + 30 * DAY).values() for of in (deeds, later))
        assert now == pytest.approx(0.5, rel=1e-3)
        assert then == pytest.approx(now * product_weights(later, NOW, Fading())["a"] / 1.0, rel=1e-2)

    @pytest.mark.parametrize("after", [timedelta(minutes=31), -MINUTE])
    def test_what_came_before_or_long_after_did_not_come_of_it(self, after: timedelta) -> None:
        began = NOW - DAY
        assert self.weights([searched("scarf", began)], [event("u", EventType.VIEW, "a", began + after)]) == {}

    def test_a_deed_belongs_to_the_last_search_before_it(self) -> None:
        asked = [searched("mug", NOW - 9 * MINUTE), searched("scarf", NOW - 6 * MINUTE)]
        assert self.weights(asked, [event("u", EventType.CLICK, "a", NOW - MINUTE)]).keys() == {"scarf"}

    @pytest.mark.parametrize("against", [EventType.DISLIKE, EventType.REFUND])
    def test_what_was_turned_away_from_is_no_like(self, against: EventType) -> None:
        deeds = [event("u", EventType.PURCHASE, "a", NOW - DAY), event("u", against, "a", NOW)]
        assert self.weights([searched("scarf", NOW - DAY - MINUTE)], deeds) == {}

    def test_made_twice_it_counts_twice_under_its_last_spelling(self) -> None:
        asked = [searched("scarf", NOW - DAY), searched("Scarf ", NOW - 9 * MINUTE)]
        deeds = [event("u", EventType.VIEW, "a", each.occurred_at + MINUTE) for each in asked]
        one = self.weights(asked[1:], deeds)
        both = self.weights(asked, deeds)
        assert both.keys() == one.keys() == {"Scarf "}
        assert both["Scarf "] > 1.9 * one["Scarf "]

    def test_an_address_is_no_taste(self) -> None:
        assert self.weights([searched("jane@example.org")], [event("u", EventType.VIEW, "a", NOW + MINUTE)]) == {}


class TestForYou:
    """A user who looked at a mug; the searches are for scarves."""

    def ask(self, parts: wiring.Parts, user: str = "u", session: Session = NO_SESSION) -> Recommendation:
        return for_you(wiring.shop(parts), user, Question(limit=10), session)

    def scarves(self, found: Recommendation) -> int:
        return sum("scarf" in item.product.title for item in found.items)

    def shown(self, found: Recommendation) -> list[tuple[str, float, str]]:
        return [(item.product.id, item.score, item.reason.sentence) for item in found.items]

    def test_a_search_without_a_click_changes_nothing(self, small_shop: wiring.Parts) -> None:
        small_shop.events.add([event("u", EventType.VIEW, "p6", NOW - DAY)])
        before = self.shown(self.ask(small_shop))
        small_shop.events.add([searched("wool scarf", NOW - 10 * MINUTE)])
        assert self.shown(self.ask(small_shop)) == before

    def test_a_search_and_a_click_lead_towards_its_words(self, small_shop: wiring.Parts) -> None:
        """The click alone is on a mug: what brings scarves is the search that it came of."""
        clicked = event("u", EventType.CLICK, "p6", NOW - 9 * MINUTE)
        small_shop.events.add([clicked])
        before = self.ask(small_shop)
        small_shop.events.add([searched("wool scarf", NOW - 10 * MINUTE)])
        after = self.ask(small_shop)
        assert self.scarves(after) > self.scarves(before)
        longer = for_you(wiring.shop(small_shop), "u", Question(limit=50))
        red = [item for item in longer.items if item.product.title.startswith("Red wool scarf")]
        assert {item.reason.sentence for item in red} == {"Because you searched for wool scarf"}
        assert {item.product.title.split()[0] for item in longer.items if item.reason.product_id == "p6"} >= {"Green"}
        assert self.shown(self.ask(small_shop, "somebody else")) == self.shown(self.ask(small_shop, "a third"))

    def test_a_search_after_the_first_page_does_not_move_the_second(self, small_shop: wiring.Parts) -> None:
        small_shop.events.add([event("u", EventType.CLICK, "p6", NOW - 9 * MINUTE)])
        whole = for_you(wiring.shop(small_shop), "u", Question(limit=20))
        first = for_you(wiring.shop(small_shop), "u", Question(limit=10))
        small_shop.clock.forward(minutes=1)
        small_shop.events.add([searched("wool scarf", NOW - 10 * MINUTE)])
        second = for_you(wiring.shop(small_shop), "u", Question(limit=10, cursor=first.cursor))
        assert [item.product.id for item in (*first.items, *second.items)] == [item.product.id for item in whole.items]

    def test_a_guests_search_counts_from_the_session(self, small_shop: wiring.Parts) -> None:
        clicked = {"type": "click", "product_id": "p6"}
        without = self.ask(small_shop, "", Session([clicked]))
        alone = self.ask(small_shop, "", Session([clicked, {"type": "search", "query": "wool scarf"}]))
        followed = self.ask(small_shop, "", Session([{"type": "search", "query": "wool scarf"}, clicked]))
        assert [item.product.id for item in alone.items] == [item.product.id for item in without.items]
        assert self.scarves(followed) > self.scarves(without)
