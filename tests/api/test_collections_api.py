"""Collections as a shop's page calls them, a link to one as a friend opens it, and both where a part is down."""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mangum import Mangum

from functions.collect import app as collect
from functions.search.app import create_app
from local.server import create_app as create_server
from shared import wiring
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.products import Availability
from shared.domain.share_token import SharedSet, encode_share
from shared.services.popularity import refresh_popularity
from shared.services.query_encoders import QueryEncoders
from shared.services.rulebook import apply_rules
from shared.services.themes import apply_themes
from shared.settings import PROJECT, Settings
from tests.breaking import Breaking, BreakingIndexes, Recorder, unavailable
from tests.support import (
    NOW,
    ColourEncoder,
    StillClock,
    WordEncoder,
    collect_parts,
    copied,
    event,
    opened,
    pictures,
    query_encoders,
    reindex,
    write_small_feed,
)

SCARVES = {"slug": "scarves", "title": "Scarves for all", "prompt": "wool scarf", "tone": "warm"}
BLUE = {"slug": "blue", "title": "All in blue", "prompt": "blue", "filter": "colour = blue and price < 60", "size": 6}
GARDEN = {"slug": "garden", "title": "The garden", "prompt": "garden spade", "filter": "brand = Acme"}
DEAR = {"slug": "dear", "title": "Dear things", "prompt": "mug", "filter": "price > 63"}
THEMES = {"themes": [SCARVES, BLUE, GARDEN, DEAR]}
"""Of the last one there are two at most."""
ME = "martha@example.org"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("themed")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed")
    reindex(parts, feed, folder / "work", images=images)
    apply_themes(parts.blobs, THEMES, NOW)
    return folder / "data"


@pytest.fixture
def themed(built: Path, tmp_path: Path, clock: StillClock) -> wiring.Parts:
    return wiring.parts(Settings(data=copied(built, tmp_path / "themed")), clock)


def asker(parts: wiring.Parts, encoders: QueryEncoders | None = None, telemetry: Recorder | None = None) -> Ask:
    shop = wiring.shop(parts, telemetry=telemetry)  # type: ignore[arg-type]
    encoders = encoders or query_encoders(parts.clock)
    client = TestClient(opened(create_app(lambda: (shop, encoders), pictures)), raise_server_exceptions=False)

    def ask(path: str, status: int = 200, body: object = None) -> dict[str, Any]:
        answer = client.get(path) if body is None else client.post(path, json=body)
        assert answer.status_code == status, answer.text
        if status != 200:
            assert answer.headers["content-type"] == "application/problem+json"
        return answer.json()

    return ask


@pytest.fixture
def ask(themed: wiring.Parts) -> Ask:
    return asker(themed)


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def slugs(answer: dict[str, Any]) -> list[str]:
    return [card["slug"] for card in answer["collections"]]


def sell_out(parts: wiring.Parts, *product_ids: str) -> None:
    gone = {"availability": Availability.OUT_OF_STOCK.value}
    parts.products.change([OfferChange(each, parts.clock.now(), gone) for each in product_ids])


class TestCards:
    def test_each_has_its_first_three_and_a_true_story_and_those_with_too_few_are_not_offered(self, ask: Ask) -> None:
        answer = ask("/v1/collections")
        assert slugs(answer) == ["scarves", "blue", "garden"], "nothing is known of a guest: the shop's own order"
        assert answer["degraded"] == []
        for card in answer["collections"]:
            whole = ask(f"/v1/collections/{card['slug']}")
            assert ids(card) == ids(whole)[:3]
            assert (card["story"], card["count"]) == (whole["story"], len(whole["items"]))
            lowest = min(item["product"]["price"] for item in whole["items"])
            assert f"{card['count']} " in card["story"]
            assert f"from {lowest:.2f} EUR" in card["story"]
        assert slugs(ask("/v1/collections?limit=2")) == ["scarves", "blue"]

    def test_a_reader_finds_what_is_to_the_taste_first(self, themed: wiring.Parts) -> None:
        themed.events.add([event(ME, EventType.VIEW, each) for each in ("p9", "p15", "p21")])
        answer = asker(themed)(f"/v1/collections?user_id={ME}")
        assert slugs(answer)[0] == "garden"

    def test_the_same_search_serves_all_and_the_next_reader(self, themed: wiring.Parts) -> None:
        words, searches = WordEncoder(), []
        versions: Any = BreakingIndexes(themed.versions, lambda: searches.append(1), "search")
        encoders = QueryEncoders(lambda: words, ColourEncoder, themed.clock)
        ask = asker(dataclasses.replace(themed, versions=versions), encoders)
        first = ask("/v1/collections")
        assert (words.encoded, len(searches)) == (len(THEMES["themes"]), 2)
        assert ask("/v1/collections")["collections"] == first["collections"]
        assert ask("/v1/collections/scarves")["items"]
        assert (words.encoded, len(searches)) == (len(THEMES["themes"]), 2)

    def test_without_themes_there_are_none(self, themed: wiring.Parts) -> None:
        apply_themes(themed.blobs, {"themes": []}, NOW)
        ask = asker(themed)
        assert ask("/v1/collections")["collections"] == []
        assert "'scarves'" in ask("/v1/collections/scarves", 404)["detail"]


class TestPage:
    def test_what_fits_is_there_once_and_nothing_else(self, ask: Ask) -> None:
        answer = ask("/v1/collections/blue")
        products = [item["product"] for item in answer["items"]]
        assert 3 <= len(products) <= BLUE["size"]
        assert {product["colour"] for product in products} == {"blue"}
        assert all(product["price"] < 60 for product in products)
        assert len({product["item_group_id"] for product in products}) == len(products)
        best = answer["items"][0]
        assert set(best["source"].split("+")) <= {"keywords", "text", "image"}
        assert best["reason"] == {"kind": "fits", "sentence": "Fits All in blue", "product_id": ""}
        scarves = ask("/v1/collections/scarves")
        assert all("scarf" in item["product"]["title"] for item in scarves["items"])

    def test_a_product_says_what_the_others_look_like(self, themed: wiring.Parts) -> None:
        for product, title in (("p4", "Red stoneware mug"), ("p14", "Green stoneware mug")):
            theme = {"slug": "a", "title": "A", "product": product, "prompt": "mug"}
            apply_themes(themed.blobs, {"themes": [theme]}, NOW)
            found = asker(themed)("/v1/collections/a")["items"]
            assert found[0]["product"]["title"].startswith(title)
        apply_themes(themed.blobs, {"themes": [{"slug": "a", "title": "A", "product": "p4"}]}, NOW)
        assert "Red" in asker(themed)("/v1/collections/a")["items"][0]["product"]["title"]
        apply_themes(themed.blobs, {"themes": [{"slug": "a", "title": "A", "product": "nope"}]}, NOW)
        assert asker(themed)("/v1/collections/a")["items"] == []

    def test_too_few_are_none(self, ask: Ask) -> None:
        answer = ask("/v1/collections/dear")
        assert (answer["items"], answer["count"], answer["story"], answer["cursor"]) == ([], 0, "", None)
        assert answer["share"] == ""
        assert "too few" in ask("/v1/collections/dear/share", 404, {})["detail"]

    def test_a_reader_s_taste_has_a_share_in_the_order(self, themed: wiring.Parts) -> None:
        before = asker(themed)("/v1/collections/scarves")
        last = before["items"][-1]["id"]
        themed.events.add([event(ME, EventType.WISHLIST, last)])
        ask = asker(themed)
        after = ask(f"/v1/collections/scarves?user_id={ME}")
        assert set(ids(after)) <= {*ids(before), "p4", "p10", "p16", "p22", "p28", "p34", "p40", "p46", "p52"}
        assert ids(after).index(last) < ids(before).index(last)
        raised = next(item for item in after["items"] if item["id"] == last)
        assert "taste" in raised["source"].split("+")
        assert raised["reason"]["sentence"] == "Fits Scarves for all and your taste"
        session = {"session": [{"type": "wishlist", "product_id": last}]}
        token = ask("/v1/collections/scarves/share", body=session)["token"]
        assert ids(ask(f"/v1/shared/{token}")) == ids(after), "a guest's session says the same"

    def test_bought_in_the_cart_and_disliked_are_left_out(self, themed: wiring.Parts) -> None:
        first, second, third, *_ = ids(asker(themed)("/v1/collections/scarves"))
        deeds = (EventType.PURCHASE, EventType.ADD_TO_CART, EventType.DISLIKE)
        themed.events.add([event(ME, deed, each) for deed, each in zip(deeds, (first, second, third), strict=True)])
        ask = asker(themed)
        assert not {first, second, third} & set(ids(ask(f"/v1/collections/scarves?user_id={ME}")))
        card = next(each for each in ask(f"/v1/collections?user_id={ME}")["collections"] if each["slug"] == "scarves")
        assert not {first, second, third} & set(ids(card))

    def test_rules_hide_and_raise_and_pin_nothing(self, themed: wiring.Parts) -> None:
        before = ids(asker(themed)("/v1/collections/scarves"))
        rules = [
            {"id": "h", "kind": "hide", "products": [before[0]]},
            {"id": "b", "kind": "boost", "products": [before[4]], "factor": 10, "scenarios": ["collection"]},
            {"id": "p", "kind": "pin", "products": ["p18"], "position": 1},
        ]
        apply_rules(themed.blobs, {"rules": rules}, NOW)
        answer = asker(themed)("/v1/collections/scarves")
        assert (ids(answer)[0], answer["items"][0]["reason"]["kind"]) == (before[4], "featured")
        assert not {before[0], "p18"} & set(ids(answer))


class TestPages:
    def test_they_go_on_and_repeat_nothing_whatever_becomes_of_the_theme(
        self, themed: wiring.Parts, clock: StillClock
    ) -> None:
        ask = asker(themed)
        whole = ask("/v1/collections/scarves")
        first = ask("/v1/collections/scarves?limit=4")
        assert (first["count"], first["story"]) == (whole["count"], whole["story"])
        apply_themes(themed.blobs, {"themes": [SCARVES | {"prompt": "linen shirt"}]}, NOW)
        clock.forward(minutes=1)
        second = ask(f"/v1/collections/scarves?limit=4&cursor={first['cursor']}")
        third = ask(f"/v1/collections/scarves?limit=4&cursor={second['cursor']}")
        assert ids(first) + ids(second) + ids(third) == ids(whole)
        assert third["cursor"] is None
        assert second["recommendation_id"] == first["recommendation_id"]
        assert "shirt" in ask("/v1/collections/scarves")["items"][0]["product"]["title"]

    def test_they_never_come_to_more_than_the_theme_s_size(self, themed: wiring.Parts) -> None:
        apply_themes(themed.blobs, {"themes": [SCARVES | {"size": 5}]}, NOW)
        ask, seen, cursor = asker(themed), [], ""
        while cursor is not None:
            answer = ask(f"/v1/collections/scarves?limit=2&cursor={cursor}")
            seen += ids(answer)
            cursor = answer["cursor"]
        assert len(seen) == len(set(seen)) == 5

    def test_what_is_sold_out_in_between_is_passed_over(self, themed: wiring.Parts) -> None:
        ask = asker(themed)
        whole = ids(ask("/v1/collections/scarves"))
        first = ask("/v1/collections/scarves?limit=3")
        sell_out(themed, whole[0], whole[4])
        second = ask(f"/v1/collections/scarves?limit=3&cursor={first['cursor']}")
        assert ids(second)[:2] == [whole[3], whole[5]]

    def test_a_book_that_is_no_longer_kept_ends_them(self, themed: wiring.Parts, clock: StillClock) -> None:
        cursor = asker(themed)("/v1/collections/scarves?limit=4")["cursor"]
        apply_themes(themed.blobs, THEMES, NOW)
        clock.forward(hours=2)
        apply_themes(themed.blobs, THEMES, clock.now())
        assert "expired" in asker(themed)(f"/v1/collections/scarves?limit=4&cursor={cursor}", 410)["detail"]

    def test_a_cursor_is_of_one_question(self, ask: Ask) -> None:
        cursor = ask("/v1/collections/scarves?limit=4")["cursor"]
        assert "another request" in ask(f"/v1/collections/garden?limit=4&cursor={cursor}", 400)["detail"]
        assert "another request" in ask(f"/v1/collections/scarves?user_id=x&cursor={cursor}", 400)["detail"]
        snapshot, _, rest = cursor.split(".", 2)
        for forged in (rest, f"{snapshot}.0.{rest}", f"{snapshot}.12.{rest}", f"{snapshot}.99.{rest}", "a.b.c"):
            assert "not one that Vitrine" in ask(f"/v1/collections/scarves?cursor={forged}", 400)["detail"]
        ask(f"/v1/collections/scarves?cursor=19700101T000000000000Z.4.{rest}", 410)


class TestSharing:
    def test_a_friend_without_an_account_sees_the_same_and_nothing_of_who_shared(self, themed: wiring.Parts) -> None:
        themed.events.add([event(ME, EventType.WISHLIST, "p22"), event(ME, EventType.PURCHASE, "p4")])
        ask = asker(themed)
        mine = ask(f"/v1/collections/scarves?user_id={ME}")
        link = ask("/v1/collections/scarves/share", body={"user_id": ME})
        assert link == {"token": mine["share"], "path": f"/v1/shared/{mine['share']}"}
        assert link["token"] == encode_share(SharedSet("scarves", tuple(ids(mine))))
        shared = ask(link["path"])
        assert ids(shared) == ids(mine)
        assert (shared["title"], shared["story"], shared["gone"]) == (mine["title"], mine["story"], 0)
        assert {(item["source"], item["reason"]["kind"]) for item in shared["items"]} == {("shared", "shared")}
        assert "martha" not in json.dumps([link, shared])

    def test_what_can_no_longer_be_bought_is_gone_and_said(self, themed: wiring.Parts) -> None:
        ask = asker(themed)
        whole = ask("/v1/collections/scarves")
        first, second, *rest = ids(whole)
        sell_out(themed, first)
        apply_rules(themed.blobs, {"rules": [{"id": "h", "kind": "hide", "products": [second]}]}, NOW)
        shared = asker(themed)(f"/v1/shared/{whole['share']}")
        assert (ids(shared), shared["gone"]) == (rest, 2)
        assert f"{len(rest)} " in shared["story"]

    def test_it_outlives_a_changed_theme_but_not_a_removed_one(self, themed: wiring.Parts) -> None:
        whole = asker(themed)("/v1/collections/scarves")
        apply_themes(themed.blobs, {"themes": [SCARVES | {"title": "New", "prompt": "mug"}]}, NOW)
        shared = asker(themed)(f"/v1/shared/{whole['share']}")
        assert (shared["title"], ids(shared)) == ("New", ids(whole))
        apply_themes(themed.blobs, {"themes": []}, NOW)
        assert "'scarves'" in asker(themed)(f"/v1/shared/{whole['share']}", 404)["detail"]

    def test_a_made_up_one_shows_nothing_that_is_not_for_sale(self, ask: Ask) -> None:
        forged = encode_share(SharedSet("scarves", ("nope", "p12", "p7")))
        assert (ids(ask(f"/v1/shared/{forged}")), ask(f"/v1/shared/{forged}")["gone"]) == (["p7"], 2)
        assert ask(f"/v1/shared/{forged}")["story"] == ""
        assert ask(f"/v1/shared/{encode_share(SharedSet('nope', ('p7',)))}", 404)["detail"]

    @pytest.mark.parametrize("token", ["x", "1AAAA", "1" + "A" * 8_000, "%20", "..", "1é"])
    def test_a_damaged_one_is_refused(self, ask: Ask, token: str) -> None:
        status = 404 if token == ".." else 400  # a client takes the dots for a way up
        assert ask(f"/v1/shared/{token}", status)["detail"].endswith(".")


class TestProof:
    def test_only_real_and_many_purchases_and_shares_are_told(self, themed: wiring.Parts) -> None:
        first, second, *_ = ids(asker(themed)("/v1/collections/scarves"))
        bought = [event(f"b{n}", EventType.PURCHASE, first, NOW - timedelta(days=n % 5)) for n in range(14)]
        bought += [event(f"b{n}", EventType.PURCHASE, second) for n in range(9)]
        shares = [event(f"s{n}", EventType.SHARE, f"collection:{slug}") for n in range(9) for slug in ("scarves",)]
        themed.events.add([*bought, *shares])
        refresh_popularity(themed.events, themed.blobs, NOW)
        page = asker(themed)("/v1/collections/scarves")
        told = {item["id"]: item["social_proof"] for item in page["items"]}
        assert (told[first], told[second]) == ("Bought 14 times this week", "")
        assert page["social_proof"] == "Bought 23 times this week"
        assert page["shares"] is None
        themed.events.add([event("s9", EventType.SHARE, "collection:scarves")])
        refresh_popularity(themed.events, themed.blobs, NOW)
        card = next(each for each in asker(themed)("/v1/collections")["collections"] if each["slug"] == "scarves")
        assert card["shares"] == 10

    def test_counts_that_were_not_refreshed_are_not_of_this_week(self, themed: wiring.Parts, clock: StillClock) -> None:
        first, *_ = ids(asker(themed)("/v1/collections/scarves"))
        themed.events.add([event(f"b{n}", EventType.PURCHASE, first) for n in range(14)])
        refresh_popularity(themed.events, themed.blobs, NOW)
        clock.forward(days=3)
        assert asker(themed)("/v1/collections/scarves")["social_proof"] == ""


class TestDegraded:
    def test_without_encoders_the_words_alone_find(self, themed: wiring.Parts, tmp_path: Path) -> None:
        words = Breaking(WordEncoder(), unavailable, "encode_texts")
        looks = Breaking(ColourEncoder(), unavailable, "encode_texts")
        ask = asker(themed, QueryEncoders(lambda: words, lambda: looks, themed.clock))
        answer = ask("/v1/collections/scarves?limit=4")
        assert answer["degraded"] == ["encoder"]
        assert {item["source"] for item in answer["items"]} == {"keywords"}
        assert (len(answer["items"]), answer["cursor"]) == (4, None)
        assert ask("/v1/collections")["degraded"] == ["encoder"]
        words.whole = looks.whole = True
        mended = ask("/v1/collections/scarves?limit=4")
        assert mended["degraded"] == []
        assert "text" in mended["items"][0]["source"], "what was found without them is not kept"

    def test_without_the_index_there_is_nothing_and_that_is_said(self, themed: wiring.Parts) -> None:
        versions: Any = BreakingIndexes(themed.versions, unavailable, "search")
        ask = asker(dataclasses.replace(themed, versions=versions))
        assert (ask("/v1/collections")["collections"], ask("/v1/collections")["degraded"]) == ([], ["index"])
        page = ask("/v1/collections/scarves")
        assert (page["items"], page["degraded"]) == ([], ["index"])
        token = encode_share(SharedSet("scarves", ("p4", "p10")))
        assert ids(ask(f"/v1/shared/{token}")) == ["p4", "p10"]
        detail = ask("/v1/collections/scarves/share", 503, {})["detail"]
        assert "cannot be put together now" in detail, "that it has too few products is not known"

    def test_themes_that_were_never_read_and_cannot_be_are_said(self, themed: wiring.Parts) -> None:
        blobs: Any = Breaking(themed.blobs, unavailable)
        ask = asker(dataclasses.replace(themed, blobs=blobs))
        assert "themes" in ask("/v1/collections")["degraded"]
        assert "themes cannot be read" in ask("/v1/collections/scarves", 503)["detail"]
        blobs.whole = True
        themed.clock.forward(minutes=1)  # type: ignore[attr-defined]
        assert ask("/v1/collections")["degraded"] == []
        blobs.whole = False
        themed.clock.forward(minutes=1)  # type: ignore[attr-defined]
        answer = ask("/v1/collections")
        assert slugs(answer) == ["scarves", "blue", "garden"], "the last ones read"
        assert "themes" in answer["degraded"]

    def test_a_later_page_whose_theme_cannot_be_read_gives_its_own_cursor_back(
        self, themed: wiring.Parts, clock: StillClock
    ) -> None:
        blobs: Any = Breaking(themed.blobs, unavailable)
        blobs.whole = True
        ask = asker(dataclasses.replace(themed, blobs=blobs))
        whole, first = ask("/v1/collections/scarves"), ask("/v1/collections/scarves?limit=4")
        apply_themes(themed.blobs, {"themes": [SCARVES | {"prompt": "mug", "size": 3}]}, NOW)
        clock.forward(minutes=1)
        ask("/v1/collections")
        blobs.whole = False
        stuck = ask(f"/v1/collections/scarves?limit=4&cursor={first['cursor']}")
        assert (stuck["items"], stuck["degraded"]) == ([], ["themes"])
        blobs.whole = True
        second = ask(f"/v1/collections/scarves?limit=4&cursor={stuck['cursor']}")
        assert ids(second) == ids(whole)[4:8]

    def test_the_operators_are_told(self, themed: wiring.Parts) -> None:
        telemetry = Recorder()
        asker(themed, telemetry=telemetry)(f"/v1/collections?user_id={ME}")
        assert telemetry.facts["scenario"] == "collection"
        assert "martha" not in str(telemetry.facts)


@pytest.mark.parametrize(
    ("path", "status", "body", "word"),
    [
        ("/v1/collections?limit=0", 422, None, "limit"),
        ("/v1/collections?limit=51", 422, None, "limit"),
        ("/v1/collections?limit=many", 422, None, "limit"),
        ("/v1/collections?user_id=" + "x" * 129, 422, None, "user_id"),
        ("/v1/collections/nope", 404, None, "'nope'"),
        ("/v1/collections/No%20Slug", 422, None, "slug"),
        ("/v1/collections/" + "a" * 65, 422, None, "slug"),
        ("/v1/collections/scarves?limit=13", 422, None, "limit"),
        ("/v1/collections/scarves?cursor=abc", 400, None, "cursor"),
        ("/v1/collections/nope/share", 404, {}, "'nope'"),
        ("/v1/collections/scarves/share", 422, [], "body"),
        ("/v1/collections/scarves/share", 422, {"user": "x"}, "user"),
        ("/v1/collections/scarves/share", 422, {"user_id": 7}, "user_id"),
        ("/v1/collections/scarves/share", 422, {"session": [{}] * 101}, "session"),
        ("/v1/collections/scarves/share", 400, {"session": ["view"]}, "session.0"),
        ("/v1/shared/" + "1" * 8_401, 422, None, "token"),
    ],
)
def test_bad_input_is_a_problem_of_one_sentence(ask: Ask, path: str, status: int, body: object, word: str) -> None:
    detail = ask(path, status, body)["detail"]
    assert word in detail
    assert detail.endswith(".")


class TestBook:
    @pytest.fixture
    def client(self, parts: wiring.Parts) -> TestClient:
        app = collect.create_app(*collect_parts(parts))
        return TestClient(opened(app), raise_server_exceptions=False)

    def test_it_is_replaced_whole_and_read_back(self, client: TestClient) -> None:
        assert client.get("/v1/collections/book").json() == {"snapshot": "", "themes": []}
        put = client.put("/v1/collections/book", json=THEMES)
        assert put.status_code == 200, put.text
        assert client.get("/v1/collections/book").json() == put.json()
        assert [theme["slug"] for theme in put.json()["themes"]] == ["scarves", "blue", "garden", "dear"]
        again = client.put("/v1/collections/book", json=put.json())
        assert again.json()["themes"] == put.json()["themes"]

    @pytest.mark.parametrize(
        ("body", "status", "word"),
        [
            ({"themes": [SCARVES | {"size": 40}]}, 400, "In theme 'scarves', size is 40"),
            ({"themes": [SCARVES] * 51}, 422, "themes"),
            ({"themes": 5}, 422, "themes"),
            ({}, 422, "themes"),
            ({"themes": [], "tone": "warm"}, 422, "tone"),
        ],
    )
    def test_a_wrong_one_changes_nothing(self, client: TestClient, body: Any, status: int, word: str) -> None:
        before = client.put("/v1/collections/book", json=THEMES).json()
        answer = client.put("/v1/collections/book", json=body)
        assert (answer.status_code, word in answer.json()["detail"]) == (status, True), answer.text
        assert client.get("/v1/collections/book").json() == before

    def test_half_a_character_is_refused_for_no_answer_could_show_it(self, client: TestClient) -> None:
        before = client.put("/v1/collections/book", json=THEMES).json()
        body = json.dumps({"themes": [SCARVES | {"filter": "brand = '\ud800'"}]})
        answer = client.put("/v1/collections/book", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, "half a character" in answer.json()["detail"]) == (400, True), answer.text
        assert client.get("/v1/collections/book").json() == before

    def test_the_server_of_one_machine_has_both_rooms_of_the_path(self, themed: wiring.Parts) -> None:
        client = TestClient(opened(create_server(themed, encoders=query_encoders(themed.clock))))
        assert len(client.get("/v1/collections/book").json()["themes"]) == len(THEMES["themes"])
        assert slugs(client.get("/v1/collections").json()) == ["scarves", "blue", "garden"]
        assert client.get("/v1/collections/blue").json()["slug"] == "blue"


def test_the_sample_invocations_are_answered(themed: wiring.Parts) -> None:
    shop, encoders = wiring.shop(themed), query_encoders(themed.clock)
    writing = Mangum(opened(collect.create_app(*collect_parts(themed))), lifespan="off")
    finding = Mangum(opened(create_app(lambda: (shop, encoders), pictures)), lifespan="off")

    def answer_to(handle: Mangum, name: str) -> Any:
        answer = handle(json.loads((PROJECT / "events" / f"{name}.json").read_text()), None)
        assert answer["statusCode"] == 200, answer["body"]
        return json.loads(answer["body"])

    replaced = answer_to(writing, "collections_book_replace")
    assert answer_to(writing, "collections_book") == replaced
    assert slugs(answer_to(finding, "collections")) == ["warm-things", "all-in-blue"]
    assert len(answer_to(finding, "collection")["items"]) == 6
    assert answer_to(finding, "collection_share")["token"]
    assert len(answer_to(finding, "collection_shared")["items"]) == 3
