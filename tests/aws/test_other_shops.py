"""A second shop on AWS: its tables, its folder of the bucket, its messages, files, jobs and schedules."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from functions.collect.batches import change_dropped_offers, store_messages
from functions.reindex.app import Desk
from functions.reindex.tasks import Office, run_task
from local.reindexing import feed_opener
from shared import wiring
from shared.adapters.aws import Connections
from shared.adapters.batch import BatchStarter
from shared.adapters.cloud_notices import CloudNotices
from shared.adapters.qdrant import QdrantVersions, connect
from shared.adapters.s3 import TAG, TAKEN_IN
from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.domain.events import EventType
from shared.domain.products import Product
from shared.domain.sends import Send, SendState
from shared.intake.fetch import FetchPolicy
from shared.services.drops import Drop, shop_of
from shared.services.popularity import refresh_popularity
from shared.services.reindexing import checked_feed, status
from shared.settings import PROJECT, Aws, Settings
from tests.aws.conftest import names
from tests.aws.runtime_api import running
from tests.aws_stand_in import TABLES, AwsStandIn
from tests.support import (
    NOW,
    NoStarter,
    StillClock,
    apply_sample_themes,
    event,
    reindex,
    small_feed_rows,
    write_small_feed,
)

OTHER = "outlet"


@dataclass(frozen=True, slots=True)
class Two:
    """The settings of two shops of one deployment, whose tables are there."""

    first: Settings
    other: Settings

    @property
    def bucket(self) -> str:
        assert self.first.aws is not None
        return self.first.aws.bucket


@pytest.fixture
def two(aws: AwsStandIn, aws_names: Aws, tmp_path: Path, clock: StillClock) -> Two:
    first = Settings(data=tmp_path / "data", aws=aws_names)
    other = first.of_shop(OTHER)
    for kind, table in TABLES.items():
        aws.connections.client("dynamodb").create_table(TableName=getattr(other.aws, kind), **table)
    wiring.shops(first, clock).add(OTHER, feed="https://outlet.example/feed.xml")
    return Two(first, other)


@pytest.fixture(autouse=True)
def few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ranking of the popular products asks for each day of the window: seconds of moto's."""
    monkeypatch.setattr("shared.services.popularity.WINDOW_DAYS", 2)


class Heard(Connections):
    """Writes down which table, or which key of the bucket, each call is about."""

    def __init__(self) -> None:
        super().__init__(read_seconds=10)
        self.tables: set[str] = set()
        self.keys: set[str] = set()

    def _make(self, service: str) -> Any:
        client = super()._make(service)
        client.meta.events.register(f"provide-client-params.{service}", self._hear)
        return client

    def _hear(self, params: Mapping[str, Any], **_: object) -> None:
        self.tables |= set(_values(params, "TableName"))
        self.tables |= {name for asked in _values(params, "RequestItems") for name in asked}
        self.keys |= {key for name in ("Key", "Prefix") for key in _values(params, name) if isinstance(key, str)}


def _values(params: Any, name: str) -> Iterator[Any]:
    """What stands under ``name``, at any depth."""
    if isinstance(params, Mapping):
        if name in params:
            yield params[name]
        params = list(params.values())
    if isinstance(params, list | tuple):
        for each in params:
            yield from _values(each, name)


def busy(settings: Settings, clock: StillClock, folder: Path) -> None:
    """Everything that a shop's stores are for."""
    parts = wiring.parts(settings, clock, patient=True)
    parts.events.add([event("u", EventType.VIEW, "p1"), event("anon:g", EventType.VIEW, "p2")])
    parts.events.merge("anon:g", "u")
    feed, images = write_small_feed(folder, small_feed_rows()[:6])
    reindex(parts, feed, folder / "work", images=images)
    refresh_popularity(parts.events, parts.blobs, clock.now())
    apply_sample_themes(parts)
    parts.sends.add([Send("u", "spring", "email", SendState.SENT, NOW, "0ref0ref0ref0ref0ref0ref")])
    parts.state.put("declared", {"likes": ["blue"]}, 0)
    assert parts.queue is not None
    parts.queue.put([event("u", EventType.VIEW, "p3")])
    reading = wiring.parts(settings, clock)
    assert reading.versions.open(reading.versions.live() or "").count() == 6
    assert set(reading.products.get(["p1"])) == {"p1"}
    assert reading.events.recent("u", 10, NOW)
    assert reading.sends.recent(["u"], "email", NOW) != {}
    assert reading.blobs.names("")


def test_the_shops_touch_no_table_and_no_key_of_one_another(
    two: Two, aws: AwsStandIn, clock: StillClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = {}
    for settings in (two.first, two.other):
        heard[settings.shop] = here = Heard()
        monkeypatch.setattr(wiring, "_connections", lambda _, here=here: here)
        busy(settings, clock, tmp_path / f"feed-{settings.shop}")
    first, other = heard[""], heard[OTHER]
    assert first.tables == {getattr(two.first.aws, kind) for kind in TABLES}
    assert other.tables == {f"{table}-{OTHER}" for table in first.tables}
    assert len(first.keys) > 10
    assert {key.removeprefix(f"shops/{OTHER}/").split("/")[0] for key in other.keys} == {"blobs"}
    assert all(key.startswith(f"shops/{OTHER}/blobs/") for key in other.keys)
    assert all(key.startswith("blobs/") for key in first.keys)
    listed = aws.connections.client("s3").list_objects_v2(Bucket=two.bucket)["Contents"]
    assert {each["Key"].split("/blobs/")[0].split("/")[0] for each in listed} == {"blobs", "shops"}


def test_the_shops_copies_of_the_index_lie_in_folders_of_their_own(two: Two) -> None:
    assert two.other.data == two.first.data / "shops" / OTHER


class TestQueue:
    @pytest.fixture
    def messages(self, two: Two, aws: AwsStandIn, clock: StillClock) -> list[dict[str, Any]]:
        """One of each shop, as Lambda hands them to the function."""
        for settings in (two.first, two.other):
            queue = wiring.parts(settings, clock).queue
            assert queue is not None
            queue.put([event(f"of-{settings.shop}", EventType.VIEW, "p1")])
        assert two.first.aws is not None
        told: list[dict[str, Any]] = []
        while len(told) < 2:
            told += aws.connections.client("sqs").receive_message(
                QueueUrl=two.first.aws.events_queue, MaxNumberOfMessages=10
            )["Messages"]
        return [{"messageId": each["MessageId"], "body": each["Body"]} for each in told]

    def opener(self, two: Two, clock: StillClock) -> Callable[[str], Any]:
        shops = wiring.shops(two.first, clock)
        return lambda name: wiring.keeping(wiring.parts(two.first.of_shop(shops.known(name)), clock))

    def test_each_message_is_stored_in_its_shop(
        self, two: Two, clock: StillClock, messages: list[dict[str, Any]]
    ) -> None:
        bodies = [{"messageId": each["messageId"], "body": each["body"]} for each in messages]  # as by a hand-made copy
        assert store_messages(self.opener(two, clock), clock, bodies) == {"batchItemFailures": []}
        for settings, user in ((two.first, "of-"), (two.other, f"of-{OTHER}")):
            events = wiring.parts(settings, clock).events
            assert events.count() == 1
            assert [each.product_id for each in events.recent(user, 10, NOW)] == ["p1"]

    def test_a_shop_that_is_down_keeps_only_its_own_waiting(
        self, two: Two, aws: AwsStandIn, clock: StillClock, messages: list[dict[str, Any]]
    ) -> None:
        opened = self.opener(two, clock)

        def open_keeping(name: str) -> Any:
            if not name:
                raise Unavailable("The first shop's table is too busy: try again in a moment.")
            return opened(name)

        answer = store_messages(open_keeping, clock, messages)
        (failed,) = answer["batchItemFailures"]
        (of_the_first,) = (each for each in messages if each["body"].startswith("["))
        assert failed == {"itemIdentifier": of_the_first["messageId"]}
        assert wiring.parts(two.other, clock).events.count() == 1

    def test_one_of_no_known_shop_goes_to_the_dead_letters_and_nowhere_else(
        self, two: Two, aws: AwsStandIn, clock: StillClock, messages: list[dict[str, Any]], caplog: Any
    ) -> None:
        strange = [each | {"body": each["body"].replace(f'"shop":"{OTHER}"', '"shop":"nope"')} for each in messages]
        before = set(aws.connections.client("dynamodb").list_tables()["TableNames"])
        answer = store_messages(self.opener(two, clock), clock, strange)
        assert len(answer["batchItemFailures"]) == 1
        assert "There is no shop 'nope' here" in caplog.text
        assert wiring.parts(two.first, clock).events.count() == 1
        assert wiring.parts(two.other, clock).events.count() == 0
        assert set(aws.connections.client("dynamodb").list_tables()["TableNames"]) == before

    @pytest.mark.parametrize("body", ['{"shop":"","events":[]}', '{"shop":5,"events":[]}', '{"events":[]}'])
    def test_what_does_not_say_whose_it_is_is_the_first_ones_only_as_a_bare_list(
        self, two: Two, clock: StillClock, body: str
    ) -> None:
        answer = store_messages(self.opener(two, clock), clock, [{"messageId": "m", "body": body}])
        assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def created(bucket: str, key: str, size: int = 10) -> dict[str, Any]:
    told = json.loads((PROJECT / "events" / "tasks" / "feed_dropped.json").read_text())
    told["detail"]["bucket"]["name"] = bucket
    told["detail"]["object"] |= {"key": key, "size": size}
    return dict(told)


class TestDrops:
    @pytest.mark.parametrize(
        ("key", "shop"),
        [
            ("feeds/a.csv", ""), (f"shops/{OTHER}/feeds/a.csv", OTHER), ("feeds/shops/outlet/a.csv", ""),
            ("shops/", ""), ("shops/../feeds/a.csv", ".."), ("shopsoutlet/feeds/a.csv", ""),
        ],
    )  # fmt: skip
    def test_the_folder_says_whose_a_file_is(self, key: str, shop: str) -> None:
        assert shop_of(key) == shop

    def offices(self, two: Two, clock: StillClock, broken: str = "-") -> tuple[Any, dict[str, NoStarter]]:
        shops = wiring.shops(two.first, clock)
        starters: dict[str, NoStarter] = {"": NoStarter(), OTHER: NoStarter()}

        def open_office(name: str) -> Office:
            own = two.first.of_shop(shops.known(name))
            if name == broken:
                raise Unavailable("AWS Batch does not answer: try again in a moment.")
            assert own.aws is not None
            parts = wiring.parts(own, clock)
            feed = shops.feed(name) if name else "https://first.example/feed.xml"
            desk = Desk(parts.state, starters[name], clock, feed, own.aws.bucket, own.aws.folder)
            return Office(desk, parts.events, parts.blobs)

        return open_office, starters

    def test_a_feed_is_asked_for_of_its_shop(self, two: Two, clock: StillClock) -> None:
        open_office, starters = self.offices(two, clock)
        key = f"shops/{OTHER}/feeds/été.csv"
        told = run_task(open_office, lambda: ("", OTHER), created(two.bucket, key))
        assert starters[OTHER].started == [told["request_id"]]
        assert starters[""].started == []
        wanted = status(wiring.parts(two.other, clock).state).wanted
        assert wanted is not None
        assert wanted.feed == f"s3://{two.bucket}/{key}"
        assert status(wiring.parts(two.first, clock).state).wanted is None

    @pytest.mark.parametrize("path", ["deltas/a.csv", "blobs/feeds/a.csv", "a.csv"])
    def test_what_is_no_feed_of_it_is_left_alone(self, two: Two, clock: StillClock, path: str) -> None:
        open_office, _ = self.offices(two, clock)
        told = run_task(open_office, lambda: ("", OTHER), created(two.bucket, f"shops/{OTHER}/{path}"))
        assert told.keys() == {"ignored"}

    @pytest.mark.parametrize("shop", ["nope", "a.csv", "Outlet", ".."])
    def test_a_file_of_no_known_shop_is_refused_in_one_sentence(self, two: Two, clock: StillClock, shop: str) -> None:
        open_office, _ = self.offices(two, clock)
        with pytest.raises(NotFound, match=f"There is no shop '{shop}' here"):
            run_task(open_office, lambda: ("", OTHER), created(two.bucket, f"shops/{shop}/feeds/a.csv"))
        assert not (two.first.data / "shops" / shop).exists() or shop == ".."

    def test_a_delta_changes_its_shop_alone_and_may_go_then(self, two: Two, aws: AwsStandIn, clock: StillClock) -> None:
        for settings in (two.first, two.other):
            wiring.parts(settings, clock).products.replace("v1", NOW, [Product("p1", "Mug", price=6.0)])
        key, s3 = f"shops/{OTHER}/deltas/a.csv", aws.connections.client("s3")
        s3.put_object(Bucket=two.bucket, Key=key, Body=b"id,price\np1,3.50\n")
        own, files = wiring.parts(two.other), wiring.dropped_files(two.first)
        assert two.other.aws is not None
        folder = two.other.aws.folder
        told = change_dropped_offers(own.products, own.clock, files, two.bucket, Drop(two.bucket, key, 17), folder)
        assert told == {"changed": 1, "unknown": 0, "rejected": 0}
        assert own.products.get(["p1"])["p1"].price == 3.5
        assert wiring.parts(two.first).products.get(["p1"])["p1"].price == 6.0
        assert s3.get_object_tagging(Bucket=two.bucket, Key=key)["TagSet"] == [{"Key": TAG, "Value": TAKEN_IN}]

    def test_a_shop_can_name_no_feed_of_another(self, two: Two) -> None:
        assert two.other.aws is not None
        folder = two.other.aws.folder
        mine = f"s3://{two.bucket}/{folder}feeds/a.csv"
        assert checked_feed(mine, two.bucket, folder) == mine
        for feed in (f"s3://{two.bucket}/feeds/a.csv", f"s3://{two.bucket}/shops/b/feeds/a.csv"):
            with pytest.raises(InvalidInput, match="name an https URL or s3://"):
                checked_feed(feed, two.bucket, folder)
            with pytest.raises(InvalidInput, match="name a file below"), feed_opener(two.other)(feed, FetchPolicy()):
                pass
        with pytest.raises(InvalidInput):
            checked_feed(mine, two.bucket)


class TestSchedules:
    def test_every_shop_with_a_feed_is_indexed_and_every_shop_ranked(self, two: Two, clock: StillClock) -> None:
        open_office, starters = TestDrops().offices(two, clock)
        for settings in (two.first, two.other):
            wiring.parts(settings, clock).events.add([event(f"u{settings.shop}", EventType.VIEW, "p1")])
        told = run_task(open_office, lambda: ("", OTHER), {"task": "reindex"})
        assert starters[""].started == [told["request_id"]]
        assert starters[OTHER].started == [told["others"][OTHER]["request_id"]]
        told = run_task(open_office, lambda: ("", OTHER), {"task": "popularity"})
        assert told["snapshot"] in wiring.parts(two.first, clock).blobs.names("popularity")[0]
        assert told["others"][OTHER]["snapshot"] in wiring.parts(two.other, clock).blobs.names("popularity")[0]

    @pytest.mark.parametrize("broken", ["", OTHER])
    def test_a_shop_that_it_comes_to_nothing_for_keeps_no_other_waiting(
        self, two: Two, clock: StillClock, broken: str
    ) -> None:
        open_office, starters = TestDrops().offices(two, clock, broken)
        with pytest.raises(Unavailable, match=f"came to nothing for 1 of 2 shops, such as '{broken}': AWS Batch"):
            run_task(open_office, lambda: ("", OTHER), {"task": "reindex"})
        assert [name for name, starter in starters.items() if starter.started] == [OTHER if broken == "" else ""]


class TestJobs:
    def test_a_job_is_told_whose_catalogue_it_is_to_index(self, aws: AwsStandIn, job_queue: tuple[str, str]) -> None:
        asked: list[Any] = []
        client = aws.connections.client("batch")
        client.meta.events.register("provide-client-params.batch.SubmitJob", lambda params, **_: asked.append(params))
        job = BatchStarter(aws.connections, *job_queue, OTHER).start("0123abc")
        (described,) = client.describe_jobs(jobs=[job])["jobs"]
        assert described["jobName"] == f"reindex-{OTHER}-0123abc"
        assert asked[-1]["containerOverrides"] == {"environment": [{"name": "VITRINE_SHOP", "value": OTHER}]}
        BatchStarter(aws.connections, *job_queue).start("0123abc")
        assert asked[-1]["containerOverrides"] == {"environment": []}

    def test_its_success_is_not_counted_as_the_first_ones(self, aws: AwsStandIn, aws_names: Aws) -> None:
        space = aws_names.bucket
        CloudNotices(aws.connections, "", space, OTHER).tell("reindex-succeeded", {}, {"Products": 3})
        CloudNotices(aws.connections, "", space).tell("reindex-succeeded", {}, {})
        listed = aws.connections.client("cloudwatch").list_metrics(Namespace=space)["Metrics"]
        assert sorted((each["MetricName"], [one["Value"] for one in each["Dimensions"]]) for each in listed) == [
            ("Products", [OTHER]), ("ReindexSucceeded", []), ("ReindexSucceeded", [OTHER]),
        ]  # fmt: skip


def test_on_a_cluster_each_has_collections_of_its_own(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one's name begins none of the others', so it asks nothing about their collections."""
    server = connect(":memory:")
    monkeypatch.setattr("shared.adapters.qdrant.connect", lambda *_: server)
    settings = replace(two.first, index="qdrant", qdrant_url=":memory:")
    prefixes = {}
    for name in ("", "a", "a-b"):
        versions = wiring.index_versions(replace(settings.of_shop(name)))
        assert isinstance(versions, QdrantVersions)
        prefixes[name] = versions._prefix
    assert prefixes == {"": "vitrine", "a": "vitrine_a", "a-b": "vitrine_a-b"}


def test_the_function_itself_serves_both(two: Two, aws: AwsStandIn, tmp_path: Path) -> None:
    """As Lambda runs it, by AWS's own bootstrap: a file and a message of each, and of a shop that there is not."""
    body = json.dumps({"shop": OTHER, "events": [record("other")]})
    records = [
        {"messageId": "1", "eventSource": "aws:sqs", "body": json.dumps([record("first")])},
        {"messageId": "2", "eventSource": "aws:sqs", "body": body},
        {"messageId": "3", "eventSource": "aws:sqs", "body": body.replace(OTHER, "nope")},
    ]
    assert two.first.aws is not None
    environment = aws.environment | names(two.first.aws) | {"VITRINE_DATA": str(tmp_path / "function")}
    with running("functions.collect.handler.handler", tmp_path / "log", **environment) as lambda_:
        told = lambda_.invoke({"Records": records})
        strange = lambda_.invoke(created(two.bucket, "shops/nope/deltas/a.csv"))
    assert told.body == {"batchItemFailures": [{"itemIdentifier": "3"}]}, lambda_.printed()
    assert strange.kind == "error"
    assert wiring.parts(two.first).events.count() == 1
    assert wiring.parts(two.other).events.count() == 1
    assert not (tmp_path / "function" / "shops" / "nope").exists()


def record(name: str) -> dict[str, Any]:
    return {
        "event_id": name, "user_id": "u", "type": "view", "product_id": "p1",
        "occurred_at": "2026-05-01T11:00:00+00:00",
    }  # fmt: skip
