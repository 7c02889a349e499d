"""Picks as a shop's server calls them: many users at once or one at a time, each campaign the same however often."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from functions.picks.post import _ENOUGH
from functions.picks.schemas import PicksBody
from shared import wiring
from shared.domain.choices import Consent
from shared.domain.deadline import deadline
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.picks import Block, BlockKind, Campaign, UserPicks
from shared.domain.rules import Scenario
from shared.domain.sends import Send, SendState
from shared.domain.user_cursor import encode_users
from shared.ports import EventStore, SendStore
from shared.services.choices import change
from shared.services.pages import Question
from shared.services.picks import picks_for
from shared.services.popularity import refresh_popularity
from shared.services.recommend import for_you
from shared.services.rulebook import apply_rules
from shared.services.segments import keep_segment
from shared.settings import Settings
from tests.breaking import Breaking, unavailable
from tests.support import NOW, StillClock, copied, event, opened, picks_app, reindex, write_small_feed

ABOUT = {"shop": "The Shop", "home": "https://shop.example"}


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a small shop with a crowd of buyers."""
    folder = tmp_path_factory.mktemp("picks")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed")
    reindex(parts, feed, folder / "work", images=images)
    parts.events.add(
        [
            event("ann", EventType.VIEW, "p7", NOW - timedelta(days=1)),
            event("bob", EventType.PURCHASE, "p8", NOW - timedelta(days=2)),
            *(event(f"crowd{n}", EventType.PURCHASE, f"p{3 + n % 20}") for n in range(40)),
        ]
    )
    refresh_popularity(parts.events, parts.blobs, NOW)
    return folder / "data"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def lived_in(made_once: Path, tmp_path: Path, clock: StillClock) -> wiring.Parts:
    return wiring.parts(Settings(data=copied(made_once, tmp_path / "copy")), clock)


def client_of(parts: wiring.Parts) -> TestClient:
    return TestClient(opened(picks_app(parts)), raise_server_exceptions=False)


def ask(client: TestClient, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/picks", json={"campaign": "may", **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def pull(client: TestClient, user: str, status: int = 200, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/users/{user}/picks", params={"campaign": "may", **query})
    assert answer.status_code == status, answer.text
    return answer.json()


def ids(user: dict[str, Any]) -> list[str]:
    return [pick["id"] for pick in user["picks"]]


def test_each_user_gets_what_for_you_would_show_then_what_sells(lived_in: wiring.Parts) -> None:
    answer = ask(client_of(lived_in), users=["ann", "bob", "new", "ann"], record="never", last_sends=0)

    assert [user["user_id"] for user in answer["users"]] == ["ann", "bob", "new"]
    assert answer["cursor"] is None
    assert answer["record"] == "never"
    ann, bob, new = answer["users"]
    shop = wiring.shop(lived_in)
    for user in (ann, bob):
        home = for_you(shop, user["user_id"], Question(6, pictured=True), scenario=Scenario.PICKS)
        personal = [item.product.id for item in home.items]
        assert ids(user) == personal
        assert all(pick["source"].startswith("for_you:") and not pick["fell_back"] for pick in user["picks"])
        assert len({pick["recommendation_id"] for pick in user["picks"]}) == 1
        assert [pick["position"] for pick in user["picks"]] == list(range(6))
    assert ann["picks"][0]["reason"].startswith("Because you viewed")
    assert "p8" not in ids(bob)
    assert all(pick["source"].startswith("best_sellers:") and pick["fell_back"] for pick in new["picks"])
    assert answer["summary"]["fell_back"] == pytest.approx(1 / 3, abs=1e-4)
    assert answer["summary"]["users"] == answer["summary"]["with_picks"] == 3
    assert 0 < answer["summary"]["overlap"] < 1


def test_a_link_says_where_a_click_came_from(lived_in: wiring.Parts) -> None:
    products = lived_in.products.get([f"p{n}" for n in range(1, 61)]).values()
    linked = [dataclasses.replace(each, link=f"https://shop.example/{each.id}?a=1#b") for each in products]
    lived_in.products.replace(lived_in.products.version() or "", NOW, linked)
    pick = ask(client_of(lived_in), users=["ann"], utm_source="spring")["users"][0]["picks"][0]
    said = {name: values[0] for name, values in parse_qs(urlsplit(pick["link"]).query).items()}
    assert pick["link"].startswith(f"https://shop.example/{pick['id']}?a=1&")
    assert pick["link"].endswith("#b")
    assert said["utm_source"] == "spring"
    assert said["utm_medium"] == "email"
    assert said["utm_campaign"] == "may"
    assert said["utm_content"] == "picks"
    assert said["vt_rec"] == pick["recommendation_id"]
    assert said["vt_product"] == pick["id"]


def test_blocks_are_filled_in_turn_and_share_no_product_or_group(lived_in: wiring.Parts) -> None:
    blocks = [
        {"name": "hot", "scenario": "best_sellers", "count": 4},
        {"name": "you", "count": 5, "filter": "price < 60"},
        {"name": "with", "scenario": "complements", "count": 3},
        {"name": "like", "scenario": "similar", "count": 3},
    ]
    picks = ask(client_of(lived_in), users=["ann"], blocks=blocks, trigger_product="p7")["users"][0]["picks"]
    assert [pick["block"] for pick in picks] == ["hot"] * 4 + ["you"] * 5 + ["with"] * 3 + ["like"] * 3
    products = lived_in.products.get([pick["id"] for pick in picks])
    assert "p7" not in products
    assert len({product.group for product in products.values()}) == len(picks)
    assert all(products[pick["id"]].price < 60 for pick in picks if pick["block"] == "you")
    similar = [pick for pick in picks if pick["source"].startswith("similar:")]
    assert similar
    assert all(pick["reason"].startswith("Similar to") for pick in similar)
    for pick in picks:
        own = {"hot": "best_sellers:", "you": "for_you:", "with": "complements:", "like": "similar:"}[pick["block"]]
        assert pick["fell_back"] == (not pick["source"].startswith(own))


def test_the_same_campaign_gives_the_same_picks_with_the_prices_of_now(lived_in: wiring.Parts) -> None:
    client = client_of(lived_in)
    first = ask(client, users=["ann"])["users"][0]
    again = ask(client, users=["ann"])["users"][0]
    assert again == first
    assert first["ref"]

    gone, cheaper = ids(first)[1], ids(first)[2]
    lived_in.products.change(
        [
            OfferChange(gone, NOW + timedelta(minutes=1), {"stock": 0}),
            OfferChange(cheaper, NOW + timedelta(minutes=1), {"price": 1.25}),
        ]
    )
    later = ask(client, users=["ann"])["users"][0]
    assert later["ref"] == first["ref"]
    assert len(ids(later)) == len(ids(first))
    assert [a == b for a, b in zip(ids(later), ids(first), strict=True)] == [True, False, True, True, True, True]
    assert later["picks"][2]["price"] == 1.25
    assert later["picks"][1]["block"] == "picks"
    assert later["picks"][1]["position"] == 1
    assert lived_in.sends.of(["ann"], "may")["ann"].shown == {1: ids(later)[1]}
    assert ids(pull(client, "ann")) == ids(later)


def test_what_was_sent_is_not_shown_again_until_it_is_undone(lived_in: wiring.Parts, clock: StillClock) -> None:
    client = client_of(lived_in)
    first = set(ids(ask(client, users=["ann"], campaign="one")["users"][0]))
    clock.forward(minutes=5)
    second = set(ids(ask(client, users=["ann"], campaign="two")["users"][0]))
    assert first
    assert second
    assert first.isdisjoint(second)
    look = set(ids(ask(client, users=["ann"], campaign="three", record="never")["users"][0]))
    assert look.isdisjoint(first | second)
    assert set(ids(ask(client, users=["ann"], campaign="three", record="never", last_sends=1)["users"][0])) == first
    assert not lived_in.sends.of(["ann"], "three")
    undo = {"campaign": "one", "action": "undo", "user_ids": ["ann"]}
    assert client.post("/v1/sends", json=undo).json()["sends"] == 1
    assert set(ids(ask(client, users=["ann"], campaign="four", record="never")["users"][0])) == first


def test_picks_count_as_shown_once_they_are_confirmed(lived_in: wiring.Parts) -> None:
    client = client_of(lived_in)
    first = ids(ask(client, users=["ann"], campaign="one", record="on_confirm")["users"][0])
    assert ids(ask(client, users=["ann"], campaign="two", record="never")["users"][0]) == first
    client.post("/v1/sends", json={"campaign": "one", "action": "confirm", "user_ids": ["ann"]})
    second = ids(ask(client, users=["ann"], campaign="two", record="never")["users"][0])
    assert set(second).isdisjoint(first)
    ask(client, users=["bob"], campaign="one", record="on_confirm")
    assert lived_in.sends.of(["bob"], "one")["bob"].state is SendState.MADE
    ask(client, users=["bob"], campaign="one")
    assert lived_in.sends.of(["bob"], "one")["bob"].state is SendState.SENT


def test_who_has_not_agreed_or_has_had_enough_gets_none_and_it_is_said(lived_in: wiring.Parts) -> None:
    change(lived_in.state, "ann", NOW, lambda choices: dataclasses.replace(choices, consent=Consent(email=False)))
    client = client_of(lived_in)
    ask(client, users=["bob"], campaign="one")
    answer = ask(client, users=["ann", "bob", "new"], campaign="two", weekly_cap=1)
    assert [(user["user_id"], user["skipped"]) for user in answer["users"]] == [
        ("ann", "no_consent"), ("bob", "capped"), ("new", None),
    ]  # fmt: skip
    assert answer["summary"]["skipped"] == {"capped": 1, "no_consent": 1}
    assert ids(answer["users"][2])
    assert not ids(answer["users"][0])
    assert not lived_in.sends.of(["ann", "bob"], "two")
    again = ask(client, users=["bob"], campaign="one", weekly_cap=1)["users"][0]
    assert again["skipped"] is None
    assert ids(again)


def test_with_nothing_honest_to_show_there_is_no_email(small_shop: wiring.Parts) -> None:
    answer = ask(client_of(small_shop), users=["new"])
    assert answer["users"][0]["skipped"] == "nothing"
    assert answer["users"][0]["picks"] == []
    assert not small_shop.sends.of(["new"], "may")


def test_the_rules_for_picks_hold_in_every_block(lived_in: wiring.Parts) -> None:
    rules = [
        {"id": "no", "kind": "hide", "products": ["p3", "p4"], "scenarios": ["picks"]},
        {"id": "first", "kind": "pin", "products": ["p44"], "scenarios": ["picks"], "position": 1},
    ]
    apply_rules(lived_in.blobs, {"rules": rules}, NOW)
    blocks = [{"name": "you", "count": 3}, {"name": "hot", "scenario": "best_sellers", "count": 9}]
    picks = ask(client_of(lived_in), users=["ann"], blocks=blocks)["users"][0]["picks"]
    assert picks[0]["id"] == "p44"
    assert picks[0]["reason"] == "Featured by the shop"
    assert not {"p3", "p4"} & {pick["id"] for pick in picks}
    assert len(picks) == 12


def test_pages_come_to_an_end_and_repeat_nobody(lived_in: wiring.Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.picks.post._ENOUGH", 20_000)
    client, users, seen, cursor = client_of(lived_in), [f"guest-{n}" for n in range(120)], [], None
    for _ in range(20):
        answer = ask(client, cursor=cursor) if cursor else ask(client, users=users)
        assert len(json.dumps(answer)) < 400_000
        seen += [user["user_id"] for user in answer["users"]]
        cursor = answer["cursor"]
        if cursor is None:
            break
    assert seen == users
    assert _ENOUGH < 5_000_000
    assert ask(client, 400, cursor="x" * 40)["detail"].startswith("The cursor cannot be read")


def test_a_cursor_is_good_for_its_question_alone(lived_in: wiring.Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.picks.post._ENOUGH", 1)
    client = client_of(lived_in)
    cursor = ask(client, users=[f"guest-{n}" for n in range(60)])["cursor"]
    assert "another question" in ask(client, 400, cursor=cursor, campaign="june")["detail"]
    assert "not clear" in ask(client, 400, cursor=cursor, users=["ann"])["detail"]


def test_without_time_at_least_one_is_made(lived_in: wiring.Parts) -> None:
    client = client_of(lived_in)
    with deadline(0.0):
        answer = ask(client, users=["ann", "bob"])
    assert [user["user_id"] for user in answer["users"]] == ["ann"]
    assert [user["user_id"] for user in ask(client, cursor=answer["cursor"])["users"]] == ["bob"]


@pytest.mark.parametrize("part", ["events", "products", "sends", "state"])
def test_without_what_forbids_products_no_email_is_made(lived_in: wiring.Parts, part: str) -> None:
    broken = dataclasses.replace(lived_in, **{part: Breaking(getattr(lived_in, part), unavailable)})
    ask(client_of(broken), 503, users=["ann"])
    assert not lived_in.sends.of(["ann"], "may")


def test_one_whose_events_do_not_answer_keeps_nobody_waiting(lived_in: wiring.Parts) -> None:
    class Hot:
        """An event store that says nothing of one user."""

        def __init__(self, names: set[str]) -> None:
            self.names = names

        def __getattr__(self, name: str) -> Any:
            method = getattr(lived_in.events, name)

            def call(user_id: Any, *rest: Any) -> Any:
                if user_id in self.names:
                    unavailable()
                return method(user_id, *rest)

            return call

    def client(*hot: str) -> TestClient:
        return client_of(dataclasses.replace(lived_in, events=cast(EventStore, Hot({*hot}))))

    answer = ask(client("ann", "bob"), users=["ann", "new", "bob", "newer"])
    assert [user["user_id"] for user in answer["users"]] == ["new", "newer"]
    assert set(lived_in.sends.of(["ann", "bob", "new", "newer"], "may")) == {"new", "newer"}
    rest = ask(client("ann"), cursor=answer["cursor"])
    assert [user["user_id"] for user in rest["users"]] == ["bob"]
    assert "events" in ask(client("ann"), 503, cursor=rest["cursor"])["detail"]
    assert [user["user_id"] for user in ask(client(), cursor=rest["cursor"])["users"]] == ["ann"]
    down = ask(client("a", "b", "c"), 503, users=["a", "b", "c", "ann"])
    assert "events" in down["detail"]


def test_what_sells_out_while_the_call_goes_on_is_in_no_later_email(lived_in: wiring.Parts) -> None:
    mailing = wiring.mailing(lived_in, wiring.shop(lived_in))
    asked, first = Campaign("may", (Block("b", BlockKind.BEST_SELLERS, 1),), spares=0), list[str]()

    def sold_out(lot: Sequence[UserPicks]) -> bool:
        first.extend(pick.product.id for pick in lot[0].picks)
        lived_in.products.change([OfferChange(first[-1], NOW, {"stock": 0})])
        return False

    made = picks_for(mailing, asked, ["new", "newer", "newest"], sold_out, 1)
    assert [pick.product.id for each in made.picks for pick in each.picks] == first
    assert len({*first}) == 3


def test_two_campaigns_at_once_do_not_show_the_same(lived_in: wiring.Parts) -> None:
    class Meanwhile:
        """A ledger beside which another campaign is made, just before it keeps sends."""

        def __getattr__(self, name: str) -> Any:
            return getattr(lived_in.sends, name)

        def add(self, sends: Sequence[Send]) -> list[Send]:
            june.append(ask(client_of(lived_in), users=["ann", "new"], campaign="june"))
            return lived_in.sends.add(sends)

    june: list[dict[str, Any]] = []
    may = ask(client_of(dataclasses.replace(lived_in, sends=cast(SendStore, Meanwhile()))), users=["ann", "new"])
    for one, other in zip(may["users"], june[0]["users"], strict=True):
        assert one["picks"]
        assert other["picks"]
        assert not {*ids(one)} & {*ids(other)}
    assert may == ask(client_of(lived_in), users=["ann", "new"])


def test_an_email_is_written_where_a_template_is_named(lived_in: wiring.Parts) -> None:
    answer = ask(client_of(lived_in), users=["ann", "new"], template="picks", about=ABOUT)
    for user in answer["users"]:
        assert user["email"]["subject"]
        assert "The Shop" in user["email"]["html"]
        assert user["picks"][0]["title"] in user["email"]["text"]
        assert user["email"]["variables"]["first"]["id"] == user["picks"][0]["id"]
    assert "about" in ask(client_of(lived_in), 400, users=["ann"], template="picks")["detail"]
    assert "template" in ask(client_of(lived_in), 400, users=["ann"], about=ABOUT)["detail"]
    assert "no template 'x'" in ask(client_of(lived_in), 404, users=["ann"], template="x", about=ABOUT)["detail"]


def test_more_than_an_email_shows_is_refused_before_it_counts_as_shown(lived_in: wiring.Parts) -> None:
    blocks = [{"name": f"b{n}", "scenario": "best_sellers", "count": 20} for n in range(3)]
    said = ask(client_of(lived_in), 400, users=["ann"], blocks=blocks, template="picks", about=ABOUT)
    assert "48" in said["detail"]
    assert not lived_in.sends.of(["ann"], "may")


def test_one_user_is_answered_when_the_email_is_sent(lived_in: wiring.Parts) -> None:
    client = client_of(lived_in)
    first = pull(client, "ann", count=4, filter="price < 60")
    assert len(first["picks"]) == 4
    assert first["campaign"] == "may"
    assert first["record"] == "at_once"
    assert {pick["block"] for pick in first["picks"]} == {"picks"}
    assert pull(client, "ann", count=4, filter="price < 60") == first
    response = client.get("/v1/users/ann/picks", params={"campaign": "may"})
    assert response.headers["cache-control"] == "no-store"


BAD: Sequence[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "not clear"),
    ({"users": []}, 422, "users"),
    ({"users": ["u"] * 1_001}, 422, "users"),
    ({"users": ["u", ""]}, 422, "users.1"),
    ({"users": ["u\n"]}, 422, "users.0"),
    ({"users": ["a@b.example"]}, 422, "e-mail"),
    ({"users": ["u"], "limit": 3}, 422, "limit"),
    ({"users": ["u"], "campaign": "a b"}, 422, "campaign"),
    ({"users": ["u"], "campaign": "a\n"}, 422, "campaign"),
    ({"users": ["u"], "blocks": [{"name": "a", "filter": "brnd = x"}]}, 400, "'brnd'"),
    ({"users": ["u"], "blocks": [{"name": "a"}, {"name": "a"}]}, 400, "name of its own"),
    ({"users": ["u"], "blocks": [{"name": "a", "count": 21}]}, 422, "count"),
    ({"users": ["u"], "blocks": [{"name": f"b{n}", "count": 20} for n in range(4)]}, 400, "60 at most"),
    ({"users": ["u"], "blocks": [{"name": "a", "scenario": "complements"}]}, 400, "trigger_product"),
    ({"users": ["u"], "trigger_product": "nothing"}, 404, "'nothing'"),
    ({"users": ["u"], "weekly_cap": 0}, 422, "weekly_cap"),
]


@pytest.mark.parametrize(("body", "status", "word"), BAD, ids=[str(place) for place in range(len(BAD))])
def test_what_cannot_be_asked_is_said(lived_in: wiring.Parts, body: dict[str, Any], status: int, word: str) -> None:
    assert word in ask(client_of(lived_in), status, **body)["detail"]


def test_before_anything_is_published_it_is_said(parts: wiring.Parts) -> None:
    assert "vitrine index" in ask(client_of(parts), 503, users=["u"])["detail"]


class TestSegments:
    USERS = tuple(f"member-{n}" for n in range(7))

    def keep(self, parts: wiring.Parts, users: Sequence[str]) -> None:
        keep_segment(wiring.segments(parts), parts.campaign_turns, "vip", users, parts.clock.now(), chunk_users=3)

    def test_pages_go_on_to_the_end_whoever_is_erased_meanwhile(
        self, lived_in: wiring.Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("functions.picks.post._EMAILS_AT_A_TIME", 2)
        monkeypatch.setattr("functions.picks.post._ENOUGH", 1)
        self.keep(lived_in, self.USERS)
        client, seen, cursor, calls = client_of(lived_in), list[str](), "", 0
        asked = {"segment": "vip", "template": "picks", "about": ABOUT}
        while cursor is not None:
            answer = ask(client, cursor=cursor, **asked)
            seen += [user["user_id"] for user in answer["users"]]
            assert all(user["picks"] and user["email"] for user in answer["users"])
            cursor, calls = answer["cursor"], calls + 1
            if calls == 1:
                assert client.delete("/v1/users/member-4").json() == {"erased": True, "more": False}
        assert seen == [user for user in self.USERS if user != "member-4"]
        assert calls == 4, "two, the third of its chunk, those left of the next one, and the last"

    def test_one_that_was_replaced_or_is_not_kept_is_said(
        self, lived_in: wiring.Parts, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = client_of(lived_in)
        detail = ask(client, 404, segment="vip")["detail"]
        assert detail == "No segment 'vip' is kept: keep one with vitrine segments --category CATEGORY --keep vip."
        self.keep(lived_in, self.USERS)
        cursor = ask(client, segment="vip")["cursor"]
        assert "another question" in ask(client, 400, segment="vip", campaign="june", cursor=cursor)["detail"]
        assert "another question" in ask(client, 400, cursor=cursor)["detail"]
        assert "not clear" in ask(client, 400, segment="vip", users=["ann"])["detail"]
        assert "not clear" in ask(client, 400)["detail"]
        of_users = encode_users(["x"], PicksBody(campaign="may", segment="vip").digest())
        assert "cannot be read" in ask(client, 400, segment="vip", cursor=of_users)["detail"]
        for name in ("../vip", "..", "vip\n", "x" * 65, "a/b"):
            ask(client, 422, segment=name)
        clock.forward(minutes=1)
        self.keep(lived_in, self.USERS[::-1])
        assert "first page again" in ask(client, 410, segment="vip", cursor=cursor)["detail"]
        clock.forward(days=90)
        ask(client, 404, segment="vip")
