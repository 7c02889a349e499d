"""A thousand requests while a tenth of all calls to AWS is refused and a tenth of the index's searches hangs."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.collect import app as collect
from functions.collect.batches import store_messages
from functions.recommend import app as recommend
from shared import wiring
from shared.adapters.silent import SilentTelemetry
from shared.domain.events import EventType
from shared.domain.recommendations import Hit, Part, SpaceQuery
from shared.http.lambda_entry import entry
from shared.ports import IndexVersions, ProductIndex
from shared.services import degradation
from shared.services.popularity import refresh_popularity
from shared.settings import Aws, Settings
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock, collect_parts, event, opened, reindex, small_feed_rows, write_small_feed

REQUESTS = 1_000
SHARE = 0.1
USERS = 10
PRODUCTS = 16
HOUR = timedelta(hours=1)
HANGS = 0.25
PATIENCE = 0.12
"""Seconds: how long a search hangs, and how long an answer waits for the index here, so that the test ends."""
UNHURRIED = 30.0
"""Seconds that healthy answers wait for any part, on a busy machine too."""

Handler = Callable[[Any, Any], Any]


class _Hanging:
    """An index, or the versions that open it, of which a share of the searches takes far too long."""

    def __init__(self, real: Any, draw: random.Random, switch: dict[str, bool]) -> None:
        self._real, self._draw, self._switch = real, draw, switch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def open(self, version: str) -> ProductIndex:
        return _Hanging(self._real.open(version), self._draw, self._switch)  # type: ignore[return-value]

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        if self._switch["on"] and self._draw.random() < SHARE:
            time.sleep(HANGS)
        return self._real.search(queries)  # type: ignore[no-any-return]


def _request(method: str, path: str, body: object = None) -> dict[str, Any]:
    """As API Gateway sends it."""
    headers = {"content-type": "application/json", "content-length": str(len(json.dumps(body)) if body else 0)}
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"}
    return {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {"http": http, "stage": "$default", "requestId": "r"}, "isBase64Encoded": False,
        "body": json.dumps(body) if body else None,
    }  # fmt: skip


def _ask(handler: Handler, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    answer = handler(_request(method, path, body), None)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def switch() -> dict[str, bool]:
    return {"on": False}


@pytest.fixture
def parts(aws: AwsStandIn, aws_names: Aws, switch: dict[str, bool], tmp_path: Path) -> wiring.Parts:
    """A shop of few products, since most of this test's time is the stand-in's, and goes into telling of products."""
    clock = StillClock()
    settings = Settings(data=tmp_path / "job", aws=aws_names)
    job = wiring.parts(settings, clock, patient=True)
    feed, images = write_small_feed(tmp_path / "feed", small_feed_rows()[:PRODUCTS])
    reindex(job, feed, tmp_path / "work", images=images)
    for user in range(USERS):
        viewed = [f"p{1 + (7 * user + 5 * step) % PRODUCTS}" for step in range(3)]
        job.events.add([event(f"u{user}", EventType.VIEW, each, NOW - step * HOUR) for step, each in enumerate(viewed)])
    refresh_popularity(job.events, job.blobs, clock.now())
    function = wiring.parts(replace(settings, data=tmp_path / "function"), clock)
    versions: IndexVersions = _Hanging(function.versions, random.Random(1), switch)  # type: ignore[assignment]
    return replace(function, versions=versions)


def test_no_answer_is_an_error_and_every_poorer_one_says_so(
    parts: wiring.Parts, aws: AwsStandIn, switch: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = wiring.shop(parts)
    shop.catch_up()
    reading = entry(opened(recommend.create_app(lambda: shop)), SilentTelemetry())
    writing = entry(opened(_collect_app(parts)), SilentTelemetry())
    healthy = {}
    budgets = degradation.BUDGETS
    monkeypatch.setattr(degradation, "BUDGETS", dict.fromkeys(Part, UNHURRIED))
    for user in range(USERS):
        answer = _ask(reading, "GET", f"/v1/users/u{user}/recommendations")[1]
        assert answer["degraded"] == []
        healthy[user] = _ids(answer)
    monkeypatch.setattr(degradation, "BUDGETS", {**budgets, Part.INDEX: PATIENCE})
    draw = random.Random(2)

    def faults(call: Call) -> Fault | None:
        if draw.random() >= SHARE:
            return None
        return Fault(503, "SlowDown") if call.service == "s3" else Fault(400, "ThrottlingException")

    statuses, degraded, accepted = [], 0, set()
    switch["on"] = True
    with aws.faulty(faults):
        for number in range(REQUESTS):
            user = number % USERS
            status, answer = _ask(reading, "GET", f"/v1/users/u{user}/recommendations")
            statuses.append(status)
            degraded += bool(answer["degraded"])
            assert answer["degraded"] or _ids(answer) == healthy[user], number
            if number % 5 == 0:
                accepted |= _sent(writing, f"e{number}", f"w{number % 7}")
    switch["on"] = False

    assert set(statuses) == {200}
    assert 0 < degraded < REQUESTS / 2, degraded
    assert len(accepted) == REQUESTS / 5
    _drain(parts, aws)
    stored = [each.event_id for history in parts.events.histories(NOW + timedelta(days=1)) for each in history]
    assert sorted(each for each in stored if each.startswith("e")) == sorted(accepted)


def _ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def _sent(writing: Handler, event_id: str, user: str) -> set[str]:
    """Sends an event as a client does: again, until it is told that the event was taken."""
    sent = {"event_id": event_id, "user_id": user, "type": "view", "product_id": "p3", "occurred_at": NOW.isoformat()}
    for _ in range(20):
        status, answer = _ask(writing, "POST", "/v1/events", {"events": [sent]})
        if status == 200:
            assert answer["accepted"] + answer["duplicates"] == 1
            return {event_id}
        assert status == 503
    raise AssertionError(f"{event_id} was never taken")


def _collect_app(parts: wiring.Parts) -> Any:
    return collect.create_app(*collect_parts(parts))


def _drain(parts: wiring.Parts, aws: AwsStandIn) -> None:
    """What waits in the queue comes to the function, as SQS hands it out."""
    queue = parts.queue._queue_url  # type: ignore[union-attr]
    sqs = aws.connections.client("sqs")
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        records = [
            {"messageId": each["MessageId"], "body": each["Body"], "eventSource": "aws:sqs"} for each in messages
        ]
        assert store_messages(lambda _: wiring.keeping(parts), parts.clock, records) == {"batchItemFailures": []}
        for each in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
