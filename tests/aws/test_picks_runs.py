"""Runs of campaigns on AWS: a schedule's event, then a message a partition; everything may come twice."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.picks.tasks import Office, Tasks
from local.campaign_workers import campaign_desk
from shared import wiring
from shared.domain.deadline import deadline
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.events import EventType
from shared.services import campaign_files as files
from shared.services.campaign_book import apply_campaigns
from shared.services.campaign_erasure import forget_user
from shared.settings import Aws, Settings
from tests.aws.conftest import copied_on_aws, names
from tests.aws.runtime_api import running
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, event

USERS = [f"user-{number:02d}" for number in range(12)]
DOCUMENT = {"campaigns": {"nightly": {"blocks": [{"count": 3}], "partition_users": 5}}}


class Queue:
    """The real queue, emptied by hand."""

    def __init__(self, aws: AwsStandIn, names: Aws) -> None:
        self._client = aws.connections.client("sqs")
        self._url = names.picks_queue

    def taken(self) -> list[dict[str, Any]]:
        """All that is in it, as Lambda hands it to the function; it is acknowledged."""
        found = []
        while messages := self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
                found.append({"messageId": each["MessageId"], "body": each["Body"], "eventSource": "aws:sqs"})
        return found


@pytest.fixture(scope="module")
def cloud(
    aws: AwsStandIn, published_on_aws: tuple[Aws, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[wiring.Parts, Aws]:
    """One shop for all tests: each has the run of a day of its own."""
    own = aws.make()
    parts = copied_on_aws(aws, published_on_aws, own, tmp_path_factory.mktemp("picks-runs") / "job")
    did = [event(user, EventType.VIEW, f"p{1 + place}", NOW) for place, user in enumerate([*USERS, "anon:1"])]
    parts.events.add([*did, event("long-ago", EventType.VIEW, "p1", NOW - timedelta(days=91))])
    apply_campaigns(parts.blobs, DOCUMENT)
    return parts, own


@pytest.fixture
def lived_in(cloud: tuple[wiring.Parts, Aws]) -> wiring.Parts:
    return cloud[0]


@pytest.fixture
def queue(aws: AwsStandIn, cloud: tuple[wiring.Parts, Aws]) -> Queue:
    queue = Queue(aws, cloud[1])
    queue.taken()
    return queue


@pytest.fixture
def tasks(cloud: tuple[wiring.Parts, Aws]) -> Tasks:
    office = Office(campaign_desk(cloud[0]), cloud[0].events)
    return Tasks(lambda _: office, lambda: ("",), wiring.picks_queue(Settings(aws=cloud[1])))


def on(day: int) -> dict[str, str]:
    """What the schedule says on that day of May."""
    return {"task": "picks", "campaign": "nightly", "at": f"2026-05-{day:02d}T02:00:00Z"}


def work_off(tasks: Tasks, queue: Queue, times: int = 1) -> int:
    """Until nothing waits any more; each message is delivered so many ``times``. Returns how many there were."""
    count = 0
    while messages := queue.taken():
        for message in messages * times:
            assert tasks.run({"Records": [message]}) == {"batchItemFailures": []}
        count += len(messages)
    return count


def manifest_of(parts: wiring.Parts, day: int) -> dict[str, Any]:
    manifest = files.read_manifest(parts.blobs, f"nightly-2026-05-{day:02d}")
    assert manifest is not None
    return manifest


def users_of(parts: wiring.Parts, day: int) -> list[str]:
    named = [each["name"] for each in manifest_of(parts, day)["files"] if each["name"].endswith(".jsonl")]
    contents = [parts.blobs.get(f"picks/files/nightly-2026-05-{day:02d}/{name}") or b"" for name in named]
    return [line["user_id"] for content in contents for line in files.read_lines(content)]


def test_a_schedule_ends_in_files_of_everybody_once(tasks: Tasks, queue: Queue, lived_in: wiring.Parts) -> None:
    assert tasks.run(on(1)) == {"shops": 1}
    assert work_off(tasks, queue) == 1 + 3
    assert sorted(users_of(lived_in, 1)) == USERS
    assert manifest_of(lived_in, 1)["summary"]["users"] == 12
    assert lived_in.blobs.names("picks/open/nightly-2026-05-01") == []


def test_whatever_comes_twice_is_done_once(tasks: Tasks, queue: Queue, lived_in: wiring.Parts) -> None:
    for _ in range(2):
        tasks.run(on(2))
    work_off(tasks, queue, times=2)
    before = manifest_of(lived_in, 2)
    tasks.run(on(2))
    work_off(tasks, queue)
    assert Counter(users_of(lived_in, 2)) == dict.fromkeys(USERS, 1)
    assert manifest_of(lived_in, 2) == before


def test_out_of_time_it_sends_itself_the_rest(tasks: Tasks, queue: Queue, lived_in: wiring.Parts) -> None:
    tasks.run(on(3))
    tasks.run({"Records": queue.taken()})
    (first, *rest) = queue.taken()
    with deadline(10):
        assert tasks.run({"Records": [first]}) == {"batchItemFailures": []}
    assert [each["body"] for each in queue.taken()] == [first["body"]]
    for message in (first, *rest):
        tasks.run({"Records": [message]})
    assert sorted(users_of(lived_in, 3)) == USERS


def test_what_is_down_is_asked_again_and_what_can_never_be_done_is_said(
    tasks: Tasks, queue: Queue, aws: AwsStandIn, lived_in: wiring.Parts
) -> None:
    tasks.run(on(4))
    (planning,) = queue.taken()

    def no_bucket(call: Call) -> Fault | None:
        return Fault(403, "AccessDenied") if call.service == "s3" else None

    with aws.faulty(no_bucket):
        told = tasks.run({"Records": [planning]})
    assert told == {"batchItemFailures": [{"itemIdentifier": planning["messageId"]}]}
    for body, error in (
        ({"task": "dance"}, InvalidInput),
        ({"task": "partition", "shop": "", "run": "no-such-run", "partition": 0}, NotFound),
        ({"task": "plan", "shop": "", "campaign": "nothing", "at": on(4)["at"]}, NotFound),
    ):
        with pytest.raises(error):
            tasks.run({"Records": [{"messageId": "1", "body": json.dumps(body)}]})
    with pytest.raises(NotFound, match="No shop has a campaign"):
        tasks.run(on(4) | {"campaign": "nothing"})
    with pytest.raises(InvalidInput, match="none that this function knows"):
        tasks.run({"task": "reindex"})


def test_each_shop_that_has_the_campaign_has_a_run_of_its_own(
    cloud: tuple[wiring.Parts, Aws], lived_in: wiring.Parts, queue: Queue, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "shops", aws=cloud[1])
    others = {}
    for name in ("with", "without"):
        own = settings.of_shop(name)
        place = wiring.shop_place(own)
        assert place is not None
        place.make()
        others[name] = replace(wiring.parts(own, lived_in.clock, patient=True), versions=lived_in.versions)
    others["with"].products.replace("v", NOW, [])
    others["with"].events.add([event("of-another-shop", EventType.VIEW, "p1", NOW)])
    apply_campaigns(others["with"].blobs, DOCUMENT)
    offices = {name: Office(campaign_desk(each), each.events) for name, each in {"": lived_in, **others}.items()}
    tasks = Tasks(lambda name: offices[name], lambda: tuple(offices), wiring.picks_queue(settings))

    assert tasks.run(on(5)) == {"shops": 2}
    work_off(tasks, queue)
    assert sorted(users_of(lived_in, 5)) == USERS
    assert manifest_of(others["with"], 5)["summary"]["users"] == 1
    assert others["without"].blobs.names("picks") == []


def test_the_function_makes_a_partition_and_finishes(
    cloud: tuple[wiring.Parts, Aws], aws: AwsStandIn, tasks: Tasks, queue: Queue, lived_in: wiring.Parts, tmp_path: Path
) -> None:
    """In the runtime, from the message as the queue delivers it; the log names nobody."""
    tasks.run(on(6))
    tasks.run({"Records": queue.taken()})
    environment = aws.environment | names(cloud[1]) | {"VITRINE_DATA": str(tmp_path / "function")}
    with running("functions.picks.handler.handler", tmp_path / "log", **environment) as lambda_:
        for message in queue.taken():
            said = lambda_.invoke({"Records": [message]}, seconds=60.0)
            assert (said.kind, said.body) == ("response", {"batchItemFailures": []}), lambda_.printed()
        assert not any(user in lambda_.printed() for user in USERS)
    assert sorted(users_of(lived_in, 6)) == USERS
    assert forget_user(lived_in.blobs, lived_in.campaign_turns, "user-03")
    assert "user-03" not in users_of(lived_in, 6)


def test_without_a_queue_nothing_is_begun(lived_in: wiring.Parts) -> None:
    office = Office(campaign_desk(lived_in), lived_in.events)
    with pytest.raises(InvalidInput, match="VITRINE_PICKS_QUEUE"):
        Tasks(lambda _: office, lambda: ("",), None).run(on(7))
