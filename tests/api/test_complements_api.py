"""Complements over HTTP, in a small shop whose cups are bought with its shoes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from local.server import create_app
from shared import wiring
from shared.domain.events import EventType
from shared.settings import Settings
from tests.support import NOW, StillClock, event, opened, reindex, write_small_feed

MUGS, SHOES = ("p6", "p18", "p24", "p30", "p36"), ("p1", "p7", "p13", "p19", "p25")
"""Kinds go round by six: these are of the first and of the second."""

YESTERDAY = NOW - timedelta(days=1)
URL = "/v1/products/p6/complements"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    folder = tmp_path_factory.mktemp("complements")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    for number in range(40):
        pair = (MUGS[number % 5], SHOES[number % 5])
        parts.events.add([event(f"u{number}", EventType.PURCHASE, each, YESTERDAY) for each in pair])
    parts.events.add([event("two-mugs", EventType.PURCHASE, each, YESTERDAY) for each in ("p6", "p18")])
    feed, images = write_small_feed(folder / "feed")
    reindex(parts, feed, folder / "work", images=images)
    return parts


@pytest.fixture(scope="module")
def client(shop: wiring.Parts) -> Iterator[TestClient]:
    with TestClient(opened(create_app(shop)), raise_server_exceptions=False) as client:
        yield client


def items_of(client: TestClient, url: str) -> list[dict[str, Any]]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_what_was_bought_with_it_comes_first_and_says_so(client: TestClient) -> None:
    first, *rest = items_of(client, URL)
    assert (first["id"], first["source"]) == ("p1", "complement")
    assert first["reason"] == {
        "kind": "chosen_with",
        "sentence": "Often chosen with Green stoneware mug 6",
        "product_id": "p6",
    }
    assert all("complement_" in item["source"] for item in rest)
    assert all("mug" not in item["product"]["title"] for item in rest)


def test_a_product_that_nobody_bought_has_what_goes_with_its_like(client: TestClient) -> None:
    items = items_of(client, "/v1/products/p48/complements")
    assert items
    for item in items:
        assert "running shoe" in item["product"]["title"]
        assert set(item["source"].split("+")) <= {"complement_alike", "complement_map"}
        assert item["reason"]["kind"] == "goes_with"
        assert item["reason"]["sentence"] == "Goes well with Red stoneware mug 48"


def test_pages_continue_without_a_gap_or_a_repetition(client: TestClient) -> None:
    whole = [item["id"] for item in items_of(client, f"{URL}?limit=100")]
    assert len(whole) > 3
    paged, cursor = [], ""
    while cursor is not None:
        body = client.get(URL, params={"limit": 2, "cursor": cursor}).json()
        paged += [item["id"] for item in body["items"]]
        cursor = body["cursor"]
    assert paged == whole


def test_what_the_user_has_or_dislikes_and_what_the_filter_refuses_is_left_out(
    client: TestClient, shop: wiring.Parts
) -> None:
    before = [item["id"] for item in items_of(client, f"{URL}?user_id=somebody")]
    shop.events.add([event("somebody", EventType.DISLIKE, "p1", NOW)])
    assert [item["id"] for item in items_of(client, f"{URL}?user_id=somebody")] == [e for e in before if e != "p1"]
    red = items_of(client, f"{URL}?filter=colour = red")
    assert all(item["product"]["colour"] == "red" for item in red)


def test_a_shop_that_sold_nothing_together_has_none(small_shop: wiring.Parts) -> None:
    assert items_of(TestClient(opened(create_app(small_shop))), URL) == []


@pytest.mark.parametrize(
    ("url", "status", "names"),
    [
        ("/v1/products/nope/complements", 404, "'nope'"),
        (f"/v1/products/{'p' * 129}/complements", 422, "product_id"),
        ("/v1/products/%00/complements", 422, "product_id"),
        (f"{URL}?limit=0", 422, "limit"),
        (f"{URL}?limit=10000", 422, "limit"),
        (f"{URL}?limit=many", 422, "limit"),
        (f"{URL}?filter=brnd=Acme", 400, "'brnd'"),
        (f"{URL}?cursor=nonsense", 400, "cursor"),
        (f"{URL}?user_id={'u' * 129}", 422, "user_id"),
    ],
)
def test_bad_input_is_a_problem_of_one_sentence(client: TestClient, url: str, status: int, names: str) -> None:
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]
