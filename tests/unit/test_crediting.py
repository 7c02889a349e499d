"""Which answer a cart or an order is owed to, and what is never done for the sake of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared import wiring
from shared.domain.choices import Consent
from shared.domain.crediting import WINDOW, credited
from shared.domain.errors import Unavailable
from shared.domain.events import Event, EventType
from shared.services.collect import collect
from shared.services.consent import Keeping, set_consent
from shared.services.crediting import MOST_USERS
from tests.support import NOW, StillClock, event

HOUR = timedelta(hours=1)


def click(answer: str, product: str = "a", at: datetime = NOW - HOUR, user: str = "u", **more: Any) -> Event:
    return event(user, EventType.CLICK, product, at, f"{answer}{product}{at}{user}", recommendation_id=answer, **more)


def bought(user: str = "u", product: str = "a", **more: Any) -> Event:
    return event(user, EventType.PURCHASE, product, **more)


class TestRule:
    def answers(self, touches: list[Event], *events: Event) -> list[str]:
        return [each.recommendation_id for each in credited(events or [bought()], touches)]

    def test_the_last_touch_of_the_same_user_and_product_has_it(self) -> None:
        touches = [click("new"), click("old", at=NOW - 2 * HOUR), click("x", "b"), click("x", user="v")]
        assert self.answers(touches) == ["new"]
        assert self.answers([*touches, event("u", EventType.VIEW, "a", NOW, recommendation_id="view")]) == ["view"]
        assert self.answers(touches, event("u", EventType.ADD_TO_CART, "a")) == ["new"]

    @pytest.mark.parametrize(
        "touch",
        [
            click("late", at=NOW + timedelta(seconds=1)),
            click("early", at=NOW - WINDOW - timedelta(seconds=1)),
            click(""),
            click("private", private=True),
            event("u", EventType.IMPRESSION, "a", recommendation_id="shown"),
            event("u", EventType.ADD_TO_CART, "a", recommendation_id="carried"),
        ],
    )
    def test_what_is_no_touch(self, touch: Event) -> None:
        assert self.answers([touch]) == [""]

    def test_the_window_has_both_its_ends(self) -> None:
        assert self.answers([click("first", at=NOW - WINDOW)]) == ["first"]
        assert self.answers([click("last", at=NOW)]) == ["last"]

    @pytest.mark.parametrize(
        "other",
        [
            bought(recommendation_id="own"),
            event("u", EventType.REFUND, "a"),
            event("u", EventType.VIEW, "a"),
            bought(private=True),
            event("nobody:1", EventType.PURCHASE, "a"),
        ],
    )
    def test_what_is_left_as_it_came(self, other: Event) -> None:
        assert credited([other], [click("x"), click("x", user="nobody:1")]) == [other]

    def test_touches_at_one_moment_have_an_order(self) -> None:
        both = [click("1"), click("2")]
        assert self.answers(both) == self.answers(both[::-1]) == ["2"]


@dataclass
class Watched:
    """A store that says what it was asked, and can be down for it."""

    store: Any
    down: bool = False
    asked: int = 0

    def recent(self, *args: Any) -> list[Event]:
        self.asked += 1
        if self.down:
            raise Unavailable("injected")
        return self.store.recent(*args)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.fixture
def watched(parts: wiring.Parts) -> Watched:
    return Watched(parts.events)


@pytest.fixture
def keeping(parts: wiring.Parts, watched: Watched) -> Keeping:
    return replace(wiring.keeping(parts), events=watched)


def sent(type_: str, event_id: str, user: str = "u", product: str = "a", answer: str = "") -> dict[str, str]:
    return {
        "event_id": event_id, "user_id": user, "type": type_, "product_id": product, "recommendation_id": answer,
        "occurred_at": NOW.isoformat(),
    }  # fmt: skip


def answers(keeping: Keeping, user: str = "u") -> dict[str, str]:
    return {each.event_id: each.recommendation_id for each in keeping.events.everything(user, 999)}


class TestCollect:
    def test_an_order_from_the_server_is_owed_to_the_click_on_the_page(self, keeping: Keeping) -> None:
        collect(keeping, [sent("click", "1", answer="r-for_you")])
        order = [sent("purchase", "2"), sent("purchase", "3", product="b"), sent("purchase", "4", answer="own")]
        for _ in range(2):  # the same again changes nothing, whatever was touched since
            collect(keeping, order)
            assert answers(keeping) == {"1": "r-for_you", "2": "r-for_you", "3": "", "4": "own"}
            collect(keeping, [sent("click", "5", answer="r-similar") | {"product_id": "a", "user_id": "v"}])

    def test_the_batch_itself_has_touches_too(self, keeping: Keeping) -> None:
        collect(keeping, [sent("add_to_cart", "2"), sent("click", "1", answer="r-search")])
        assert answers(keeping)["2"] == "r-search"

    def test_nothing_is_read_where_nothing_wants_it(self, keeping: Keeping, watched: Watched) -> None:
        collect(keeping, [sent("click", "1", answer="r"), sent("purchase", "2", answer="r"), sent("view", "3")])
        assert watched.asked == 0

    def test_of_a_bulk_load_nothing_is_credited(self, keeping: Keeping, watched: Watched) -> None:
        users = [f"u{number}" for number in range(MOST_USERS + 1)]
        collect(keeping, [sent("click", f"c{user}", user, answer="r-for_you") for user in users])
        collect(keeping, [sent("purchase", f"b{user}", user) for user in users])
        assert watched.asked == 0
        assert {answers(keeping, user)[f"b{user}"] for user in users} == {""}
        collect(keeping, [sent("purchase", f"d{user}", user) for user in users[1:]])
        assert {answers(keeping, user)[f"d{user}"] for user in users[1:]} == {"r-for_you"}

    def test_where_the_store_is_down_it_is_stored_as_it_came(self, keeping: Keeping, watched: Watched) -> None:
        collect(keeping, [sent("click", "1", answer="r-for_you")])
        watched.down = True
        assert collect(keeping, [sent("purchase", "2")]).accepted == 1
        assert answers(keeping)["2"] == ""

    @pytest.mark.parametrize("consent", [Consent(personalise=False), Consent(analytics=False)])
    def test_nothing_is_read_of_who_has_not_agreed(
        self, keeping: Keeping, watched: Watched, consent: Consent, clock: StillClock
    ) -> None:
        collect(keeping, [sent("click", "1", answer="r-for_you")])
        set_consent(keeping, "u", lambda _: consent)
        clock.forward(hours=1)
        collect(keeping, [sent("purchase", "2")])
        assert watched.asked == 0
        assert "r-for_you" not in {answer for id_, answer in answers(keeping).items() if id_ != "1"}

    def test_what_was_before_leave_was_given_anew_is_no_touch(self, keeping: Keeping, clock: StillClock) -> None:
        collect(keeping, [sent("click", "1", answer="r-for_you")])
        clock.forward(hours=1)
        set_consent(keeping, "u", lambda _: Consent(personalise=False))
        set_consent(keeping, "u", lambda _: Consent())
        keeping.events.add([click("r-for_you")])  # got past the withdrawal
        clock.forward(hours=1)
        collect(keeping, [sent("purchase", "2") | {"occurred_at": clock.now().isoformat()}])
        assert answers(keeping)["2"] == ""
