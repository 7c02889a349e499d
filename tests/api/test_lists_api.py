"""The lists over HTTP: what is on each, what never is, page after page, and what is wrong with a request."""

import dataclasses
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from functions.recommend.app import create_app
from local.cli import app
from shared import wiring
from shared.domain.events import Event, EventType
from shared.domain.offers import OfferChange
from shared.services.popularity import refresh_popularity
from shared.services.rulebook import apply_rules
from shared.settings import Settings
from tests.breaking import Breaking, unavailable
from tests.support import NOW, StillClock, copied, event, opened, reindex, small_feed_rows, write_small_feed

ALL = ("trending", "best-sellers", "most-viewed", "new-arrivals", "back-in-stock", "price-drops")
Ask = Callable[..., dict[str, Any]]


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


def many(type_: EventType, product: str, count: int, at: datetime, country: str = "DE") -> list[Event]:
    """Of as many users."""
    context = {"country": country}
    return [event(f"{country}{n}", type_, product, at - timedelta(minutes=n), properties=context) for n in range(count)]


def crowd() -> list[Event]:
    """p20 rises everywhere and p21 in Germany alone; p22 is what is always looked at; p3, p4, p5 sell."""
    weeks = [ago(days=day) for day in range(1, 35)]
    usual = [each for at in weeks for place in ("DE", "FR") for each in many(EventType.VIEW, "p22", 6, at, place)]
    risen = [each for place in ("DE", "FR") for each in many(EventType.VIEW, "p20", 40, ago(days=2), place)]
    risen += many(EventType.VIEW, "p21", 12, ago(days=3)) + many(EventType.VIEW, "p21", 60, ago(days=20), "FR")
    counts = {"p3": 9, "p4": 6, "p5": 4}
    sold = [each for product, count in counts.items() for each in many(EventType.PURCHASE, product, count, ago(days=9))]
    sent_back = many(EventType.REFUND, "p3", 5, ago(days=8))
    return [*usual, *risen, *sold, *sent_back]


def shopper() -> list[Event]:
    """u drinks a p1 every ten days and a p8 every forty; the last of both was nine days ago."""
    drunk = [(f"p{n}", days) for n, every in ((1, 10), (8, 40)) for days in (9 + every * turn for turn in range(5))]
    once = [("p30", 100), ("p31", 100)]
    buys = [event("u", EventType.PURCHASE, each, ago(days=days)) for each, days in [*drunk, *once]]
    seen = [
        event("u", EventType.VIEW, f"p{n}", ago(days=days))
        for n, days in ((9, 3), (1, 2), (10, 1), (9, 1.5), (11, 0.1))
    ]
    rest = [event("u", EventType.DISLIKE, "p31", ago(days=1)), event("u", EventType.ADD_TO_CART, "p11", ago(hours=1))]
    return [*buys, *seen, *rest]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """p12 came back in stock, p40 and p41 became cheaper, and p50 is on sale since the feed says so."""
    folder = tmp_path_factory.mktemp("lists")
    clock = StillClock(ago(days=3))
    parts = wiring.parts(Settings(data=folder / "data"), clock)
    rows = [row | ({"sale_price": "44.00 EUR"} if row["id"] == "p50" else {}) for row in small_feed_rows()]
    feed, images = write_small_feed(folder / "feed", rows)
    parts.events.add([*crowd(), *shopper()])
    reindex(parts, feed, folder / "work", images=images)
    changed: list[tuple[str, dict[str, Any]]] = [("p40", {"price": 30.5}), ("p41", {"sale_price": 1_040.0 / 26})]
    for product_id, values in [*changed, ("p12", {"availability": "in_stock"})]:
        clock.forward(hours=1)
        parts.products.change([OfferChange(product_id, clock.now(), values)])
    refresh_popularity(parts.events, parts.blobs, NOW)
    return folder / "data"


@pytest.fixture
def parts(built: Path, tmp_path: Path, clock: StillClock) -> wiring.Parts:
    return wiring.parts(Settings(data=copied(built, tmp_path / "copy")), clock)


def client_of(parts: wiring.Parts) -> TestClient:
    shop = wiring.shop(parts)
    return TestClient(opened(create_app(lambda: shop)), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(built: Path) -> TestClient:
    """Of the shop as it is built: for tests that change nothing."""
    return client_of(wiring.parts(Settings(data=built), StillClock()))


@pytest.fixture
def ask(client: TestClient) -> Ask:
    return asking_of(client)


def asking(parts: wiring.Parts) -> Ask:
    return asking_of(client_of(parts))


def asking_of(client: TestClient) -> Ask:

    def ask(path: str, status: int = 200, **query: Any) -> dict[str, Any]:
        answer = client.get(f"/v1/{path}", params=query)
        assert answer.status_code == status, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return ask


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def said(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item["id"], item["source"], item["reason"]["sentence"]) for item in answer["items"]]


class TestShopLists:
    def test_trending_is_what_rises_and_then_says_what_else_it_has(self, ask: Ask) -> None:
        answer = ask("lists/trending", limit=5)
        assert said(answer)[0] == ("p20", "trending", "Trending in the shop now")
        assert {item["source"] for item in answer["items"][1:]} <= {"lately", "popular"}
        assert "p22" in ids(answer), "popular it is, but no trend"
        scores = [item["score"] for item in answer["items"]]
        assert scores == sorted(scores, reverse=True)
        assert said(ask("trending", limit=5)) == said(answer)

    def test_a_country_has_its_own_first(self, ask: Ask) -> None:
        german = said(ask("lists/trending", country="DE", limit=3))
        assert ("p21", "trending_in_country", "Trending in this country now") in german
        assert {source for _, source, _ in german[:2]} == {"trending_in_country"}
        assert "p21" not in [each for each, _, _ in said(ask("lists/trending", country="FR", limit=2))]
        assert said(ask("lists/trending", country="de", limit=3)) == german
        assert ids(ask("lists/trending", country="ZZ", limit=3)) == ids(ask("lists/trending", limit=3))

    def test_best_sellers_and_most_viewed_are_in_order_of_their_counts(self, ask: Ask) -> None:
        assert ids(ask("lists/best-sellers"))[:3] == ["p4", "p3", "p5"], "of p3, five came back"
        assert said(ask("lists/best-sellers"))[0] == ("p4", "best_seller", "A best seller of the last 30 days")
        assert ("p8", "best_seller", "Bought in the last 30 days") in said(ask("lists/best-sellers")), "by one alone"
        assert ids(ask("lists/most-viewed"))[:2] == ["p22", "p20"]
        assert said(ask("lists/most-viewed"))[0][1:] == ("most_viewed", "Among the most viewed of the last 30 days")

    def test_new_arrivals_come_by_the_day_they_were_added(self, ask: Ask) -> None:
        answer = ask("lists/new-arrivals", limit=11)
        assert ids(answer) == [f"p{n}" for n in range(1, 12)]
        assert said(answer)[0] == ("p1", "new_arrival", "In the shop since 30 April 2026")

    def test_back_in_stock(self, ask: Ask) -> None:
        assert said(ask("lists/back-in-stock")) == [("p12", "back_in_stock", "Back in stock")]

    def test_price_drops_are_the_last_first_and_then_what_the_feed_has_on_sale(self, ask: Ask) -> None:
        assert said(ask("lists/price-drops")) == [
            ("p41", "price_drop", "Now 40.00 instead of 46.00 EUR"),
            ("p40", "price_drop", "Now 30.50 instead of 45.00 EUR"),
            ("p50", "on_sale", "Now 44.00 instead of 55.00 EUR"),
        ]

    def test_what_costs_as_much_as_before_is_on_it_no_more(self, parts: wiring.Parts) -> None:
        ups: list[tuple[str, dict[str, Any]]] = [("p40", {"price": 45.0}), ("p50", {"sale_price": None})]
        parts.products.change([OfferChange(each, NOW, values) for each, values in ups])
        assert ids(asking(parts)("lists/price-drops")) == ["p41"]

    def test_a_product_that_does_not_say_when_it_was_added_is_new_when_it_arrives(self, built: Path) -> None:
        parts = wiring.parts(Settings(data=built.parent / "arriving"), clock := StillClock(ago(days=9)))
        rows = [{name: value for name, value in row.items() if name != "added_at"} for row in small_feed_rows()[:20]]
        for day, count in ((9, 18), (5, 19), (2, 20)):
            clock.moment = ago(days=day)
            feed, images = write_small_feed(built.parent / f"arriving-{count}", rows[:count])
            os.utime(feed, (clock.moment.timestamp(),) * 2)
            reindex(parts, feed, built.parent / "arriving-work", images=images)
        clock.moment = NOW
        listed = said(asking(parts)("lists/new-arrivals"))
        since = [(each, sentence) for each, _, sentence in listed]
        assert since == [("p20", "In the shop since 29 April 2026"), ("p19", "In the shop since 26 April 2026")]


class TestEveryList:
    @pytest.mark.parametrize("name", ALL)
    def test_pages_follow_one_another_whatever_happens_between(self, ask: Ask, parts: wiring.Parts, name: str) -> None:
        whole = ids(ask(f"lists/{name}", limit=100))
        page_of, seen, cursor = asking(parts), [], ""
        for turn in range(len(whole) + 1):
            page = page_of(f"lists/{name}", limit=2, cursor=cursor)
            seen += ids(page)
            cursor = page["cursor"]
            if not cursor:
                break
            parts.clock.forward(minutes=1)
            at = parts.clock.now()
            parts.events.add(many(EventType.PURCHASE, f"p{14 + turn}", 30, at, f"x{turn}"))
            parts.products.change([OfferChange(f"p{14 + turn}", at, {"price": 1.0})])
            refresh_popularity(parts.events, parts.blobs, at)
        assert seen == whole
        assert len(set(seen)) == len(seen) > 0

    @pytest.mark.parametrize("name", ALL)
    def test_a_filter_a_user_and_the_rules_hold(self, ask: Ask, parts: wiring.Parts, name: str) -> None:
        whole = ids(ask(f"lists/{name}", limit=100))
        mine, hidden = whole[0], whole[-1]
        parts.events.add([event("me", EventType.PURCHASE, mine)])
        assert mine not in ids(asking(parts)(f"lists/{name}", limit=100, user_id="me"))
        assert all(
            item["product"]["colour"] == "red"
            for item in ask(f"lists/{name}", filter="colour = red", limit=100)["items"]
        )
        scenario = name.replace("-", "_")
        rules = [
            {"id": "hide", "kind": "hide", "products": [hidden], "scenarios": [scenario]},
            {"id": "pin", "kind": "pin", "products": ["p60"], "position": 1, "scenarios": [scenario]},
        ]
        apply_rules(parts.blobs, {"rules": rules}, NOW)
        answer = asking(parts)(f"lists/{name}", limit=100)
        assert hidden not in ids(answer)
        assert said(answer)[0][0] == "p60"
        assert answer["items"][0]["reason"]["kind"] == "featured"

    @pytest.mark.parametrize("name", ALL)
    def test_what_is_sold_out_is_not_on_it(self, ask: Ask, parts: wiring.Parts, name: str) -> None:
        whole = ids(ask(f"lists/{name}", limit=100))
        parts.products.change([OfferChange(whole[0], NOW, {"stock": 0})])
        left = ids(asking(parts)(f"lists/{name}", limit=100))
        assert [each for each in left if each in whole] == whole[1:], "a variant may take its place"

    @pytest.mark.parametrize("name", ["new-arrivals", "back-in-stock", "price-drops"])
    def test_without_the_product_store_there_is_one_page_and_it_says_so(self, parts: wiring.Parts, name: str) -> None:
        later = asking(parts)(f"lists/{name}", limit=1)["cursor"]
        ask = asking(dataclasses.replace(parts, products=Breaking(parts.products, unavailable)))
        first = ask(f"lists/{name}", limit=2)
        assert (first["degraded"], first["cursor"]) == (["products"], None)
        if later:
            again = ask(f"lists/{name}", limit=1, cursor=later)
            assert (again["items"], again["cursor"]) == ([], later)


class TestOwnLists:
    def test_recently_viewed_is_the_last_first_without_what_is_bought_or_in_the_cart(self, ask: Ask) -> None:
        assert said(ask("users/u/recently-viewed")) == [
            ("p10", "recently_viewed", "You looked at this a day ago"),
            ("p9", "recently_viewed", "You looked at this a day ago"),
        ]

    def test_what_is_due_comes_first_in_buy_again(self, ask: Ask) -> None:
        answer = ask("users/u/buy-again")
        assert ids(answer) == ["p1", "p8", "p30"], "a disliked one is not there"
        assert [(source, sentence) for _, source, sentence in said(answer)] == [
            ("buy_again", "You buy this about every 10 days"),
            ("buy_again", "You buy this about every 40 days"),
            ("buy_again", "You bought this 100 days ago"),
        ]

    def test_what_is_in_the_cart_or_was_sent_back_is_not_bought_again(self, parts: wiring.Parts) -> None:
        deeds = ((EventType.ADD_TO_CART, "p1"), (EventType.REFUND, "p30"))
        parts.events.add([event("u", type_, each, ago(hours=1)) for type_, each in deeds])
        assert ids(asking(parts)("users/u/buy-again")) == ["p8"]

    def test_pages_do_not_move_though_something_is_bought_meanwhile(self, parts: wiring.Parts) -> None:
        ask = asking(parts)
        first = ask("users/u/buy-again", limit=1)
        parts.clock.forward(minutes=1)
        parts.events.add([event("u", EventType.PURCHASE, each, parts.clock.now()) for each in ("p8", "p44")])
        assert ids(ask("users/u/buy-again", cursor=first["cursor"])) == ["p8", "p30"]

    @pytest.mark.parametrize("name", ["recently-viewed", "buy-again"])
    def test_a_stranger_has_none_and_nothing_stands_in(self, ask: Ask, name: str) -> None:
        answer = ask(f"users/nobody/{name}")
        assert (answer["items"], answer["cursor"], answer["degraded"]) == ([], None, [])

    def test_an_id_may_hold_a_slash(self, parts: wiring.Parts) -> None:
        parts.events.add([event("a/b", EventType.VIEW, "p9")])
        assert ids(asking(parts)("users/a/b/recently-viewed")) == ["p9"]


@pytest.mark.parametrize(
    ("path", "status", "names"),
    [
        ("lists/worst-sellers", 422, "name"),
        ("lists/trending?country=Germany", 422, "country: give the two letters of ISO 3166, such as DE."),
        ("lists/best-sellers?country=DE", 400, "best-sellers"),
        ("lists/best-sellers?limit=0", 422, "limit"),
        ("lists/best-sellers?limit=many", 422, "limit should be a whole number."),
        ("lists/best-sellers?filter=brnd=Acme", 400, "'brnd'"),
        ("lists/best-sellers?cursor=abc", 400, "cursor"),
        (f"lists/price-drops?user_id={'u' * 129}", 422, "user_id"),
        ("users/u/buy-again?limit=101", 422, "limit"),
        (f"users/{'u' * 129}/recently-viewed", 422, "user_id"),
    ],
)
def test_what_is_wrong_is_a_problem_of_one_sentence(client: TestClient, path: str, status: int, names: str) -> None:
    answer = client.get(f"/v1/{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]


def test_a_cursor_of_one_list_is_refused_by_another(ask: Ask) -> None:
    cursor = ask("lists/new-arrivals", limit=1)["cursor"]
    assert "another request" in ask("lists/best-sellers", status=400, cursor=cursor)["detail"]


def test_the_command_says_the_same(built: Path, ask: Ask) -> None:
    said_by_command = CliRunner().invoke(app, ["list", "best-sellers", "--data", str(built), "--json"])
    assert said_by_command.exit_code == 0, said_by_command.output
    assert ids(json.loads(said_by_command.output)) == ids(ask("lists/best-sellers"))
