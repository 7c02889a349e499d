"""Search by likeness, as a shop's page calls it: "like this, but …", "not like that", a photo with words."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.search.app import create_app
from shared import wiring
from shared.domain.offers import OfferChange
from shared.services.query_encoders import QueryEncoders
from shared.settings import Settings
from tests import photos
from tests.breaking import Breaking, unavailable
from tests.support import (
    COLOURS,
    NOW,
    ColourEncoder,
    StillClock,
    WordEncoder,
    opened,
    pictures,
    query_encoders,
    reindex,
    small_feed_rows,
    write_small_feed,
)

Ask = Callable[..., dict[str, Any]]

BAGS = (
    ("b1", "Striped canvas bag", "red", "Canvas", "Women", 60),
    ("b2", "Leather bag", "red", "Leather", "Women", 80),
    ("b3", "Canvas bag", "grey", "Canvas", "Women", 40),
    ("b4", "Canvas messenger bag", "blue", "Canvas", "Men", 30),
    ("b5", "Leather messenger bag", "grey", "Leather", "Men", 90),
    ("b6", "Striped canvas beach bag", "blue", "Canvas", "Women", 50),
)


def rows() -> list[dict[str, object]]:
    bags: list[dict[str, object]] = [
        {
            "id": product_id,
            "title": title,
            "category": "Shop > bag",
            "color": colour,
            "material": material,
            "gender": gender,
            "price": f"{price}.00 EUR",
            "image": f"{product_id}.png",
        }
        for product_id, title, colour, material, gender, price in BAGS
    ]
    return small_feed_rows() + bags


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    folder = tmp_path_factory.mktemp("composed")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed", rows())
    reindex(parts, feed, folder / "work", images=images)
    return parts


def asker(parts: wiring.Parts, encoders: QueryEncoders | None = None) -> Ask:
    shop, encoders = wiring.shop(parts), encoders or query_encoders(parts.clock)
    client = TestClient(opened(create_app(lambda: (shop, encoders), pictures)), raise_server_exceptions=False)

    def ask(status: int = 200, **body: object) -> dict[str, Any]:
        answer = client.post("/v1/search", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


@pytest.fixture(scope="module")
def ask(parts: wiring.Parts) -> Ask:
    return asker(parts)


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def values(answer: dict[str, Any], field: str) -> set[str]:
    return {item["product"][field] for item in answer["items"]}


def kinds(answer: dict[str, Any]) -> set[str]:
    return {item["product"]["categories"][-1] for item in answer["items"]}


def picture_of(colour: str) -> str:
    return base64.b64encode(photos.plain(COLOURS[colour])).decode()


def test_like_this_but_grey(ask: Ask) -> None:
    answer = ask(like="p1", text="but grey", limit=5)

    assert len(answer["items"]) == 5
    assert (values(answer, "colour"), kinds(answer)) == ({"grey"}, {"running shoe"})
    assert answer["relaxed"] == []
    assert {item["reason"]["kind"] for item in answer["items"]} <= {"similar_to", "looks_like"}
    typed, *_, implied = answer["interpreted"]["constraints"]
    assert (typed["field"], typed["words"]) == ("colour", "grey")
    assert (implied["field"], implied["words"]) == ("category", "")


def test_the_same_design_in_the_asked_colour_is_among_what_is_shown(ask: Ask) -> None:
    assert "p55" in ids(ask(like="p1", text="but grey", limit=20))  # p55 is p1 in grey
    assert "p55" not in ids(ask(like="p1", limit=20))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("but cheaper", {"b3", "b6"}),
        ("in leather", {"b2"}),
        ("for men", {"b4", "b5"}),
        ("without stripes", {"b2", "b3"}),
        ("but blue", {"b6"}),
        ("cheaper and grey", {"b3"}),
    ],
)
def test_what_is_changed_holds_and_the_rest_stays(ask: Ask, text: str, expected: set[str]) -> None:
    answer = ask(like="b1", text=text, limit=10)

    assert set(ids(answer)) == expected
    assert answer["relaxed"] == []


def test_cheaper_is_cheaper_than_what_the_shopper_sees(tmp_path: Path) -> None:
    parts = wiring.parts(Settings(data=tmp_path / "data"), StillClock())
    feed, images = write_small_feed(tmp_path / "feed", rows())
    reindex(parts, feed, tmp_path / "work", images=images)
    ask = asker(parts)
    first = ask(like="b1", text="cheaper", limit=1)
    assert ids(first) == ["b3"]
    assert ids(ask(like="b1", text="cheaper", limit=5)) == ["b3", "b6"]
    parts.products.change([OfferChange("b1", NOW, {"price": 45.0})])

    assert ids(ask(like="b1", text="cheaper", limit=5)) == ["b3"]  # b6 is at 50
    assert ids(ask(like="b1", text="cheaper", limit=5, cursor=first["cursor"])) == []
    assert ids(ask(like="b1", text="under 60", limit=5)) == ["b3", "b6"]


def test_where_nothing_meets_all_of_it_what_was_implied_goes_first_and_is_said(ask: Ask) -> None:
    answer = ask(like="b1", text="but green", limit=6)

    assert values(answer, "colour") == {"green"}
    assert [(each["field"], each["words"]) for each in answer["relaxed"]] == [("gender", ""), ("category", "")]


def test_words_alone_do_what_they_can_where_they_are_not_to_be_understood(ask: Ask) -> None:
    answer = ask(like="p1", text="but grey", understand=False, limit=3)

    assert answer["interpreted"]["constraints"] == []
    assert values(answer, "colour") == {"grey"}


def test_pages_go_on_and_repeat_nothing(ask: Ask) -> None:
    asked = {"like": "p1", "text": "but grey"}
    whole = ids(ask(**asked, limit=5))
    first = ask(**asked, limit=2)
    second = ask(**asked, limit=3, cursor=first["cursor"])

    assert ids(first) + ids(second) == whole
    assert "another request" in ask(400, like="p1", text="but blue", cursor=first["cursor"])["detail"]
    assert "another request" in ask(400, **asked, unlike="p7", cursor=first["cursor"])["detail"]


def test_like_one_and_unlike_another(ask: Ask) -> None:
    answer = ask(like="b2", unlike="b1", limit=10)

    assert {"b1", "b2"}.isdisjoint(ids(answer))
    assert ids(answer)[0] in {"b3", "b5"}
    scores = [item["score"] for item in answer["items"]]
    assert scores == sorted(scores, reverse=True)


def test_unlike_alone_shows_what_is_popular_and_says_so(ask: Ask) -> None:
    answer = ask(unlike="p1", limit=10)

    assert len(answer["items"]) == 10
    assert {"p1", "p55"}.isdisjoint(ids(answer))
    assert {item["source"] for item in answer["items"]} == {"catalogue"}  # nobody has bought anything here


def test_a_photo_with_words(ask: Ask) -> None:
    alone = ask(image=picture_of("blue"), limit=5)
    changed = ask(image=picture_of("blue"), text="but green", limit=5)
    beside = ask(image=picture_of("red"), like="p4", limit=4)

    assert values(alone, "colour") == {"blue"}
    assert values(changed, "colour") == {"green"}
    assert values(beside, "colour") == {"red"}


@pytest.mark.parametrize("body", [{"like": "nobody"}, {"unlike": "nobody", "text": "mug"}])
def test_who_is_not_there_is_said(ask: Ask, body: dict[str, Any]) -> None:
    assert ask(404, **body)["detail"].startswith("No product 'nobody' is in the catalogue")


def test_without_encoders_a_change_still_holds_and_the_answer_says_what_it_lacks(parts: wiring.Parts) -> None:
    text, image = Breaking(WordEncoder(), unavailable), Breaking(ColourEncoder(), unavailable)
    ask = asker(parts, QueryEncoders(lambda: text, lambda: image, parts.clock))
    answer = ask(like="p1", text="but grey", limit=5)

    assert answer["degraded"] == ["encoder"]
    assert (values(answer, "colour"), kinds(answer)) == ({"grey"}, {"running shoe"})
