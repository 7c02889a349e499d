"""What every event store does when a guest turns out to be a user."""

from datetime import timedelta
from typing import Any

import pytest

from shared import ports
from shared.adapters import dynamodb_events, dynamodb_merging, sqlite
from shared.adapters.dynamodb_events import DynamoEvents
from shared.domain.errors import Unavailable
from shared.domain.events import Event, EventType
from shared.domain.standing import Standing
from shared.ports import EventStore
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock, event

HOUR = timedelta(hours=1)
GUEST = "anon:c1"


def visit() -> list[Event]:
    return [
        event(GUEST, EventType.VIEW, "a", NOW - 3 * HOUR, properties={"country": "DE"}, recommendation_id="r"),
        event(GUEST, EventType.ADD_TO_CART, "b", NOW - 2 * HOUR, value=2.0),
        event(GUEST, EventType.SEARCH, at=NOW - HOUR, query="mug"),
        event(GUEST, EventType.IMPRESSION, "c", NOW - HOUR),
    ]


def everything(store: EventStore, user: str, clock: StillClock) -> list[Event]:
    return store.recent(user, 9_999, clock.now())


class TestMerge:
    def test_what_the_guest_did_is_the_users(self, events: EventStore, clock: StillClock) -> None:
        events.add([event("u", EventType.PURCHASE, "own", NOW - 5 * HOUR), *visit()])
        before = set(events.activity(NOW.date() - timedelta(days=2)))
        clock.forward(hours=1)
        assert events.merge(GUEST, "u") == 4
        recent = events.recent("u", 9, clock.now())
        assert [(each.user_id, each.product_id, each.occurred_at) for each in recent] == [
            ("u", "b", NOW - 2 * HOUR), ("u", "a", NOW - 3 * HOUR), ("u", "own", NOW - 5 * HOUR),
        ]  # fmt: skip
        assert (recent[1].properties, recent[1].recommendation_id) == ({"country": "DE"}, "r")
        assert recent[1].event_id == visit()[0].event_id
        assert events.standing("u") == Standing(frozenset({"own"}), frozenset({"b"}))
        assert events.touched("u", NOW - 4 * HOUR) == {"a", "b"}
        assert [(each.user_id, each.query) for each in events.searched("u", 9, clock.now())] == [("u", "mug")]
        assert events.recent(GUEST, 9, clock.now()) == events.searched(GUEST, 9, clock.now()) == []
        assert events.standing(GUEST) == Standing()
        (history,) = events.histories(clock.now())
        assert [(each.user_id, each.product_id) for each in history] == [("u", "own"), ("u", "a"), ("u", "b")]
        assert set(events.activity(NOW.date() - timedelta(days=2))) == before
        assert events.count() == 5

    def test_a_ranking_that_is_frozen_does_not_see_them(self, events: EventStore, clock: StillClock) -> None:
        events.add(visit())
        clock.forward(minutes=5)
        frozen = clock.now()
        clock.forward(minutes=5)
        events.merge(GUEST, "u")
        assert events.recent("u", 9, frozen) == events.searched("u", 9, frozen) == []
        assert {each.received_at for each in events.recent("u", 9, clock.now())} == {clock.now()}

    def test_again_and_for_what_came_late(self, events: EventStore, clock: StillClock) -> None:
        assert events.merge(GUEST, "u") == 0
        events.add(visit())
        assert [events.merge(GUEST, "u"), events.merge(GUEST, "u")] == [4, 0]
        assert events.add(visit()) == [False] * 4  # sent again under the guest's id: known all the same
        events.add([event(GUEST, EventType.VIEW, "late")])
        assert events.merge(GUEST, "u") == 1
        assert len(everything(events, "u", clock)) == 3
        assert events.count() == 5

    def test_nobody_else_is_touched(self, events: EventStore, clock: StillClock) -> None:
        others = [event("anon:c12", EventType.VIEW, "x"), event("v", EventType.VIEW, "y")]
        events.add([*visit(), *others])
        events.merge(GUEST, "u")
        assert everything(events, "anon:c12", clock) == others[:1]
        assert everything(events, "v", clock) == others[1:]

    def test_a_long_history_is_moved_in_parts_the_newest_deeds_first(
        self, events: EventStore, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for adapter in (sqlite, dynamodb_events):
            monkeypatch.setattr(adapter, "MOST_MERGED", 60)
        events.add([event(GUEST, EventType.VIEW, f"p{i}", NOW - timedelta(seconds=i)) for i in range(90)])
        events.add([event(GUEST, EventType.IMPRESSION, f"p{i}") for i in range(20)])
        assert events.merge(GUEST, "u") == 60
        assert [each.product_id for each in everything(events, "u", clock)] == [f"p{i}" for i in range(60)]
        assert [events.merge(GUEST, "u") for _ in range(2)] == [50, 0]
        assert len(everything(events, "u", clock)) == 90
        assert ports.MOST_MERGED > 60


class TestDynamo:
    """What only a store of many items must see to."""

    @pytest.fixture
    def fast(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dynamodb_merging, "_PAUSE_SECONDS", 0.0)
        monkeypatch.setattr(dynamodb_merging, "_MOST_EVENTS", 4)

    @pytest.mark.usefixtures("fast")
    @pytest.mark.parametrize("done", [False, True])
    def test_killed_anywhere_every_event_is_one_persons(
        self, aws: AwsStandIn, table: DynamoEvents, clock: StillClock, done: bool
    ) -> None:
        """The connection is lost at the first, second, third transaction, before or after it took effect."""
        table.add([event(GUEST, EventType.VIEW, f"p{i}", NOW - timedelta(seconds=i)) for i in range(24)])
        for place in range(1, 4):
            calls: list[str] = []

            def lost(call: Call, calls: list[str] = calls, place: int = place) -> Fault | None:
                if call.operation != "TransactWriteItems":
                    return None
                calls.append(call.operation)
                first = len(calls) == place
                return Fault(500, "InternalServerError", done=first and done) if len(calls) >= place else None

            with aws.faulty(lost), pytest.raises(Unavailable):
                table.merge(GUEST, "u")
            found = [*everything(table, GUEST, clock), *everything(table, "u", clock)]
            assert sorted(each.product_id for each in found) == sorted(f"p{i}" for i in range(24))
        table.merge(GUEST, "u")
        assert everything(table, GUEST, clock) == []
        assert [each.product_id for each in everything(table, "u", clock)] == [f"p{i}" for i in range(24)]
        assert table.count() == 24

    @pytest.mark.usefixtures("fast")
    def test_two_logins_at_once(self, aws: AwsStandIn, table: DynamoEvents, clock: StillClock) -> None:
        table.add(visit())
        first: list[int] = []

        def overtaken(call: Call) -> None:
            if call.operation == "TransactWriteItems" and not first:
                first.append(0)
                first[0] = table.merge(GUEST, "u")

        with aws.faulty(overtaken):
            assert table.merge(GUEST, "u") == 4
        assert first == [4]
        assert len(everything(table, "u", clock)) == 2
        assert table.count() == 4

    @pytest.mark.usefixtures("fast")
    def test_busy_is_tried_again_and_then_said(self, aws: AwsStandIn, table: DynamoEvents, clock: StillClock) -> None:
        table.add(visit())
        reasons: list[dict[str, Any]] = [{"Code": "None"} for _ in range(8)]
        reasons[3] = {"Code": "TransactionConflict", "Message": "injected"}
        busy = Fault(400, "TransactionCanceledException", answer={"CancellationReasons": reasons})
        times = [busy, busy]
        with aws.faulty(lambda call: times.pop() if call.operation == "TransactWriteItems" and times else None):
            assert table.merge(GUEST, "u") == 4
        table.merge("u", GUEST)
        always = aws.faulty(lambda call: busy if call.operation == "TransactWriteItems" else None)
        with always, pytest.raises(Unavailable, match="same request again"):
            table.merge(GUEST, "u")
        assert len(everything(table, GUEST, clock)) == 2

    def test_a_day_that_has_been_counted_stays_so(self, table: DynamoEvents, clock: StillClock) -> None:
        table.add(visit())
        clock.forward(days=2)
        kept = set(table.activity(NOW.date() - timedelta(days=2)))
        table.merge(GUEST, "u")
        clock.forward(days=1)
        assert set(table.activity(NOW.date() - timedelta(days=2))) == kept
        assert {each.country for each in kept} == {"", "DE"}
