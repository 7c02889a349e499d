"""What a browser is told about who may call, and what holds whether it listens or not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from functions.collect.app import create_app
from shared import wiring
from shared.domain import keys
from shared.domain.access import KeyKind
from shared.domain.keys import RANDOM_BYTES, Keyring, KeyTerms
from shared.http.cors import HEADERS, METHODS
from shared.http.gate import Gate
from shared.services.keyring import change_keyring
from shared.settings import Settings
from tests.support import StillClock, collect_parts

NO_EVENTS: dict[str, list[str]] = {"events": []}
SHOP, OTHER, EVIL = "https://shop.example", "https://outlet.example:8443", "https://evil.example"


@pytest.fixture
def client(parts: wiring.Parts, tmp_path: Path) -> TestClient:
    app = create_app(*collect_parts(parts))
    access = wiring.access(Settings(data=tmp_path / "data"), parts.clock)
    return TestClient(Gate(access, lambda _: app), raise_server_exceptions=False)


@pytest.fixture
def make(parts: wiring.Parts) -> Callable[..., str]:
    made: list[str] = []

    def key(*origins: str, **more: int) -> str:
        terms = KeyTerms(KeyKind.PUBLISHABLE if origins else KeyKind.SECRET, origins=origins, **more)

        def how(ring: Keyring) -> tuple[Keyring, str]:
            after, _, text = keys.create(ring, terms, bytes([len(made)]) * RANDOM_BYTES, parts.clock.now())
            return after, text

        made.append(change_keyring(parts.state, how))
        return made[-1]

    return key


def preflight(client: TestClient, origin: str, method: str = "POST", headers: str = "x-api-key") -> tuple[int, str]:
    asked = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": headers}
    answer = client.options("/v1/events", headers=asked)
    return answer.status_code, answer.headers.get("access-control-allow-origin", "")


def test_pages_that_a_key_names_may_ask(client: TestClient, make: Callable[..., str]) -> None:
    make(SHOP)
    make(OTHER)
    assert preflight(client, SHOP) == (200, SHOP)
    assert preflight(client, OTHER) == (200, OTHER)
    for stranger in (EVIL, "null", SHOP + ".evil.example", "http://shop.example", SHOP + ":8443"):
        assert preflight(client, stranger) == (400, "")


@pytest.mark.parametrize("method", METHODS)
def test_with_the_methods_and_headers_that_they_need(client: TestClient, make: Callable[..., str], method: str) -> None:
    make(SHOP)
    assert preflight(client, SHOP, method, ",".join(HEADERS))[0] == 200
    assert preflight(client, SHOP, "PATCH")[0] == 400
    assert preflight(client, SHOP, method, "x-another")[0] == 400


def test_answers_and_errors_can_be_read_by_those_pages_alone(client: TestClient, make: Callable[..., str]) -> None:
    key = make(SHOP)
    for path, status in (("/v1/events", 200), ("/v1/rules", 405), ("/v1/quiz/answers", 422), ("/v1/users/merge", 422)):
        answer = client.post(path, json={}, headers={"x-api-key": key, "origin": SHOP})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, SHOP)
        assert "Origin" in answer.headers["vary"]
    refused = client.post("/v1/events", json=NO_EVENTS, headers={"x-api-key": "wrong", "origin": SHOP})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, SHOP)
    assert "access-control-allow-credentials" not in refused.headers


def test_a_key_is_not_used_by_pages_that_another_one_names(client: TestClient, make: Callable[..., str]) -> None:
    key = make(SHOP)
    make(OTHER)
    for origin in (OTHER, EVIL):
        answer = client.post("/v1/events", json=NO_EVENTS, headers={"x-api-key": key, "origin": origin})
        assert answer.status_code == 403
        assert "origin" in answer.json()["detail"]
    assert client.post("/v1/events", json=NO_EVENTS, headers={"x-api-key": key}).status_code == 200  # an app is no page


def test_any_page_where_that_was_said(client: TestClient, make: Callable[..., str]) -> None:
    key = make("*")
    assert preflight(client, EVIL) == (200, "*")
    answer = client.post("/v1/events", json=NO_EVENTS, headers={"x-api-key": key, "origin": EVIL})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


def test_what_a_key_allowed_goes_with_it(
    client: TestClient, make: Callable[..., str], parts: wiring.Parts, clock: StillClock
) -> None:
    make()
    assert preflight(client, SHOP) == (400, "")
    key = make(SHOP)
    clock.forward(seconds=15)
    assert preflight(client, SHOP) == (200, SHOP)
    change_keyring(parts.state, lambda ring: keys.revoke(ring, keys.id_in(key), clock.now()))
    clock.forward(seconds=15)
    assert preflight(client, SHOP) == (400, "")


def test_without_keys_no_page_is_told_that_it_may(client: TestClient) -> None:
    assert preflight(client, SHOP) == (400, "")
    answer = client.post("/v1/events", json=NO_EVENTS, headers={"origin": SHOP})
    assert "access-control-allow-origin" not in answer.headers


def test_who_asks_too_often_is_told_when_to_come_again(
    client: TestClient, make: Callable[..., str], clock: StillClock
) -> None:
    key = make(SHOP, per_minute=2)
    sent = {"x-api-key": key, "origin": SHOP}
    assert [client.post("/v1/events", json=NO_EVENTS, headers=sent).status_code == 429 for _ in range(3)] == [
        False,
        False,
        True,
    ]
    refused = client.post("/v1/events", json=NO_EVENTS, headers=sent)
    assert refused.status_code == 429
    assert refused.headers["access-control-expose-headers"] == "retry-after"
    assert "requests a minute for this key" in refused.json()["detail"]
    clock.moment += timedelta(seconds=int(refused.headers["retry-after"]))
    assert client.post("/v1/events", json=NO_EVENTS, headers=sent).status_code != 429
