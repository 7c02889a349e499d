"""Looks and bundles over HTTP: their shape, what is refused and how, and the page that shows them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from local.server import create_app
from tests.look_shop import look_shop
from tests.support import StillClock, opened

LOOK = "/v1/products/p1/look"
BUNDLES = "/v1/products/p1/bundles"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    parts = look_shop(tmp_path_factory.mktemp("looks"), StillClock())
    return TestClient(opened(create_app(parts)), raise_server_exceptions=False)


def body_of(client: TestClient, url: str) -> dict[str, Any]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_look_is_a_recommendation_with_slots_and_totals(client: TestClient) -> None:
    body = body_of(client, f"{LOOK}?slots=2")
    assert body.keys() == {"recommendation_id", "items", "totals", "cursor", "index_version", "degraded"}
    assert body["recommendation_id"]
    assert body["index_version"]
    assert body["cursor"] is None
    assert {item["slot"]: item["id"] for item in body["items"]} == {"linen shirt": "p8", "wool scarf": "p10"}
    assert body["totals"] == [{"currency": "EUR", "amount": 28.0}]
    for item in body["items"]:
        assert item.keys() == {"id", "score", "source", "reason", "product", "slot"}
        assert item["reason"]["product_id"] == "p1"


def test_bundles_say_what_they_cost_and_why(client: TestClient) -> None:
    body = body_of(client, f"{BUNDLES}?size=3&discount=12.5&limit=1")
    assert body.keys() == {"recommendation_id", "bundles", "index_version", "degraded"}
    (bundle,) = body["bundles"]
    assert bundle["products"][0]["id"] == "p1"
    assert {each["id"] for each in bundle["products"]} == {"p1", "p8", "p10"}
    assert bundle["products"][0]["reason"] is None
    assert bundle["products"][1]["reason"]["sentence"] == "Often chosen with Blue running shoe 1"
    totals = (bundle["currency"], bundle["total"], bundle["discount"], bundle["total_with_discount"])
    assert totals == ("EUR", 34.0, 12.5, 29.75)
    assert bundle["reason"]["sentence"].startswith("Often chosen with Blue running shoe 1: ")


def test_where_nothing_fits_there_is_neither_and_that_is_no_error(client: TestClient) -> None:
    nobody = "filter=brand = Nobody"
    assert body_of(client, f"{LOOK}?{nobody}")["items"] == []
    assert body_of(client, f"{BUNDLES}?{nobody}")["bundles"] == []


@pytest.mark.parametrize(
    ("url", "status", "names"),
    [
        ("/v1/products/nope/look", 404, "'nope'"),
        ("/v1/products/nope/bundles", 404, "'nope'"),
        (f"/v1/products/{'p' * 129}/look", 422, "product_id"),
        ("/v1/products/%00/bundles", 422, "product_id"),
        (f"{LOOK}?slots=0", 422, "slots"),
        (f"{LOOK}?slots=9", 422, "slots"),
        (f"{LOOK}?slots=many", 422, "slots"),
        (f"{LOOK}?price_max=-1", 422, "price_max"),
        (f"{LOOK}?price_min=cheap", 422, "price_min"),
        (f"{LOOK}?price_min=nan", 422, "price_min"),
        (f"{LOOK}?max_total=inf", 422, "max_total"),
        (f"{LOOK}?price_min=9&price_max=8", 400, "price_min is 9 and price_max 8"),
        (f"{LOOK}?filter=brnd=Acme", 400, "'brnd'"),
        (f"{LOOK}?filter={'x' * 5000}", 422, "filter"),
        (f"{LOOK}?user_id={'u' * 129}", 422, "user_id"),
        (f"{BUNDLES}?size=1", 422, "size"),
        (f"{BUNDLES}?size=5", 422, "size"),
        (f"{BUNDLES}?limit=6", 422, "limit"),
        (f"{BUNDLES}?discount=50.01", 422, "discount"),
        (f"{BUNDLES}?discount=-1", 422, "discount"),
        (f"{BUNDLES}?discount=12.345", 422, "discount"),
        (f"{BUNDLES}?discount=NaN", 422, "discount"),
        (f"{BUNDLES}?discount=half", 422, "discount"),
    ],
)
def test_bad_input_is_a_problem_of_one_sentence(client: TestClient, url: str, status: int, names: str) -> None:
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]
