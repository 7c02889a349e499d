"""Suggestions as a shop's search box asks for them."""

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.search.app import create_app
from indexer.jobs import jobs
from shared import wiring
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.products import Availability
from shared.services.filter_language import parse_filter
from shared.services.popularity import refresh_popularity
from shared.services.rulebook import apply_rules
from shared.settings import Settings
from tests.breaking import Breaking, unavailable
from tests.support import NOW, Silent, StillClock, event, opened, pictures, query_encoders, reindex, write_small_feed

Ask = Callable[..., dict[str, Any]]
RARE = "green scarf"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    """The small shop; three users searched for red scarves, two for green ones, and spades sell best."""
    folder = tmp_path_factory.mktemp("suggest")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed")
    users = ("a", "b", "c")
    parts.events.add([event(user, EventType.SEARCH, event_id=f"1{user}", query="red scarf") for user in users])
    parts.events.add([event(user, EventType.SEARCH, event_id=f"2{user}", query=RARE) for user in users[:2]])
    parts.events.add([event("robot", EventType.SEARCH, event_id=f"3{n}", query="grey mug") for n in range(50)])
    parts.events.add([event(user, EventType.PURCHASE, "p9") for user in users])
    parts.events.add([event("train lover", EventType.VIEW, "p5"), event("hater", EventType.DISLIKE, "p9")])
    reindex(parts, feed, folder / "work", images=images)
    refresh_popularity(parts.events, parts.blobs, NOW)
    return parts


def asker(parts: wiring.Parts, status: int = 200) -> Ask:
    desk = wiring.shop(parts), query_encoders(parts.clock)
    client = TestClient(opened(create_app(lambda: desk, pictures)), raise_server_exceptions=False)

    def ask(q: str = "", **more: object) -> dict[str, Any]:
        answer = client.get("/v1/suggest", params={"q": q, **more})
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


@pytest.fixture
def ask(shop: wiring.Parts) -> Ask:
    return asker(shop)


def texts(answer: dict[str, Any], *kinds: str) -> list[str]:
    return [each["text"] for each in answer["suggestions"] if not kinds or each["kind"] in kinds]


def test_each_kind_says_what_to_do_with_it(shop: wiring.Parts, ask: Ask) -> None:
    answer = ask("runing sh", limit=20)
    assert answer["degraded"] == []
    assert answer["index_version"]
    category, *products = answer["suggestions"]
    assert category == {
        "kind": "category", "text": "running shoe", "filter": 'category = "running shoe"', "product_id": None,
        "typed": [[0, 7], [8, 10]],
    }  # fmt: skip
    parse_filter(category["filter"], NOW)
    assert {each["kind"] for each in products} == {"product"}
    found = shop.products.get([each["product_id"] for each in products])
    assert [found[each["product_id"]].title for each in products] == [each["text"] for each in products]


def test_what_three_users_searched_for_is_suggested_and_what_fewer_did_is_not(ask: Ask) -> None:
    assert texts(ask("scar", limit=20), "search") == ["red scarf"]
    assert texts(ask("green", limit=20), "search") == []  # of two users
    assert texts(ask("grey", limit=20), "search") == []  # of one, fifty times


def test_the_best_known_come_first_where_nothing_is_typed(ask: Ask) -> None:
    answer = ask()
    assert len(answer["suggestions"]) == 8
    assert set(texts(answer)[:4]) == {"garden spade", "Shop", "Acme", "red scarf"}
    assert all(each["typed"] == [] for each in answer["suggestions"])
    assert texts(ask("   ")) == texts(answer)


def test_what_holds_no_word_finds_nothing(ask: Ask) -> None:
    assert ask("!?")["suggestions"] == []
    assert ask("zzzzzz")["suggestions"] == []


def test_a_reader_sees_own_categories_first_and_a_guest_does_not(ask: Ask) -> None:
    assert set(texts(ask(user_id="train lover"))[:2]) == {"toy train", "Acme"}
    assert "toy train" not in texts(ask())[:2]
    assert texts(ask(user_id="nobody")) == texts(ask())


def test_what_is_disliked_is_not_suggested_to_who_dislikes_it(ask: Ask) -> None:
    assert "Blue garden spade 9" in texts(ask("garden spade 9"))
    assert "Blue garden spade 9" not in texts(ask("garden spade 9", user_id="hater"))


def test_variants_of_one_design_come_once(ask: Ask) -> None:
    """p55 is a variant of p1."""
    answer = ask("running shoe", limit=20)
    shown = [each["product_id"] for each in answer["suggestions"] if each["kind"] == "product"]
    assert len({"p1", "p55"}.intersection(shown)) < 2
    assert len(texts(answer)) == len({text.casefold() for text in texts(answer)})


def test_only_what_leads_somewhere_now(tmp_path: Path) -> None:
    parts = wiring.parts(Settings(data=tmp_path / "data"), StillClock())
    feed, images = write_small_feed(tmp_path / "feed")
    reindex(parts, feed, tmp_path / "work", images=images)
    ask = asker(parts)
    assert texts(ask("mug 12")) == []  # sold out when the index was made
    assert texts(ask("toy"), "category") == ["toy train"]
    trains = [f"p{number}" for number in range(1, 61) if number % 6 == 5]
    gone = Availability.OUT_OF_STOCK
    parts.products.change([OfferChange(each, NOW, {"availability": gone}) for each in trains[1:]])
    assert texts(ask("toy"), "product") == ["Blue toy train 5"]
    mugs = {each["product_id"] for each in ask("mug", limit=20)["suggestions"] if each["kind"] == "product"}
    rules = [{"id": "h", "kind": "hide", "products": ["p6"]}]
    apply_rules(parts.blobs, {"rules": rules, "reranking": {}}, NOW)
    found = {each["product_id"] for each in asker(parts)("mug", limit=20)["suggestions"] if each["kind"] == "product"}
    assert mugs - found == {"p6"}
    parts.products.change([OfferChange(trains[0], NOW, {"availability": gone})])
    assert texts(ask("toy")) == []


def test_without_facts_there_are_none_and_it_is_said(shop: wiring.Parts) -> None:
    broken = dataclasses.replace(shop, blobs=Breaking(shop.blobs, unavailable, "get"))
    answer = asker(broken)("scarf")
    assert answer["suggestions"] == []
    assert "facts" in answer["degraded"]


def test_without_an_index_there_are_none_and_it_is_said(shop: wiring.Parts) -> None:
    broken = dataclasses.replace(shop, versions=Breaking(shop.versions, unavailable, "live", "open"))
    answer = asker(broken)("scarf")
    assert (answer["suggestions"], answer["index_version"]) == ([], "")
    assert "index" in answer["degraded"]


def test_without_events_a_reader_is_a_guest(shop: wiring.Parts) -> None:
    answer = asker(dataclasses.replace(shop, events=Breaking(shop.events, unavailable)))("", user_id="train lover")
    assert answer["degraded"] == ["events"]
    assert texts(answer) == texts(asker(shop)())


@pytest.mark.parametrize("asked", [{"q": "x" * 101}, {"limit": 0}, {"limit": 21}, {"user_id": "x" * 129}])
def test_every_size_has_its_bound(shop: wiring.Parts, asked: dict[str, Any]) -> None:
    asker(shop, status=422)(**asked)


def test_what_was_typed_is_in_no_log(shop: wiring.Parts, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asker(shop)("wool secretword", user_id="train lover")
    broken = dataclasses.replace(shop, products=Breaking(shop.products, unavailable))
    assert asker(broken)("wool sca", user_id="train lover")["degraded"] == ["products"]
    said = [each.getMessage() for each in caplog.records if not each.name.startswith("httpx")]  # the test's own client
    assert any("products is down" in each for each in said)
    assert not [each for each in said if "secretword" in each or "wool" in each or "train lover" in each]


def test_training_again_without_new_events_publishes_nothing(shop: wiring.Parts, tmp_path: Path) -> None:
    assert not jobs(shop, Silent()).retrain().run(tmp_path).published
