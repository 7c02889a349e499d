"""Each part, broken under a live handler: what is answered then, and that the answer says so."""

import base64
import dataclasses
import json
import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mangum import Mangum

from functions.recommend.app import create_app
from shared import wiring
from shared.domain.deadline import deadline
from shared.domain.errors import Unavailable
from shared.domain.events import EventType
from shared.domain.recommendations import Part
from shared.services import degradation
from shared.services.pages import Question
from shared.services.popularity import refresh_popularity
from shared.services.recommend import for_you
from shared.services.rulebook import apply_rules
from shared.settings import PROJECT, Settings
from tests.breaking import ALL_READ, Breaking, BreakingIndexes, Hang, Recorder, unavailable, unexpected
from tests.support import NOW, StillClock, copied, event, opened, reindex, write_small_feed

FAULTS = pytest.mark.parametrize("fault", [unavailable, unexpected], ids=["unavailable", "unexpected"])
FOR_YOU = "/v1/users/u/recommendations"
SIMILAR = "/v1/products/p7/similar"
TRENDING = "/v1/trending"
LISTS = (FOR_YOU, SIMILAR, TRENDING)
POPULAR = {"p3", "p4", "p13", "p19", "p12"}
"""What the crowd bought; p13 and p19 are running shoes, p12 is sold out."""
PATIENCE = 30.0
"""Seconds: longer than a busy machine takes, shorter than a part hangs."""
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user u, who bought p3 and looked at a running shoe, and a crowd that has its favourites."""
    folder = tmp_path_factory.mktemp("lived-in")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed")
    reindex(parts, feed, folder / "work", images=images)
    mine = [event("u", EventType.VIEW, "p7"), event("u", EventType.PURCHASE, "p3", NOW - timedelta(days=40))]
    crowd = [event(f"c{n}", EventType.PURCHASE, each) for each in sorted(POPULAR) for n in range(3)]
    parts.events.add([*mine, *crowd])
    refresh_popularity(parts.events, parts.blobs, NOW)
    return folder / "data"


@pytest.fixture
def lived_in(built: Path, tmp_path: Path, clock: StillClock) -> wiring.Parts:
    return wiring.parts(Settings(data=copied(built, tmp_path / "lived-in")), clock)


@pytest.fixture
def patient_but(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Only the parts named are given up on soon: on a busy machine others may take their time and be no less whole."""

    def patient_but(*parts: Part) -> None:
        budgets = {part: degradation.BUDGETS[part] if part in parts else PATIENCE for part in Part}
        monkeypatch.setattr(degradation, "BUDGETS", budgets)

    return patient_but


@pytest.fixture
def hang() -> Iterator[Hang]:
    hang = Hang()
    yield hang
    hang.over.set()


def live(parts: wiring.Parts, telemetry: Recorder | None = None) -> Ask:
    """The real handler over ``parts``: a new process, as far as it can tell."""
    shop = wiring.shop(parts, telemetry=telemetry)  # type: ignore[arg-type]
    handler = Mangum(opened(create_app(lambda: shop)), lifespan="off")

    def ask(url: str, body: object = None, status: int = 200) -> dict[str, Any]:
        invocation = json.loads((PROJECT / "events" / "for_you.json").read_text())
        method, split = "GET" if body is None else "POST", urlsplit(url)
        invocation |= {"rawPath": split.path, "rawQueryString": split.query}
        invocation["queryStringParameters"] = {name: values[0] for name, values in parse_qs(split.query).items()}
        invocation["requestContext"]["http"] |= {"method": method, "path": split.path}
        if body is not None:
            invocation["body"] = json.dumps(body)
            invocation["headers"] |= {
                "content-type": "application/json",
                "content-length": str(len(invocation["body"])),
            }
        answer = handler(invocation, None)
        assert answer["statusCode"] == status, answer["body"]
        return json.loads(base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"])

    return ask


def without(parts: wiring.Parts, fault: Callable[[], object], *down: str, remote: bool = False) -> wiring.Parts:
    """``parts`` with those named after :class:`Part` broken; ``popularity`` and ``rules`` are the blobs."""
    fields: dict[str, Any] = {"remote": remote}
    for part in down:
        match part:
            case "index":
                fields["versions"] = Breaking(parts.versions, fault)
            case "events" | "products":
                fields[part] = Breaking(getattr(parts, part), fault)
            case "popularity" | "rules":
                fields["blobs"] = Breaking(parts.blobs, fault)
    return dataclasses.replace(parts, **fields)


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def sources(answer: dict[str, Any]) -> set[str]:
    return {item["source"] for item in answer["items"]}


def test_a_whole_answer_says_that_nothing_is_missing(lived_in: wiring.Parts) -> None:
    ask = live(lived_in)
    for url in LISTS:
        answer = ask(url)
        assert answer["items"]
        assert answer["degraded"] == []


class TestNoIndex:
    @pytest.fixture(params=["pointer", "open", "search", "vectors"])
    def broken(self, request: pytest.FixtureRequest, lived_in: wiring.Parts) -> Callable[..., wiring.Parts]:
        def parts_with(fault: Callable[[], object], remote: bool = False) -> wiring.Parts:
            match request.param:
                case "pointer":
                    versions: Any = Breaking(lived_in.versions, fault, "live")
                case "open":
                    versions = Breaking(lived_in.versions, fault, "open")
                case calls:
                    versions = BreakingIndexes(lived_in.versions, fault, calls)
            return dataclasses.replace(lived_in, versions=versions, remote=remote)

        return parts_with

    @FAULTS
    def test_for_you_is_what_is_popular_and_never_what_was_bought(
        self, broken: Callable[..., wiring.Parts], fault: Callable[[], object]
    ) -> None:
        answer = live(broken(fault))(f"{FOR_YOU}?limit=2")
        assert len(answer["items"]) == 2
        assert set(ids(answer)) < POPULAR - {"p3", "p12"}
        assert sources(answer) <= {"lately", "popular"}
        assert {item["reason"]["kind"] for item in answer["items"]} <= {"lately", "popular"}
        assert answer["degraded"] == ["index"]
        assert answer["cursor"] is None

    @FAULTS
    def test_similar_is_what_is_popular_of_its_kind(
        self, broken: Callable[..., wiring.Parts], fault: Callable[[], object]
    ) -> None:
        answer = live(broken(fault))(f"{SIMILAR}?limit=20")
        assert set(ids(answer)) == {"p13", "p19"}
        assert sources(answer) <= {"lately", "popular"}
        assert {item["reason"]["kind"] for item in answer["items"]} <= {"lately", "popular"}
        assert answer["degraded"] == ["index"]

    def test_a_hung_one_is_not_waited_for(
        self, broken: Callable[..., wiring.Parts], hang: Hang, patient_but: Callable[..., None]
    ) -> None:
        patient_but(Part.INDEX)
        with deadline(PATIENCE):
            answer = live(broken(hang, remote=True))(f"{FOR_YOU}?limit=2")
        assert set(ids(answer)) < POPULAR - {"p3", "p12"}
        assert answer["degraded"] == ["index"]
        assert hang.begun >= 1
        assert not hang.over.is_set()

    def test_similar_without_anything_of_its_kind_is_what_is_popular_at_all(self, lived_in: wiring.Parts) -> None:
        answer = live(without(lived_in, unavailable, "index"))("/v1/products/p5/similar")
        assert set(ids(answer)) == {"p3", "p4", "p7", "p13", "p19"}, "the crowd's, and what u looked at"

    def test_an_unknown_product_is_unknown_all_the_same(self, lived_in: wiring.Parts) -> None:
        live(without(lived_in, unavailable, "index"))("/v1/products/nope/similar", status=404)

    def test_health_says_so(self, lived_in: wiring.Parts) -> None:
        answer = live(without(lived_in, unavailable, "index"))("/health")
        assert (answer["status"], answer["index_version"]) == ("degraded", None)

    def test_it_fails_between_finding_and_scoring(self, lived_in: wiring.Parts) -> None:
        searched: list[int] = []

        def second_time() -> None:
            searched.append(1)
            if len(searched) == 2:
                unavailable()

        parts = dataclasses.replace(lived_in, versions=BreakingIndexes(lived_in.versions, second_time, "search"))
        answer = live(parts)(FOR_YOU)
        assert len(searched) == 2
        assert sources(answer) <= {"lately", "popular"}
        assert answer["degraded"] == ["index"]

    def test_a_reason_that_cannot_be_made_out_is_a_plain_one(self, lived_in: wiring.Parts) -> None:
        asked: list[int] = []

        def once_ranked() -> None:
            asked.append(1)
            if len(asked) == 3:  # of the taste, of the ranking's variety, of the reasons
                unavailable()

        parts = dataclasses.replace(lived_in, versions=BreakingIndexes(lived_in.versions, once_ranked, "vectors"))
        answer = live(parts)(f"{FOR_YOU}?limit=3")
        assert {item["reason"]["sentence"] for item in answer["items"]} == {"Picked for you"}
        assert answer["degraded"] == ["index"]


class TestNoEvents:
    @FAULTS
    def test_for_you_is_what_is_popular(self, lived_in: wiring.Parts, fault: Callable[[], object]) -> None:
        answer = live(without(lived_in, fault, "events"))(f"{FOR_YOU}?limit=3")
        assert set(ids(answer)) < POPULAR
        assert answer["degraded"] == ["events"]
        assert answer["cursor"] is None

    @FAULTS
    def test_a_session_is_followed_as_the_request_brings_it(
        self, lived_in: wiring.Parts, fault: Callable[[], object]
    ) -> None:
        session = [{"type": "purchase", "product_id": "p13"}, {"type": "view", "product_id": "p8"}]
        body = {"session": session, "user_id": "u", "limit": 20}
        answer = live(without(lived_in, fault, "events"))("/v1/recommendations", body)
        assert {item["reason"]["product_id"] for item in answer["items"]} >= {"p13", "p8"}
        assert "p13" not in ids(answer)
        assert answer["degraded"] == ["events"]

    def test_a_guest_misses_nothing(self, lived_in: wiring.Parts) -> None:
        body = {"session": [{"type": "view", "product_id": "p8"}]}
        assert live(without(lived_in, unavailable, "events"))("/v1/recommendations", body)["degraded"] == []

    def test_what_can_still_be_read_still_counts(self, lived_in: wiring.Parts) -> None:
        for missing in ("recent", "searched", "standing", "touched"):
            events = Breaking(lived_in.events, unavailable, missing)
            answer = live(dataclasses.replace(lived_in, events=events))(f"{FOR_YOU}?limit=50")
            assert answer["degraded"] == ["events"]
            assert not {"p3", "p7"} & set(ids(answer)), "bought and just looked at: two of the three reads say so"

    def test_a_hung_one_is_not_waited_for(
        self, lived_in: wiring.Parts, hang: Hang, patient_but: Callable[..., None]
    ) -> None:
        patient_but(Part.EVENTS)
        with deadline(PATIENCE):
            answer = live(without(lived_in, hang, "events", remote=True))(FOR_YOU)
        assert not hang.over.is_set()
        assert answer["degraded"] == ["events"]
        assert hang.begun == 4

    def test_from_afar_the_reads_go_side_by_side(
        self, lived_in: wiring.Parts, patient_but: Callable[..., None]
    ) -> None:
        patient_but()
        meeting = threading.Barrier(3, timeout=PATIENCE)
        events = Breaking(lived_in.events, meeting.wait, "recent", "standing", "touched")
        answer = live(dataclasses.replace(lived_in, events=events, remote=True))(FOR_YOU)
        assert answer["degraded"] == []
        assert answer["items"]


class TestNoProducts:
    @FAULTS
    def test_the_index_shows_them_as_it_was_made(self, lived_in: wiring.Parts, fault: Callable[[], object]) -> None:
        whole, answer = live(lived_in)(f"{FOR_YOU}?limit=50"), live(without(lived_in, fault, "products"))
        stale = answer(f"{FOR_YOU}?limit=50")
        assert stale["degraded"] == ["products"]
        assert ids(stale) == ids(whole)
        assert "p12" not in ids(stale)
        assert [item["product"]["title"] for item in stale["items"]] == [
            item["product"]["title"] for item in whole["items"]
        ]
        assert answer(SIMILAR)["degraded"] == ["products"]

    def test_its_pages_can_be_continued(self, lived_in: wiring.Parts) -> None:
        ask = live(without(lived_in, unavailable, "products"))
        first = ask(f"{FOR_YOU}?limit=5")
        second = ask(f"{FOR_YOU}?limit=5&cursor={first['cursor']}")
        assert second["degraded"] == ["products"]
        assert ids(first) + ids(second) == ids(live(lived_in)(f"{FOR_YOU}?limit=10"))

    def test_what_was_sold_out_a_minute_ago_still_is(self, lived_in: wiring.Parts, clock: StillClock) -> None:
        products = Breaking(lived_in.products, unavailable)
        products.whole = True
        ask = live(dataclasses.replace(lived_in, products=products))
        shown = ids(ask(f"{FOR_YOU}?limit=2"))
        clock.forward(minutes=1)
        everything = lived_in.products.get([f"p{n}" for n in range(1, 61)])
        gone, dearer = shown
        changed = [
            dataclasses.replace(each, stock=0) if each.id == gone else dataclasses.replace(each, price=99.0)
            for each in everything.values()
        ]
        lived_in.products.replace("v-next", clock.now(), changed)
        assert gone not in ids(ask(f"{FOR_YOU}?limit=2"))
        products.whole = False
        answer = ask(f"{FOR_YOU}?limit=2")
        assert gone not in ids(answer)
        assert {item["id"]: item["product"]["price"] for item in answer["items"]}[dearer] == 99.0
        assert answer["degraded"] == ["products"]

    def test_an_index_made_since_knows_better_than_what_was_seen_before(
        self, lived_in: wiring.Parts, clock: StillClock
    ) -> None:
        clock.forward(days=-2)
        products = Breaking(lived_in.products, unavailable)
        products.whole = True
        ask = live(dataclasses.replace(lived_in, products=products))
        sold_out = lived_in.products.get(["p13"])["p13"]
        ranged = lived_in.products.get([f"p{n}" for n in range(1, 61)])
        lived_in.products.replace("v-before", NOW, (ranged | {"p13": dataclasses.replace(sold_out, stock=0)}).values())
        assert "p13" not in ids(ask(f"{SIMILAR}?limit=50"))
        products.whole = False
        clock.forward(days=2)
        assert "p13" in ids(ask(f"{SIMILAR}?limit=50"))

    def test_a_hung_one_is_not_waited_for(
        self, lived_in: wiring.Parts, hang: Hang, patient_but: Callable[..., None]
    ) -> None:
        patient_but(Part.PRODUCTS)
        with deadline(PATIENCE):
            answer = live(without(lived_in, hang, "products", remote=True))(FOR_YOU)
        assert not hang.over.is_set()
        assert answer["degraded"] == ["products"]
        assert answer["items"]
        assert hang.begun == 1

    @FAULTS
    def test_without_an_index_either_a_new_process_has_an_empty_list(
        self, lived_in: wiring.Parts, fault: Callable[[], object]
    ) -> None:
        ask = live(without(lived_in, fault, "index", "products"))
        for url in LISTS:
            answer = ask(url)
            assert answer["items"] == []
            assert answer["degraded"] == ["index", "products"]

    def test_what_this_process_last_saw_is_still_shown(self, lived_in: wiring.Parts) -> None:
        index = BreakingIndexes(lived_in.versions, unavailable, "search", "vectors", "products")
        products = Breaking(lived_in.products, unavailable)
        ask = live(dataclasses.replace(lived_in, versions=index, products=products))
        products.whole = True
        ask(TRENDING)
        products.whole = False
        for url in LISTS:
            answer = ask(url)
            assert answer["items"], url
            assert not {"p12"} & set(ids(answer))
            assert answer["degraded"] == ["index", "products"]


class TestNoSnapshots:
    @FAULTS
    def test_a_new_process_goes_without_and_says_so(self, lived_in: wiring.Parts, fault: Callable[[], object]) -> None:
        answer = live(without(lived_in, fault, "popularity"))(FOR_YOU)
        assert "text" in answer["items"][0]["source"]
        assert answer["degraded"] == ["popularity", "rules"]
        assert answer["cursor"] is None

    @FAULTS
    def test_the_last_good_ones_stay_in_force(
        self, lived_in: wiring.Parts, clock: StillClock, fault: Callable[[], object]
    ) -> None:
        hide = {"id": "h", "kind": "hide", "products": ["p13"]}
        apply_rules(lived_in.blobs, {"rules": [hide]}, clock.now())
        blobs = Breaking(lived_in.blobs, fault)
        blobs.whole = True
        ask = live(dataclasses.replace(lived_in, blobs=blobs))
        whole = ask(f"{TRENDING}?limit=50")
        assert "p13" not in ids(whole)
        blobs.whole = False
        clock.forward(seconds=5)
        for _ in range(2):  # the second time it is not even asked again, and as much in trouble
            answer = ask(f"{TRENDING}?limit=50")
            assert ids(answer) == ids(whole)
            assert answer["degraded"] == ["popularity", "rules"]
        blobs.whole = True
        clock.forward(seconds=1)
        assert ask(TRENDING)["degraded"] == []

    def test_hidden_stays_hidden_whatever_else_is_down(self, lived_in: wiring.Parts, clock: StillClock) -> None:
        apply_rules(lived_in.blobs, {"rules": [{"id": "h", "kind": "hide", "filter": "brand = Bolt"}]}, clock.now())
        for down in (["index"], ["events"], ["products"], ["index", "events"], ["events", "products"]):
            ask = live(without(lived_in, unavailable, *down))
            for url in LISTS:
                answer = ask(f"{url}?limit=50")
                assert answer["items"], (down, url)
                assert {item["product"]["brand"] for item in answer["items"]} == {"Acme"}

    def test_a_hung_one_is_not_waited_for(
        self, lived_in: wiring.Parts, hang: Hang, patient_but: Callable[..., None]
    ) -> None:
        patient_but(Part.RULES, Part.POPULARITY)
        with deadline(PATIENCE):
            answer = live(without(lived_in, hang, "rules", remote=True))(FOR_YOU)
        assert not hang.over.is_set()
        assert answer["items"]
        assert answer["degraded"] == ["popularity", "rules"]

    def test_a_process_that_caught_up_needs_none_of_them_for_its_first_answer(self, lived_in: wiring.Parts) -> None:
        versions, blobs = Breaking(lived_in.versions, unavailable), Breaking(lived_in.blobs, unavailable)
        versions.whole = blobs.whole = True
        shop = wiring.shop(dataclasses.replace(lived_in, versions=versions, blobs=blobs))
        shop.catch_up()
        versions.whole = blobs.whole = False
        assert for_you(shop, "u", Question()).degraded == ()


class TestLaterPages:
    def test_a_page_whose_part_is_down_stays_where_it_is(self, lived_in: wiring.Parts, clock: StillClock) -> None:
        versions = BreakingIndexes(lived_in.versions, unavailable, "search")
        events, blobs = Breaking(lived_in.events, unavailable), Breaking(lived_in.blobs, unavailable)
        ask = live(dataclasses.replace(lived_in, versions=versions, events=events, blobs=blobs))
        events.whole = blobs.whole = True
        ask(TRENDING)  # opens the index
        (index,) = versions.opened
        index.whole = True
        undisturbed = ids(ask(f"{FOR_YOU}?limit=10"))
        first = ask(f"{FOR_YOU}?limit=5")
        later = f"{FOR_YOU}?limit=5&cursor={first['cursor']}"
        refresh_popularity(lived_in.events, lived_in.blobs, NOW + timedelta(days=1))
        clock.forward(seconds=6)
        ask(TRENDING)  # the page's own lists are no longer the newest, so they are read again
        for part, name in ((index, "index"), (events, "events"), (blobs, "popularity")):
            part.whole = False
            answer = ask(later)
            assert (answer["items"], answer["cursor"]) == ([], first["cursor"])
            assert answer["degraded"] == [name]
            assert answer["recommendation_id"] == first["recommendation_id"]
            part.whole = True
        assert ids(first) + ids(ask(later)) == undisturbed


class TestEverything:
    def test_all_of_it_down_is_an_empty_honest_list(self, lived_in: wiring.Parts) -> None:
        for fault in (unavailable, unexpected):
            ask = live(without(lived_in, fault, *ALL_READ))
            assert ask(FOR_YOU)["degraded"] == list(ALL_READ)
            for url in LISTS:
                answer = ask(url)
                assert (answer["items"], answer["cursor"], answer["index_version"]) == ([], None, "")

    def test_all_of_it_hung_is_answered_within_the_deadline(self, lived_in: wiring.Parts, hang: Hang) -> None:
        with deadline(2.5):
            answer = live(without(lived_in, hang, *ALL_READ, remote=True))(FOR_YOU)
        assert answer["degraded"] == list(ALL_READ)
        assert not hang.over.is_set()

    def test_what_is_wrong_with_the_request_is_still_said(self, lived_in: wiring.Parts) -> None:
        ask = live(without(lived_in, unavailable, *ALL_READ))
        assert "'brnd'" in ask(f"{FOR_YOU}?filter=brnd%3DAcme", status=400)["detail"]
        ask(f"{FOR_YOU}?cursor=abc", status=400)

    def test_a_shop_that_never_published_is_told_to(self, parts: wiring.Parts) -> None:
        assert "vitrine index FEED" in live(parts)(FOR_YOU, status=503)["detail"]

    def test_a_bug_leaves_its_traceback_and_a_count_and_a_known_trouble_neither(
        self, lived_in: wiring.Parts, caplog: pytest.LogCaptureFixture
    ) -> None:
        told = Recorder()
        live(without(lived_in, unexpected, "events"), told)(FOR_YOU)
        assert told.counts["unexpected.events"] == 4
        assert "a bug of ours" in caplog.text
        caplog.clear()
        told = Recorder()
        live(without(lived_in, unavailable, "events"), told)(FOR_YOU)
        assert not [name for name in told.counts if name.startswith("unexpected")]
        assert "events is down" in caplog.text
        assert "Traceback" not in caplog.text

    def test_operators_learn_what_an_answer_was_made_of(self, lived_in: wiring.Parts) -> None:
        told = Recorder()
        answer = live(lived_in, told)(f"{FOR_YOU}?limit=3")
        assert told.stages == {"index", "events", "products", "snapshots", "rank"}
        assert told.counts["fallback"] == 0
        assert told.counts["candidates"] > 3
        assert told.counts["source.text"] == 3
        assert told.facts == {
            "recommendation_id": answer["recommendation_id"],
            "index_version": answer["index_version"],
            "scenario": "for_you",
            "degraded": "",
        }
        told = Recorder()
        live(without(lived_in, unavailable, "index", "events"), told)(FOR_YOU)
        assert (told.counts["fallback"], told.counts["degraded.index"], told.counts["degraded.events"]) == (1, 1, 1)
        assert told.facts["degraded"] == "index,events"
        told = Recorder()
        live(without(lived_in, unavailable, "products"), told)("/v1/quiz")
        assert told.counts["degraded.products"] == 1

    def test_some_calls_fail_and_every_answer_says_which(self, lived_in: wiring.Parts, clock: StillClock) -> None:
        draw = random.Random(7)
        failed: set[str] = set()

        def sometimes(part: str) -> Callable[[], None]:
            def fault() -> None:
                if draw.random() < 0.1:
                    failed.add(part)
                    raise Unavailable("It was throttled: try again.")

            return fault

        apply_rules(lived_in.blobs, {"rules": [{"id": "h", "kind": "hide", "products": ["p19"]}]}, clock.now())
        parts = dataclasses.replace(
            lived_in,
            versions=BreakingIndexes(lived_in.versions, sometimes("index"), "search", "vectors", "products"),
            events=Breaking(lived_in.events, sometimes("events"), "recent", "standing", "touched"),
            products=Breaking(lived_in.products, sometimes("products"), "get", "groups", "newest"),
        )
        ask = live(parts)
        degraded = 0
        for number in range(300):
            failed.clear()
            answer = ask(f"{LISTS[number % 3]}?limit=8")
            assert set(answer["degraded"]) == failed
            assert not {"p19", "p12"} & set(ids(answer))
            assert answer["items"] or "products" in failed
            degraded += bool(failed)
        assert 50 < degraded < 250
