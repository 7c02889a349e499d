"""Events that the table cannot take wait in the queue, and count once; offers come as files too."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.collect.app import create_app
from functions.collect.batches import change_dropped_offers, store_messages
from shared import wiring
from shared.domain.deadline import deadline
from shared.domain.errors import FeedRejected, NotFound, Unavailable
from shared.domain.event_records import event_json
from shared.domain.events import Event, EventType
from shared.services.collect import collect
from shared.services.consent import Keeping
from shared.services.drops import Drop
from shared.settings import PROJECT, Aws, Settings
from tests.aws.conftest import Cloud, names
from tests.aws.runtime_api import running
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock, collect_parts, event, opened


class Refusing:
    """An event store that takes so many calls, and none after them."""

    def __init__(self, store: Any, calls: int) -> None:
        self._store = store
        self._left = calls

    def add(self, events: Sequence[Event]) -> list[bool]:
        if self._left == 0:
            raise Unavailable("the table is too busy")
        self._left -= 1
        return self._store.add(events)


@pytest.fixture
def cloudy(aws: AwsStandIn, aws_names: Aws, tmp_path: Path) -> wiring.Parts:
    """A shop on AWS with nothing in it."""
    return wiring.parts(Settings(data=tmp_path / "data", aws=aws_names))


def only(parts: wiring.Parts) -> Callable[[str], Keeping]:
    """A deployment with one shop."""
    return lambda _: wiring.keeping(parts)


def views(*ids: str) -> list[dict[str, Any]]:
    return [
        {"event_id": each, "user_id": "u", "type": "view", "product_id": "p1", "occurred_at": NOW.isoformat()}
        for each in ids
    ]


def waiting(aws: AwsStandIn, queue: str) -> list[dict[str, Any]]:
    """The queue's messages as Lambda hands them to the function; they stay in the queue."""
    told = aws.connections.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message_of(each["Body"], each["MessageId"]) for each in told.get("Messages", [])]


def message_of(body: str, message_id: str = "1") -> dict[str, Any]:
    return {"messageId": message_id, "body": body, "eventSource": "aws:sqs", "attributes": {}}


def message(*events: Event, message_id: str = "1") -> dict[str, Any]:
    return message_of(f"[{','.join(event_json(each) for each in events)}]", message_id)


def table_down(call: Call) -> Fault | None:
    return Fault(503, "ServiceUnavailable") if call.operation == "TransactWriteItems" else None


def all_down(call: Call) -> Fault | None:
    return Fault(503, "ServiceUnavailable") if call.service in ("dynamodb", "sqs") else None


class TestFallback:
    def test_what_the_table_cannot_take_is_safe_in_the_queue_and_counts_once(
        self, cloudy: wiring.Parts, aws: AwsStandIn, aws_names: Aws
    ) -> None:
        client = TestClient(opened(create_app(*collect_parts(cloudy))))
        batch = {"events": [*views("1", "2"), {"type": "dance"}]}
        assert client.post("/v1/events", json={"events": views("2")}).json()["accepted"] == 1
        with aws.faulty(table_down):
            answer = client.post("/v1/events", json=batch)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert (body["accepted"], body["duplicates"], body["queued"]) == (2, 0, 2)
        assert [each["index"] for each in body["rejected"]] == [2]
        assert cloudy.events.count() == 1
        messages = waiting(aws, aws_names.events_queue)
        for _ in range(2):  # delivered twice
            assert store_messages(only(cloudy), cloudy.clock, messages) == {"batchItemFailures": []}
            assert cloudy.events.count() == 2
        (stored, _) = cloudy.events.recent("u", 10, cloudy.clock.now())
        assert stored.occurred_at == NOW

    def test_what_the_table_cannot_take_in_time_is_safe_in_the_queue(
        self, cloudy: wiring.Parts, aws: AwsStandIn, aws_names: Aws, clock: StillClock
    ) -> None:
        with deadline(1):  # all of which the queue may need
            told = collect(wiring.keeping(replace(cloudy, clock=clock)), views("1", "2"))
        assert (told.accepted, told.queued) == (2, 2)
        assert cloudy.events.count() == 0
        store_messages(only(cloudy), cloudy.clock, waiting(aws, aws_names.events_queue))
        assert cloudy.events.count() == 2

    def test_with_both_down_nothing_is_accepted(self, cloudy: wiring.Parts, aws: AwsStandIn) -> None:
        client = TestClient(opened(create_app(*collect_parts(cloudy))))
        with aws.faulty(all_down):
            answer = client.post("/v1/events", json={"events": views("1")})
        assert answer.status_code == 503
        assert cloudy.events.count() == 0

    def test_without_a_queue_the_sender_is_told(self, parts: wiring.Parts, clock: StillClock) -> None:
        refusing: Any = Refusing(parts.events, 0)
        with pytest.raises(Unavailable, match="too busy"):
            collect(replace(wiring.keeping(parts), events=refusing), views("1"))


class TestMessages:
    def test_what_can_never_be_read_is_given_back_alone(self, parts: wiring.Parts) -> None:
        bodies = ["no json", "5", "[5]", "{}", '[{"event_id": "x"}]', '[{"type": "dance"}]']
        poison = [message_of(body, f"poison-{number}") for number, body in enumerate(bodies)]
        good = event("u", EventType.VIEW, "p1", event_id="good")
        answer = store_messages(only(parts), parts.clock, [*poison, message(good, message_id="good")])
        failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
        assert failed == [each["messageId"] for each in poison]
        assert parts.events.count() == 1

    def test_once_the_store_is_down_the_rest_waits(self, parts: wiring.Parts) -> None:
        messages = [message(event("u", EventType.VIEW, f"p{number}"), message_id=str(number)) for number in range(4)]
        refusing: Any = Refusing(parts.events, 2)
        answer = store_messages(only(replace(parts, events=refusing)), parts.clock, messages)
        assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
        assert parts.events.count() == 2
        assert store_messages(only(parts), parts.clock, messages) == {"batchItemFailures": []}
        assert parts.events.count() == 4

    def test_what_there_is_no_time_for_waits(self, parts: wiring.Parts) -> None:
        with deadline(0):
            answer = store_messages(only(parts), parts.clock, [message(event("u", EventType.VIEW, "p1"))])
        assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}

    def test_nothing_of_an_event_is_logged(self, parts: wiring.Parts, caplog: pytest.LogCaptureFixture) -> None:
        bad = event_json(event("ada@example.com", EventType.VIEW, "p1")).replace('"view"', '"ada-danced"')
        store_messages(only(parts), parts.clock, [message_of(f"[{bad}]")])
        assert "message 1 cannot be stored" in caplog.text
        assert "ada" not in caplog.text


DYING = """
import json, os, signal, sys
from functions.collect import handler
store = handler.parts().events
add = store.add
def add_and_die(events):
    assert all(add(events))
    os.kill(os.getpid(), signal.SIGKILL)
store.add = add_and_die
handler.handler(json.load(sys.stdin), None)
"""


def test_killed_between_storing_and_acknowledging_events_count_once(
    cloudy: wiring.Parts, aws: AwsStandIn, aws_names: Aws, tmp_path: Path
) -> None:
    assert cloudy.queue is not None
    now = datetime.now(UTC)
    cloudy.queue.put([event("u", EventType.PURCHASE, f"p{number}", now, value=2.0) for number in range(3)])
    delivered = {"Records": waiting(aws, aws_names.events_queue)}
    environment = aws.environment | names(aws_names) | {"VITRINE_DATA": str(tmp_path / "function")}
    killed = subprocess.run(
        [sys.executable, "-c", DYING],
        cwd=PROJECT, env=os.environ | environment, input=json.dumps(delivered), text=True, timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    assert cloudy.events.count() == 3
    delivered = {"Records": waiting(aws, aws_names.events_queue)}
    assert len(delivered["Records"]) == 1  # nobody has acknowledged it
    with running("functions.collect.handler.handler", tmp_path / "log", **environment) as lambda_:
        said = lambda_.invoke(delivered)
    assert (said.kind, said.body) == ("response", {"batchItemFailures": []}), lambda_.printed()
    assert cloudy.events.count() == 3
    counted = [each.count for each in cloudy.events.activity((now - timedelta(days=1)).date())]
    assert counted == [1, 1, 1]


class TestDroppedOffers:
    @pytest.fixture
    def drop(self, small_shop: wiring.Parts, aws: AwsStandIn, aws_names: Aws) -> Callable[[str, str], dict[str, Any]]:
        """Drops a file with this key and text, and has the laptop's shop take it in."""
        files = wiring.dropped_files(Settings(aws=aws_names))

        def take(key: str, text: str) -> dict[str, Any]:
            aws.connections.client("s3").put_object(Bucket=aws_names.bucket, Key=key, Body=text.encode())
            told = Drop(aws_names.bucket, key, len(text.encode()))
            later = replace(small_shop, clock=wiring.SystemClock())  # S3's clock is the real one
            return change_dropped_offers(later.products, later.clock, files, aws_names.bucket, told)

        return take

    def test_rows_are_taken_in(self, drop: Any, small_shop: wiring.Parts) -> None:
        answer = drop("deltas/été +%20.csv", "id,price,availability\np1,3.50,out of stock\nnope,1,\np2,cheap,\n")
        assert answer == {"changed": 1, "unknown": 1, "rejected": 1}
        changed = small_shop.products.get(["p1"])["p1"]
        assert (changed.price, changed.availability.value) == (3.5, "out_of_stock")

    @pytest.mark.parametrize("key", ["deltas/a.csv.part", "deltas/_a.csv", "deltas/a.zip", "feeds/a.csv"])
    def test_what_is_no_such_file_is_left_alone(self, drop: Any, small_shop: wiring.Parts, key: str) -> None:
        assert drop(key, "id,price\np1,3.50\n").keys() == {"ignored"}
        assert small_shop.products.get(["p1"])["p1"].price == 6.0

    def test_a_file_that_cannot_be_used_fails_the_invocation(self, drop: Any) -> None:
        with pytest.raises(FeedRejected, match="None of the file's 1 rows"):
            drop("deltas/a.csv", "id,price\np1,cheap\n")

    def test_a_file_that_is_gone_is_said(self, small_shop: wiring.Parts, aws: AwsStandIn, aws_names: Aws) -> None:
        files = wiring.dropped_files(Settings(aws=aws_names))
        told = Drop(aws_names.bucket, "deltas/a.csv", 10)
        with pytest.raises(NotFound, match=r"deltas/a\.csv is not there"):
            change_dropped_offers(small_shop.products, small_shop.clock, files, aws_names.bucket, told)

    def test_the_function_takes_what_s3_tells_it(self, cloud: Cloud, aws: AwsStandIn, tmp_path: Path) -> None:
        told = json.loads((PROJECT / "events" / "tasks" / "offers_dropped.json").read_text())
        bucket, key = cloud.environment["VITRINE_BUCKET"], told["detail"]["object"]["key"]
        key = key.replace(".csv", ".jsonl")
        text = json.dumps({"id": "p1", "price": 2.5, "at": datetime.now(UTC).isoformat()})
        aws.connections.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())
        told["detail"]["bucket"]["name"] = bucket
        told["detail"]["object"] |= {"key": key, "size": len(text)}
        with running("functions.collect.handler.handler", tmp_path / "log", **cloud.environment) as lambda_:
            said = lambda_.invoke(told)
            other = lambda_.invoke({"task": "dance"})
        assert said.body == {"changed": 1, "unknown": 0, "rejected": 0}, lambda_.printed()
        assert other.kind == "error"
        assert cloud.parts.products.get(["p1"])["p1"].price == 2.5
