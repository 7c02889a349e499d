"""What stands around a search's products: facets, filters, orders, highlights, a user's taste, the parts of scores.

The shop has 24 designs of shirts and mugs; a shirt comes in three sizes, of which the large one may be sold out.
"""

import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.search.app import create_app
from shared import wiring
from shared.domain.events import EventType
from shared.domain.facets import FACET_FIELDS, PATH
from shared.domain.filters import FilterField
from shared.domain.offers import OfferChange
from shared.services.rulebook import apply_rules
from shared.settings import Settings
from tests.breaking import Breaking, unavailable
from tests.support import COLOURS, NOW, StillClock, event, opened, pictures, query_encoders, reindex, write_small_feed

Ask = Callable[..., dict[str, Any]]
ALL_FACETS = [field.value for field in FACET_FIELDS]


def rows() -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for design in range(24):
        shirt, colour = design % 3 != 0, list(COLOURS)[design % 4]
        for size in ("S", "M", "L") if shirt else ("",):
            made.append(
                {
                    "id": f"d{design}{size}",
                    "title": f"{colour.title()} {'linen shirt' if shirt else 'crème mug'} {design}",
                    "description": f"A <b>plain</b> thing of {colour} colour, made for every day and everybody.",
                    "brand": ("Acme", "Bolt", "Curl")[design % 5 % 3],
                    "category": "Shop > Clothes > Shirts" if shirt else "Shop > Kitchen",
                    "color": colour,
                    "gender": ("women", "men")[design % 2] if shirt else "",
                    "size": size,
                    "price": f"{10 + design * 3}.00 EUR",
                    "availability": "out_of_stock" if size == "L" and design % 2 else "in_stock",
                    "image": f"{colour}.png",
                    "item_group_id": f"g{design}",
                    "added_at": (NOW - timedelta(days=design)).isoformat(),
                }
            )
    return made


def published(folder: Any) -> wiring.Parts:
    feed, images = write_small_feed(folder / "feed", rows())
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    reindex(parts, feed, folder / "work", images=images)
    return parts


def asker(parts: wiring.Parts) -> Ask:
    shop, encoders = wiring.shop(parts), query_encoders(parts.clock)
    client = TestClient(opened(create_app(lambda: (shop, encoders), pictures)), raise_server_exceptions=False)

    def ask(text: str = "", status: int = 200, **more: object) -> dict[str, Any]:
        answer = client.post("/v1/search", json={"text": text, "understand": False, **more})
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    """For tests that change nothing."""
    return published(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="module")
def ask(shelf: wiring.Parts) -> Ask:
    return asker(shelf)


@pytest.fixture
def own(tmp_path: Any) -> wiring.Parts:
    return published(tmp_path)


def pages(ask: Ask, text: str = "", between: Callable[[], None] = lambda: None, **more: object) -> Iterator[list[Any]]:
    answer = ask(text, **more)
    yield answer["items"]
    while answer["cursor"]:
        between()
        answer = ask(text, cursor=answer["cursor"], **more)
        yield answer["items"]


def listed(ask: Ask, text: str = "", **more: object) -> list[Any]:
    return [item for page in pages(ask, text, limit=7, **more) for item in page]


def ids(items: list[Any]) -> list[str]:
    return [item["id"] for item in items]


def counts(answer: dict[str, Any], field: str) -> dict[str, int]:
    (facet,) = [each for each in answer["facets"] if each["field"] == field]
    return {each["value"]: each["count"] for each in facet["values"]}


class TestFacets:
    @pytest.mark.parametrize("text", ["linen shirt", "blue mug", ""])
    def test_they_count_the_very_list(self, ask: Ask, text: str) -> None:
        asked: dict[str, Any] = {"filters": {"availability": ["in_stock"]}}
        answer = ask(text, facets=ALL_FACETS, limit=1, **asked)
        items = [item["product"] for item in listed(ask, text, **asked)]

        assert [facet["field"] for facet in answer["facets"]] == ALL_FACETS
        assert counts(answer, "brand") == Counter(item["brand"] for item in items)
        assert counts(answer, "colour") == Counter(item["colour"] for item in items)
        levels = [PATH.join(item["categories"][:n]) for item in items for n in range(1, len(item["categories"]) + 1)]
        assert counts(answer, "category") == Counter(levels)
        (prices,) = answer["facets"][ALL_FACETS.index("price")]["prices"]
        paid = [item["price"] for item in items]
        assert (prices["currency"], prices["lowest"], prices["highest"]) == ("EUR", min(paid), max(paid))
        assert sum(each["count"] for each in prices["ranges"]) == len(items)

    def test_a_count_is_what_the_filter_leaves_variants_and_stock_included(self, ask: Ask) -> None:
        """The list shows a shirt once, in a size that can be bought; yet each of its sizes counts."""
        sizes = counts(ask("linen shirt", facets=["size"]), "size")
        assert sizes["S"] == sizes["M"] > sizes["L"] > 0
        for size, count in sizes.items():
            found = listed(ask, "linen shirt", filters={"size": [size]})
            assert len(found) == count
            assert {each["id"][-1] for each in found} == {size}

    def test_its_own_filter_narrows_every_facet_but_its_own(self, ask: Ask) -> None:
        free, chosen = (ask("shirt", facets=ALL_FACETS, filters=filters) for filters in ({}, {"brand": ["ACME"]}))
        assert counts(chosen, "brand") == counts(free, "brand")
        acme = listed(ask, "shirt", filters={"brand": ["Acme"]})
        assert counts(chosen, "colour") == Counter(item["product"]["colour"] for item in acme) != counts(free, "colour")
        both = ask("shirt", facets=["brand", "colour"], filters={"brand": ["Acme"], "colour": ["red", "blue"]})
        assert {item["product"]["brand"] for item in both["items"]} == {"Acme"}
        assert counts(both, "colour") == counts(chosen, "colour")
        assert sum(counts(both, "brand").values()) == len(listed(ask, "shirt", filters={"colour": ["red", "blue"]}))

    def test_the_free_filter_narrows_all_of_them(self, ask: Ask) -> None:
        answer = ask("shirt", facets=["brand"], filter="brand = Acme", filters={"brand": ["Acme", "Bolt"]})
        assert set(counts(answer, "brand")) == {"Acme"}

    def test_they_count_what_can_be_bought_now(self, own: wiring.Parts) -> None:
        ask = asker(own)
        before = counts(ask("mug", facets=["colour"]), "colour")
        gone = [row["id"] for row in rows() if row["color"] == "red"]
        own.products.change([OfferChange(str(each), NOW, {"stock": 0}) for each in gone])
        after = ask("mug", facets=["colour", "price"])
        assert before.pop("red") > 0
        assert counts(after, "colour") == before
        own.products.change([OfferChange("d3", NOW, {"price": 999.0})])
        (prices,) = ask("mug", facets=["price"])["facets"][0]["prices"]
        assert prices["highest"] == 999.0

    def test_what_the_shop_hides_or_the_user_dislikes_is_not_counted(self, own: wiring.Parts) -> None:
        hidden = {"id": "no-bolt", "kind": "hide", "filter": "brand = Bolt"}
        apply_rules(own.blobs, {"rules": [hidden]}, NOW)
        own.events.add([event("me", EventType.DISLIKE, "d1S")])
        ask = asker(own)
        answer = ask("linen shirt", facets=["brand", "size"], user_id="me")
        assert "Bolt" not in counts(answer, "brand")
        assert sum(counts(answer, "brand").values()) == len(listed(ask, "linen shirt", user_id="me"))
        assert counts(ask("linen shirt", facets=["brand"]), "brand")["Curl"] >= counts(answer, "brand")["Curl"]

    def test_they_can_be_left_out_of_the_next_page(self, ask: Ask) -> None:
        first = ask("shirt", limit=3, facets=["brand"])
        assert ids(first["items"]) == ids(ask("shirt", limit=3)["items"])
        assert ask("shirt", limit=3, cursor=first["cursor"])["facets"] == []

    def test_without_the_product_store_they_are_those_of_the_index(self, shelf: wiring.Parts) -> None:
        broken: Any = Breaking(shelf.products, unavailable)
        answer = asker(dataclasses.replace(shelf, products=broken))("shirt", facets=["brand"])
        assert answer["degraded"] == ["products"]
        assert counts(answer, "brand") == counts(asker(shelf)("shirt", facets=["brand"]), "brand")


class TestFilters:
    def test_a_size_shows_the_variant_that_has_it(self, ask: Ask) -> None:
        for size in ("S", "M", "L"):
            found = listed(ask, "linen shirt", filters={"size": [size]})
            assert {item["id"][-1] for item in found} == {size}
            groups = [item["product"]["item_group_id"] for item in found]
            assert len(groups) == len(set(groups)) > 3

    def test_they_alone_are_a_search(self, ask: Ask) -> None:
        found = listed(ask, filters={"category": ["Shop > Kitchen"], "price": {"from": 20, "to": 60}})
        assert ids(sorted(found, key=lambda each: each["product"]["price"])) == ["d6", "d9", "d12", "d15"]

    @pytest.mark.parametrize(
        ("body", "status", "said"),
        [
            ({"filters": {"weight": ["1"]}}, 400, "cannot have 'weight'"),
            ({"filters": {"brand": [["x"]]}}, 400, "list of words for brand"),
            ({"filters": {"price": {"from": "1' OR 1=1"}}}, 400, "price from"),
            ({"filters": ["brand"]}, 422, "filters"),
            ({"facets": ["added_at"]}, 422, "facets"),
            ({"facets": ["{{7*7}}"]}, 422, "facets"),
            ({"facets": ["brand"] * 9}, 422, "facets"),
            ({"sort": "price; drop table"}, 422, "sort"),
            ({"personal": 1.5}, 422, "personal"),
            ({"personal": "x"}, 422, "personal"),
        ],
    )
    def test_what_is_wrong_is_said(self, shelf: wiring.Parts, body: dict[str, Any], status: int, said: str) -> None:
        answer = asker(shelf)("mug", status, **body)
        assert said in answer["detail"]


class TestSort:
    def test_each_order_is_of_all_that_matches(self, ask: Ask, own: wiring.Parts) -> None:
        matching = set(ids(listed(ask, "linen shirt", filters={"size": ["M"]})))
        for sort, sign in (("price_asc", 1), ("price_desc", -1)):
            found = listed(ask, "linen shirt", sort=sort, filters={"size": ["M"]})
            assert set(ids(found)) == matching
            prices = [sign * item["product"]["price"] for item in found]
            assert prices == sorted(prices)
        newest = listed(ask, "linen shirt", sort="newest")
        designs = [int(item["product"]["item_group_id"][1:]) for item in newest]
        assert designs == sorted(designs)

    def test_popular_and_discount(self, own: wiring.Parts) -> None:
        from shared.services.popularity import refresh_popularity

        own.events.add([event(f"u{n}", EventType.PURCHASE, "d9") for n in range(5)])
        own.events.add([event(f"u{n}", EventType.PURCHASE, "d3") for n in range(2)])
        refresh_popularity(own.events, own.blobs, NOW)
        own.products.change(
            [OfferChange("d15", NOW, {"sale_price": 1.0}), OfferChange("d6", NOW, {"sale_price": 20.0})]
        )
        ask = asker(own)
        assert ids(listed(ask, "mug", sort="popular"))[:2] == ["d9", "d3"]
        assert ids(listed(ask, "mug", sort="discount"))[:2] == ["d15", "d6"]

    @pytest.mark.parametrize(("words", "sort"), [("cheapest", "price_asc"), ("most expensive", "price_desc")])
    def test_an_order_may_be_asked_for_in_words(self, ask: Ask, words: str, sort: str) -> None:
        asked = f"{words} mug"
        assert ask(asked, understand=True)["interpreted"]["sort"] == sort
        assert ask(asked)["interpreted"]["sort"] == "relevance"
        found = ids([each for page in pages(ask, asked, understand=True, limit=3) for each in page])
        assert len(found) > 3
        assert found == ids(listed(ask, "mug", understand=True, sort=sort))
        newest = ids(listed(ask, "mug", understand=True, sort="newest"))
        assert ids(listed(ask, asked, understand=True, sort="newest")) == newest

    @pytest.mark.parametrize("sort", ["price_asc", "price_desc", "discount"])
    def test_pages_skip_and_repeat_nothing_while_prices_change(self, own: wiring.Parts, sort: str) -> None:
        ask, rng, clock = asker(own), random.Random(5), own.clock
        assert isinstance(clock, StillClock)
        whole = {item["product"]["item_group_id"] for item in ask("shirt", limit=100)["items"]}
        every = [str(row["id"]) for row in rows()]

        def change() -> None:
            clock.forward(seconds=30)
            at, some = clock.now(), rng.sample(every, 40)
            own.products.change([OfferChange(each, at, {"price": float(rng.randint(1, 500))}) for each in some])

        found = list(pages(ask, "shirt", change, sort=sort, limit=3))
        groups = [item["product"]["item_group_id"] for page in found for item in page]
        assert len(groups) == len(set(groups))
        assert set(groups) == whole
        for page in found[:-1]:
            assert len(page) == 3
            if sort != "discount":
                prices = [item["product"]["price"] * (1 if sort == "price_asc" else -1) for item in page]
                assert prices == sorted(prices)

    def test_a_changed_price_counts_at_once(self, own: wiring.Parts) -> None:
        ask = asker(own)
        own.products.change([OfferChange("d21", NOW, {"price": 0.5})])
        cheapest = ask("mug", sort="price_asc", limit=1, user_id="me")["items"][0]
        assert (cheapest["id"], cheapest["product"]["price"]) == ("d21", 0.5)

    def test_prices_in_another_currency_come_after_those_of_the_usual_one(self, own: wiring.Parts) -> None:
        own.products.change([OfferChange("d0", NOW, {"price": 1.0, "currency": "USD"})])
        found = listed(asker(own), "mug", sort="price_asc")
        assert ids(found)[-1] == "d0"
        facet = asker(own)("mug", facets=["price"])["facets"][0]["prices"]
        assert [each["currency"] for each in facet] == ["EUR", "USD"]


class TestHighlights:
    def test_the_words_are_shown_where_they_stand(self, ask: Ask) -> None:
        item = ask("CREME mugs plain", limit=1)["items"][0]
        title, marks = item["product"]["title"], item["highlights"]
        assert [title[start:end] for start, end in marks["title"]] == ["crème", "mug"]
        snippet = marks["description"]
        assert [snippet["text"][start:end] for start, end in snippet["ranges"]] == ["plain"]
        assert marks["brand"] == []

    def test_what_is_asked_not_to_be_is_not_pointed_at(self, shelf: wiring.Parts) -> None:
        for item in asker(shelf)("shirt not blue under 60", understand=True)["items"]:
            title = item["product"]["title"]
            assert [title[start:end] for start, end in item["highlights"]["title"]] == ["shirt"]


class TestTaste:
    @pytest.fixture
    def parts(self, own: wiring.Parts) -> wiring.Parts:
        blue = [row["id"] for row in rows() if row["color"] == "blue"]
        own.events.add([event("me", EventType.PURCHASE, str(each), NOW - timedelta(days=1)) for each in blue[:6]])
        return own

    def test_it_orders_what_matches_and_brings_in_nothing(self, parts: wiring.Parts) -> None:
        ask = asker(parts)
        guest, mine = (ask("linen shirt", user_id=user, limit=100)["items"] for user in ("", "me"))
        assert {item["product"]["item_group_id"] for item in mine} == {
            item["product"]["item_group_id"] for item in guest
        }
        assert ids(mine) != ids(guest)
        places = [
            [place for place, item in enumerate(of) if item["product"]["colour"] == "blue"] for of in (mine, guest)
        ]
        assert sum(places[0]) < sum(places[1])
        assert "taste" in mine[0]["source"].split("+")
        assert all(item["reason"]["kind"] == "matches" for item in mine)

    def test_of_no_strength_it_changes_nothing(self, parts: wiring.Parts) -> None:
        ask = asker(parts)
        guest, mine = (ask("linen shirt", limit=20, **more) for more in ({}, {"user_id": "me", "personal": 0}))
        assert mine["items"] == guest["items"]
        assert ask("linen shirt", limit=20, user_id="stranger")["items"] == guest["items"]
        assert ask("linen shirt", limit=20, personal=1)["items"] == guest["items"]

    def test_what_the_words_name_stays_first(self, parts: wiring.Parts) -> None:
        for number in (1, 8, 14):
            title = next(str(row["title"]) for row in rows() if row["id"] == f"d{number}S")
            found = asker(parts)(title, user_id="me", personal=1)["items"]
            assert found[0]["product"]["title"] == title
            assert "exact" in found[0]["source"]

    def test_without_the_event_store_the_order_is_everybodys_and_that_is_said(self, parts: wiring.Parts) -> None:
        guest = asker(parts)("linen shirt")
        broken: Any = Breaking(parts.events, unavailable)
        mine = asker(dataclasses.replace(parts, events=broken))("linen shirt", user_id="me")
        assert (mine["items"], mine["degraded"]) == (guest["items"], ["events"])

    def test_pages_go_on_in_the_order_that_they_began_in(self, parts: wiring.Parts) -> None:
        ask = asker(parts)
        assert isinstance(parts.clock, StillClock)
        whole = ids(ask("linen shirt", limit=12, user_id="me")["items"])
        first = ask("linen shirt", limit=6, user_id="me")
        parts.clock.forward(seconds=5)
        parts.events.add([event("me", EventType.PURCHASE, "d4M", parts.clock.now())])
        second = ask("linen shirt", limit=6, user_id="me", cursor=first["cursor"])
        assert ids(first["items"]) + ids(second["items"]) == whole

    def test_the_parts_of_a_score_add_up_to_it(self, parts: wiring.Parts) -> None:
        boost = {"id": "curl", "kind": "boost", "filter": "brand = Curl", "factor": 1.5}
        bury = {"id": "bolt", "kind": "bury", "filter": "brand = Bolt", "factor": 0.5}
        apply_rules(parts.blobs, {"rules": [boost, bury]}, NOW)
        ask = asker(parts)
        title = str(rows()[1]["title"])
        seen = set()
        for text in ("linen shirt", "blue crème mug", title):
            for item in ask(text, limit=30, user_id="me", explain=True)["items"]:
                assert sum(item["parts"].values()) == pytest.approx(item["score"], abs=1e-4)
                seen |= item["parts"].keys()
        assert seen >= {"keywords", "text", "image", "taste", "exact", "boost", "rules"}
        assert ask("mug")["items"][0]["parts"] is None

    def test_a_sorted_list_is_the_same_for_everybody(self, parts: wiring.Parts) -> None:
        guest, mine = (ids(listed(asker(parts), "shirt", sort="price_asc", user_id=user)) for user in ("", "me"))
        assert guest == mine


def test_what_a_product_meets_is_told_with_explain(ask: Ask) -> None:
    answer = ask("blue shirt under 40", understand=True, explain=True)
    assert answer["items"]
    for item in answer["items"]:
        assert set(item["met"]) == {each["words"] for each in answer["interpreted"]["constraints"] if each["applied"]}
    assert FilterField.PRICE.value in {each["field"] for each in answer["interpreted"]["constraints"]}
    assert ask("blue shirt", understand=True)["items"][0]["met"] is None
    assert all(left["score"] >= right["score"] for left, right in pairwise(answer["items"]))
