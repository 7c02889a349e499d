"""The functions as API Gateway calls them, and as a browser would: every sample invocation, every error."""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mangum import Mangum

from functions.collect import app as collect
from functions.recommend import app as recommend
from functions.reindex import app as reindex
from functions.search import app as search
from local.server import create_app
from shared import wiring
from shared.domain.events import EventType
from shared.services.popularity import refresh_popularity
from shared.settings import PROJECT
from tests.routes import function_of
from tests.support import (
    NOW,
    NoStarter,
    apply_sample_themes,
    collect_parts,
    dashboard_app,
    event,
    opened,
    picks_app,
    pictures,
    query_encoders,
)

SAMPLES = sorted((PROJECT / "events").glob("*.json"))


@pytest.fixture
def handle(small_shop: wiring.Parts) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The functions' apps, behind a stand-in for API Gateway's routing."""
    small_shop.events.add([event("shopper-001", EventType.VIEW, "p7"), event("x", EventType.PURCHASE, "p3")])
    refresh_popularity(small_shop.events, small_shop.blobs, NOW)
    apply_sample_themes(small_shop)
    reading = Mangum(opened(recommend.create_app(lambda: wiring.shop(small_shop))), lifespan="off")
    writing = Mangum(opened(collect.create_app(*collect_parts(small_shop))), lifespan="off")
    desk = reindex.Desk(small_shop.state, NoStarter(), small_shop.clock)
    indexing = Mangum(opened(reindex.create_app(lambda: desk)), lifespan="off")
    shop, encoders = wiring.shop(small_shop), query_encoders(small_shop.clock)
    finding = Mangum(opened(search.create_app(lambda: (shop, encoders), pictures)), lifespan="off")
    picking = Mangum(opened(picks_app(small_shop)), lifespan="off")
    showing = Mangum(opened(dashboard_app(small_shop)), lifespan="off")
    apps = {"recommend": reading, "collect": writing, "reindex": indexing, "search": finding, "picks": picking}
    apps["dashboard"] = showing
    return lambda sample: apps[function_of(sample)](sample, None)


@pytest.fixture
def client(small_shop: wiring.Parts) -> TestClient:
    return TestClient(opened(create_app(small_shop)), raise_server_exceptions=False)


def sample(name: str) -> dict[str, Any]:
    return json.loads((PROJECT / "events" / f"{name}.json").read_text())


def answer_to(handle: Callable[[dict[str, Any]], dict[str, Any]], name: str) -> Any:
    answer = handle(sample(name))
    assert answer["statusCode"] == 200, answer["body"]
    return json.loads(answer["body"])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_invocation_is_answered(path: Path, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    answer = handle(json.loads(path.read_text()))
    assert answer["statusCode"] == (202 if path.stem == "reindex" else 200), answer["body"]
    assert answer["headers"]["content-type"] == "application/json"


def test_for_you_has_the_documented_shape(handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    body = answer_to(handle, "for_you")
    assert len(body["items"]) == 6
    assert body["recommendation_id"]
    for item in body["items"]:
        assert item.keys() == {"id", "score", "source", "reason", "product"}
        assert item["reason"]["sentence"] == "Because you viewed Grey running shoe 7"
        assert item["product"]["title"]
    scores = [item["score"] for item in body["items"]]
    assert scores == sorted(scores, reverse=True)


def test_health_names_version_and_encoders(handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    body = answer_to(handle, "health")
    assert (body["status"], body["products"]) == ("ok", 60)
    assert body["encoders"]["text"] == {"name": "words", "revision": "1", "dimensions": 64, "starter": False}


def test_an_event_changes_the_very_next_answer(client: TestClient) -> None:
    ask = "/v1/users/new/recommendations"
    assert {item["source"] for item in client.get(ask).json()["items"]} == {"catalogue"}
    viewed = {"event_id": "1", "user_id": "new", "type": "view", "product_id": "p8", "occurred_at": NOW.isoformat()}
    assert client.post("/v1/events", json={"events": [viewed]}).json()["accepted"] == 1
    assert "linen shirt" in client.get(ask).json()["items"][0]["product"]["title"]


VIEWED = {"product_id": "p8"}
SEGMENT = {"type": "track", "event": "Product Viewed", "userId": "s", "messageId": "m1", "properties": VIEWED}
GA4 = {"client_id": "g", "user_id": "s", "events": [{"name": "view_item", "params": {"items": [{"item_id": "p8"}]}}]}


@pytest.mark.parametrize(
    "body", [SEGMENT, GA4, [SEGMENT], {"batch": [SEGMENT], "sentAt": "2026-05-01T12:00:00Z"}, {"events": [SEGMENT, 5]}]
)
def test_bodies_as_other_tools_send_them(client: TestClient, body: Any) -> None:
    assert client.post("/v1/events", json=body).json()["accepted"] == 1
    assert "linen shirt" in client.get("/v1/users/s/recommendations").json()["items"][0]["product"]["title"]


def test_accepted_rejected_and_repeated_events_are_told_apart(client: TestClient) -> None:
    good = {"event_id": "1", "user_id": "u", "type": "view", "product_id": "p1", "occurred_at": NOW.isoformat()}
    bad = good | {"event_id": "2", "type": "buy"}
    body = client.post("/v1/events", json={"events": [good, bad, good]}).json()
    assert (body["accepted"], body["duplicates"]) == (1, 1)
    (rejected,) = body["rejected"]
    assert (rejected["index"], rejected["event_id"]) == (1, "2")
    assert "'buy'" in rejected["reason"]


PROBLEMS = [
    ("GET", "/v1/users/u/recommendations?limit=0", 422, "limit"),
    ("GET", "/v1/users/u/recommendations?limit=101", 422, "limit"),
    ("GET", "/v1/users/u/recommendations?filter=brnd=Acme", 400, "'brnd'"),
    ("GET", "/v1/users/u/recommendations?filter=price+<", 400, "ends too early"),
    ("GET", "/v1/users/u/recommendations?cursor=abc", 400, "cursor"),
    ("GET", f"/v1/users/{'u' * 129}/recommendations", 422, "user_id"),
    ("GET", "/v1/users/%00/recommendations", 422, "user_id"),
    ("GET", "/v1/products/nope/similar", 404, "'nope'"),
    ("GET", "/v1/products/p1/similar?by=smell", 422, "by"),
    ("GET", "/v1/nowhere", 404, "docs/api.md"),
    ("DELETE", "/v1/trending", 405, "docs/api.md"),
    ("POST", "/v1/events", 422, "body"),
]


@pytest.mark.parametrize(("method", "url", "status", "names"), PROBLEMS)
def test_errors_are_problems_of_one_sentence(
    client: TestClient, method: str, url: str, status: int, names: str
) -> None:
    answer = client.request(method, url)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() == {"type", "title", "status", "detail"}
    assert names in body["detail"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{not json", {}, 400),
        (b"x" * 1_000_001, {}, 413),
        (json.dumps({"events": [{}] * 501}).encode(), {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'"events"', {}, 422),
        (json.dumps({"events": [{"client_id": "c", "events": [{}] * 400}] * 20}).encode(), {}, 400),
    ],
)
def test_hostile_bodies_are_refused(client: TestClient, content: bytes, headers: dict[str, str], status: int) -> None:
    answer = client.post("/v1/events", content=content, headers={"content-type": "application/json"} | headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_server_has_every_route_of_every_function(client: TestClient) -> None:
    served = client.get("/openapi.json").json()["paths"]
    # Opened at the first request, and there is none.
    for app in (recommend.create_app(dict), collect.create_app(*[tuple] * 5), dashboard_app(None)):  # type: ignore[arg-type]
        for path, methods in app.openapi()["paths"].items():
            assert methods.keys() <= served[path].keys()


def test_an_unforeseen_error_shows_nothing_of_itself(small_shop: wiring.Parts) -> None:
    class Broken:
        def __getattr__(self, name: str) -> None:
            raise RuntimeError("a secret of ours")

    client = TestClient(
        opened(create_app(dataclasses.replace(small_shop, state=Broken()))), raise_server_exceptions=False
    )
    answer = client.get("/v1/users/u/consent")
    assert answer.status_code == 500
    assert answer.json()["title"] == "Internal Server Error"
    assert "secret" not in answer.text


def test_the_pages_ask_nobody_else_for_anything(client: TestClient) -> None:
    for page in ("/", "/docs"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert not re.search(r"(src|href)=.(https?:)?//", answer.text)


def test_what_is_for_who_works_on_the_pages_is_not_served(client: TestClient) -> None:
    assert client.get("/storefront/app.js").status_code == 200
    for path in (
        "/package.json",
        "/node_modules/esbuild/package.json",
        "/storefront/../package.json",
        "/web/package.json",
    ):
        assert client.get(path).status_code == 404
