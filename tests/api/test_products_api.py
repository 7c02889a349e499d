"""GET /v1/products: what a product's own page and a basket show."""

import dataclasses

import pytest
from fastapi.testclient import TestClient

from local.server import create_app
from shared import wiring
from shared.services.product_pages import MOST
from tests.support import NOW, opened


@pytest.fixture
def client(small_shop: wiring.Parts) -> TestClient:
    return TestClient(opened(create_app(small_shop)), raise_server_exceptions=False)


def test_each_once_in_the_order_asked_for(client: TestClient) -> None:
    answer = client.get("/v1/products?id=p7&id=nope&id=p1&id=p7").json()
    assert [each["id"] for each in answer["products"]] == ["p7", "p1"]
    assert answer["unknown"] == ["nope"]
    assert answer["degraded"] == []
    product = answer["products"][0]["product"]
    assert product["title"] == "Grey running shoe 7"
    assert {"description", "attributes", "added_at", "price", "availability"} <= product.keys()
    assert "stock" not in product


def test_prices_and_stock_are_those_of_now(client: TestClient) -> None:
    client.patch(
        "/v1/products", json={"products": [{"id": "p1", "price": 3.5, "stock": 0, "availability": "out_of_stock"}]}
    )
    (page,) = client.get("/v1/products?id=p1").json()["products"]
    assert (page["product"]["price"], page["product"]["availability"]) == (3.5, "out_of_stock")


def test_variants_are_those_of_the_group_and_not_itself(small_shop: wiring.Parts, client: TestClient) -> None:
    known = small_shop.products.get([f"p{n}" for n in range(1, 61)])
    design = {"p7", "p8", "p13", "p20"}
    changed = [dataclasses.replace(each, item_group_id="g" if each.id in design else "") for each in known.values()]
    small_shop.products.replace(small_shop.versions.live() or "", NOW, changed)
    pages = client.get("/v1/products?id=p7&id=p1").json()["products"]
    assert {each["id"] for each in pages[0]["variants"]} == design - {"p7"}
    assert pages[1]["variants"] == []


@pytest.mark.parametrize(("scenarios", "unknown"), [({}, ["p1"]), ({"scenarios": ["trending"]}, [])])
def test_what_is_hidden_from_every_list_has_no_page(
    client: TestClient, scenarios: dict[str, list[str]], unknown: list[str]
) -> None:
    rule = {"id": "recalled", "kind": "hide", "products": ["p1"], **scenarios}
    assert client.put("/v1/rules", json={"rules": [rule]}).status_code == 200
    assert client.get("/v1/products?id=p1&id=p2").json()["unknown"] == unknown


@pytest.mark.parametrize(
    "query", ["", "id=", "&".join(f"id=p{n}" for n in range(MOST + 1)), f"id={'p' * 129}", "id=%00"]
)
def test_too_few_too_many_and_no_ids(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/products?{query}")
    assert answer.status_code == 422
    assert "id" in answer.json()["detail"]
