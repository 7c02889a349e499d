"""What a person has chosen, in the answers: what was removed counts for no taste, and what may not be used is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared import wiring
from shared.domain.choices import NONE, Choices
from shared.domain.declared import Declared
from shared.domain.errors import CursorExpired
from shared.domain.events import EventType
from shared.domain.recommendations import Part, Recommendation
from shared.services.choices import change
from shared.services.own_lists import buy_again, recently_viewed
from shared.services.pages import Question
from shared.services.profiles import declare
from shared.services.recommend import for_you
from shared.services.rerank import rerank
from shared.services.session import Session
from shared.services.shop import Shop
from tests.breaking import Breaking, unavailable
from tests.support import NOW, StillClock, event

HOUR = timedelta(hours=1)
VIEWS = [
    *(event("u", EventType.VIEW, f"p{number}", NOW - HOUR) for number in (8, 14, 20)),  # linen shirts
    *(event("u", EventType.VIEW, f"p{number}", NOW - 2 * HOUR) for number in (9, 15, 21)),  # garden spades
]
SHIRTS = ("p8", "p14", "p20")


@pytest.fixture
def shop(small_shop: wiring.Parts, clock: StillClock) -> Shop:
    small_shop.events.add([*VIEWS, event("u", EventType.PURCHASE, "p26", NOW - HOUR)])
    clock.forward(seconds=1)
    return wiring.shop(small_shop)


def remove(shop: Shop, *products: str) -> None:
    now = shop.clock.now()
    change(shop.state, "u", now, lambda each: replace(each, removed={**each.removed, **dict.fromkeys(products, now)}))


def speaking(found: Recommendation) -> set[str]:
    """The products that the answer says it was made by."""
    return {item.reason.product_id for item in found.items if item.reason.product_id}


def kinds(found: Recommendation) -> set[str]:
    return {item.product.title.split(" ", 1)[1].rsplit(" ", 1)[0] for item in found.items[:4]}


def test_what_is_removed_speaks_for_nothing_until_it_is_touched_again(shop: Shop, clock: StillClock) -> None:
    assert kinds(for_you(shop, "u", Question())) == {"linen shirt"}
    remove(shop, *SHIRTS, "p26")
    clock.forward(seconds=1)
    found = for_you(shop, "u", Question())
    assert kinds(found) == {"garden spade"}
    assert not speaking(found) & {*SHIRTS, "p26"}
    assert not {item.product.id for item in found.items} & {*SHIRTS, "p26"}, "it is still known to be seen, and bought"
    assert {item.product.id for item in recently_viewed(shop, "u", Question()).items} == {"p9", "p15", "p21"}
    assert buy_again(shop, "u", Question()).items == ()
    shop.events.add([event("u", EventType.CLICK, "p8", clock.now())])
    clock.forward(seconds=1)
    assert "p8" in speaking(for_you(shop, "u", Question()))


def test_a_page_that_goes_on_is_of_the_ranking_before(shop: Shop, clock: StillClock) -> None:
    first = for_you(shop, "u", Question(limit=5))
    assert first.cursor
    then = for_you(shop, "u", Question(limit=5, cursor=first.cursor))
    clock.forward(seconds=1)
    remove(shop, *SHIRTS)
    again = for_you(shop, "u", Question(limit=5, cursor=first.cursor))
    assert [item.product.id for item in again.items] == [item.product.id for item in then.items]
    change(shop.state, "u", clock.now(), lambda each: replace(each, consent=NONE, forgotten_at=clock.now()))
    with pytest.raises(CursorExpired):
        for_you(shop, "u", Question(limit=5, cursor=first.cursor))


def test_a_session_that_still_has_it_does_not_bring_it_back(shop: Shop, clock: StillClock) -> None:
    stated = [{"type": "view", "product_id": each, "occurred_at": (NOW - HOUR).isoformat()} for each in SHIRTS]
    known = [{"event_id": each.event_id, "type": "view", "product_id": each.product_id} for each in VIEWS[:3]]
    remove(shop, *SHIRTS, "p26")
    clock.forward(seconds=1)
    for sent in (stated, known):
        found = for_you(shop, "u", Question(), Session(sent))
        assert "linen shirt" not in kinds(found)
        assert not speaking(found) & set(SHIRTS)
    reordered = rerank(shop, ["p32", "p38", "p33", "p39"], "u", Session(stated))
    assert {each.product.id for each in reordered.recommendation.items[:2]} == {"p33", "p39"}


def test_what_was_before_the_leave_is_not_read_even_where_it_is_stored(shop: Shop, clock: StillClock) -> None:
    change(shop.state, "u", NOW, lambda _: Choices(forgotten_at=NOW - 1.5 * HOUR))
    assert kinds(for_you(shop, "u", Question())) == {"linen shirt"}


@pytest.mark.parametrize("likes", [False, True])
def test_where_choices_cannot_be_read_nothing_is_used_and_it_is_said(
    shop: Shop, clock: StillClock, likes: bool
) -> None:
    if likes:
        declare(shop.state, "u", Declared(brands=("Bolt",)), clock.now())
    stranger = for_you(shop, "somebody else", Question())
    down = replace(shop, state=Breaking(shop.state, unavailable))
    found = for_you(down, "u", Question())
    assert found.degraded == (Part.EVENTS,)
    assert [item.product.id for item in found.items] == [item.product.id for item in stranger.items]
    assert for_you(down, "", Question()).degraded == ()


def test_choices_are_asked_for_once_an_answer(shop: Shop) -> None:
    asked: list[int] = []
    counting = replace(shop, state=Breaking(shop.state, lambda: asked.append(1), "get", "get_all"))
    for_you(counting, "u", Question())
    assert len(asked) == 2  # the choices, and what was declared
    recently_viewed(counting, "u", Question())
    assert len(asked) == 3
