"""Consent over HTTP: what a person agrees to holds from the very next call on, in every list."""

import json
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.collect.app import create_app as collect_app
from functions.recommend.app import create_app as recommend_app
from functions.search.app import create_app as search_app
from shared import wiring
from shared.domain.access import Caller, KeyKind
from shared.domain.choices import NONE
from shared.http.gate import Gate
from shared.services.popularity import refresh_popularity
from tests.support import (
    NOW,
    StillClock,
    apply_sample_themes,
    collect_parts,
    opened,
    pictures,
    query_encoders,
)

ALL = {"personalise": True, "email": True, "analytics": True}
LISTS = {
    "for you": ("GET", "/v1/users/{}/recommendations?limit=24", None),
    "with a session": ("POST", "/v1/recommendations", {"session": [], "limit": 24}),
    "recently viewed": ("GET", "/v1/users/{}/recently-viewed", None),
    "profile": ("GET", "/v1/users/{}/profile", None),
    "buy again": ("GET", "/v1/users/{}/buy-again", None),
    "trending": ("GET", "/v1/trending?limit=60&user_id={}", None),
    "best sellers": ("GET", "/v1/lists/best-sellers?limit=60&user_id={}", None),
    "new": ("GET", "/v1/lists/new-arrivals?limit=60&user_id={}", None),
    "similar": ("GET", "/v1/products/p1/similar?limit=60&user_id={}", None),
    "complements": ("GET", "/v1/products/p1/complements?limit=60&user_id={}", None),
    "look": ("GET", "/v1/products/p1/look?user_id={}", None),
    "bundles": ("GET", "/v1/products/p1/bundles?user_id={}", None),
    "basket": ("POST", "/v1/baskets/recommendations", {"product_ids": ["p1"], "limit": 60}),
    "rerank": ("POST", "/v1/rerank", {"product_ids": [f"p{number}" for number in range(1, 40)]}),
    "search": ("POST", "/v1/search", {"text": "shirt", "personal": 1.0, "limit": 60}),
    "suggest": ("GET", "/v1/suggest?q=s&user_id={}", None),
    "collections": ("GET", "/v1/collections?user_id={}", None),
    "collection": ("GET", "/v1/collections/warm-things?user_id={}", None),
}
OF_THE_USER = {
    "for you",
    "with a session",
    "recently viewed",
    "profile",
    "buy again",
    "best sellers",
    "similar",
    "rerank",
    "search",
}
"""Lists that are sure to be other ones for who did what the user of these tests did."""


@pytest.fixture
def shop(small_shop: wiring.Parts, clock: StillClock) -> wiring.Parts:
    apply_sample_themes(small_shop)
    everybody = [
        {"event_id": f"{user}-{product}", "user_id": user, "type": "purchase", "product_id": product}
        for user in ("x", "y", "z")
        for product in ("p1", "p2", "p8", "p14", "p20")
    ]
    write(small_shop).post("/v1/events", json={"events": everybody})
    refresh_popularity(small_shop.events, small_shop.blobs, clock.now())
    clock.forward(seconds=61)
    return small_shop


def write(parts: wiring.Parts) -> TestClient:
    return TestClient(opened(collect_app(*collect_parts(parts))), raise_server_exceptions=False)


def sent(event_id: str, type_: str, product: str = "", user: str = "u", **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "user_id": user, "type": type_, "product_id": product} | more


def does(client: TestClient, round_: str = "") -> dict[str, Any]:
    """Everything that any list has ears for; returns the answer."""
    events = [
        *(sent(f"view-{number}{round_}", "view", f"p{number}") for number in (8, 14, 20, 26)),
        sent(f"bought{round_}", "purchase", "p2"),
        sent(f"cart{round_}", "add_to_cart", "p32"),
        sent(f"not{round_}", "dislike", "p38"),
        sent(f"searched{round_}", "search", query="linen shirt"),
    ]
    answer = client.post("/v1/events", json={"events": events})
    assert answer.status_code == 200, answer.text
    return answer.json()


def lists(parts: wiring.Parts, clock: StillClock, user: str) -> dict[str, Any]:
    """All that is answered to ``user``, without what is drawn anew for every answer."""
    shop = wiring.shop(parts)
    reading = TestClient(opened(recommend_app(lambda: shop)), raise_server_exceptions=False)
    encoders = query_encoders(clock)
    searching = TestClient(opened(search_app(lambda: (shop, encoders), pictures)), raise_server_exceptions=False)
    answers = {}
    for name, (method, path, body) in LISTS.items():
        client = searching if "search" in path or "suggest" in path or "collections" in path else reading
        answer = client.request(method, path.format(user), json=None if body is None else {**body, "user_id": user})
        assert answer.status_code == 200, (name, answer.text)
        answers[name] = _lasting(answer.json())
    return answers


def _lasting(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_lasting(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    return {name: _lasting(each) for name, each in answer.items() if name not in ("recommendation_id", "cursor")}


def test_the_very_next_call_knows_nothing_of_what_was_stored(shop: wiring.Parts, clock: StillClock) -> None:
    client = write(shop)
    does(client)
    liked = {"user_id": "u", "likes": {"brands": ["Bolt"]}, "answers": [{"question": "q1", "chosen": ["p9"]}]}
    assert client.post("/v1/quiz/answers", json=liked).json()["kept"] is True
    clock.forward(seconds=1)
    before, stranger = lists(shop, clock, "u"), lists(shop, clock, "nobody-here")
    assert {name for name in before if before[name] != stranger[name]} >= OF_THE_USER

    said = client.put("/v1/users/u/consent", json=ALL | {"personalise": False})
    assert said.status_code == 200, said.text
    assert said.json() == ALL | {"personalise": False, "said": True, "changed_at": said.json()["changed_at"]}
    assert lists(shop, clock, "u") == stranger
    assert shop.events.everything("u", 99) == []

    answer = does(client, "-again")
    assert (answer["accepted"], answer["not_kept"]) == (7, 1)  # for the counts alone; a search is nobody's business
    assert client.post("/v1/quiz/answers", json=liked).json()["kept"] is False
    clock.forward(seconds=1)
    assert lists(shop, clock, "u") == stranger
    assert shop.events.everything("u", 99) == []

    client.put("/v1/users/u/consent", json=ALL)
    assert lists(shop, clock, "u") == stranger, "what was before has come back"
    clock.forward(seconds=1)
    assert does(client, "-at-last")["accepted"] == 8
    clock.forward(seconds=1)
    now = lists(shop, clock, "u")
    assert {name for name in now if now[name] != stranger[name]} >= OF_THE_USER


def test_a_page_that_goes_on_has_expired(shop: wiring.Parts, clock: StillClock) -> None:
    client = write(shop)
    does(client)
    clock.forward(seconds=1)
    live = wiring.shop(shop)
    reading = TestClient(opened(recommend_app(lambda: live)), raise_server_exceptions=False)
    first = reading.get("/v1/users/u/recommendations?limit=5").json()
    asked = {"limit": 5, "cursor": first["cursor"]}
    assert reading.get("/v1/users/u/recommendations", params=asked).status_code == 200
    clock.forward(seconds=1)
    client.put("/v1/users/u/consent", json=ALL | {"email": False})
    assert reading.get("/v1/users/u/recommendations", params=asked).status_code == 200
    client.put("/v1/users/u/consent", json=ALL | {"personalise": False})
    answer = reading.get("/v1/users/u/recommendations", params=asked)
    assert (answer.status_code, "cursor" in answer.json()["detail"]) == (410, True)
    assert reading.get("/v1/users/u/recommendations?limit=5").status_code == 200


def test_the_session_of_the_request_counts_all_the_same(shop: wiring.Parts, clock: StillClock) -> None:
    write(shop).put("/v1/users/u/consent", json=dict.fromkeys(ALL, False))
    clock.forward(seconds=1)
    live = wiring.shop(shop)
    reading = TestClient(opened(recommend_app(lambda: live)))
    body = {"user_id": "u", "session": [{"type": "view", "product_id": "p8"}]}
    found = reading.post("/v1/recommendations", json=body).json()
    assert "linen shirt" in found["items"][0]["product"]["title"]
    assert shop.events.everything("u", 9) == []


class TestWhereItIsRequired:
    @pytest.fixture
    def shop(self, shop: wiring.Parts) -> wiring.Parts:
        return replace(shop, consent=NONE)

    def test_who_has_not_said_is_a_stranger(self, shop: wiring.Parts, clock: StillClock) -> None:
        client = write(shop)
        assert client.get("/v1/users/u/consent").json() == dict.fromkeys(ALL, False) | {
            "said": False, "changed_at": None,
        }  # fmt: skip
        assert does(client)["not_kept"] == 8
        before = shop.events.count()
        clock.forward(seconds=1)
        assert lists(shop, clock, "u") == lists(shop, clock, "nobody-here")
        client.put("/v1/users/u/consent", json=ALL)
        assert does(client, "-again")["accepted"] == 8
        assert shop.events.count() == before + 8


class TestOverTheWire:
    def test_default_and_said(self, parts: wiring.Parts) -> None:
        client = write(parts)
        assert client.get("/v1/users/u/consent").json() == ALL | {"said": False, "changed_at": None}
        client.put("/v1/users/u/consent", json=ALL | {"email": False})
        assert client.get("/v1/users/u/consent").json() == {
            **ALL, "email": False, "said": True, "changed_at": NOW.isoformat().replace("+00:00", "Z"),
        }  # fmt: skip
        assert client.get("/v1/users/a/b/consent").json()["said"] is False

    @pytest.mark.parametrize(
        "body",
        [{}, {"personalise": True}, ALL | {"email": "yes"}, ALL | {"email": 1}, ALL | {"more": True}, [], None, "all"],
    )
    def test_all_of_it_has_to_be_said(self, parts: wiring.Parts, body: Any) -> None:
        answer = write(parts).put("/v1/users/u/consent", json=body)
        assert answer.status_code == 422
        assert parts.state.get_all(["person-"]) == {}

    @pytest.mark.parametrize("user", ["ada@example.com", "+49 170 1234567", "10.0.0.1", "anon:ada@example.com"])
    def test_an_address_is_no_id(self, parts: wiring.Parts, user: str) -> None:
        client = write(parts)
        asked = [
            client.put(f"/v1/users/{user}/consent", json=ALL),
            client.get(f"/v1/users/{user}/consent"),
            client.post("/v1/quiz/answers", json={"user_id": user, "likes": {"brands": ["Acme"]}}),
            client.post("/v1/users/merge", json={"anonymous_id": "c", "user_id": user}),
            client.post("/v1/users/merge", json={"anonymous_id": user, "user_id": "u"}),
        ]
        for answer in asked:
            assert answer.status_code == 400, answer.text
            assert "says nothing of the person" in answer.json()["detail"]
            assert "example" not in answer.text
            assert "10.0" not in answer.text
        told = client.post("/v1/events", json={"events": [sent("1", "view", "p1", user)]}).json()
        assert told["accepted"] == 0
        assert "says nothing of the person" in told["rejected"][0]["reason"]
        assert parts.events.count() == 0


class TestWhoMaySpeak:
    """Events of users that a publishable key does not speak for are rejected one by one."""

    def client(self, parts: wiring.Parts, user_id: str) -> TestClient:
        caller = Caller(kind=KeyKind.PUBLISHABLE, key_id="k", user_id=user_id)

        class Known:
            def caller(self, headers: object, path: str) -> Caller:
                return caller

            def is_at_hand(self, headers: object, path: str) -> bool:
                return True

        return TestClient(Gate(Known(), lambda _: collect_app(*collect_parts(parts))), raise_server_exceptions=False)

    def test_guests_and_the_proved_user(self, parts: wiring.Parts) -> None:
        batch = [
            sent("1", "view", "p1", "u"),
            sent("2", "view", "p1", "v"),
            {"event_id": "3", "anonymous_id": "c", "type": "view", "product_id": "p1"},
            {"type": "unsubscribe", "user_id": "v"},
        ]
        told = self.client(parts, "u").post("/v1/events", json={"events": batch}).json()
        assert (told["accepted"], told["emails"]) == (2, {})
        assert [(each["index"], each["event_id"]) for each in told["rejected"]] == [(1, "2"), (3, "")]
        assert all("X-User-Token" in each["reason"] for each in told["rejected"])
        assert parts.events.everything("v", 9) == []
        told = self.client(parts, "").post("/v1/events", json={"events": batch}).json()
        assert (told["accepted"], told["duplicates"], len(told["rejected"])) == (0, 1, 3)
        assert json.dumps(told).count("not one that a publishable key speaks for") == 3

    def test_a_page_cannot_take_the_ids_of_a_servers_events(self, parts: wiring.Parts) -> None:
        """An order's number is known before the order is: whoever sent it first would have the event seem repeated."""
        order = {"event_id": "order-1001", "user_id": "v", "type": "purchase", "product_id": "p1"}
        guess = order | {"user_id": "anon:evil", "type": "view"}
        page, server = self.client(parts, "u"), TestClient(opened(collect_app(*collect_parts(parts))))
        for tried in (guess, guess | {"event_id": "page:order-1001"}, guess | {"event_id": "x" * 128}):
            assert page.post("/v1/events", json={"events": [tried]}).json()["accepted"] == 1
            assert page.post("/v1/events", json={"events": [tried]}).json()["duplicates"] == 1
        assert server.post("/v1/events", json={"events": [order]}).json()["accepted"] == 1
        assert parts.events.standing("v").bought == {"p1"}

    def test_an_order_that_page_and_server_report_is_one(self, parts: wiring.Parts) -> None:
        bought = {"order_id": "1001", "products": [{"product_id": "p1"}]}
        order = {"type": "track", "event": "Order Completed", "userId": "u", "properties": bought}
        page, server = self.client(parts, "u"), TestClient(opened(collect_app(*collect_parts(parts))))
        assert page.post("/v1/events", json=order | {"messageId": "a"}).json()["accepted"] == 1
        assert server.post("/v1/events", json=order | {"messageId": "b"}).json()["duplicates"] == 1
