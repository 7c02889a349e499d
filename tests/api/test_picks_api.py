"""Picks as a shop's server calls them: many users at once, with a key, and within the time there is."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.picks.app import create_app
from shared import wiring
from shared.domain.deadline import deadline
from shared.domain.errors import InvalidInput
from shared.domain.events import EventType
from shared.domain.rules import Scenario
from shared.http.auth import digest_of
from shared.services.pages import Question
from shared.services.picks import picks
from shared.services.popularity import refresh_popularity
from shared.services.recommend import for_you
from shared.services.rulebook import apply_rules
from tests.breaking import Breaking, unavailable
from tests.support import NOW, event

KEY = "a-key-of-the-shop"


@pytest.fixture
def lived_in(small_shop: wiring.Parts) -> wiring.Parts:
    small_shop.events.add(
        [
            event("ann", EventType.VIEW, "p7", NOW - timedelta(days=1)),
            event("bob", EventType.PURCHASE, "p8", NOW - timedelta(days=2)),
            event("crowd", EventType.PURCHASE, "p3"),
        ]
    )
    refresh_popularity(small_shop.events, small_shop.blobs, NOW)
    return small_shop


def client_of(parts: wiring.Parts, *digests: str) -> TestClient:
    shop = wiring.shop(parts)
    return TestClient(create_app(lambda: shop, lambda: digests), raise_server_exceptions=False)


def ask(client: TestClient, status: int = 200, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/picks", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_each_user_gets_the_list_that_the_home_page_would_show(lived_in: wiring.Parts) -> None:
    answer = ask(client_of(lived_in), user_ids=["ann", "bob", "new", "ann"], limit=4, filter="price < 60")

    assert answer["not_done"] == []
    assert [pick["user_id"] for pick in answer["picks"]] == ["ann", "bob", "new"]
    assert len({pick["recommendation_id"] for pick in answer["picks"]}) == 3
    shop = wiring.shop(lived_in)
    for pick in answer["picks"]:
        same = for_you(shop, pick["user_id"], Question(4, "price < 60"))
        assert [item["id"] for item in pick["items"]] == [item.product.id for item in same.items]
        assert pick["degraded"] == []
    assert answer["picks"][0]["items"][0]["reason"]["kind"] == "because_of"
    assert answer["picks"][2]["items"][0]["reason"]["kind"] in ("popular", "lately")


def test_the_home_page_explores_and_an_email_does_so_only_where_the_shop_says_it(lived_in: wiring.Parts) -> None:
    shown = [event("crowd", EventType.IMPRESSION, f"p{i}", event_id=f"{i}-{n}") for i in range(1, 31) for n in range(9)]
    lived_in.events.add(shown)
    refresh_popularity(lived_in.events, lived_in.blobs, NOW)
    book: dict[str, Any] = {"rules": [], "reranking": {"for_you": {"exploration_budget": 9}}}

    def explored(scenario: Scenario) -> int:
        answer = for_you(wiring.shop(lived_in), "ann", Question(100), scenario=scenario)
        risen = [item for item in answer.items if "exploration" in item.source]
        assert all(int(item.product.id[1:]) > 30 and item.reason.kind == "discovery" for item in risen)
        return len(risen)

    apply_rules(lived_in.blobs, book, NOW)
    assert explored(Scenario.FOR_YOU)
    assert not explored(Scenario.PICKS)
    book["reranking"]["picks"] = {"exploration": 0.2, "exploration_budget": 9}
    book["reranking"]["for_you"] = {"exploration": 0}
    apply_rules(lived_in.blobs, book, NOW)
    assert explored(Scenario.PICKS)
    assert not explored(Scenario.FOR_YOU)


def test_pages_with_explored_products_repeat_nothing(lived_in: wiring.Parts) -> None:
    shown = [event("crowd", EventType.IMPRESSION, f"p{i}", event_id=f"{i}") for i in range(1, 31)]
    lived_in.events.add(shown)
    refresh_popularity(lived_in.events, lived_in.blobs, NOW)
    apply_rules(lived_in.blobs, {"rules": [], "reranking": {"for_you": {"exploration": 0.3}}}, NOW)
    shop = wiring.shop(lived_in)
    whole = [item.product.id for item in for_you(shop, "ann", Question(40)).items]
    pages: list[str] = []
    cursor = ""
    while len(pages) < 40:
        page = for_you(shop, "ann", Question(10, cursor=cursor))
        pages += [item.product.id for item in page.items]
        cursor = page.cursor or ""
    assert pages == whole


def test_without_its_key_nobody_gets_any(lived_in: wiring.Parts) -> None:
    client = client_of(lived_in, digest_of(KEY))
    body = {"user_ids": ["ann"]}
    assert "secret key" in ask(client, 401, **body)["detail"]
    assert ask(client, 401, {"authorization": "Bearer another"}, **body)["status"] == 401
    for headers in ({"authorization": f"Bearer {KEY}"}, {"x-api-key": KEY}):
        assert len(ask(client, 200, headers, **body)["picks"]) == 1


def test_users_for_whom_there_was_no_time_are_named(lived_in: wiring.Parts) -> None:
    shop = wiring.shop(lived_in)
    users = ["ann", "bob", "new"]
    with deadline(0.0):
        made = picks(shop, users, Question(limit=3))
    assert [pick.user_id for pick in made.picks] == ["ann"]
    assert list(made.not_done) == ["bob", "new"]

    with deadline(0.0):
        rest = picks(shop, made.not_done, Question(limit=3))
    assert [pick.user_id for pick in rest.picks] == ["bob"]
    with deadline(60.0):
        assert len(picks(shop, users, Question(limit=3)).picks) == 3
    assert len(picks(shop, users, Question(limit=3)).picks) == 3


def test_a_part_that_is_down_is_said_for_each_user(lived_in: wiring.Parts) -> None:
    broken = dataclasses.replace(lived_in, events=Breaking(lived_in.events, unavailable))
    answer = ask(client_of(broken), user_ids=["ann", "bob"], limit=3)
    assert [pick["degraded"] for pick in answer["picks"]] == [["events"], ["events"]]
    assert all(pick["items"] for pick in answer["picks"])


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({}, 422, "user_ids"),
        ({"user_ids": []}, 422, "user_ids"),
        ({"user_ids": ["u"] * 101}, 422, "user_ids"),
        ({"user_ids": ["u", ""]}, 422, "user_ids.1"),
        ({"user_ids": ["u\n"]}, 422, "user_ids.0"),
        ({"user_ids": ["u"], "limit": 21}, 422, "limit"),
        ({"user_ids": ["u"], "cursor": "x"}, 422, "cursor"),
        ({"user_ids": ["u"], "filter": "brnd = x"}, 400, "'brnd'"),
    ],
)
def test_what_cannot_be_asked_is_said(parts: wiring.Parts, body: dict[str, Any], status: int, word: str) -> None:
    assert word in ask(client_of(parts), status, **body)["detail"]


@pytest.mark.parametrize(("users", "limit", "word"), [([], 3, "0 users"), (["u"] * 101, 3, "101"), (["u"], 21, "21")])
def test_the_service_has_the_same_bounds(parts: wiring.Parts, users: list[str], limit: int, word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        picks(wiring.shop(parts), users, Question(limit=limit))


def test_before_anything_is_published_it_is_said(parts: wiring.Parts) -> None:
    assert "vitrine index" in ask(client_of(parts), 503, user_ids=["u"])["detail"]
