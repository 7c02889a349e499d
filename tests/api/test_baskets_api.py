"""What goes into a basket, over HTTP: learnt from orders, never the basket again, and the filler for free shipping."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.recommend.app import create_app
from shared import wiring
from shared.domain.events import Event, EventType
from shared.domain.recommendations import Hit
from shared.services.offers import change_offers
from shared.services.popularity import refresh_popularity
from shared.settings import Settings
from tests.support import NOW, StillClock, opened, reindex, small_feed_rows, write_small_feed

ORDERS = (("p7", "p8", "p20"), ("p7", "p20"), ("p8", "p21"), ("p7", "p12"), ("p2", "p56", "p30"), ("p33", "p34"))
"""p12 is sold out, p56 a variant of p2."""


def orders() -> Iterator[Event]:
    for number in range(20):
        for order, products in enumerate(ORDERS):
            at = NOW - timedelta(days=1 + number)
            for product in products:
                user = f"shopper-{order}-{number}"
                yield Event(f"{user}-{product}", user, EventType.PURCHASE, at, at, product)


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    folder = tmp_path_factory.mktemp("sold")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    parts.events.add(list(orders()))
    rows = small_feed_rows()
    rows[32]["price"] = "38.00 USD"  # p33
    feed, images = write_small_feed(folder / "feed", rows)
    reindex(parts, feed, folder / "work", images=images)
    refresh_popularity(parts.events, parts.blobs, NOW)
    return parts


@pytest.fixture(scope="module")
def client(sold: wiring.Parts) -> TestClient:
    return TestClient(opened(create_app(lambda: wiring.shop(sold))), raise_server_exceptions=False)


def ask(client: TestClient, products: list[str], **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/baskets/recommendations", json={"product_ids": products, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(body: dict[str, Any]) -> list[str]:
    return [item["id"] for item in body["items"]]


def test_what_is_bought_with_all_of_it_comes_first_and_says_why(client: TestClient) -> None:
    first, *_ = ask(client, ["p7", "p8"])["items"]
    assert first["id"] == "p20"
    assert "basket" in first["source"].split("+")
    assert first["reason"]["kind"] == "chosen_with"
    assert first["reason"]["sentence"] == "Often chosen with Grey running shoe 7"
    assert ids(ask(client, ["p8"]))[:3] != ids(ask(client, ["p7"]))[:3]


def test_nothing_of_the_basket_no_variant_of_it_and_nothing_sold_out_is_offered(client: TestClient) -> None:
    assert not {"p7", "p8", "p12"} & set(ids(ask(client, ["p7", "p8"], limit=100)))
    of_two = ids(ask(client, ["p2"], limit=100))
    assert of_two[0] == "p30"
    assert "p56" not in of_two


def test_with_a_user_what_that_one_has_is_left_out(client: TestClient) -> None:
    assert "p20" not in ids(ask(client, ["p7"], user_id="shopper-0-0", limit=100))


def test_pages_continue_and_repeat_nothing(client: TestClient) -> None:
    whole = ids(ask(client, ["p7", "p8"], limit=9))
    page = ask(client, ["p7", "p8"], limit=3)
    found = ids(page)
    while page["cursor"] and len(found) < 9:
        page = ask(client, ["p7", "p8"], limit=3, cursor=page["cursor"])
        found += ids(page)
    assert found == whole
    other = client.post("/v1/baskets/recommendations", json={"product_ids": ["p7"], "cursor": page["cursor"] or "x"})
    assert other.status_code == 400


def test_behind_what_was_bought_with_it_comes_what_is_like_it_and_says_so(client: TestClient) -> None:
    learnt, alike = {"basket", "complement"}, {"basket_alike", "complement_alike", "text", "keywords"}
    turns = []
    for item in ask(client, ["p33"], limit=100)["items"]:
        sources, kind = set(item["source"].split("+")), item["reason"]["kind"]
        turns.append(0 if sources & learnt else 1 if sources & alike else 2)
        assert kind in [{"chosen_with"}, {"goes_with", "similar_to"}, {"popular", "lately", "trending"}][turns[-1]]
    assert turns == sorted(turns)
    assert {0, 1} <= set(turns)


def test_a_basket_of_what_nobody_bought_gets_what_goes_with_its_like_and_says_so(client: TestClient) -> None:
    items = ask(client, ["p32"], limit=8)["items"]
    assert len(items) == 8
    lent = {item["id"] for item in items if "basket_alike" in item["source"].split("+")}
    assert {"p8", "p20"} <= lent, "p8 is like it, and p20 was bought with p8"
    for item in items:
        assert set(item["source"].split("+")) <= {"basket_alike", "complement_alike", "text", "keywords"}
        assert item["reason"]["product_id"] == "p32"
    assert "p32" not in ids({"items": items})


def test_a_variant_of_what_nobody_bought_is_not_offered(client: TestClient) -> None:
    assert "p57" not in ids(ask(client, ["p3"], limit=100))


def test_a_filter_holds(client: TestClient) -> None:
    assert set(ids(ask(client, ["p7", "p8"], filter="price < 20", limit=100))) <= {f"p{n}" for n in range(1, 15)}


def test_a_filler_brings_the_basket_to_the_total_and_says_to_which(client: TestClient) -> None:
    body = ask(client, ["p7", "p8"], target_total=45, limit=50)
    assert (body["currency"], body["total"], body["missing"]) == ("EUR", 25.0, 20.0)
    assert body["items"]
    for item in body["items"]:
        price = item["product"]["price"]
        assert price >= 20
        assert item["product"]["currency"] == "EUR"
        assert item["reason"]["sentence"] == f"Brings your basket to {25 + price:.2f} EUR"
        assert "filler" in item["source"].split("+")
    assert ids(body)[0] == "p20"


def test_of_equally_wanted_fillers_the_one_that_overshoots_least_comes_first(
    sold: wiring.Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = wiring.shop(sold)
    index = shop.live.newest()
    alike = [Hit(f"p{number}", 1.0) for number in (50, 40, 22, 30)]
    search = type(index).search
    monkeypatch.setattr(
        type(index),
        "search",
        lambda self, queries: [
            alike if query.among is None else [replace(hit, score=0.0) for hit in found]
            for query, found in zip(queries, search(self, queries), strict=True)
        ],
    )
    client = TestClient(opened(create_app(lambda: shop)), raise_server_exceptions=False)
    assert ids(ask(client, ["p7", "p8"], target_total=45, limit=4)) == ["p22", "p30", "p40", "p50"]


def test_a_basket_that_is_there_already_gets_the_usual_list(client: TestClient) -> None:
    body = ask(client, ["p7", "p8"], target_total=25)
    assert body["missing"] == 0
    assert ids(body) == ids(ask(client, ["p7", "p8"]))


def test_without_a_target_no_total_is_told(client: TestClient) -> None:
    body = ask(client, ["p7", "p8"])
    assert (body["currency"], body["total"], body["missing"]) == ("", None, None)


def test_fillers_go_on_where_they_were_while_prices_change_and_none_that_no_longer_fills_is_shown(
    small_shop: wiring.Parts, clock: StillClock, tmp_path: Path
) -> None:
    small_shop.events.add(list(orders()))
    reindex(small_shop, tmp_path / "feed" / "feed.jsonl", tmp_path / "work", images=tmp_path / "feed" / "images")
    refresh_popularity(small_shop.events, small_shop.blobs, NOW)
    client = TestClient(opened(create_app(lambda: wiring.shop(small_shop))), raise_server_exceptions=False)
    whole = ids(ask(client, ["p7", "p8"], target_total=45, limit=50))
    seen, page = [], ask(client, ["p7", "p8"], target_total=45, limit=3)
    cheaper = whole[4]
    change_offers(small_shop.products, clock, [{"id": cheaper, "price": 19.5}, {"id": whole[-1], "price": 20.5}])
    while True:
        seen += ids(page)
        if page["cursor"] is None:
            break
        page = ask(client, ["p7", "p8"], target_total=45, limit=3, cursor=page["cursor"])
    assert seen == [each for each in whole if each != cheaper]


def test_a_product_given_twice_costs_twice(client: TestClient) -> None:
    assert ask(client, ["p7", "p7"], target_total=100)["total"] == 24.0


def test_unknown_products_are_said_and_do_not_count(client: TestClient) -> None:
    body = ask(client, ["p7", "nothing", "p8"])
    assert body["unknown"] == ["nothing"]
    assert ids(body) == ids(ask(client, ["p7", "p8"]))


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"product_ids": []}, 422, "product_ids: list should have at least 1 item, not 0."),
        ({"product_ids": [f"p{number}" for number in range(10_000)]}, 422, "product_ids"),
        ({"product_ids": "p7"}, 422, "product_ids"),
        ({"product_ids": [7]}, 422, "product_ids"),
        ({"product_ids": ["a\nb"]}, 422, "product_ids.0 has characters that have no place in it"),
        ({}, 422, "product_ids is required: send it."),
        ({"product_ids": ["nothing"]}, 404, "in the catalogue, 'nothing' for one: check the ids."),
        ({"product_ids": ["p7"], "target_total": 0}, 422, "target_total"),
        ({"product_ids": ["p7"], "target_total": "NaN"}, 422, "target_total"),
        ({"product_ids": ["p7", "p33"], "target_total": 99}, 400, "prices in EUR and USD"),
        ({"product_ids": ["p7"], "limit": 0}, 422, "limit"),
        (["p7"], 422, "The body should be a JSON object."),
        ({"product_ids": ["p7"], "filter": "price <"}, 400, ""),
        ({"product_ids": ["p7"], "more": 1}, 422, "more"),
    ],
)
def test_bad_input_is_a_problem_of_one_sentence(client: TestClient, body: object, status: int, words: str) -> None:
    answer = client.post("/v1/baskets/recommendations", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert answer.json()["detail"].count(". ") == 0
