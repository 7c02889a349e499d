"""What every event store does when a person asks for what is kept, and for its end."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from shared.adapters import dynamodb_events, sqlite
from shared.adapters.dynamodb_events import DynamoEvents
from shared.adapters.sqlite import SqliteEvents
from shared.adapters.sqlite_database import Database
from shared.adapters.sqlite_sends import SqliteSends
from shared.domain.deadline import deadline
from shared.domain.errors import Unavailable
from shared.domain.events import Event, EventType
from shared.domain.standing import Standing
from shared.ports import EventStore
from shared.settings import Aws
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.privacy_parts import a_send
from tests.support import NOW, StillClock, event

HOUR = timedelta(hours=1)
SINCE = NOW.date() - timedelta(days=9)


def life(user: str = "u") -> list[Event]:
    """Events of every class, some of one moment."""
    return [
        event(user, EventType.VIEW, "a", NOW - 4 * HOUR, "e5", properties={"country": "DE"}),
        event(user, EventType.SEARCH, at=NOW - 3 * HOUR, event_id="e2", query="mug"),
        event(user, EventType.PURCHASE, "b", NOW - 3 * HOUR, "e1", value=2.0),
        event(user, EventType.IMPRESSION, "c", NOW - 3 * HOUR, "e3#with#signs"),
        event(user, EventType.RATE, "b", NOW - HOUR, "e4", value=5.0),
    ]


def all_of(store: EventStore, user: str, at_once: int) -> list[str]:
    found: list[Event] = []
    while some := store.everything(user, at_once, (found[-1].occurred_at, found[-1].event_id) if found else None):
        found += some
    return [each.event_id for each in found]


class TestEverything:
    @pytest.mark.parametrize("at_once", [1, 2, 9])
    def test_all_types_oldest_first_in_pages(self, events: EventStore, at_once: int) -> None:
        events.add([*life(), event("v", EventType.VIEW, "a")])
        assert all_of(events, "u", at_once) == ["e5", "e1", "e2", "e3#with#signs", "e4"]
        assert all_of(events, "nobody", at_once) == []

    def test_as_they_were_sent(self, events: EventStore) -> None:
        events.add(life())
        assert sorted(events.everything("u", 9), key=lambda each: each.event_id) == sorted(
            life(), key=lambda each: each.event_id
        )

    def test_it_goes_on_after_an_event_that_is_there_no_more(self, events: EventStore) -> None:
        events.add(life())
        assert [each.event_id for each in events.everything("u", 9, (NOW - 3 * HOUR, "e2a"))] == [
            "e3#with#signs", "e4",
        ]  # fmt: skip
        assert events.everything("u", 9, (NOW, "")) == []


class TestForget:
    def test_nothing_is_left_and_nobody_else_is_touched(self, events: EventStore, clock: StillClock) -> None:
        other = event("uu", EventType.VIEW, "a", NOW - HOUR)
        events.add([*life(), other])
        assert [events.forget("u"), events.forget("u")] == [5, 0]
        assert events.everything("u", 9) == events.searched("u", 9, clock.now()) == []
        assert events.standing("u") == Standing()
        assert [each.product_id for each in events.activity(SINCE)] == ["a"]
        assert [[each.user_id for each in history] for history in events.histories(clock.now() + HOUR)] == [["uu"]]
        assert list(events.searches(NOW - 9 * HOUR)) == []
        assert events.count() == 1
        assert events.everything("uu", 9) == [other]

    def test_what_is_stored_is_known(self, events: EventStore) -> None:
        events.add(life())
        assert events.known(["e1", "never", "e3#with#signs", "e1"]) == {"e1", "e3#with#signs"}
        events.forget("u")
        assert events.known(["e1"]) == events.known([]) == frozenset()

    def test_the_ids_are_forgotten_too(self, events: EventStore) -> None:
        events.add(life())
        events.forget("u")
        assert events.add(life("v")) == [True] * 5

    def test_a_long_history_goes_in_parts(self, events: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
        for adapter in (sqlite, dynamodb_events):
            monkeypatch.setattr(adapter, "MOST_FORGOTTEN", 30)
        events.add([event("u", EventType.VIEW, f"p{i}", NOW - timedelta(seconds=i)) for i in range(40)])
        events.add([event("u", EventType.IMPRESSION, f"p{i}", NOW - timedelta(seconds=i)) for i in range(10)])
        assert [events.forget("u") for _ in range(3)] == [30, 20, 0]

    def test_days_that_have_been_counted_are_counted_without_it(self, events: EventStore, clock: StillClock) -> None:
        events.add([*life(), event("v", EventType.VIEW, "a", NOW - HOUR, properties={"country": "DE"})])
        clock.forward(days=2)
        before = {(each.product_id, each.type): each.count for each in events.activity(SINCE)}
        assert before["a", EventType.VIEW] == 2
        events.forget("u")
        for _ in range(3):  # in doubt still, counted anew and kept, read as kept
            after = {(each.product_id, each.type): each.count for each in events.activity(SINCE)}
            assert after == {("a", EventType.VIEW): 1}
            clock.forward(hours=1)


class TestDynamo:
    """What only a store of many items must see to."""

    @pytest.mark.parametrize("done", [False, True])
    def test_killed_anywhere_the_next_call_goes_on(
        self, aws: AwsStandIn, table: DynamoEvents, aws_names: Aws, done: bool
    ) -> None:
        table.add([event("u", EventType.VIEW, f"p{i}", NOW - timedelta(seconds=i)) for i in range(60)])
        for place in (1, 2, 3):
            calls: list[str] = []

            def lost(call: Call, calls: list[str] = calls, place: int = place) -> Fault | None:
                if call.operation != "BatchWriteItem":
                    return None
                calls.append(call.operation)
                return (
                    Fault(500, "InternalServerError", done=done and len(calls) == place)
                    if len(calls) >= place
                    else None
                )

            with aws.faulty(lost), pytest.raises(Unavailable):
                table.forget("u")
        while table.forget("u"):
            pass
        left = aws.connections.client("dynamodb").scan(TableName=aws_names.events_table)["Items"]
        assert {item["pk"]["S"][:2] for item in left} == {"a#"}  # that the days are to be counted anew

    def test_what_the_table_does_not_take_at_once_is_sent_again(self, aws: AwsStandIn, table: DynamoEvents) -> None:
        table.add(life())
        throttled = Fault(400, "ProvisionedThroughputExceededException")
        times = [throttled]
        with aws.faulty(lambda call: times.pop() if call.operation == "BatchWriteItem" and times else None):
            assert table.forget("u") == 5
        assert table.everything("u", 9) == []

    def test_it_ends_with_the_time(self, table: DynamoEvents) -> None:
        table.add([event("u", EventType.VIEW, f"p{i}", NOW - timedelta(seconds=i)) for i in range(60)])
        with deadline(0):
            assert table.forget("u") == 25
        assert table.forget("u") == 35

    def test_counts_that_were_being_made_meanwhile_are_not_kept(
        self, aws: AwsStandIn, table: DynamoEvents, clock: StillClock
    ) -> None:
        """The day is read with the user's events, then these are erased, and only then would the counts be kept."""
        table.add([*life(), event("v", EventType.VIEW, "a", NOW - HOUR)])
        clock.forward(days=2)
        begun: list[str] = []

        def erased_meanwhile(call: Call) -> None:
            if call.operation == "PutItem" and not begun:
                begun.append("")
                clock.forward(seconds=5)
                table.forget("u")

        with aws.faulty(erased_meanwhile):
            list(table.activity(SINCE))
        assert begun
        clock.forward(hours=1)
        counts = {(each.product_id, each.type): each.count for each in table.activity(SINCE)}
        assert counts == {("a", EventType.VIEW): 1}

    def test_a_day_that_has_less_to_count_than_before_is_kept_again(
        self, aws: AwsStandIn, table: DynamoEvents, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.adapters.dynamodb_activity._PART_BYTES", 60)
        table.add([*life(), event("v", EventType.VIEW, "a", NOW - HOUR)])
        clock.forward(days=2)
        list(table.activity(SINCE))
        table.forget("u")
        clock.forward(hours=1)
        list(table.activity(SINCE))
        asked: list[str] = []
        with aws.faulty(lambda call: asked.append(call.operation)):
            assert [each.count for each in table.activity(SINCE)] == [1]
        assert "PutItem" not in asked


class TestSqliteFiles:
    """What is erased is not to be found in the file or its log, which takes more than deleting rows."""

    def busy_shop(self, store: SqliteEvents, seed: int = 1) -> None:
        """So many rows, in no order, that pages are split and joined, and leave copies of rows behind."""
        chance = Random(seed)

        def some(user: str, mark: str, query: str) -> Event:
            type_, at = chance.choice([EventType.VIEW, EventType.SEARCH]), chance.randrange(10**6)
            event_id = f"{chance.getrandbits(64):x}{mark}"
            return event(user, type_, "p", NOW - timedelta(seconds=at), event_id, query=query)

        for _ in range(30):
            others = [some(f"v{chance.randrange(9)}", "-v", "other words") for _ in range(60)]
            store.add([*others, *(some("the-user", "-mine", "rare words") for _ in range(20))])

    def test_nothing_is_found_after_the_sweep(self, tmp_path: Path, clock: StillClock) -> None:
        """Whether anything is left in the gaps of pages is a matter of chance: several shops are tried."""
        left = []
        for seed in range(12):
            folder = tmp_path / str(seed)
            store = SqliteEvents(folder / "events.sqlite", clock)
            self.busy_shop(store, seed)
            while store.forget("the-user"):
                pass
            with closing(sqlite3.connect(folder / "events.sqlite")) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            left += [mark for mark in (b"the-user", b"-mine", b"rare words") if found_in(folder, mark)]
            store.sweep()
            for mark in (b"the-user", b"-mine", b"rare words"):
                assert not found_in(folder, mark)
            assert store.count() == 30 * 60
            if left:
                return
        raise AssertionError("nothing was left by deleting alone: the sweep is not tested, or not needed any more")

    def test_after_a_crash_before_the_sweep_the_next_one_makes_up_for_it(
        self, tmp_path: Path, clock: StillClock
    ) -> None:
        store = SqliteEvents(tmp_path / "events.sqlite", clock)
        self.busy_shop(store)
        while store.forget("the-user"):
            pass
        again = SqliteEvents(tmp_path / "events.sqlite", clock)
        assert again.forget("the-user") == 0
        again.sweep()
        assert not found_in(tmp_path, b"the-user")

    def test_a_reader_that_began_before_is_said_to_be_in_the_way(
        self, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.adapters.sqlite_database._SWEEP_MILLISECONDS", 10)
        store = SqliteEvents(tmp_path / "events.sqlite", clock)
        self.busy_shop(store)
        reading = sqlite3.connect(tmp_path / "events.sqlite", isolation_level=None)
        reading.execute("BEGIN")
        assert reading.execute("SELECT COUNT(*) FROM events").fetchone() == (30 * 80,)
        while store.forget("the-user"):
            pass
        assert store.everything("the-user", 9) == []  # erased for all who ask from now on
        with pytest.raises(Unavailable, match="again"):
            store.sweep()
        assert store.add([event("w", EventType.VIEW, "a")]) == [True]
        reading.execute("COMMIT")
        store.sweep()
        assert not found_in(tmp_path, b"the-user")
        reading.close()

    def test_what_is_erased_while_it_is_at_work_waits_for_the_next(
        self, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = SqliteEvents(tmp_path / "events.sqlite", clock)
        self.busy_shop(store)
        store.forget("v1")
        emptied = Database._empty_log

        def meanwhile(database: Database) -> None:
            emptied(database)
            while SqliteEvents(tmp_path / "events.sqlite", clock).forget("the-user"):
                pass

        with monkeypatch.context() as patched:
            patched.setattr(Database, "_empty_log", meanwhile)
            store.sweep()
        before = (tmp_path / "events.sqlite").stat().st_size
        store.sweep()
        assert (tmp_path / "events.sqlite").stat().st_size < before
        assert not found_in(tmp_path, b"the-user")

    def test_sends_that_were_undone_or_are_old_leave_no_trace(self, tmp_path: Path, clock: StillClock) -> None:
        sends = SqliteSends(tmp_path / "sends.sqlite", clock, retention_days=30)
        for start in range(0, 600, 50):
            sends.add([a_send(f"user-{number}", f"c{number % 3}") for number in range(start, start + 50)])
        assert sends.remove("c0", [f"user-{number}" for number in range(600)]) == 200
        sends.sweep()
        assert not found_in(tmp_path, b"user-300")
        assert found_in(tmp_path, b"user-301")
        clock.forward(days=31)
        assert (sends.expire(), sends.expire()) == (400, 0)
        sends.sweep()
        assert not found_in(tmp_path, b"user-301")

    def test_a_sweep_with_nothing_to_do_writes_nothing(self, tmp_path: Path, clock: StillClock) -> None:
        store = SqliteEvents(tmp_path / "events.sqlite", clock)
        self.busy_shop(store)
        before = sizes(tmp_path)
        store.sweep()
        assert store.forget("unknown") == 0
        store.sweep()
        assert sizes(tmp_path) == before


class TestExpire:
    def test_what_was_received_before_goes_in_parts(
        self, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "MOST_FORGOTTEN", 3)
        store = SqliteEvents(tmp_path / "events.sqlite", clock)
        store.add(life())
        clock.forward(days=10)
        # Received now, though it happened long ago: an import of the past is not thrown away the same night.
        store.add([event("u", EventType.VIEW, "a", NOW - 99 * HOUR, "late")])
        before = clock.now() - timedelta(days=5)
        assert [store.expire(before) for _ in range(3)] == [3, 2, 0]
        assert all_of(store, "u", 9) == ["late"]


def found_in(folder: Path, mark: bytes) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and mark in path.read_bytes()]


def sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
