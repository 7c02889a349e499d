"""What every event store counts of what followed from answers."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters import dynamodb_activity
from shared.adapters.dynamodb_events import DynamoEvents
from shared.adapters.sqlite import SqliteEvents
from shared.domain.admission import of_nobody
from shared.domain.events import EventType
from shared.domain.outcomes import Outcome
from shared.domain.recommendation_ids import named, scenario_of
from shared.domain.rules import Scenario
from shared.ports import EventStore
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock, event

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TODAY = NOW.date()
FOR_YOU = named("0" * 32, Scenario.FOR_YOU)
SEARCH = named("1" * 32, Scenario.SEARCH)


def answered(recommendation_id: str, type_: EventType, count: int, user: str = "u", **more: object) -> list:
    return [
        event(user, type_, f"p{i}", NOW - i * HOUR / 60, f"{user}{recommendation_id}{type_}{i}",
              recommendation_id=recommendation_id, **more)
        for i in range(count)
    ]  # fmt: skip


def test_they_are_counted_by_day_scenario_and_type(events: EventStore, clock: StillClock) -> None:
    events.add(answered(FOR_YOU, EventType.IMPRESSION, 5) + answered(FOR_YOU, EventType.CLICK, 2))
    events.add(answered(SEARCH, EventType.CLICK, 1, properties={"country": "DE"}))
    events.add(answered("made-up", EventType.CLICK, 1) + answered("", EventType.CLICK, 3, "v"))
    events.add([event("u", EventType.VIEW, "old", NOW - 9 * DAY, recommendation_id=FOR_YOU)])
    events.add([event("u", EventType.SEARCH, query="mug", recommendation_id=SEARCH)])
    expected = {
        Outcome(TODAY, Scenario.FOR_YOU, EventType.IMPRESSION, 5),
        Outcome(TODAY, Scenario.FOR_YOU, EventType.CLICK, 2),
        Outcome(TODAY, Scenario.SEARCH, EventType.CLICK, 1),
        Outcome(TODAY, None, EventType.CLICK, 4),
    }
    for _ in range(3):  # an open day, a day that is over, and one whose counts are kept
        found = list(events.outcomes(TODAY))
        assert (set(found), len(found)) == (expected, 4)
        clock.forward(days=1)
        list(events.activity(TODAY))


def test_they_are_what_activity_counts(events: EventStore, clock: StillClock) -> None:
    deeds = answered(FOR_YOU, EventType.CLICK, 3) + answered("", EventType.VIEW, 2)
    events.add(deeds + answered(FOR_YOU, EventType.CLICK, 2, "w", private=True))
    events.add([kept for each in answered(SEARCH, EventType.PURCHASE, 2, "x") if (kept := of_nobody(each))])
    clock.forward(days=2)
    by_type = dict.fromkeys(EventType, 0)
    for each in events.activity(TODAY):
        by_type[each.type] += each.count
    for outcome in events.outcomes(TODAY):
        by_type[outcome.type] -= outcome.count
    assert not any(by_type.values())
    assert Outcome(TODAY, Scenario.SEARCH, EventType.PURCHASE, 2) in set(events.outcomes(TODAY)), "nobody's count too"


def test_what_is_withheld_or_forgotten_is_counted_no_more(events: EventStore, clock: StillClock) -> None:
    events.add(answered(FOR_YOU, EventType.CLICK, 2) + answered(FOR_YOU, EventType.CLICK, 1, "v"))
    events.add(answered(FOR_YOU, EventType.CLICK, 4, "w"))
    clock.forward(days=2)
    assert [each.count for each in events.outcomes(TODAY)] == [7]
    list(events.activity(TODAY))
    events.withhold("u")
    assert [each.count for each in events.outcomes(TODAY)] == [5]
    while events.forget("v"):
        pass
    assert [each.count for each in events.outcomes(TODAY)] == [4]


class TestDynamo:
    @pytest.fixture
    def yesterday(self, table: DynamoEvents, clock: StillClock) -> list[Outcome]:
        """What is kept of a day that is over."""
        table.add(answered(FOR_YOU, EventType.CLICK, 3) + answered("", EventType.VIEW, 2))
        clock.forward(days=1)
        list(table.activity(TODAY))
        return [Outcome(TODAY, None, EventType.VIEW, 2), Outcome(TODAY, Scenario.FOR_YOU, EventType.CLICK, 3)]

    @pytest.mark.parametrize(
        ("country", "answer", "kept"),
        [
            ("", "", "view"),
            ("DE", "made-up", "view#DE"),
            ("DE", FOR_YOU, "view#DE#for_you"),
            ("", FOR_YOU, "view##for_you"),
            ("D#", "x-for#you", "view"),
        ],
    )
    def test_without_an_answer_a_type_is_as_it_was_before_answers_were_counted(
        self, country: str, answer: str, kept: str
    ) -> None:
        of = event("u", EventType.VIEW, recommendation_id=answer, properties={"country": country})
        assert dynamodb_activity.type_of(of) == kept
        told = country if country.isalpha() else ""
        scenario = scenario_of(answer)
        assert dynamodb_activity._in_type(kept) == ("view", told, scenario.value if scenario else "")

    def test_kept_days_are_read_and_nothing_is_written(
        self, aws: AwsStandIn, table: DynamoEvents, yesterday: list[Outcome]
    ) -> None:
        calls: list[str] = []

        def read_only(call: Call) -> Fault | None:
            calls.append(call.operation)
            return None if call.operation == "Query" else Fault(400, "AccessDeniedException")

        with aws.faulty(read_only):
            assert list(table.outcomes(TODAY)) == yesterday
        assert len(calls) == 1 + 1 + 8, "of two days the head, and of the open one what the index has of it"

    def test_a_day_kept_before_answers_were_counted_has_its_types(
        self, aws: AwsStandIn, table: DynamoEvents, yesterday: list[Outcome]
    ) -> None:
        client = aws.connections.client("dynamodb")
        key = {"pk": {"S": f"a#{TODAY.isoformat()}"}, "sk": {"S": "-"}}
        client.update_item(TableName=table._table, Key=key, UpdateExpression="REMOVE followed")
        assert set(table.outcomes(TODAY)) == {
            Outcome(TODAY, None, each.type, each.count) for each in yesterday
        }  # fmt: skip

    def test_a_day_of_which_too_much_would_be_kept_is_counted_each_time(
        self, table: DynamoEvents, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dynamodb_activity, "_PART_BYTES", 10)
        table.add(answered(FOR_YOU, EventType.CLICK, 3))
        clock.forward(days=2)
        for _ in range(2):
            assert sum(each.count for each in table.activity(TODAY)) == 3
            assert [each.count for each in table.outcomes(TODAY)] == [3]


def test_a_file_from_before_answers_named_scenarios_goes_on(tmp_path: Path, clock: StillClock) -> None:
    path = tmp_path / "events.sqlite"
    SqliteEvents(path, clock).add(answered("0" * 32, EventType.CLICK, 2, private=True))
    with sqlite3.connect(path) as connection:
        connection.execute("DROP INDEX events_counted")
        connection.execute("ALTER TABLE events DROP COLUMN scenario")
        connection.execute("CREATE INDEX events_by_country ON events (occurred_at, product_id, type, country, private)")
    connection.close()
    for _ in range(2):
        store = SqliteEvents(path, clock)
    store.add(answered("2" * 32, EventType.CLICK, 1) + answered(FOR_YOU, EventType.CLICK, 4))
    assert list(store.outcomes(TODAY)) == [
        Outcome(TODAY, None, EventType.CLICK, 1), Outcome(TODAY, Scenario.FOR_YOU, EventType.CLICK, 4),
    ]  # fmt: skip
    assert [each.private for each in store.recent("u", 9, clock.now())].count(True) == 2
    names = {row[0] for row in store._database.connection().execute("SELECT name FROM sqlite_master")}
    assert ("events_counted" in names, "events_by_country" in names) == (True, False)
