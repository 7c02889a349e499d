"""Somebody leaves everything that can be left, asks to be forgotten, and every byte of every store is read."""

import gzip
import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import zstandard
from fastapi.testclient import TestClient

from functions.collect.batches import store_messages
from shared import wiring
from shared.domain.campaigns import CampaignSettings
from shared.domain.events import EventType
from shared.domain.picks import Block, BlockKind, Campaign
from shared.services.campaign_plan import make_plan
from shared.services.campaigns import Desk, finish, make_partition
from shared.services.choices import record_name
from shared.services.picks import Mailing
from shared.services.popularity import refresh_popularity
from shared.services.segments import keep_segment
from shared.settings import Aws, Settings
from tests.aws.test_collect_queue import waiting
from tests.aws_stand_in import AwsStandIn
from tests.privacy_parts import GUEST, TRACES, USER, client_of, live_fully, send_events
from tests.support import NOW, StillClock, event, opened, picks_app, reindex, write_small_feed

NEIGHBOURS = [f"neighbour-{number}" for number in range(6)]
RETENTION_DAYS = 5
LONER = "anon:tablet-8840"
ALL_TRACES = (*TRACES, LONER, "tablet-8840", "evt-loner", "bulletproof", "marzipan")
RUN = CampaignSettings(
    "nightly", Campaign("nightly-2026-05-01", (Block("main", BlockKind.FOR_YOU, 4),)), partition_users=4
)


@dataclass
class Whole:
    """A shop, and where everything of it lies."""

    parts: wiring.Parts
    folder: Path
    clock: StillClock
    aws: AwsStandIn | None = None
    names: Aws | None = None

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """All there is, by where it is."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                yield str(path.relative_to(self.folder)), path.read_bytes()
        if self.aws and self.names:
            yield from self._on_aws(self.aws, self.names)

    def _on_aws(self, aws: AwsStandIn, names: Aws) -> Iterator[tuple[str, bytes]]:
        for table in (names.events_table, names.products_table, names.state_table):
            for page in aws.connections.client("dynamodb").get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    yield table, repr(item).encode()
                    yield from ((table, value["B"]) for value in item.values() if "B" in value)
        s3 = aws.connections.client("s3")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=names.bucket):
            for each in page.get("Contents", []):
                yield each["Key"], s3.get_object(Bucket=names.bucket, Key=each["Key"])["Body"].read()
        for message in waiting(aws, names.events_queue):
            yield "queue", message["body"].encode()


@pytest.fixture(params=["one machine", "aws"])
def whole(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> Whole:
    folder = tmp_path / "shop"
    if request.param == "one machine":
        made = Whole(wiring.parts(Settings(data=folder / "data"), clock), folder, clock)
    else:
        # Counting one day is eight queries: a few days will do.
        names: Aws = replace(request.getfixturevalue("aws_names"), retention_days=RETENTION_DAYS)
        parts = wiring.parts(Settings(data=folder / "data", aws=names), clock, patient=True)
        made = Whole(parts, folder, clock, request.getfixturevalue("aws"), names)
    return made


def index(whole: Whole) -> None:
    feed, images = write_small_feed(whole.folder.parent / "feed")
    reindex(whole.parts, feed, whole.folder / "work", images=images)


def traces_in(whole: Whole, traces: tuple[str, ...]) -> set[tuple[str, str]]:
    """All marks are looked for at once, and what lies in several places is read once."""
    found: dict[bytes, set[str]] = {}
    wanted = re.compile("|".join(sorted(map(re.escape, traces), key=len, reverse=True)).encode())
    there: set[tuple[str, str]] = set()
    for place, content in whole.contents():
        digest = sha256(content).digest()
        if digest not in found:
            marks = {mark.decode() for plain in (content, *unpacked(content)) for mark in wanted.findall(plain)}
            found[digest] = {each for each in traces if any(each in mark for mark in marks)}
        there |= {(place, each) for each in found[digest]} | {(place, each) for each in traces if each in place}
    return there


def unpacked(content: bytes) -> Iterator[bytes]:
    """What is in it, where it is packed."""
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[:4] == b"\x28\xb5\x2f\xfd":
        yield zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)).read()
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def live(whole: Whole, client: TestClient, mailing: TestClient, user: str, guest: str) -> None:
    """All of :func:`live_fully`, and whatever others make of it."""
    parts = whole.parts
    parts.events.add([event(each, EventType.VIEW, f"p{4 + n}") for n, each in enumerate(NEIGHBOURS)])
    send_events(
        client, LONER,
        {"event_id": "evt-loner-1", "type": "view", "product_id": "p7"},
        {"event_id": "evt-loner-2", "type": "search", "query": "bulletproof marzipan"},
    )  # fmt: skip
    client.post("/v1/quiz/answers", json={"user_id": LONER, "answers": [{"question": "q1", "chosen": ["p21"]}]})
    live_fully(client, parts, user, guest)
    interest = client.get(f"/v1/users/{user}/profile").json()["interests"][0]["id"]
    assert client.delete(f"/v1/users/{user}/profile/interests/{interest}").status_code == 200
    for asked in (f"/v1/users/{user}/recommendations", f"/v1/users/{user}/export", f"/v1/users/{user}/consent"):
        assert client.get(asked).status_code == 200
    body = {"campaign": "spring-mail", "users": [user, NEIGHBOURS[0]], "record": "at_once"}
    picked = mailing.post("/v1/picks", json=body)
    assert picked.status_code == 200, picked.text
    open_slots(mailing, picked.json()["users"][0])
    run_campaign(parts, [user, *NEIGHBOURS])
    keep_segment(wiring.segments(parts), parts.campaign_turns, "likely", [*NEIGHBOURS, user], whole.clock.now())
    refresh_popularity(parts.events, parts.blobs, whole.clock.now())
    index(whole)  # learns from what the person did, among others
    agreed = {"personalise": True, "email": True, "analytics": True}
    assert client.put(f"/v1/users/{user}/consent", json=agreed).status_code == 200
    if parts.queue:
        parts.queue.put([event(user, EventType.VIEW, "p30", event_id="evt-user-late")])


def open_slots(mailing: TestClient, user: dict[str, Any]) -> None:
    assert user["slots"]
    opened_ = mailing.get(f"/v1/slots/{user['slots']}/0/link", follow_redirects=False)
    assert opened_.status_code in (302, 303, 307, 404), opened_.text


def run_campaign(parts: wiring.Parts, users: list[str]) -> None:
    desk = Desk(Mailing(wiring.shop(parts), parts.sends), parts.blobs, parts.campaign_turns)
    plan = make_plan(desk.blobs, RUN, lambda: users, NOW, lambda: "mark")
    for number in plan.partitions:
        assert make_partition(desk, plan, number)
    assert finish(desk.blobs, desk.turns, plan)


def work_off_the_queue(whole: Whole) -> None:
    """As Lambda does: what was stored is not delivered again."""
    if not (whole.aws and whole.names):
        return
    messages = waiting(whole.aws, whole.names.events_queue)
    assert messages
    told = store_messages(lambda _: wiring.keeping(whole.parts), whole.clock, messages)
    assert told == {"batchItemFailures": []}
    whole.aws.connections.client("sqs").purge_queue(QueueUrl=whole.names.events_queue)


FOR_GOOD = {"live", "turn", "campaign-turn", "link-secrets"}
"""Records of the state table that do not expire and are nobody's. Those of choices do not: a refusal that lapses is
none."""


def all_expires(whole: Whole) -> None:
    """Whatever is of persons is let go by the tables themselves, in the end."""
    if not (whole.aws and whole.names):
        return
    client = whole.aws.connections.client("dynamodb")
    lasting, kinds = set(), set()
    for table, key in ((whole.names.events_table, "pk"), (whole.names.state_table, "name")):
        for item in client.scan(TableName=table)["Items"]:
            kinds.add(item[key]["S"].partition("-")[0].partition("#")[0])
            if "expires_at" not in item:
                lasting.add(item[key]["S"])
    assert {"u", "e", "r", "a", "declared", "person"} <= kinds, kinds
    assert {each for each in lasting if not each.startswith("person-")} == FOR_GOOD


def test_nothing_of_who_was_erased_is_found_anywhere(
    whole: Whole, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A user with all that can be left, and a guest who never logs in."""
    caplog.set_level(logging.INFO)
    index(whole)
    client, mailing = client_of(whole.parts), TestClient(opened(picks_app(whole.parts)))
    live(whole, client, mailing, USER, GUEST)
    all_expires(whole)
    exported = client.get(f"/v1/users/{USER}/export").json()
    assert exported["cursor"] is None
    assert {each["campaign"] for each in exported["sends"]} == {"spring", "spring-mail", RUN.campaign.name}
    assert not [trace for trace in TRACES if trace not in json.dumps({**exported, "profile": None})]
    before = traces_in(whole, ALL_TRACES)
    assert {trace for _, trace in before} == set(ALL_TRACES), "or the scan looks in the wrong place"
    assert any("segments/likely/" in place for place, _ in before)
    assert ("queue" in {place for place, _ in before}) is (whole.aws is not None)
    whole.clock.forward(minutes=10)

    for user in (USER, LONER):
        answer = client.delete(f"/v1/users/{user}")
        assert answer.json() == {"erased": True, "more": False}, answer.text
    whole.clock.forward(minutes=1)
    work_off_the_queue(whole)
    refresh_popularity(whole.parts.events, whole.parts.blobs, whole.clock.now())

    tombstones = tuple(record_name(each).removeprefix("person-") for each in (USER, GUEST, LONER))
    where = whole.names.state_table if whole.names else "data/state.sqlite"
    assert traces_in(whole, (*ALL_TRACES, *tombstones)) == {(where, each) for each in tombstones}
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    said = "\n".join([*logged, *capfd.readouterr()])
    assert not [trace for trace in ALL_TRACES if trace in said]


def test_the_days_of_the_run_are_over(whole: Whole) -> None:
    """On AWS a day that is over has been counted with the person: the counts are made anew."""
    client = client_of(whole.parts)
    send_events(client, USER, {"event_id": "evt-user-1", "type": "view", "product_id": "p8"})
    whole.clock.forward(days=2)
    with_person = refresh_popularity(whole.parts.events, whole.parts.blobs, whole.clock.now())
    assert [product for product, _ in with_person.most_viewed] == ["p8"]
    client.delete(f"/v1/users/{USER}")
    for _ in range(2):
        without = refresh_popularity(whole.parts.events, whole.parts.blobs, whole.clock.now())
        assert without.most_viewed == without.popular == ()
        whole.clock.forward(minutes=30)
    assert whole.clock.now() - NOW > timedelta(days=2)
