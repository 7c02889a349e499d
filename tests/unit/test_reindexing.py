"""Reindexes by request: what is asked for, who takes it, and how it is told."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.reindex.app import Desk, create_app
from functions.reindex.tasks import Office, run_task
from indexer.encode import Encoders
from indexer.feeds.source import open_source
from indexer.publish import Publisher
from local.indexing import IndexOptions
from local.reindexing import RUNS_KEPT, LocalStarter, Worker
from shared import wiring
from shared.domain.errors import Busy, InvalidInput, TurnLost, Unavailable
from shared.domain.events import EventType
from shared.services.reindexing import Outcome, Run, begin, checked_feed, finish, request_reindex, shown, status, want
from shared.settings import PROJECT, Settings, from_environment
from tests.support import (
    ColourEncoder,
    NoStarter,
    Silent,
    StillClock,
    WordEncoder,
    event,
    opened,
    reindex,
    small_feed_rows,
    write_small_feed,
)
from tests.unit.commands import vitrine


class BrokenStarter:
    def start(self, request_id: str) -> str:
        raise Unavailable("there is no room")


class Told:
    """Notices, kept."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.details: list[Mapping[str, Any]] = []
        self.figures: list[Mapping[str, float]] = []

    def tell(self, kind: str, detail: Mapping[str, Any], figures: Mapping[str, float]) -> None:
        self.kinds.append(kind)
        self.details.append(detail)
        self.figures.append(figures)


@pytest.fixture
def told(parts: wiring.Parts) -> Told:
    return Told()


@pytest.fixture
def encoders() -> Encoders:
    return Encoders(WordEncoder(), ColourEncoder())


@pytest.fixture
def worker(parts: wiring.Parts, told: Told, encoders: Encoders, tmp_path: Path) -> Worker:
    options = IndexOptions(images=tmp_path / "feed" / "images")
    parts = replace(parts, notices=told)
    return Worker(parts, lambda: encoders, open_source, tmp_path / "job", options, Silent())


def ids(*names: str) -> Any:
    return iter(names).__next__


def ask(parts: wiring.Parts, feed: object, name: str = "r1", full: bool = False) -> None:
    want(parts.state, parts.clock, lambda: name, str(feed), full)


class TestRequests:
    def test_a_request_is_written_before_its_job_is_started(self, parts: wiring.Parts) -> None:
        starter = NoStarter()
        assert request_reindex(parts.state, starter, parts.clock, ids("a"), "https://shop/feed.xml") == "a"
        assert starter.started == ["a"]
        wanted = status(parts.state).wanted
        assert wanted is not None
        assert (wanted.id, wanted.feed, wanted.at) == ("a", "https://shop/feed.xml", parts.clock.now())

    def test_one_whose_job_cannot_be_started_is_kept(self, parts: wiring.Parts) -> None:
        with pytest.raises(Unavailable, match=r"Request a is kept.*no room"):
            request_reindex(parts.state, BrokenStarter(), parts.clock, ids("a"), "https://shop/feed.xml")
        wanted = status(parts.state).wanted
        assert wanted is not None
        assert wanted.id == "a"

    def test_the_last_one_counts_and_remembers_those_before(self, parts: wiring.Parts) -> None:
        ask(parts, "https://shop/1", "a", full=True)
        ask(parts, "https://shop/2", "b")
        ask(parts, "https://shop/3", "c")
        wanted = status(parts.state).wanted
        assert wanted is not None
        assert (wanted.id, wanted.feed, wanted.full, wanted.instead_of) == ("c", "https://shop/3", True, ("b", "a"))

    def test_many_at_once_are_all_accounted_for(self, parts: wiring.Parts) -> None:
        threads = [threading.Thread(target=ask, args=(parts, "https://shop/f", f"r{number}")) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wanted = status(parts.state).wanted
        assert wanted is not None
        assert {wanted.id, *wanted.instead_of} == {f"r{number}" for number in range(8)}

    def test_what_a_killed_run_left_is_begun_again_and_the_killed_one_cannot_end_it(self, parts: wiring.Parts) -> None:
        ask(parts, "https://shop/1", "a")
        first = begin(parts.state, parts.clock, "run-1")
        again = begin(parts.state, parts.clock, "run-2")
        assert first is not None
        assert again is not None
        assert again.request.id == first.request.id == "a"
        late = Run("run-1", first.request, Outcome.SUCCEEDED, parts.clock.now(), 1.0)
        with pytest.raises(TurnLost, match="run-1"):
            finish(parts.state, late)
        finish(parts.state, replace(late, run="run-2"))
        assert begin(parts.state, parts.clock, "run-3") is None
        ended = [(run.run, run.outcome) for run in status(parts.state).runs]
        assert ended == [("run-2", Outcome.SUCCEEDED), ("run-1", Outcome.KILLED)]

    def test_a_newer_request_takes_the_place_of_what_was_left(self, parts: wiring.Parts) -> None:
        ask(parts, "https://shop/1", "a", full=True)
        begin(parts.state, parts.clock, "run-1")
        ask(parts, "https://shop/2", "b")
        running = begin(parts.state, parts.clock, "run-2")
        assert running is not None
        assert (running.request.id, running.request.instead_of, running.request.full) == ("b", ("a",), True)

    def test_the_end_of_a_run_may_be_told_twice(self, parts: wiring.Parts) -> None:
        """Its answer may be lost on the way, and the call is made again then."""
        ask(parts, "https://shop/1")
        running = begin(parts.state, parts.clock, "run-1")
        assert running is not None
        run = Run("run-1", running.request, Outcome.SUCCEEDED, parts.clock.now(), 1.0)
        finish(parts.state, run)
        finish(parts.state, run)
        assert len(status(parts.state).runs) == 1

    @pytest.mark.parametrize(
        "feed", ["https://shop.example/feed.xml?token=1", "s3://ours/feeds/été 2026.csv", "s3://ours/feeds/a/b.csv.gz"]
    )
    def test_feeds_that_may_be_named(self, feed: str) -> None:
        assert checked_feed(feed, "ours") == feed

    @pytest.mark.parametrize(
        "feed",
        [
            "http://shop.example/feed.xml", "file:///etc/passwd", "/etc/passwd", "s3://theirs/feeds/a.csv", "https://",
            "s3://ours/blobs/a.csv", "s3://ours/feeds/", "https://[::1", "https://a/\n", "https://a/" + "x" * 2_000, "",
        ],
    )  # fmt: skip
    def test_feeds_that_may_not(self, feed: str) -> None:
        with pytest.raises(InvalidInput, match="https URL"):
            checked_feed(feed, "ours")

    def test_a_bucket_that_is_none_names_nothing(self) -> None:
        with pytest.raises(InvalidInput):
            checked_feed("s3:///feeds/a.csv", "")

    def test_a_feed_is_shown_without_its_secrets(self) -> None:
        assert shown("https://me:pass@shop.example:444/feed.xml?token=1#x") == "https://shop.example:444/feed.xml"
        assert shown("s3://ours/feeds/a?b.csv") == "s3://ours/feeds/a?b.csv"


class TestWorker:
    def test_what_is_asked_for_goes_live_and_is_told(
        self, parts: wiring.Parts, worker: Worker, told: Told, tmp_path: Path
    ) -> None:
        feed, _ = write_small_feed(tmp_path / "feed")
        with feed.open("a") as more:
            more.write("{}\n")
        ask(parts, feed)
        (run,) = worker.work()
        assert (run.outcome, run.counts["products"], run.counts["bad_rows"]) == (Outcome.SUCCEEDED, 60, 1)
        assert run.version == parts.versions.live()
        known = status(parts.state)
        assert (known.wanted, known.running, known.runs) == (None, None, (run,))
        report = json.loads(parts.blobs.get(f"runs/{run.run}/report.json") or b"")
        assert report["report"]["rejects"] == f"runs/{run.run}/rejects.jsonl"
        (line,) = (parts.blobs.get(f"runs/{run.run}/rejects.jsonl") or b"").splitlines()
        assert json.loads(line)["line"] == 61
        assert told.kinds == ["reindex-succeeded"]
        assert told.figures[0]["Products"] == 60
        assert told.figures[0]["RejectedRows"] == 1
        assert worker.work() == []

    def test_a_failed_run_leaves_what_is_live_and_says_why(
        self, small_shop: wiring.Parts, worker: Worker, told: Told, tmp_path: Path
    ) -> None:
        live = small_shop.versions.live()
        feed, _ = write_small_feed(tmp_path / "feed", small_feed_rows()[:20])
        small_shop.clock.forward(minutes=1)  # type: ignore[attr-defined]
        ask(small_shop, feed)
        (run,) = worker.work()
        assert (run.outcome, run.version) == (Outcome.FAILED, "")
        assert "20 products where the live version has 60" in run.error
        assert small_shop.versions.live() == live
        assert told.kinds == ["reindex-failed"]
        assert status(small_shop.state).runs[0].error == run.error
        assert worker.work() == []  # it is not tried again by itself

    def test_an_error_that_nobody_foresaw_is_told_without_its_words(
        self, parts: wiring.Parts, worker: Worker, told: Told, tmp_path: Path
    ) -> None:
        def broken() -> Encoders:
            raise ZeroDivisionError("secret")

        feed, _ = write_small_feed(tmp_path / "feed")
        ask(parts, feed)
        (run,) = replace(worker, encoders=broken).work()
        assert run.error == "The run broke off with ZeroDivisionError: look into its log."
        assert told.kinds == ["reindex-failed"]

    def test_what_is_asked_for_meanwhile_is_run_by_the_one_at_work(
        self, parts: wiring.Parts, worker: Worker, encoders: Encoders, tmp_path: Path
    ) -> None:
        first, _ = write_small_feed(tmp_path / "feed")
        rows = small_feed_rows()
        rows[0]["title"] = "Renamed"
        second, _ = write_small_feed(tmp_path / "second", rows)
        refused: list[str] = []

        def meanwhile() -> Encoders:
            if not refused:
                ask(parts, second, "r2")
                with pytest.raises(Busy) as busy:
                    replace(worker, folder=tmp_path / "other").work()
                refused.append(str(busy.value))
            return encoders

        ask(parts, first, "r1")
        runs = replace(worker, encoders=meanwhile).work()
        assert [run.request.id for run in runs] == ["r1", "r2"]
        assert refused[0].startswith("Another run is at work")
        assert parts.products.get(["p1"])["p1"].title == "Renamed"

    def test_what_is_asked_for_while_the_turn_is_given_back_is_not_lost(
        self, parts: wiring.Parts, worker: Worker, tmp_path: Path
    ) -> None:
        """Whoever asks then finds the turn taken, by one that had looked for the last time."""
        feed, _ = write_small_feed(tmp_path / "feed")

        class LateTurns:
            def __init__(self) -> None:
                self.asked = False

            def take(self, job: str) -> Any:
                return self

            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                if not self.asked:
                    self.asked = True
                    ask(parts, feed, "late")

            fence = 0

            def check(self) -> None: ...

        ask(parts, feed, "early")
        runs = replace(worker, parts=replace(worker.parts, turns=LateTurns())).work()
        assert [run.request.id for run in runs] == ["early", "late"]

    def test_the_turn_is_waited_for_and_not_for_ever(self, parts: wiring.Parts, worker: Worker, tmp_path: Path) -> None:
        feed, _ = write_small_feed(tmp_path / "feed")
        ask(parts, feed)
        patient = replace(worker, patience=30)
        with parts.turns.take("train"):
            with pytest.raises(Busy):
                worker.work()
            runs: list[Run] = []
            waiting = threading.Thread(target=lambda: runs.extend(patient.work()))
            waiting.start()
            waiting.join(0.2)
            assert waiting.is_alive()
        waiting.join(30)
        assert [run.outcome for run in runs] == [Outcome.SUCCEEDED]

    def test_who_waits_for_what_another_has_done_meanwhile_ends(self, parts: wiring.Parts, worker: Worker) -> None:
        ask(parts, "https://shop/feed.xml")
        with parts.turns.take("another"):
            runs: list[list[Run]] = []
            waiting = threading.Thread(target=lambda: runs.append(replace(worker, patience=30).work()))
            waiting.start()
            running = begin(parts.state, parts.clock, "another")
            assert running is not None
            finish(parts.state, Run("another", running.request, Outcome.SUCCEEDED, parts.clock.now(), 1.0))
            waiting.join(10)
        assert runs == [[]]

    def test_the_last_results_are_kept(self, parts: wiring.Parts, worker: Worker, tmp_path: Path) -> None:
        for number in range(RUNS_KEPT + 3):
            parts.blobs.put(f"runs/20200101T0000{number:02}Z-00000000/report.json", b"{}")
        feed, _ = write_small_feed(tmp_path / "feed")
        ask(parts, feed)
        (run,) = worker.work()
        kept = {name.split("/")[1] for name in parts.blobs.names("runs")}
        assert len(kept) == RUNS_KEPT
        assert run.run in kept
        assert "20200101T000003Z-00000000" not in kept


class TestReuse:
    """A machine that starts empty has what the live version has."""

    def test_only_what_changed_is_encoded(
        self, small_shop: wiring.Parts, tmp_path: Path, encoders: Encoders, clock: StillClock
    ) -> None:
        rows = [*small_feed_rows(), small_feed_rows()[0] | {"id": "new", "item_group_id": "new"}]
        rows[0]["title"] = "Entirely new title"
        rows[1]["price"] = "1.00 EUR"
        feed, images = write_small_feed(tmp_path / "feed", rows)
        before = small_shop.versions.open(small_shop.versions.live() or "").vectors(["p7"])
        clock.forward(minutes=5)
        report = reindex(small_shop, feed, tmp_path / "empty", encoders, images)
        assert (report.encoded_texts, report.encoded_images) == (2, 1)
        assert (encoders.text.encoded, encoders.image.encoded) == (2, 1)  # type: ignore[attr-defined]
        assert report.reused_vectors == 59 + 60
        assert report.changed == 3
        after = small_shop.versions.open(report.version).vectors(["p7"])
        for space, vector in before["p7"].items():
            assert str(after["p7"][space]) == str(vector)

    def test_another_encoder_takes_nothing_over(
        self, small_shop: wiring.Parts, tmp_path: Path, encoders: Encoders, clock: StillClock
    ) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        other = WordEncoder(replace(encoders.text.info, revision="2"))
        clock.forward(minutes=5)
        report = reindex(small_shop, feed, tmp_path / "empty", Encoders(other, encoders.image), images)
        assert (report.encoded_texts, report.encoded_images) == (60, 0)

    @pytest.mark.parametrize("harm", ["old catalogue", "no catalogue", "broken shard"])
    def test_what_cannot_be_taken_over_is_encoded(
        self, small_shop: wiring.Parts, tmp_path: Path, encoders: Encoders, clock: StillClock, harm: str
    ) -> None:
        live = small_shop.versions.live()
        name = f"catalogues/{live}.jsonl.gz"
        if harm == "no catalogue":
            small_shop.blobs.remove(name)
        elif harm == "broken shard":
            for path in (tmp_path / "data" / "versions" / str(live) / "shard").rglob("*.json"):
                path.write_text("{")
        else:
            lines = map(json.loads, gzip.decompress(small_shop.blobs.get(name) or b"").splitlines())
            old = [{"hash": line["hash"], "product": line["product"]} for line in lines]
            small_shop.blobs.put(name, gzip.compress("".join(json.dumps(line) + "\n" for line in old).encode()))
        feed, images = write_small_feed(tmp_path / "feed")
        clock.forward(minutes=5)
        report = reindex(small_shop, feed, tmp_path / "empty", encoders, images)
        assert (report.encoded_texts, report.encoded_images, report.reused_vectors) == (60, 60, 0)

    def test_a_full_run_takes_nothing_that_is_there(
        self, small_shop: wiring.Parts, tmp_path: Path, encoders: Encoders, clock: StillClock
    ) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        before = small_shop.versions.live()
        small_shop.events.add([event("u", EventType.VIEW, "p1"), event("u", EventType.VIEW, "p2")])
        for _ in range(2):  # the second with a cache of the first
            clock.forward(minutes=5)
            report = reindex(small_shop, feed, tmp_path / "work", encoders, images, full=True)
            assert (report.encoded_texts, report.encoded_images, report.reused_vectors) == (60, 60, 0)
            assert (report.changed, report.published) == (60, True)
            assert report.solved_rows == report.learnt_products == 2
            assert report.version != before
        first = Publisher(small_shop.versions, small_shop.products, small_shop.blobs).live()
        assert first is not None
        assert first.version == report.version


@pytest.fixture
def desk(parts: wiring.Parts) -> Desk:
    return Desk(parts.state, NoStarter(), parts.clock, "https://shop/usual.xml", "ours")


class TestOverHttp:
    @pytest.fixture
    def client(self, desk: Desk) -> TestClient:
        return TestClient(opened(create_app(lambda: desk)))

    def test_a_request_is_taken_and_seen(self, client: TestClient, desk: Desk) -> None:
        answer = client.post("/v1/reindex", json={"feed": "https://me:pw@shop.example/f.csv?token=1", "full": True})
        assert answer.status_code == 202
        request = answer.json()["request_id"]
        assert desk.starter.started == [request]  # type: ignore[attr-defined]
        wanted = client.get("/v1/reindex").json()["wanted"]
        assert (wanted["request_id"], wanted["feed"], wanted["full"]) == (request, "https://shop.example/f.csv", True)

    def test_the_usual_feed_is_meant_where_none_is_named(self, client: TestClient, desk: Desk) -> None:
        assert client.post("/v1/reindex").status_code == 202
        assert client.post("/v1/reindex", json={}).status_code == 202
        wanted = status(desk.state).wanted
        assert wanted is not None
        assert wanted.feed == "https://shop/usual.xml"

    def test_the_last_runs_are_seen(self, client: TestClient, desk: Desk, clock: StillClock) -> None:
        for number in range(22):
            client.post("/v1/reindex")
            running = begin(desk.state, clock, f"run-{number}")
            assert running is not None
            failed = number % 2
            outcome = Outcome.FAILED if failed else Outcome.SUCCEEDED
            error = "The feed is bad." * 200 if failed else ""
            run = Run(running.run, running.request, outcome, clock.now(), 2.5, "v1", {"products": 3}, error)
            finish(desk.state, run)
        body = client.get("/v1/reindex").json()
        assert (body["wanted"], body["running"]) == (None, None)
        assert [run["run"] for run in body["runs"]] == [f"run-{number}" for number in range(21, 1, -1)]
        assert [run["outcome"] for run in body["runs"][:2]] == ["failed", "succeeded"]
        assert body["runs"][0]["error"].startswith("The feed is bad.")
        assert len(body["runs"][0]["error"]) == 1_000
        assert body["runs"][1]["counts"] == {"products": 3}

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_key_is_needed(self, desk: Desk, method: str) -> None:
        answer = TestClient(create_app(lambda: desk)).request(method, "/v1/reindex")
        assert answer.status_code == 401
        assert status(desk.state).wanted is None

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"feed": "http://169.254.169.254/latest"}, 400),
            ({"feed": "file:///etc/passwd"}, 400),
            ({"feed": "s3://theirs/feeds/a.csv"}, 400),
            ({"feed": "https://a/" + "x" * 3_000}, 422),
            ({"feeds": "https://a/b"}, 422),
            ({"full": "perhaps"}, 422),
            ([1], 422),
        ],
    )
    def test_what_cannot_be_taken_is_a_problem(self, client: TestClient, desk: Desk, body: Any, code: int) -> None:
        answer = client.post("/v1/reindex", json=body)
        assert answer.status_code == code
        assert answer.headers["content-type"] == "application/problem+json"
        assert status(desk.state).wanted is None

    def test_a_job_that_cannot_be_started_is_503(self, parts: wiring.Parts) -> None:
        desk = Desk(parts.state, BrokenStarter(), parts.clock, "https://shop/usual.xml")
        answer = TestClient(opened(create_app(lambda: desk))).post("/v1/reindex")
        assert answer.status_code == 503
        assert "is kept" in answer.json()["detail"]

    def test_no_feed_at_all_is_said_and_then_the_last_one_is_meant(self, parts: wiring.Parts) -> None:
        desk = Desk(parts.state, NoStarter(), parts.clock)
        client = TestClient(opened(create_app(lambda: desk)))
        answer = client.post("/v1/reindex")
        assert (answer.status_code, "VITRINE_FEED" in answer.json()["detail"]) == (400, True)
        client.post("/v1/reindex", json={"feed": "https://shop/a.csv"})
        begin(parts.state, parts.clock, "run-1")
        assert client.post("/v1/reindex", json={"full": True}).status_code == 202
        wanted = status(parts.state).wanted
        assert wanted is not None
        assert (wanted.feed, wanted.full) == ("https://shop/a.csv", True)


class TestTasks:
    def run(self, desk: Desk, parts: wiring.Parts, event: Mapping[str, Any]) -> dict[str, str]:
        return run_task(lambda _: Office(desk, parts.events, parts.blobs), lambda: [""], event)

    def sample(self, name: str) -> dict[str, Any]:
        return json.loads((PROJECT / "events" / "tasks" / f"{name}.json").read_text())

    def created(self, key: str, size: int = 10, bucket: str = "ours") -> dict[str, Any]:
        event = self.sample("feed_dropped")
        event["detail"]["bucket"]["name"] = bucket
        event["detail"]["object"] |= {"key": key, "size": size}
        return event

    def test_the_schedule_asks_for_the_usual_feed(self, desk: Desk, parts: wiring.Parts) -> None:
        answer = self.run(desk, parts, self.sample("reindex"))
        wanted = status(parts.state).wanted
        assert wanted is not None
        assert (wanted.id, wanted.feed) == (answer["request_id"], "https://shop/usual.xml")

    def test_the_popular_products_are_ranked(self, desk: Desk, parts: wiring.Parts) -> None:
        parts.events.add([event("u", EventType.VIEW, "p1")])
        answer = self.run(desk, parts, self.sample("popularity"))
        (name,) = parts.blobs.names("popularity")
        assert answer["snapshot"] in name
        assert status(parts.state).wanted is None

    @pytest.mark.parametrize("key", ["feeds/a.csv", "feeds/Été 2026/tout+neuf %20 & plus?.XML", "feeds/x.v2.jsonl.gz"])
    def test_a_dropped_feed_is_asked_for_by_its_name(self, desk: Desk, parts: wiring.Parts, key: str) -> None:
        assert "request_id" in self.run(desk, parts, self.created(key))
        wanted = status(parts.state).wanted
        assert wanted is not None
        assert wanted.feed == f"s3://ours/{key}"

    @pytest.mark.parametrize(
        ("key", "size", "bucket"),
        [
            ("feeds/a.csv.part", 10, "ours"), ("feeds/.a.csv", 10, "ours"), ("feeds/_SUCCESS.csv", 10, "ours"),
            ("feeds/a.exe", 10, "ours"), ("feeds/a.exe.gz", 10, "ours"), ("feeds/a", 10, "ours"),
            ("feeds/a.csv", 0, "ours"), ("feeds/a.csv", 9 << 30, "ours"), ("deltas/a.csv", 10, "ours"),
            ("feeds/a.csv", 10, "theirs"), ("feeds/", 0, "ours"),
        ],
    )  # fmt: skip
    def test_what_is_no_feed_is_left_alone(
        self, desk: Desk, parts: wiring.Parts, key: str, size: int, bucket: str
    ) -> None:
        assert self.run(desk, parts, self.created(key, size, bucket)).keys() == {"ignored"}
        assert status(parts.state).wanted is None

    @pytest.mark.parametrize("event", [{}, {"task": "dance"}, {"detail-type": "Object Deleted", "detail": {}}])
    def test_an_unknown_event_is_an_error(self, desk: Desk, parts: wiring.Parts, event: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            self.run(desk, parts, event)


class TestCommand:
    def test_it_runs_what_is_asked_for_and_fails_with_it(self, tmp_path: Path) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        ran = [
            vitrine("reindex", *arguments, "--images", images, "--data", tmp_path / "data", "--json")
            for arguments in ((feed,), ("nowhere.csv",), ())
        ]
        assert [each.returncode for each in ran] == [0, 1, 0], ran
        (run,) = json.loads(ran[0].stdout)["runs"]
        assert (run["outcome"], run["counts"]["products"]) == ("succeeded", 60)
        assert ran[1].stderr.startswith("vitrine: The feed ")
        assert ran[1].stderr.count("\n") == 1
        assert json.loads(ran[2].stdout) == {"runs": []}

    def test_the_server_starts_it(self, tmp_path: Path) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        settings = Settings(data=tmp_path / "data", feed=str(feed))
        parts = wiring.parts(settings)
        desk = Desk(parts.state, LocalStarter(settings.data, images), parts.clock, settings.feed)
        assert TestClient(opened(create_app(lambda: desk))).post("/v1/reindex").status_code == 202
        until = time.monotonic() + 60
        while not status(parts.state).runs and time.monotonic() < until:
            time.sleep(0.05)
        (run,) = status(parts.state).runs
        assert (run.outcome, run.counts["products"]) == (Outcome.SUCCEEDED, 60)

    def test_told_to_end_it_leaves_its_request_to_the_next(self, tmp_path: Path) -> None:
        """SIGTERM is how a container is stopped."""
        settings = Settings(data=tmp_path / "data")
        parts = wiring.parts(settings)
        pipe = tmp_path / "feed.csv"
        want(parts.state, parts.clock, lambda: "r1", str(pipe))
        with parts.turns.take("train"):
            entry = [sys.executable, "-c", "from local.cli import main; main()"]
            typed = [*entry, "reindex", "--wait", "60", "--data", str(settings.data)]
            process = subprocess.Popen(typed, cwd=PROJECT, stderr=subprocess.PIPE)
            while not _handles_sigterm(process.pid):
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (143, b"")
        wanted = status(parts.state).wanted
        assert wanted is not None
        assert wanted.id == "r1"


def _handles_sigterm(pid: int) -> bool:
    caught = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_on_aws_the_folder_is_a_place_that_can_be_written_to() -> None:
    assert from_environment({}).data == Path("var/vitrine")
    on_aws = from_environment({"VITRINE_BUCKET": "ours"}).data
    assert os.access(on_aws.parent, os.W_OK)
    assert on_aws.name == "vitrine-ours"
    assert from_environment({"VITRINE_BUCKET": "ours", "VITRINE_DATA": "/elsewhere"}).data == Path("/elsewhere")
