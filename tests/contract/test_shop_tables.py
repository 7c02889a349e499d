"""The tables of another shop: made as the first one's are, whatever breaks on the way."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared import wiring
from shared.adapters.aws import Connections
from shared.adapters.dynamodb_tables import TablesBeside
from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.domain.events import EventType
from shared.settings import Aws, Settings
from tests.aws_stand_in import TABLES, AwsStandIn, Call, Fault
from tests.support import NOW, StillClock, event


@pytest.fixture
def first(aws: AwsStandIn, aws_names: Aws) -> Aws:
    """The first shop's tables as template.yaml has them, protection, encryption and all."""
    client = aws.connections.client("dynamodb")
    names = {kind: f"{getattr(aws_names, kind)}-made" for kind in TABLES}
    for kind, name in names.items():
        client.create_table(
            TableName=name, **TABLES[kind], SSESpecification={"Enabled": True}, DeletionProtectionEnabled=True
        )
        client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        if kind != "state_table":
            lifetime = {"Enabled": True, "AttributeName": "expires_at"}
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=lifetime)
    return replace(aws_names, **names)


def tables_of(first: Aws, shop: str = "outlet") -> dict[str, str]:
    other = first.of_shop(shop)
    return {getattr(first, kind): getattr(other, kind) for kind in TABLES}


def place_of(first: Aws, pause: Callable[[float], object] = lambda _: None) -> TablesBeside:
    return TablesBeside(Connections(read_seconds=10), tables_of(first), pause)


def described(aws: AwsStandIn, table: str) -> dict[str, Any]:
    """All that makes one table like another."""
    client = aws.connections.client("dynamodb")
    told = client.describe_table(TableName=table)["Table"]
    indexes = [
        {key: each[key] for key in ("IndexName", "KeySchema", "Projection")}
        for each in told.get("GlobalSecondaryIndexes", [])
    ]
    for each in indexes:
        each["Projection"] = {**each["Projection"], "NonKeyAttributes": sorted(each["Projection"]["NonKeyAttributes"])}
    return {
        "keys": told["KeySchema"],
        "attributes": sorted(told["AttributeDefinitions"], key=lambda each: each["AttributeName"]),
        "indexes": indexes,
        "billing": told["BillingModeSummary"]["BillingMode"],
        "encrypted": told["SSEDescription"]["Status"],
        "protected": told["DeletionProtectionEnabled"],
        "lifetime": client.describe_time_to_live(TableName=table)["TimeToLiveDescription"],
        "backups": client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"][
            "PointInTimeRecoveryDescription"
        ]["PointInTimeRecoveryStatus"],
    }


def assert_alike(aws: AwsStandIn, first: Aws) -> None:
    for model, table in tables_of(first).items():
        assert described(aws, table) == described(aws, model)


def test_they_are_like_the_first_ones(aws: AwsStandIn, first: Aws) -> None:
    place_of(first).make()
    assert_alike(aws, first)
    events = described(aws, first.of_shop("outlet").events_table)
    assert (events["protected"], events["backups"], events["encrypted"]) == (True, "ENABLED", "ENABLED")
    assert (events["lifetime"]["AttributeName"], events["billing"]) == ("expires_at", "PAY_PER_REQUEST")
    assert [each["IndexName"] for each in events["indexes"]] == ["by_day"]


def test_a_shop_can_be_used_when_they_are_there(first: Aws, clock: StillClock, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, aws=first)
    own = settings.of_shop("outlet")
    place = wiring.shop_place(own)
    assert place is not None
    place.make()
    wiring.shops(settings, clock).add("outlet")
    parts = wiring.parts(own, clock)
    parts.events.add([event("u", EventType.VIEW, "p1")])
    assert [each.product_id for each in parts.events.recent("u", 10, NOW)] == ["p1"]
    assert wiring.parts(settings, clock).events.recent("u", 10, NOW) == []


def test_made_again_they_stay_as_they_are(aws: AwsStandIn, first: Aws) -> None:
    place_of(first).make()
    calls: list[Call] = []
    with aws.faulty(lambda call: calls.append(call)):
        place_of(first).make()
    assert {call.operation for call in calls} <= {
        "CreateTable", "DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups",
    }  # fmt: skip
    assert_alike(aws, first)


@pytest.mark.parametrize("done", [False, True], ids=["refused", "its-answer-is-lost"])
def test_killed_at_any_call_the_next_run_makes_what_is_missing(aws: AwsStandIn, first: Aws, done: bool) -> None:
    ended = [_killed_after(aws, first, calls, done) for calls in range(0, 36, 6)]
    assert (ended[0], ended[-1]) == (False, True)
    assert_alike(aws, first)


def _killed_after(aws: AwsStandIn, first: Aws, calls: int, done: bool) -> bool:
    """Whether the run had come to its end by then."""
    left = [calls]

    def dies(_: Call) -> Fault | None:
        left[0] -= 1
        return Fault(400, "ValidationException", done=done) if left[0] < 0 else None

    with aws.faulty(dies):
        try:
            place_of(first).make()
        except Unavailable:
            return False
        return True


def test_it_waits_until_they_are_active_and_then_gives_up(aws: AwsStandIn, first: Aws) -> None:
    paused: list[float] = []
    model = aws.connections.client("dynamodb").describe_table(TableName=first.state_table)["Table"]

    def never_active(call: Call) -> Fault | None:
        if call.operation != "DescribeTable" or (not paused and len(calls) < len(TABLES)):
            calls.append(call)
            return None
        told = {"Table": {**model, "TableStatus": "CREATING", "CreationDateTime": 0}}
        return Fault(200, "", answer=told)

    calls: list[Call] = []
    with aws.faulty(never_active), pytest.raises(Unavailable, match="not active after 300 s: run the same again"):
        place_of(first, paused.append).make()
    assert sum(paused) == 300
    place_of(first).make()
    assert_alike(aws, first)


def test_backups_are_asked_for_until_they_can_be(aws: AwsStandIn, first: Aws) -> None:
    left = [2]

    def not_yet(call: Call) -> Fault | None:
        if call.operation == "UpdateContinuousBackups" and left[0]:
            left[0] -= 1
            return Fault(400, "ContinuousBackupsUnavailableException")
        return None

    with aws.faulty(not_yet):
        place_of(first).make()
    assert_alike(aws, first)


def test_a_strange_table_of_the_name_is_left_alone(aws: AwsStandIn, first: Aws) -> None:
    strange = first.of_shop("outlet").events_table
    aws.connections.client("dynamodb").create_table(TableName=strange, **TABLES["state_table"])
    with pytest.raises(InvalidInput, match=f"The table {strange} is there and is not like"):
        place_of(first).make()
    told = aws.connections.client("dynamodb").describe_time_to_live(TableName=strange)
    assert told["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_without_the_first_ones_nothing_is_made(aws: AwsStandIn, first: Aws) -> None:
    gone = replace(first, state_table="nowhere")
    before = aws.connections.client("dynamodb").list_tables()["TableNames"]
    with pytest.raises(NotFound, match="There is no table nowhere"):
        place_of(gone).make()
    assert aws.connections.client("dynamodb").list_tables()["TableNames"] == before
    with pytest.raises(InvalidInput, match="VITRINE_EVENTS_TABLE"):
        wiring.shop_place(Settings(aws=replace(first, state_table="")).of_shop("outlet"))
