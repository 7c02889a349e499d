"""Reindexes on AWS: asked for by a file, a schedule or a call; one at a time; taken over from a job that died."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from functions.reindex.app import Desk
from functions.reindex.tasks import Office, run_task
from indexer.encode import Encoders
from indexer.publish import Publisher
from local.cli import app
from local.indexing import IndexOptions
from local.reindexing import Worker, feed_opener
from shared import wiring
from shared.adapters.batch import BatchStarter
from shared.adapters.cloud_notices import CloudNotices
from shared.adapters.leases import LeaseTurns
from shared.adapters.secrets import read_secret
from shared.domain.errors import Busy, Unavailable
from shared.services.reindexing import Outcome, Run, status, want
from shared.settings import PROJECT, Aws, Settings
from tests.aws.conftest import names
from tests.aws.runtime_api import running
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.key_maker import make_key
from tests.support import ColourEncoder, NoStarter, Silent, WordEncoder, small_feed_rows, write_small_feed

SHORT_LEASE = 3.0
"""Seconds, of the job that is killed; in life it is a minute, as here for the others."""


class Shop:
    """A shop on AWS, and machines that start empty to index it."""

    def __init__(self, stand_in: AwsStandIn, aws: Aws, folder: Path, lease: float = 60.0) -> None:
        self.aws = aws
        self.folder = folder
        self.lease = lease
        self.s3 = stand_in.connections.client("s3")
        self.machines = 0
        self.parts = self.parts_of("first")

    def settings(self, machine: str) -> Settings:
        return Settings(data=self.folder / machine, aws=self.aws)

    def parts_of(self, machine: str) -> wiring.Parts:
        parts = wiring.parts(self.settings(machine), patient=True)
        return replace(parts, turns=LeaseTurns(parts.state, parts.clock, self.lease))

    def worker(self, encoders: Encoders | None = None, patience: float = 0.0) -> Worker:
        """On a machine of its own."""
        self.machines += 1
        settings = self.settings(f"machine-{self.machines}")
        made = encoders or Encoders(WordEncoder(), ColourEncoder())
        options = IndexOptions(images=self.folder / "images")
        parts = self.parts_of(settings.data.name)
        return Worker(parts, lambda: made, feed_opener(settings), settings.data, options, Silent(), patience)

    def drop(self, key: str, rows: list[dict[str, object]] | None = None) -> dict[str, Any]:
        """Put a feed into the bucket; returns what S3 tells the function."""
        feed, _ = write_small_feed(self.folder, rows or rows_of_feed())
        self.s3.upload_file(str(feed), self.aws.bucket, key)
        event = json.loads((PROJECT / "events" / "tasks" / "feed_dropped.json").read_text())
        event["detail"]["bucket"]["name"] = self.aws.bucket
        event["detail"]["object"] |= {"key": key, "size": feed.stat().st_size}
        return event

    def ask(self, key: str, rows: list[dict[str, object]] | None = None) -> str:
        """Drop a feed and have the function hear of it; returns the request's id."""
        desk = Desk(self.parts.state, NoStarter(), self.parts.clock, bucket=self.aws.bucket)
        task = self.drop(key, rows)
        office = Office(desk, self.parts.events, self.parts.blobs)
        return str(run_task(lambda _: office, lambda: [""], task)["request_id"])


@pytest.fixture(autouse=True)
def few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ranking of the popular products asks for each day of the window: seconds of moto's."""
    monkeypatch.setattr("shared.services.popularity.WINDOW_DAYS", 2)


@pytest.fixture
def shop(aws: AwsStandIn, aws_names: Aws, tmp_path: Path) -> Shop:
    return Shop(aws, aws_names, tmp_path)


def rows_of_feed() -> list[dict[str, object]]:
    return small_feed_rows()[:12]


def renamed() -> list[dict[str, object]]:
    rows = rows_of_feed()
    rows[0]["title"] = "Renamed"
    return rows


def test_a_dropped_feed_goes_live_and_the_next_machine_encodes_only_what_changed(shop: Shop) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    first = shop.ask("feeds/été 2026/tout+neuf %20.jsonl")
    (run,) = shop.worker().work()
    assert (run.request.id, run.outcome, run.error) == (first, Outcome.SUCCEEDED, "")
    live = Publisher(shop.parts.versions, shop.parts.products, shop.parts.blobs).live()
    assert live is not None
    assert (live.version, live.products) == (run.version, 12)
    assert before <= live.offers_as_of <= datetime.now(UTC)
    assert shop.parts.blobs.names(f"runs/{run.run}") == [f"runs/{run.run}/report.json"]

    shop.ask("feeds/next.jsonl", renamed())
    encoders = Encoders(WordEncoder(), ColourEncoder())
    (run,) = shop.worker(encoders).work()
    assert (run.counts["encoded_texts"], run.counts["encoded_images"], run.counts["changed"]) == (1, 0, 1)
    assert (encoders.text.encoded, encoders.image.encoded) == (1, 0)  # type: ignore[attr-defined]
    assert shop.parts.versions.open(run.version).count() == 12
    assert shop.parts.products.get(["p1"])["p1"].title == "Renamed"


def test_a_feed_that_is_gone_or_too_large_fails_the_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.ask("feeds/a.jsonl")
    shop.s3.delete_object(Bucket=shop.aws.bucket, Key="feeds/a.jsonl")
    (run,) = shop.worker().work()
    assert (run.outcome, "is not there" in run.error) == (Outcome.FAILED, True)
    shop.ask("feeds/a.jsonl")
    monkeypatch.setattr("local.reindexing.MAX_DOWNLOAD", 100)
    (run,) = shop.worker().work()
    assert (run.outcome, "at most 100" in run.error) == (Outcome.FAILED, True)
    assert shop.parts.versions.live() is None


def test_a_feed_outside_of_the_folder_is_not_read(shop: Shop) -> None:
    (shop.folder / "images").mkdir()
    for feed in (f"s3://{shop.aws.bucket}/blobs/published.json", "s3://another/feeds/a.jsonl"):
        want(shop.parts.state, shop.parts.clock, lambda: "r1", feed)
        (run,) = shop.worker().work()
        assert run.outcome is Outcome.FAILED
        assert "cannot be taken" in run.error


def test_of_two_that_start_together_one_runs_and_takes_both_requests(shop: Shop) -> None:
    first = shop.ask("feeds/a.jsonl")
    begun, go_on = threading.Event(), threading.Event()

    class Waiting(WordEncoder):
        def encode_texts(self, texts: Any) -> Any:
            begun.set()
            assert go_on.wait(60)
            return super().encode_texts(texts)

    runs: list[Run] = []
    worker = shop.worker(Encoders(Waiting(), ColourEncoder()))
    one = threading.Thread(target=lambda: runs.extend(worker.work()))
    one.start()
    try:
        assert begun.wait(60)
        second = shop.ask("feeds/b.jsonl", renamed())
        with pytest.raises(Busy, match="The job reindex is at work") as busy:
            shop.worker().work()
        assert str(busy.value).count(". ") == 0
    finally:
        go_on.set()
        one.join(120)
    assert [(run.request.id, run.outcome) for run in runs] == [
        (first, Outcome.SUCCEEDED),
        (second, Outcome.SUCCEEDED),
    ]
    assert shop.parts.products.get(["p1"])["p1"].title == "Renamed"


HOLDER = """
import sys, time
from pathlib import Path
from shared.settings import from_environment
from tests.aws.test_reindex_jobs import SHORT_LEASE, Shop
from tests.aws_stand_in import AwsStandIn
from tests.support import ColourEncoder, WordEncoder
from indexer.encode import Encoders

class Stuck(ColourEncoder):
    def encode_images(self, images):
        print("at work", flush=True)
        time.sleep(600)

shop = Shop(AwsStandIn(), from_environment().aws, Path(sys.argv[1]), SHORT_LEASE)
shop.worker(Encoders(WordEncoder(), Stuck())).work()
"""


def test_from_a_job_that_was_killed_the_next_takes_over(shop: Shop, aws: AwsStandIn) -> None:
    first = shop.ask("feeds/a.jsonl")
    shop.worker().work()
    live = shop.parts.versions.live()
    rows = [*renamed(), rows_of_feed()[0] | {"id": "new", "item_group_id": "new"}]
    request = shop.ask("feeds/b.jsonl", rows)
    assert request != first
    command = [sys.executable, "-c", HOLDER, str(shop.folder / "holder")]
    (shop.folder / "holder").mkdir()
    (shop.folder / "holder" / "images").symlink_to(shop.folder / "images")
    environment = os.environ | aws.environment | names(shop.aws)
    holder = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "at work\n"
        with pytest.raises(Busy):
            shop.worker().work()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate(timeout=30)
    fence = _fence(shop)
    assert shop.parts.versions.live() == live
    killed = status(shop.parts.state).running
    assert killed is not None
    assert killed.request.id == request
    started = time.monotonic()
    (run,) = shop.worker(patience=60).work()
    assert time.monotonic() - started < 60
    assert (run.request.id, run.outcome) == (request, Outcome.SUCCEEDED)
    assert _fence(shop) == fence + 1
    assert shop.parts.versions.live() == run.version != live
    assert shop.parts.products.get(["p1"])["p1"].title == "Renamed"
    known = status(shop.parts.state)
    assert (known.wanted, known.running) == (None, None)
    assert [each.outcome for each in known.runs] == [Outcome.SUCCEEDED, Outcome.KILLED, Outcome.SUCCEEDED]
    assert shop.worker().work() == []


def _fence(shop: Shop) -> int:
    record = shop.parts.state.get("turn")
    assert record is not None
    return int(record.value["fence"])


def test_commands_work_against_aws(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.ask("feeds/a.jsonl")
    (first,) = shop.worker().work()
    shop.ask("feeds/b.jsonl", renamed())
    (second,) = shop.worker().work()
    assert shop.parts.versions.live() == second.version
    for name, value in (names(shop.aws) | {"VITRINE_DATA": str(shop.folder / "laptop")}).items():
        monkeypatch.setenv(name, value)

    def vitrine(*arguments: str) -> Any:
        ran = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
        assert ran.exit_code == 0
        return json.loads(ran.stdout)

    listed = vitrine("versions")
    assert (listed["live"], len(listed["versions"])) == (second.version, 2)
    assert vitrine("rollback")["live"] == first.version == shop.parts.versions.live()
    assert shop.parts.products.get(["p1"])["p1"].title != "Renamed"
    assert vitrine("train")["version"] == first.version
    assert vitrine("rules", "show")["rules"] == []
    assert vitrine("reindex") == {"runs": []}


class TestBatch:
    def test_a_job_is_submitted_under_the_requests_name(self, aws: AwsStandIn, job_queue: tuple[str, str]) -> None:
        job = BatchStarter(aws.connections, *job_queue).start("0123abc")
        (described,) = aws.connections.client("batch").describe_jobs(jobs=[job])["jobs"]
        assert (described["jobName"], described["jobQueue"]) == ("reindex-0123abc", job_queue[0])

    def test_what_batch_refuses_is_unavailable(self, aws: AwsStandIn, job_queue: tuple[str, str]) -> None:
        with pytest.raises(Unavailable, match="does not take the job"):
            BatchStarter(aws.connections, "nowhere", job_queue[1]).start("1")

    def test_a_throttled_call_is_made_again(self, aws: AwsStandIn, job_queue: tuple[str, str]) -> None:
        refused: list[Call] = []

        def once(call: Call) -> Fault | None:
            if call.service == "batch" and not refused:
                refused.append(call)
                return Fault(429, "TooManyRequestsException")
            return None

        with aws.faulty(once):
            assert BatchStarter(aws.connections, *job_queue).start("1")
        assert refused

    def test_the_function_takes_requests_from_everywhere(
        self, shop: Shop, aws: AwsStandIn, job_queue: tuple[str, str], tmp_path: Path
    ) -> None:
        """As Lambda runs it: by AWS's own bootstrap."""
        environment = aws.environment | names(shop.aws) | {
            "VITRINE_JOB_QUEUE": job_queue[0],
            "VITRINE_JOB_DEFINITION": job_queue[1],
            "VITRINE_FEED": "https://shop.example/usual.xml",
        }  # fmt: skip
        samples = ("reindex", "reindex_status", "tasks/reindex", "tasks/popularity")
        post, get, schedule, rank = (json.loads((PROJECT / f"events/{name}.json").read_text()) for name in samples)
        text = make_key(shop.parts.state)
        key = {"authorization": f"Bearer {text}"}
        with running("functions.reindex.handler.handler", tmp_path / "log", **environment) as lambda_:
            refused = lambda_.invoke(post)
            asked = lambda_.invoke(post | {"headers": post["headers"] | key})
            scheduled = lambda_.invoke(schedule)
            dropped = lambda_.invoke(shop.drop("feeds/été.jsonl"))
            ranked = lambda_.invoke(rank, seconds=30)
            seen = lambda_.invoke(get | {"headers": get["headers"] | key})
            unknown = lambda_.invoke({"task": "dance"})
        assert (refused.body["statusCode"], asked.body["statusCode"]) == (401, 202), lambda_.printed()
        wanted = json.loads(seen.body["body"])["wanted"]
        assert wanted["feed"] == f"s3://{shop.aws.bucket}/feeds/été.jsonl"
        assert wanted["request_id"] == dropped.body["request_id"]
        first = json.loads(asked.body["body"])["request_id"]
        assert wanted["instead_of"] == [scheduled.body["request_id"], first]
        jobs = aws.connections.client("batch").list_jobs(
            jobQueue=job_queue[0], filters=[{"name": "JOB_NAME", "values": ["reindex-*"]}]
        )["jobSummaryList"]
        assert {f"reindex-{each}" for each in (*wanted["instead_of"], wanted["request_id"])} <= {
            job["jobName"] for job in jobs
        }
        assert ranked.body["snapshot"]
        assert unknown.kind == "error"
        assert text not in lambda_.printed()


class TestNotices:
    @pytest.fixture
    def heard(self, aws: AwsStandIn, aws_names: Aws) -> str:
        """A bus by the bucket's name, whose events end in the queue."""
        events, sqs = aws.connections.client("events"), aws.connections.client("sqs")
        events.create_event_bus(Name=aws_names.bucket)
        pattern = json.dumps({"source": ["vitrine"]})
        events.put_rule(Name=aws_names.bucket, EventBusName=aws_names.bucket, EventPattern=pattern)
        arn = sqs.get_queue_attributes(QueueUrl=aws_names.events_queue, AttributeNames=["QueueArn"])
        target = {"Id": "1", "Arn": arn["Attributes"]["QueueArn"]}
        events.put_targets(Rule=aws_names.bucket, EventBusName=aws_names.bucket, Targets=[target])
        return aws_names.bucket

    def test_an_end_is_a_metric_and_an_event(self, aws: AwsStandIn, aws_names: Aws, heard: str) -> None:
        now = datetime.now(UTC)
        CloudNotices(aws.connections, heard).tell("tested-failed", {"error": "Schlecht: ß"}, {"TestedSeconds": 1.5})
        (message,) = aws.connections.client("sqs").receive_message(QueueUrl=aws_names.events_queue)["Messages"]
        told = json.loads(message["Body"])
        assert (told["source"], told["detail-type"], told["detail"]) == (
            "vitrine",
            "Tested failed",
            {"error": "Schlecht: ß"},
        )
        cloudwatch = aws.connections.client("cloudwatch")
        for name, value in (("TestedFailed", 1), ("TestedSeconds", 1.5)):
            points = cloudwatch.get_metric_statistics(
                Namespace="Vitrine", MetricName=name, Period=60, Statistics=["Sum"],
                StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1),
            )["Datapoints"]  # fmt: skip
            assert [point["Sum"] for point in points] == [value]

    def test_a_bus_that_is_not_there_fails_nobody(self, aws: AwsStandIn) -> None:
        CloudNotices(aws.connections, "nowhere").tell("reindex-succeeded", {}, {"Products": 1})

    def test_metrics_that_are_refused_do_not_keep_the_event(self, aws: AwsStandIn, aws_names: Aws, heard: str) -> None:
        with aws.faulty(lambda call: Fault(400, "AccessDenied") if call.service == "monitoring" else None):
            CloudNotices(aws.connections, heard).tell("reindex-succeeded", {}, {})
        assert aws.connections.client("sqs").receive_message(QueueUrl=aws_names.events_queue)["Messages"]


def test_a_secret_is_read(aws: AwsStandIn, aws_names: Aws) -> None:
    secrets = aws.connections.client("secretsmanager")
    made = secrets.create_secret(Name=aws_names.bucket, SecretString="open sesame")
    assert read_secret(aws.connections, made["ARN"]) == "open sesame"
    with pytest.raises(Unavailable):
        read_secret(aws.connections, "nowhere")
