"""Events that a browser sends as their page goes: as text, without headers, with the key in the address."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from local.server import create_app
from shared import wiring
from shared.domain.access import KeyKind
from shared.domain.events import EventType
from shared.domain.keys import KeyTerms
from shared.http.errors import LARGEST_BODY
from shared.http.gate import Gate
from shared.services.access import FromThisMachine
from shared.settings import Settings
from tests.key_maker import make_key

SHOP, EVIL = "https://shop.example", "https://evil.example"
GUEST = "anon:guest-1"
CLICK = {"event_id": "1", "user_id": GUEST, "type": "click", "product_id": "p7", "recommendation_id": "r-for_you"}

Send = Callable[..., Any]


@pytest.fixture
def client(parts: wiring.Parts, tmp_path: Path) -> TestClient:
    app = create_app(parts)
    access = FromThisMachine(wiring.access(Settings(data=tmp_path / "data"), parts.clock))
    return TestClient(Gate(access, lambda _: app), "http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture
def key(parts: wiring.Parts) -> str:
    return make_key(parts.state, KeyTerms(KeyKind.PUBLISHABLE, origins=(SHOP,)))


@pytest.fixture
def send(client: TestClient) -> Send:
    """As navigator.sendBeacon sends a string (Beacon, 3.2; Fetch, "extract a body")."""

    def beacon(query: str, body: str = json.dumps({"events": [CLICK]}), origin: str = SHOP, **more: str) -> Any:
        headers = {"content-type": "text/plain;charset=UTF-8", "origin": origin, **more}
        return client.post(f"/v1/events{query}", content=body, headers=headers)

    return beacon


def stored(parts: wiring.Parts, user: str = GUEST) -> list[tuple[EventType, str, str]]:
    return [(each.type, each.product_id, each.recommendation_id) for each in parts.events.everything(user, 10)]


def test_a_beacon_is_taken_as_the_call_that_it_would_be(send: Send, key: str, parts: wiring.Parts) -> None:
    answer = send(f"?key={key}")
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert stored(parts) == [(EventType.CLICK, "p7", "r-for_you")]


def test_sent_once_more_by_the_page_it_counts_once(
    send: Send, client: TestClient, key: str, parts: wiring.Parts
) -> None:
    send(f"?key={key}")
    again = client.post("/v1/events", json={"events": [CLICK]}, headers={"x-api-key": key, "origin": SHOP})
    assert (again.json()["accepted"], again.json()["duplicates"]) == (0, 1)
    assert len(stored(parts)) == 1


@pytest.mark.parametrize("way", ["?key={}", "?key=%20{}", "?key=vt_pk_1_2&key={}", "?x=1&key={}"])
def test_a_secret_key_has_no_place_in_an_address(send: Send, parts: wiring.Parts, way: str) -> None:
    secret = make_key(parts.state)
    answer = send(way.format(secret))
    assert answer.status_code == 403
    assert "revoke it" in answer.json()["detail"]
    assert secret not in answer.text
    assert stored(parts) == []


@pytest.mark.parametrize("query", ["", "?key=", "?key=wrong", "?key=vt_pk_1_2", "?key=%E2%82%AC", "?key=%00", "?kee=x"])
def test_nothing_is_taken_without_a_good_key(send: Send, key: str, parts: wiring.Parts, query: str) -> None:
    answer = send(query)
    assert answer.status_code == 401
    assert stored(parts) == []


@pytest.mark.parametrize("origin", [EVIL, "null", SHOP + ":8443"])
def test_pages_of_others_may_not_use_the_key(send: Send, key: str, parts: wiring.Parts, origin: str) -> None:
    assert send(f"?key={key}", origin=origin).status_code == 403
    assert stored(parts) == []


def test_a_key_in_a_header_goes_before_the_one_in_the_address(send: Send, key: str, parts: wiring.Parts) -> None:
    assert send(f"?key={key}", **{"x-api-key": "wrong"}).status_code == 401
    assert stored(parts) == []


def test_a_beacon_speaks_for_guests_alone(send: Send, key: str, parts: wiring.Parts) -> None:
    answer = send(f"?key={key}", json.dumps({"events": [{**CLICK, "user_id": "shopper-001"}]}))
    assert (answer.json()["accepted"], len(answer.json()["rejected"])) == (0, 1)
    assert stored(parts, "shopper-001") == []


@pytest.mark.parametrize(("body", "status"), [("no json", 400), ("", 422), ("x" * (LARGEST_BODY + 1), 413)])
def test_what_cannot_be_read_is_refused_as_ever(send: Send, key: str, body: str, status: int) -> None:
    assert send(f"?key={key}", body).status_code == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/users/merge", {"anonymous_id": "a", "user_id": "anon:b"}),
        ("/v1/quiz/answers", {"user_id": GUEST}),
        ("/v1/recommendations", {"session": []}),
        ("/v1/search", {"text": "mug"}),
    ],
)
def test_no_other_call_takes_a_key_from_its_address(client: TestClient, key: str, path: str, body: Any) -> None:
    headers = {"content-type": "text/plain", "origin": SHOP}
    assert client.post(f"{path}?key={quote(key)}", content=json.dumps(body), headers=headers).status_code == 401


def test_nor_do_other_methods(client: TestClient, key: str) -> None:
    assert client.get(f"/v1/trending?key={key}").status_code == 401
    assert client.put(f"/v1/users/{GUEST}/consent?key={key}", json={}).status_code == 401


def test_while_keys_are_off_no_page_of_a_stranger_sends_any(send: Send, parts: wiring.Parts) -> None:
    assert send("", origin=EVIL).status_code == 403
    assert stored(parts) == []
    assert send("", origin="http://127.0.0.1:8000").status_code == 200
    assert stored(parts) == [(EventType.CLICK, "p7", "r-for_you")]


@pytest.mark.parametrize("from_site", ["cross-site", "same-site", "same-origin"])
def test_a_form_is_no_beacon(client: TestClient, parts: wiring.Parts, from_site: str) -> None:
    """Sent as text by a page of a stranger's, its one field can be JSON; some browsers name no Origin then."""
    headers = {"content-type": "text/plain", "sec-fetch-mode": "navigate", "sec-fetch-site": from_site}
    assert client.post("/v1/events", content=json.dumps({"events": [CLICK]}), headers=headers).status_code == 422
    assert stored(parts) == []


def test_nor_does_one_bring_a_key(client: TestClient, key: str) -> None:
    headers = {"content-type": "text/plain", "sec-fetch-mode": "navigate"}
    answer = client.post(f"/v1/events?key={key}", content=json.dumps({"events": [CLICK]}), headers=headers)
    assert answer.status_code == 401
