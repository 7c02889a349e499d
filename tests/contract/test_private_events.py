"""What every event store promises of events that are for their user's own lists alone, and of those of nobody."""

import sqlite3
from datetime import timedelta
from pathlib import Path

from shared.adapters.dynamodb_events import DynamoEvents
from shared.adapters.sqlite import SqliteEvents
from shared.domain.admission import of_nobody
from shared.domain.events import Activity, Event, EventType
from shared.domain.moments import to_micros
from shared.ports import EventStore
from tests.aws_stand_in import AwsStandIn, Call
from tests.support import NOW, StillClock, event

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def deeds(user: str, **more: object) -> list[Event]:
    return [
        event(user, EventType.VIEW, "a", NOW - 3 * HOUR, **more),
        event(user, EventType.PURCHASE, "b", NOW - 2 * HOUR, value=2.0, **more),
        event(user, EventType.SEARCH, at=NOW - HOUR, query="mug", **more),
        event(user, EventType.IMPRESSION, "c", NOW - HOUR, **more),
    ]


def seen_by_others(store: EventStore, clock: StillClock) -> dict[str, object]:
    later = clock.now() + HOUR
    return {
        "histories": [[each.event_id for each in own] for own in store.histories(later)],
        "searches": sorted(store.searches(NOW - DAY)),
        "activity": sorted((each.product_id, each.count) for each in store.activity((NOW - DAY).date())),
    }


def seen_by_its_user(store: EventStore, user: str, clock: StillClock) -> list[object]:
    now = clock.now()
    return [
        store.recent(user, 9, now),
        store.searched(user, 9, now),
        store.touched(user, NOW - DAY),
        store.standing(user),
    ]


class TestPrivate:
    def test_it_comes_back_as_it_went_in_and_is_its_users_alone(self, events: EventStore, clock: StillClock) -> None:
        events.add(deeds("open"))
        before = seen_by_others(events, clock)
        events.add(deeds("u", private=True))
        assert seen_by_others(events, clock) == before
        recent, searched, touched, standing = seen_by_its_user(events, "u", clock)
        assert [each.private for each in recent + searched] == [True] * 3  # type: ignore[operator]
        assert touched == {"a", "b"}
        assert standing.excluded == {"b"}  # type: ignore[attr-defined]

    def test_what_was_open_is_withheld(self, events: EventStore, clock: StillClock) -> None:
        events.add(deeds("open"))
        before = seen_by_others(events, clock)
        events.add([*deeds("u"), event("u", EventType.VIEW, "d", private=True)])
        assert events.withhold("u") == 4
        assert events.withhold("u") == 0
        assert seen_by_others(events, clock) == before
        assert len(events.recent("u", 9, clock.now())) == 3
        assert all(each.private for each in events.recent("u", 9, clock.now()))

    def test_it_stays_private_where_a_guest_becomes_a_user(self, events: EventStore, clock: StillClock) -> None:
        events.add(deeds("anon:c", private=True))
        assert events.merge("anon:c", "u") == 4
        assert [each.private for each in events.recent("u", 9, clock.now())] == [True, True]
        assert seen_by_others(events, clock) == {"histories": [], "searches": [], "activity": []}

    def test_it_counts_once_all_the_same(self, events: EventStore) -> None:
        (view, *_) = deeds("u", private=True)
        assert events.add([view]) == [True]
        assert events.withhold("u") == 0
        assert events.add(deeds("u")[:1]) == [False]


class TestNobody:
    def test_it_is_counted_and_nothing_else(self, events: EventStore, clock: StillClock) -> None:
        kept = [each for each in map(of_nobody, deeds("u")) if each]
        assert events.add(kept) == [True] * 3
        assert events.add(kept) == [False] * 3
        seen = seen_by_others(events, clock)
        assert seen == {"histories": [], "searches": [], "activity": [("a", 1), ("b", 1), ("c", 1)]}
        assert list(events.users(NOW - DAY)) == []


class TestUsers:
    def test_everyone_once(self, events: EventStore) -> None:
        events.add([*deeds("u"), *deeds("anon:c", private=True), event("old", EventType.VIEW, "a", NOW - DAY)])
        events.add([event("shown", EventType.IMPRESSION, "a"), event("u", EventType.VIEW, "z")])
        assert sorted(events.users(NOW - 4 * HOUR)) == ["anon:c", "shown", "u"]
        assert sorted(events.users(NOW - DAY)) == ["anon:c", "old", "shown", "u"]


class TestDynamo:
    def test_a_day_that_has_been_counted_is_counted_anew(self, table: DynamoEvents, clock: StillClock) -> None:
        table.add(deeds("u")[:1])
        clock.forward(days=2)
        day = NOW.date()
        assert list(table.activity(day)) == [Activity("a", EventType.VIEW, day, 1)]
        table.withhold("u")
        assert list(table.activity(day)) == []
        clock.forward(days=1)
        assert list(table.activity(day)) == []

    def test_one_that_goes_meanwhile_keeps_no_other_from_being_withheld(
        self, aws: AwsStandIn, table: DynamoEvents, clock: StillClock
    ) -> None:
        table.add([event("u", EventType.VIEW, f"p{number}", NOW - number * HOUR) for number in range(3)])
        moved = iter([True])

        def overtaken(call: Call) -> None:
            if call.operation == "TransactWriteItems" and next(moved, False):
                aws.connections.client("dynamodb").delete_item(
                    TableName=table._table,
                    Key={"pk": {"S": "u#u"}, "sk": {"S": f"t#{to_micros(NOW):020}#u-view-p0-{NOW.timestamp()}"}},
                )

        with aws.faulty(overtaken):
            table.withhold("u")
        left = table.recent("u", 9, clock.now())
        assert [(each.product_id, each.private) for each in left] == [("p1", True), ("p2", True)]


def test_a_file_from_before_there_were_private_events_goes_on(tmp_path: Path, clock: StillClock) -> None:
    path, at = tmp_path / "events.sqlite", to_micros(NOW)
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE events (event_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, type TEXT NOT NULL, "
            "product_id TEXT NOT NULL, occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL, value REAL, "
            "query TEXT NOT NULL, recommendation_id TEXT NOT NULL, properties TEXT NOT NULL, "
            "country TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
            "CREATE INDEX tellings_in_context ON events (user_id, occurred_at, event_id, type, product_id, value, "
            "properties) WHERE type IN ('view');"
            "CREATE INDEX events_by_country ON events (occurred_at, product_id, type, country);"
        )
        row = ("1", "u", "view", "a", at, at, None, "", "", "{}", "DE")
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    for _ in range(2):
        store = SqliteEvents(path, clock)
    assert [each.private for each in store.recent("u", 9, NOW)] == [False]
    assert store.withhold("u") == 1
    assert list(store.activity(NOW.date())) == []
    assert [each.private for each in store.recent("u", 9, NOW)] == [True]
