"""A shop's own list in one user's order: what comes back, in which order, and what is said of it."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.recommend.app import create_app
from shared import wiring
from shared.domain.events import EventType
from shared.domain.rules import Scenario
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.rerank import rerank
from shared.services.rulebook import apply_rules
from tests.breaking import Breaking, unavailable
from tests.support import NOW, event, opened

EVERYTHING = [f"p{number}" for number in range(1, 61)]
SHOES = [each for each in EVERYTHING if int(each[1:]) % 6 == 1]


@pytest.fixture
def client(small_shop: wiring.Parts) -> TestClient:
    small_shop.events.add(
        [
            event("ann", EventType.VIEW, "p7", NOW - timedelta(hours=2)),
            event("ann", EventType.PURCHASE, "p13", NOW - timedelta(days=1)),
            event("ann", EventType.DISLIKE, "p9", NOW - timedelta(days=1)),
        ]
    )
    return TestClient(opened(create_app(lambda: wiring.shop(small_shop))), raise_server_exceptions=False)


def ask(client: TestClient, product_ids: list[str], status: int = 200, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/rerank", json={"product_ids": product_ids, **more})
    assert answer.status_code == status, answer.text
    return answer.json()


def ids(body: dict[str, Any]) -> list[str]:
    return [item["id"] for item in body["items"]]


def test_the_list_comes_back_whole_and_what_the_user_would_like_first(client: TestClient) -> None:
    given = ["p2", "p12", "p3", "p60", "p19", "p6", "p31", "gone"]
    body = ask(client, [*given, "p2"], user_id="ann")
    assert sorted([*ids(body), *body["unknown"]]) == sorted(given)
    assert body["unknown"] == ["gone"]
    assert set(ids(body)[:2]) == {"p19", "p31"}  # shoes, as the one that was viewed
    assert body["items"][0]["reason"]["kind"] == "because_of"
    assert next(each for each in body["items"] if each["id"] == "p12")["product"]["availability"] == "out_of_stock"
    scores = [item["score"] for item in body["items"]]
    assert scores == sorted(scores, reverse=True)


def test_it_is_the_order_of_for_you(client: TestClient, small_shop: wiring.Parts) -> None:
    apply_rules(small_shop.blobs, {"rules": [], "reranking": {"for_you": {"diversity": 0}}}, NOW)
    shop = wiring.shop(small_shop)
    personal = [
        each.product.id for each in for_you(shop, "ann", Question(limit=100)).items if each.source != "catalogue"
    ]
    assert len(personal) > 5
    assert ids(ask(client, sorted(personal), user_id="ann")) == personal


def test_what_is_settled_stands_last_in_its_given_order(client: TestClient) -> None:
    body = ask(client, ["p13", "p9", "p2", "p7", "p19"], user_id="ann")
    assert set(ids(body)[:2]) == {"p7", "p19"}
    assert ids(body)[-2:] == ["p13", "p9"]
    assert {item["source"] for item in body["items"][-2:]} == {"given"}
    seen = next(item for item in body["items"] if item["id"] == "p7")
    assert seen["reason"]["kind"] == "recently_viewed"


def test_of_a_stranger_the_order_is_the_given_one_and_said_to_be(client: TestClient) -> None:
    for more in ({}, {"user_id": "nobody"}):
        body = ask(client, ["p31", "p2", "p19"], **more)
        assert ids(body) == ["p31", "p2", "p19"]
        assert {(item["source"], item["reason"]["kind"]) for item in body["items"]} == {("given", "given")}


def test_a_guests_session_counts_and_nothing_of_it_stays(client: TestClient, small_shop: wiring.Parts) -> None:
    before = small_shop.events.count()
    body = ask(client, EVERYTHING, session=[{"type": "view", "product_id": "p7"}])
    assert set(ids(body)[: len(SHOES)]) == set(SHOES)
    assert small_shop.events.count() == before


def test_a_filter_and_the_shops_rules_hold(client: TestClient, small_shop: wiring.Parts) -> None:
    book = {
        "rules": [
            {"id": "out", "kind": "hide", "products": ["p19"]},
            {"id": "top", "kind": "pin", "products": ["p3", "p5"], "position": 1, "scenarios": ["rerank"]},
            {"id": "up", "kind": "boost", "products": ["p2"], "factor": 10},
        ]
    }
    apply_rules(small_shop.blobs, book, NOW)
    body = ask(client, ["p12", "p31", "p19", "p4", "p2", "p3"], user_id="nobody", filter="availability = in_stock")
    assert (ids(body), body["left_out"]) == (["p3", "p2", "p31", "p4"], ["p12", "p19"])
    assert [item["reason"]["kind"] for item in body["items"]] == ["featured", "featured", "given", "given"]
    assert Scenario.RERANK.value == "rerank"


def test_a_part_that_is_down_is_said_and_nothing_is_lost(small_shop: wiring.Parts) -> None:
    for part in ("events", "products", "versions"):
        broken = dataclasses.replace(small_shop, **{part: Breaking(getattr(small_shop, part), unavailable)})
        found = rerank(wiring.shop(broken), ["p1", "p2"], "ann")
        assert found.recommendation.degraded
        assert sorted([*(each.product.id for each in found.recommendation.items), *found.left_out]) == ["p1", "p2"]
        assert found.unknown == ()


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({}, 422, "product_ids"),
        ({"product_ids": []}, 422, "product_ids"),
        ({"product_ids": ["p1"] * 501}, 422, "product_ids"),
        ({"product_ids": [f"p{i}" for i in range(10_000)]}, 422, "product_ids"),
        ({"product_ids": "p1"}, 422, "product_ids"),
        ({"product_ids": ["p1", 2]}, 422, "product_ids.1"),
        ({"product_ids": ["p1", ""]}, 422, "product_ids.1"),
        ({"product_ids": ["p\x001"]}, 422, "product_ids.0"),
        ({"product_ids": ["p1"], "user_id": 5}, 422, "user_id"),
        ({"product_ids": ["p1"], "limit": 3}, 422, "limit"),
        ({"product_ids": ["p1"], "filter": "brnd = x"}, 400, "'brnd'"),
        ({"product_ids": ["p1"], "session": [5]}, 400, "session.0"),
        ({"product_ids": ["p1"], "session": [{}] * 101}, 422, "session"),
    ],
)
def test_what_cannot_be_asked_is_said(client: TestClient, body: dict[str, Any], status: int, names: str) -> None:
    answer = client.post("/v1/rerank", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]


def test_before_anything_is_published_it_is_said(parts: wiring.Parts) -> None:
    empty = TestClient(opened(create_app(lambda: wiring.shop(parts))), raise_server_exceptions=False)
    assert "vitrine index" in ask(empty, ["p1"], 503)["detail"]
