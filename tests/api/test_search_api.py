"""Search as a shop's page calls it: what it finds, what it leaves out, and what is left of it without its encoders."""

import dataclasses
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.search.app import create_app
from indexer.encode import Encoders
from shared import wiring
from shared.domain.errors import EncoderMismatch, EncoderUnavailable, Unavailable
from shared.domain.events import EventType
from shared.domain.spaces import EncoderInfo, Space
from shared.services.query_encoders import QueryEncoders, require_encoder_of
from shared.services.rulebook import apply_rules
from shared.settings import PROJECT, Settings
from tests.breaking import Breaking, BreakingIndexes, unavailable, unexpected
from tests.support import (
    NOW,
    ColourEncoder,
    StillClock,
    WordEncoder,
    event,
    opened,
    pictures,
    query_encoders,
    reindex,
    write_small_feed,
)

Ask = Callable[..., dict[str, Any]]


def asker(parts: wiring.Parts, encoders: QueryEncoders | None = None) -> Ask:
    shop, encoders = wiring.shop(parts), encoders or query_encoders(parts.clock)
    client = TestClient(opened(create_app(lambda: (shop, encoders), pictures)), raise_server_exceptions=False)

    def ask(text: str, status: int = 200, **more: object) -> dict[str, Any]:
        answer = client.post("/v1/search", json={"text": text, **more})
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


@pytest.fixture
def ask(small_shop: wiring.Parts) -> Ask:
    return asker(small_shop)


def titles(answer: dict[str, Any]) -> list[str]:
    return [item["product"]["title"] for item in answer["items"]]


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def sources(answer: dict[str, Any]) -> set[str]:
    return {source for item in answer["items"] for source in item["source"].split("+")}


def test_what_has_the_words_and_the_look_comes_first(ask: Ask) -> None:
    answer = ask("blue running shoe", limit=5)

    assert len(answer["items"]) == 5
    assert all(title.startswith("Blue running shoe") for title in titles(answer)[:3])
    assert answer["degraded"] == []
    best = answer["items"][0]
    assert best["source"] == "keywords+text+image"
    assert best["reason"]["kind"] == "matches"
    assert best["reason"]["sentence"]
    scores = [item["score"] for item in answer["items"]]
    assert scores == sorted(scores, reverse=True)


def test_a_look_alone_is_found_by_the_pictures(small_shop: wiring.Parts) -> None:
    """No product has the word, and nobody knows its meaning: only the pictures' encoder knows how it looks."""
    no_meaning = Breaking(WordEncoder(), unavailable, "encode_texts")
    answer = asker(small_shop, QueryEncoders(lambda: no_meaning, _Translating, small_shop.clock))("verde", limit=8)

    assert [item["product"]["colour"] for item in answer["items"]] == ["green"] * 8
    assert {item["reason"]["sentence"] for item in answer["items"]} == {"Looks like what you searched for"}


class _Translating(ColourEncoder):
    def encode_texts(self, texts: Any) -> Any:
        return super().encode_texts([text.replace("verde", "green") for text in texts])


def test_pages_go_on_and_repeat_nothing(ask: Ask) -> None:
    whole = ask("linen shirt", limit=15)
    first = ask("linen shirt", limit=6)
    second = ask("linen shirt", limit=6, cursor=first["cursor"])

    assert ids(first) + ids(second) == ids(whole)[:12]
    assert second["recommendation_id"] == first["recommendation_id"]
    assert "another request" in ask("wool scarf", 400, cursor=first["cursor"])["detail"]
    assert "another request" in ask("linen shirt", 400, user_id="u", cursor=first["cursor"])["detail"]


def test_filter_stock_and_variants_hold_as_in_every_list(ask: Ask) -> None:
    answer = ask("toy train mug", limit=100, filter="brand = Bolt and price < 50")

    assert answer["items"]
    assert {item["product"]["brand"] for item in answer["items"]} == {"Bolt"}
    assert "p12" not in ids(ask("grey stoneware mug 12", limit=100))
    groups = [item["product"]["item_group_id"] for item in ask("stoneware mug", limit=100)["items"]]
    assert len(groups) == len(set(groups))
    assert "'brnd'" in ask("mug", 400, filter="brnd = x")["detail"]


def test_a_user_does_not_see_what_is_disliked_and_sees_what_was_bought(small_shop: wiring.Parts) -> None:
    ask = asker(small_shop)
    found = ids(ask("wool scarf", limit=4))
    small_shop.events.add([event("u", EventType.DISLIKE, found[0]), event("u", EventType.PURCHASE, found[1])])

    assert ids(ask("wool scarf", limit=3, user_id="u", personal=0)) == found[1:4]
    assert ids(ask("wool scarf", limit=4)) == found


def test_rules_hide_and_raise_and_pin_nothing_that_was_not_searched_for(small_shop: wiring.Parts) -> None:
    before = ids(asker(small_shop)("wool scarf", limit=5))
    rules = [
        {"id": "h", "kind": "hide", "products": [before[0]]},
        {"id": "b", "kind": "boost", "products": [before[4]], "factor": 10, "scenarios": ["search"]},
        {"id": "p", "kind": "pin", "products": ["p18"], "position": 1},
    ]
    apply_rules(small_shop.blobs, {"rules": rules, "reranking": {}}, NOW)
    answer = asker(small_shop)("wool scarf", limit=4)

    assert ids(answer)[0] == before[4]
    assert answer["items"][0]["reason"]["kind"] == "featured"
    assert before[0] not in ids(answer)
    assert "p18" not in ids(answer)


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({}, 400, "text"),
        ({"text": ""}, 400, "text"),
        ({"text": "x" * 501}, 422, "text"),
        ({"text": " \n\t "}, 400, "text"),
        ({"text": "mug", "limit": 0}, 422, "limit"),
        ({"text": "mug", "user_id": "a\x00"}, 422, "user_id"),
        ({"text": "mug", "page": 2}, 422, "page"),
        ({"text": "mug", "cursor": "abc"}, 400, "cursor"),
    ],
)
def test_what_cannot_be_searched_for_is_said(parts: wiring.Parts, body: dict[str, Any], status: int, word: str) -> None:
    shop = wiring.shop(parts)
    client = TestClient(opened(create_app(lambda: (shop, query_encoders(parts.clock)), pictures)))
    answer = client.post("/v1/search", json=body)
    assert (answer.status_code, word in answer.json()["detail"]) == (status, True)


class TestWithoutEncoders:
    @pytest.mark.parametrize("fault", [unavailable, unexpected], ids=["unavailable", "unexpected"])
    def test_one_that_breaks_leaves_the_other(self, small_shop: wiring.Parts, fault: Callable[[], None]) -> None:
        breaking = Breaking(WordEncoder(), fault, "encode_texts")
        answer = asker(small_shop, QueryEncoders(lambda: breaking, ColourEncoder, small_shop.clock))("blue mug")

        assert answer["degraded"] == ["encoder"]
        assert sources(answer) == {"keywords", "image"}
        assert answer["cursor"] is None

    def test_with_neither_the_keywords_are_searched(self, small_shop: wiring.Parts, tmp_path: Path) -> None:
        settings = Settings(text_encoder=tmp_path / "none", image_encoder=tmp_path / "none")
        answer = asker(small_shop, wiring.query_encoders(settings, small_shop.clock))("blue mug", limit=4)

        assert answer["degraded"] == ["encoder"]
        assert sources(answer) == {"keywords"}
        assert {item["reason"]["sentence"] for item in answer["items"]} == {"Has words of your search"}
        assert all("mug" in title or "Blue" in title for title in titles(answer))

    def test_another_encoder_than_the_index_has_is_not_compared(
        self, small_shop: wiring.Parts, caplog: pytest.LogCaptureFixture
    ) -> None:
        other = WordEncoder(EncoderInfo("words", "2", 64))
        answer = asker(small_shop, QueryEncoders(lambda: other, ColourEncoder, small_shop.clock))("mug")

        assert (answer["degraded"], other.encoded) == (["encoder"], 0)
        assert sources(answer) == {"keywords", "image"}
        assert "words@1/64" in caplog.text
        assert "words@2/64" in caplog.text
        manifest = small_shop.versions.all()[0]
        with pytest.raises(EncoderMismatch, match=r"text space of index version .* words@1/64.* words@2/64"):
            require_encoder_of(manifest, Space.TEXT, other)
        require_encoder_of(manifest, Space.TEXT, WordEncoder())

    def test_each_is_loaded_once_and_one_that_cannot_be_only_once_a_minute(
        self, small_shop: wiring.Parts, clock: StillClock
    ) -> None:
        loads = {"text": 0, "image": 0}

        def load_text() -> WordEncoder:
            loads["text"] += 1
            if loads["text"] < 3:
                raise EncoderUnavailable("There is no encoder here: export one.")
            return WordEncoder()

        def load_image() -> ColourEncoder:
            loads["image"] += 1
            return ColourEncoder()

        encoders = QueryEncoders(load_text, load_image, clock)
        ask = asker(small_shop, encoders)
        assert loads == {"text": 0, "image": 0}
        assert [ask("mug")["degraded"] for _ in range(3)] == [["encoder"]] * 3
        assert loads == {"text": 1, "image": 1}
        clock.forward(seconds=61)
        assert ask("mug")["degraded"] == ["encoder"]
        with pytest.raises(Unavailable, match="tried again"):
            encoders.load(Space.TEXT, small_shop.versions.all()[0])
        clock.forward(seconds=61)
        assert ask("mug")["degraded"] == ask("mug")["degraded"] == []
        assert loads == {"text": 3, "image": 1}

    def test_what_was_searched_for_is_in_no_log(
        self, small_shop: wiring.Parts, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        breaking = Breaking(WordEncoder(), unexpected, "encode_texts")
        ask = asker(small_shop, QueryEncoders(lambda: breaking, ColourEncoder, small_shop.clock))
        ask("secretwish", user_id="me@x")
        assert "encoder failed" in caplog.text
        assert "secretwish" not in caplog.text
        assert "me@x" not in caplog.text


@pytest.mark.parametrize("down", ["live", "search"])
def test_without_the_index_nothing_is_found_and_that_is_said(small_shop: wiring.Parts, down: str) -> None:
    versions: Any = (
        Breaking(small_shop.versions, unavailable, "live")
        if down == "live"
        else BreakingIndexes(small_shop.versions, unavailable, "search")
    )
    answer = asker(dataclasses.replace(small_shop, versions=versions))("mug")
    assert (answer["items"], answer["degraded"], answer["cursor"]) == ([], ["index"], None)


def test_before_anything_is_published_it_is_said(parts: wiring.Parts) -> None:
    assert "vitrine index" in asker(parts)("mug", 503)["detail"]


def test_the_encoders_that_ship_find_meaning_and_look(parts: wiring.Parts, tmp_path: Path) -> None:
    settings = Settings()
    feed, images = write_small_feed(tmp_path / "feed")
    encoders = Encoders(wiring.text_encoder(settings), wiring.image_encoder(settings))
    reindex(parts, feed, tmp_path / "work", encoders=encoders, images=images)
    ask = asker(parts, wiring.query_encoders(settings, parts.clock))

    answer = ask("sneakers for jogging", limit=4)

    assert (answer["degraded"], len(answer["items"])) == ([], 4)
    assert all("running shoe" in title for title in titles(answer)[:3])
    for odd in ("???", "' OR 1=1 --", "١٢٣", "🧣", "mug\0mug", "a" * 500, "слово " * 80):
        assert ask(odd)["degraded"] == []


def test_the_function_starts_without_its_engines(tmp_path: Path) -> None:
    code = (
        "import sys; from functions.search.handler import handler;"
        "print([name for name in 'torch boto3 qdrant_client onnxruntime tokenizers'.split() if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60,
        env={"VITRINE_DATA": str(tmp_path), "PATH": ""},
    )  # fmt: skip
    assert ran.stdout.strip() == "[]"
