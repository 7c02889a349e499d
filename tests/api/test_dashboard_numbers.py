"""The dashboard's numbers over HTTP: they are those of the requests and events just sent."""

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from local.server import create_app
from shared import wiring
from tests.support import NOW, opened, query_encoders

TRAFFIC = "/v1/dashboard/traffic"
OUTCOMES = "/v1/dashboard/outcomes"


@pytest.fixture
def client(small_shop: wiring.Parts) -> TestClient:
    app = create_app(small_shop, encoders=query_encoders(small_shop.clock))
    return TestClient(opened(app), raise_server_exceptions=False)


def send(client: TestClient, *events: tuple[str, str, str]) -> None:
    """Each a type, a product and an answer."""
    batch = [
        {"event_id": f"{type_}-{product}-{place}", "user_id": "ada", "type": type_, "product_id": product,
         "recommendation_id": answer, "occurred_at": NOW.isoformat()}
        for place, (type_, product, answer) in enumerate(events)
    ]  # fmt: skip
    assert client.post("/v1/events", json={"events": batch}).json()["accepted"] == len(batch)


def test_traffic_is_what_was_asked(client: TestClient) -> None:
    client.get("/v1/users/ada/recommendations")
    send(client, ("view", "p8", ""))
    client.get("/v1/users/ada/recommendations?limit=3")
    client.get("/v1/users/ada/recommendations?limit=0")
    client.post("/v1/search", json={"text": "mug"})
    for not_counted in ("/", "/config.json", "/health", "/style/base.css", TRAFFIC, OUTCOMES):
        client.get(not_counted)
    body = client.get(TRAFFIC).json()
    assert body.keys() == {
        "since", "until", "step_seconds", "requests", "errors", "routes", "stages", "series", "answers",
        "fallback_share", "degraded_share", "cold_share", "sources", "partial",
    }  # fmt: skip
    routes = {each["route"]: each["requests"] for each in body["routes"]}
    assert routes == {"GET /v1/users/{user_id}/recommendations": 3, "POST /v1/events": 1, "POST /v1/search": 1}
    assert (body["requests"], body["errors"], body["answers"], body["step_seconds"]) == (5, 0, 3, 60)
    assert (body["cold_share"], body["degraded_share"], body["partial"]) == (0.5, 0.0, True)
    assert sum(each["requests"] for each in body["series"]) == 5
    assert len(body["series"]) == 60
    assert sum(each["share"] for each in body["sources"]) == pytest.approx(1)
    assert "catalogue" in {each["source"] for each in body["sources"]}
    assert {"rank", "events", "index", "products"} <= {each["stage"] for each in body["stages"]}
    assert body["routes"][0]["p99_ms"] >= body["routes"][0]["p50_ms"] > 0


def test_no_caller_names_a_route(client: TestClient) -> None:
    for number in range(3):
        assert client.get(f"/v1/made-up/{number}").status_code == 404
        assert client.request(f"MADE{number}", "/v1/events").status_code == 405
    routes = [(each["route"], each["requests"], each["errors"]) for each in client.get(TRAFFIC).json()["routes"]]
    assert routes == [("none", 6, 0)]


def test_an_error_of_ours_is_one(small_shop: wiring.Parts) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("a bug")

    client = TestClient(opened(create_app(replace(small_shop, state=Broken()))), raise_server_exceptions=False)
    assert client.get("/v1/users/ada/consent").status_code == 500
    body = client.get(TRAFFIC).json()
    assert [(each["requests"], each["errors"]) for each in body["routes"]] == [(1, 1)]
    assert body["errors"] == 1


def test_outcomes_are_the_events_just_sent(client: TestClient) -> None:
    answer = client.get("/v1/users/ada/recommendations?limit=3").json()["recommendation_id"]
    found = client.post("/v1/search", json={"text": "mug"}).json()["recommendation_id"]
    assert (answer.rpartition("-")[2], found.rpartition("-")[2]) == ("for_you", "search")
    send(client, *[("impression", f"p{number}", answer) for number in range(1, 5)], ("click", "p1", answer))
    send(client, ("click", "p2", found), ("click", "p9", ""))
    send(client, ("add_to_cart", "p1", ""), ("purchase", "p1", ""), ("purchase", "p30", ""))
    body = client.get(OUTCOMES, params={"days": 1}).json()
    assert body["events"] == {"click": 3, "add_to_cart": 1, "purchase": 2, "impression": 4}
    for_you = {"scenario": "for_you", "impressions": 4, "clicks": 1, "add_to_cart": 1, "purchases": 1}
    search = {"scenario": "search", "impressions": 0, "clicks": 1, "add_to_cart": 0, "purchases": 0}
    assert body["scenarios"] == [
        for_you | {"ctr": 0.25, "add_to_cart_rate": 1.0, "purchase_rate": 1.0},
        search | {"ctr": None, "add_to_cart_rate": 0.0, "purchase_rate": 0.0},
    ]
    today = NOW.date().isoformat()
    assert body["days"] == [{"day": today} | for_you, {"day": today} | search]
    assert (body["since"], body["until"]) == (today, today)


@pytest.mark.parametrize(
    "path", [f"{TRAFFIC}?minutes=0", f"{TRAFFIC}?minutes=1441", f"{OUTCOMES}?days=0", f"{OUTCOMES}?days=91"]
)
def test_what_is_not_kept_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422
