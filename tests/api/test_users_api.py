"""Guests who log in, over HTTP: what they did and have said is the user's at the very next answer."""

import json
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.collect.app import create_app as collect_app
from local.server import create_app
from shared import wiring
from shared.domain.access import PUBLISHABLE_SCOPES, Caller, KeyKind, Scope
from shared.domain.declared import NOTHING_DECLARED, Declared
from shared.domain.events import EventType
from shared.http.gate import Gate
from shared.services.profiles import declare, declared_by
from tests.key_maker import Known
from tests.support import StillClock, collect_parts, event, opened

GUEST = {"anonymous_id": "c-1", "user_id": "u"}


@pytest.fixture
def client(parts: wiring.Parts) -> TestClient:
    return TestClient(opened(collect_app(*collect_parts(parts))), raise_server_exceptions=False)


def sent(product_id: str, type_: str = "view", **more: Any) -> dict[str, Any]:
    return {"event_id": f"{type_}-{product_id}", "anonymous_id": "c-1", "type": type_, "product_id": product_id} | more


def test_taste_and_cart_of_the_guest_are_the_users_at_once(small_shop: wiring.Parts, clock: StillClock) -> None:
    shop = TestClient(opened(create_app(small_shop)), raise_server_exceptions=False)
    shop.post("/v1/events", json={"events": [sent("p8"), sent("p14", "add_to_cart")]})
    clock.forward(seconds=1)
    ask = "/v1/users/u/recommendations"
    first = shop.get(ask).json()
    assert {item["source"] for item in first["items"]} == {"catalogue"}
    assert shop.post("/v1/users/merge", json=GUEST).json() == {"moved": 2, "more": False}
    clock.forward(seconds=1)
    items = shop.get(ask).json()["items"]
    assert "linen shirt" in items[0]["product"]["title"]
    assert not {"p8", "p14"} & {item["id"] for item in items}
    assert shop.post("/v1/users/merge", json=GUEST).json() == {"moved": 0, "more": False}


def test_a_page_that_goes_on_is_the_same_after_a_login(small_shop: wiring.Parts, clock: StillClock) -> None:
    shop = TestClient(opened(create_app(small_shop)), raise_server_exceptions=False)
    viewed = [event("u", EventType.VIEW, "p7"), event("anon:c-1", EventType.VIEW, "p8")]
    small_shop.events.add(viewed)
    clock.forward(seconds=1)
    first = shop.get("/v1/users/u/recommendations?limit=5").json()
    expected = shop.get("/v1/users/u/recommendations", params={"limit": 5, "cursor": first["cursor"]}).json()["items"]
    clock.forward(seconds=1)
    shop.post("/v1/users/merge", json=GUEST)
    again = shop.get("/v1/users/u/recommendations", params={"limit": 5, "cursor": first["cursor"]}).json()["items"]
    assert [item["id"] for item in again] == [item["id"] for item in expected if item["id"] != "p8"]


def test_what_the_guest_has_said_to_like_moves_along(
    client: TestClient, parts: wiring.Parts, clock: StillClock
) -> None:
    said = Declared(brands=("Acme",))
    declare(parts.state, "anon:c-1", said, clock.now())
    clock.forward(seconds=1)
    for _ in range(2):
        assert client.post("/v1/users/merge", json=GUEST).status_code == 200
    assert declared_by(parts.state, "u", clock.now()).brands == ("Acme",)
    assert declared_by(parts.state, "anon:c-1", clock.now()) == NOTHING_DECLARED


def test_the_prefix_may_be_there_or_not(client: TestClient) -> None:
    client.post("/v1/events", json=sent("p1"))
    assert client.post("/v1/users/merge", json=GUEST | {"anonymous_id": "anon:c-1"}).json()["moved"] == 1


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({"anonymous_id": "u", "user_id": "u"}, 400, "merged into itself"),
        ({"anonymous_id": "anon:u", "user_id": "u"}, 400, "merged into itself"),
        ({"anonymous_id": "c-1", "user_id": "anon:c-2"}, 400, "is a guest's"),
        ({"anonymous_id": "anon:", "user_id": "u"}, 400, "send both"),
        ({"anonymous_id": "c-1", "user_id": "  "}, 400, "send both"),
        ({"anonymous_id": "c\u200b1", "user_id": "u"}, 400, "invisible"),
        ({"anonymous_id": "", "user_id": "u"}, 422, "anonymous_id"),
        ({"anonymous_id": "c" * 129, "user_id": "u"}, 422, "anonymous_id"),
        ({"anonymous_id": 5, "user_id": "u"}, 422, "anonymous_id"),
        ({"anonymous_id": "c-1", "user_id": ["u"]}, 422, "user_id"),
        ({"anonymous_id": "c-1", "user_id": "u\x00"}, 422, "user_id"),
        ({"anonymous_id": "c-1"}, 422, "user_id"),
        (GUEST | {"copy": True}, 422, "copy"),
        ([f"u{number}" for number in range(10_000)], 422, "body"),
        ([], 422, "body"),
    ],
)
def test_what_is_wrong_is_a_problem_and_moves_nothing(
    client: TestClient, parts: wiring.Parts, body: Any, status: int, names: str
) -> None:
    client.post("/v1/events", json=sent("p1"))
    answer = client.post("/v1/users/merge", content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]
    assert len(parts.events.recent("anon:c-1", 9, parts.clock.now())) == 1


def test_a_user_is_not_moved_by_naming_it_as_a_guest(client: TestClient, parts: wiring.Parts) -> None:
    parts.events.add([event("someone", EventType.PURCHASE, "p1")])
    assert client.post("/v1/users/merge", json={"anonymous_id": "someone", "user_id": "u"}).json()["moved"] == 0
    assert parts.events.standing("someone").bought == {"p1"}


def test_a_page_may_for_the_user_that_it_has_proved(parts: wiring.Parts) -> None:
    app = collect_app(*collect_parts(parts))

    def ask(caller: Caller) -> Any:
        return TestClient(Gate(Known(caller), lambda _: app)).post("/v1/users/merge", json=GUEST)

    page = Caller("", KeyKind.PUBLISHABLE, PUBLISHABLE_SCOPES)
    assert ask(page).status_code == 403
    assert ask(replace(page, user_id="another")).status_code == 403
    assert ask(replace(page, user_id=GUEST["user_id"])).json() == {"moved": 0, "more": False}
    assert ask(Caller("", KeyKind.SECRET, frozenset({Scope.COLLECT}))).status_code == 200
    assert ask(Caller("", KeyKind.SECRET, frozenset({Scope.PICKS}))).status_code == 403
