"""A visitor's session in the request: what a guest sees, page after page, and that nothing of it stays."""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.recommend.app import create_app
from shared import wiring
from shared.domain.events import EventType, page_id
from tests.support import NOW, StillClock, event, opened

SHOE = {"type": "view", "product_id": "p7"}
SHIRT = {"type": "view", "product_id": "p8"}
SPADE = {"type": "track", "event": "Product Viewed", "properties": {"product_id": "p9"}}


@pytest.fixture
def client(small_shop: wiring.Parts) -> TestClient:
    return TestClient(opened(create_app(lambda: wiring.shop(small_shop))), raise_server_exceptions=False)


def ask(client: TestClient, session: list[Any], **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/recommendations", json={"session": session, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(body: dict[str, Any]) -> list[str]:
    return [item["id"] for item in body["items"]]


def test_a_guests_view_changes_the_very_next_answer_and_nothing_is_stored(
    client: TestClient, small_shop: wiring.Parts
) -> None:
    assert {item["source"] for item in ask(client, [])["items"]} == {"catalogue"}
    first = ask(client, [SHOE], limit=1)["items"][0]
    assert first["reason"]["sentence"] == "Because you viewed Grey running shoe 7"
    assert "linen shirt" in ask(client, [SHOE, SHIRT], limit=1)["items"][0]["product"]["title"]
    assert "garden spade" in ask(client, [SHOE, SHIRT, SPADE], limit=1)["items"][0]["product"]["title"]
    assert list(small_shop.events.histories(NOW + timedelta(days=1))) == []


def test_what_is_in_a_guests_cart_is_not_offered(client: TestClient) -> None:
    added = {"type": "add_to_cart", "product_id": "p13"}
    assert "p13" not in ids(ask(client, [SHOE, added], limit=100))
    removed = {"type": "remove_from_cart", "product_id": "p13"}
    lately = ask(client, [{"type": "view", "product_id": "p1"}, added, removed], limit=100)
    assert "p13" not in ids(lately)  # looked at a moment ago


@pytest.mark.parametrize(
    "session",
    [
        [SHOE, SHIRT, SPADE],
        [SHOE | {"occurred_at": (NOW - timedelta(days=3)).isoformat()}, SHIRT],
        [SHOE | {"occurred_at": (NOW + timedelta(minutes=30)).isoformat()}, SHIRT],
        [SHOE | {"user_id": None}, SHIRT | {"userId": "someone", "event_id": "1"}],
    ],
    ids=["no times", "some times", "a clock ahead", "users and ids"],
)
def test_the_next_pages_go_on_where_the_first_one_ended(
    client: TestClient, clock: StillClock, session: list[Any]
) -> None:
    whole = ask(client, session, limit=100)
    pages, page = [], ask(client, session, limit=7)
    while page["cursor"]:
        pages.append(page)
        clock.forward(minutes=4)
        page = ask(client, session, limit=7, cursor=page["cursor"])
    pages.append(page)
    assert [each for page in pages for each in ids(page)] == ids(whole)
    assert len({page["recommendation_id"] for page in pages}) == 1


def test_a_cursor_belongs_to_its_session(client: TestClient) -> None:
    cursor = ask(client, [SHOE], limit=3)["cursor"]
    for other in ({"session": [SHIRT]}, {"session": [SHOE], "user_id": "u"}, {"session": []}):
        answer = client.post("/v1/recommendations", json={**other, "cursor": cursor})
        assert answer.status_code == 400
        assert "another request" in answer.json()["detail"]


def test_a_session_counts_beside_what_is_stored_and_an_event_in_both_once(
    client: TestClient, small_shop: wiring.Parts
) -> None:
    bought = event("u", EventType.PURCHASE, "p8", event_id=page_id("1"))  # as the very page has sent it
    small_shop.events.add([bought, event("u", EventType.VIEW, "p7")])
    stored = client.get("/v1/users/u/recommendations?limit=100").json()
    again = {"type": "purchase", "product_id": "p8", "event_id": "1"}
    assert ids(ask(client, [again], user_id="u", limit=100)) == ids(stored)
    both = ask(client, [SPADE], user_id="u", limit=100)
    assert {"p7", "p8", "p9"} & {item["reason"]["product_id"] for item in both["items"]} == {"p7", "p8", "p9"}
    assert not {"p7", "p8", "p9"} & set(ids(both))


DEEP = '{"session": [' + '{"properties": ' * 400 + "1" + "}" * 400 + "]}"
ORDER = {"type": "track", "event": "Order Completed", "properties": {"products": [{"product_id": "p1"}] * 400}}


@pytest.mark.parametrize(
    ("content", "status", "names"),
    [
        (json.dumps({"session": [SHOE, {"type": "buy", "product_id": "p1"}]}), 400, "session.1: type 'buy'"),
        (json.dumps({"session": [SHOE, 5]}), 400, "session.1: an event is 5"),
        (json.dumps({"session": [{"type": "view"}]}), 400, "session.0: event 'view' names no product"),
        (json.dumps({"session": [SHOE | {"occurred_at": "2031-01-01"}]}), 400, "24 hours ahead"),
        (json.dumps({"session": [SHOE] * 101}), 422, "session: list should have at most 100 items"),
        (json.dumps({"session": [ORDER] * 2}), 400, "more than 500 events"),
        (json.dumps({"session": {"0": SHOE}}), 422, "session"),
        (json.dumps({"session": [SHOE], "user_id": ["u"]}), 422, "user_id"),
        (json.dumps({"session": [SHOE], "user_id": "u\x00"}), 422, "user_id"),
        (json.dumps({"session": [SHOE], "limit": 101}), 422, "limit"),
        (json.dumps({"session": [SHOE], "limit": True, "page": 2}), 422, "page"),
        (json.dumps({"session": [SHOE], "filter": "brnd = x"}), 400, "'brnd'"),
        (json.dumps({"session": [SHOE], "cursor": "abc"}), 400, "cursor"),
        (json.dumps([SHOE]), 422, "body"),
        ("{}", 422, "session"),
        ("{no json", 400, "JSON"),
        (DEEP, 400, "session.0"),
        ('{"session": ' + "[" * 100_000, 400, "body"),
        ('{"session": [' + "9" * 5_000 + "]}", 400, "body"),
        ('{"session": [NaN]}', 400, "session.0: an event is nan"),
        ('{"session": [{"type": "view", "product_id": "\\ud800"}]}', 400, "session.0"),
        ("x" * 1_000_001, 413, "1000001 bytes"),
    ],
)
def test_what_is_wrong_is_a_problem_of_one_sentence(client: TestClient, content: str, status: int, names: str) -> None:
    answer = client.post("/v1/recommendations", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]


@pytest.mark.parametrize("depth", [700, 900, 950, 980, 2_000, 20_000])
def test_however_deep_a_session_is_it_is_answered_in_one_sentence(client: TestClient, depth: int) -> None:
    content = '{"session": [' + "[" * depth + "]" * depth + "]}"
    answer = client.post("/v1/recommendations", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
