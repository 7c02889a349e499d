"""What every event store promises."""

import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from shared.adapters import histories
from shared.adapters.dynamodb_events import DynamoEvents
from shared.adapters.sqlite import SqliteEvents
from shared.domain.events import Activity, EventType
from shared.domain.standing import Standing
from shared.ports import EventStore
from shared.settings import Aws
from tests.aws_stand_in import AwsStandIn
from tests.support import NOW, StillClock, event

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "dynamodb"])
def events(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> EventStore:
    if request.param == "sqlite":
        return SqliteEvents(tmp_path / "events.sqlite", clock)
    aws: AwsStandIn = request.getfixturevalue("aws")
    names: Aws = request.getfixturevalue("aws_names")
    return DynamoEvents(aws.connections, names.events_table, clock, names.retention_days)


class TestEvents:
    def test_an_event_id_counts_once(self, events: EventStore) -> None:
        view = event("u", EventType.VIEW, "a", event_id="1")
        assert events.add([view, view]) == [True, False]
        assert events.add([event("someone else", EventType.PURCHASE, "b", event_id="1")]) == [False]
        assert events.recent("u", 10, NOW) == [view]
        assert events.count() == 1

    def test_everything_comes_back_as_it_went_in(self, events: EventStore) -> None:
        rated = event(
            "ü", EventType.RATE, "a", NOW - HOUR, value=4.5, query="", recommendation_id="r",
            properties={"list": "home"},
        )  # fmt: skip
        events.add([rated])
        assert events.recent("ü", 10, NOW) == [rated]

    def test_recent_is_newest_first_and_blind_to_what_came_later(self, events: EventStore, clock: StillClock) -> None:
        on_time = [event("u", EventType.VIEW, f"p{i}", NOW - i * HOUR) for i in range(5)]
        events.add(on_time[::-1])
        clock.forward(hours=1)
        events.add([event("u", EventType.VIEW, "late", NOW - 5 * HOUR)])
        assert events.recent("u", 3, NOW) == on_time[:3]
        assert [each.product_id.strip("p") for each in events.recent("u", 10, NOW + HOUR)] == [*"01234", "late"]
        assert events.recent("nobody", 10, NOW) == []

    def test_what_was_only_shown_or_searched_says_nothing(self, events: EventStore) -> None:
        viewed = event("u", EventType.VIEW, "a", NOW - 400 * HOUR)
        events.add([viewed, event("u", EventType.SEARCH, query="mug")])
        events.add([event("u", EventType.IMPRESSION, f"p{i}") for i in range(300)])
        assert events.recent("u", 10, NOW) == [viewed]
        assert events.touched("u", NOW - 500 * HOUR) == {"a"}
        assert events.touched("u", NOW - 100 * HOUR) == frozenset()

    def test_searches_of_one_user_are_newest_first_and_blind_to_what_came_later(
        self, events: EventStore, clock: StillClock
    ) -> None:
        made = [event("u", EventType.SEARCH, at=NOW - i * HOUR, event_id=f"s{i}", query=f"mug {i}") for i in range(4)]
        events.add([*made[::-1], event("u", EventType.VIEW, "a"), event("v", EventType.SEARCH, query="scarf")])
        clock.forward(hours=1)
        events.add([event("u", EventType.SEARCH, at=NOW - HOUR / 2, query="late")])
        assert events.searched("u", 3, NOW) == made[:3]
        assert [each.query for each in events.searched("u", 9, NOW + HOUR)] == [
            *("mug 0", "late", "mug 1", "mug 2", "mug 3"),
        ]
        assert events.searched("nobody", 9, NOW) == []

    def test_searches_of_all_come_with_who_made_them(self, events: EventStore) -> None:
        events.add([event("u", EventType.SEARCH, at=NOW - i * HOUR, event_id=f"s{i}", query="mug") for i in range(3)])
        events.add([event("ü", EventType.SEARCH, query="Été"), event("v", EventType.VIEW, "a")])
        events.add(
            [event("w", EventType.IMPRESSION, "a"), event("w", EventType.SEARCH, at=NOW - 9 * HOUR, query="old")]
        )
        assert sorted(events.searches(NOW - HOUR)) == [("u", "mug"), ("u", "mug"), ("ü", "Été")]
        assert list(events.searches(NOW + HOUR)) == []

    def test_standing_sees_the_whole_past(self, events: EventStore) -> None:
        events.add([event("u", EventType.PURCHASE, "first", NOW - timedelta(days=900))])
        events.add([event("u", EventType.VIEW, f"p{i}", NOW - i * HOUR) for i in range(300)])
        events.add([event("u", EventType.ADD_TO_CART, "cart"), event("u", EventType.DISLIKE, "no")])
        events.add([event("v", EventType.PURCHASE, "other")])
        assert events.standing("u") == Standing(frozenset({"first"}), frozenset({"cart"}), frozenset({"no"}))

    def test_activity_counts_by_product_type_and_day(self, events: EventStore) -> None:
        yesterday = NOW - timedelta(days=1)
        events.add([event("u", EventType.VIEW, "a", yesterday + i * HOUR / 60) for i in range(3)])
        events.add([event("u", EventType.SEARCH, query="mug"), event("u", EventType.VIEW, "a", NOW)])
        events.add([event("u", EventType.VIEW, "old", NOW - timedelta(days=9))])
        assert set(events.activity(date(2026, 4, 25))) == {
            Activity("a", EventType.VIEW, yesterday.date(), 3),
            Activity("a", EventType.VIEW, NOW.date(), 1),
        }

    def test_activity_counts_by_country(self, events: EventStore, clock: StillClock) -> None:
        for number, country in enumerate(("DE", "FR", "DE", "Germany", "de")):
            events.add([event(f"u{number}", EventType.VIEW, "a", properties={"country": country, "device": "tv"})])
        expected = {
            Activity("a", EventType.VIEW, NOW.date(), 2, "DE"),
            Activity("a", EventType.VIEW, NOW.date(), 1, "FR"),
            Activity("a", EventType.VIEW, NOW.date(), 2),
        }
        for _ in range(3):  # an open day, a day that is over, and one whose counts are kept
            found = list(events.activity(NOW.date()))
            assert (set(found), len(found)) == (expected, 3)
            clock.forward(days=1)

    def test_histories_say_where_an_event_came_from(self, events: EventStore) -> None:
        come = {"country": "DE", "device": "mobile", "campaign": "été"}
        events.add(
            [event("u", EventType.VIEW, "a", properties=come | {"list": "home"}), event("v", EventType.VIEW, "a")]
        )
        assert {history[0].user_id: history[0].properties for history in events.histories(NOW + HOUR)} == {
            "u": come, "v": {},
        }  # fmt: skip

    def test_a_shared_collection_is_no_product(self, events: EventStore) -> None:
        shared = event("u", EventType.SHARE, "collection:gifts", NOW - HOUR)
        events.add([event("u", EventType.VIEW, "a"), shared, event("v", EventType.SHARE, "collection:gifts")])
        assert [[each.product_id for each in history] for history in events.histories(NOW + HOUR)] == [["a"]]
        assert Activity("collection:gifts", EventType.SHARE, NOW.date(), 2) in set(events.activity(NOW.date()))

    def test_histories_are_one_a_user_oldest_first(self, events: EventStore, clock: StillClock) -> None:
        events.add([event("v", EventType.DISLIKE, "no"), event("u", EventType.RATE, "b", value=4.0, event_id="2")])
        events.add([event("u", EventType.VIEW, "a", event_id="1"), event("u", EventType.VIEW, "first", NOW - HOUR)])
        events.add([event("u", EventType.SEARCH, query="mug"), event("u", EventType.IMPRESSION, "shown")])
        events.add([event("u", EventType.VIEW, "too late", NOW + HOUR), event("w", EventType.VIEW, "a", NOW + HOUR)])
        histories = {history[0].user_id: history for history in events.histories(NOW + HOUR)}
        assert histories.keys() == {"u", "v"}
        assert [each.product_id for each in histories["u"]] == ["first", "a", "b"]
        assert (histories["u"][2].type, histories["u"][2].value) == (EventType.RATE, 4.0)
        assert histories["u"][2].occurred_at == NOW
        assert list(events.histories(NOW - HOUR)) == []

    def test_a_robots_history_is_cut(self, events: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(histories, "LONGEST_STREAM", 100)
        events.add([event("robot", EventType.VIEW, str(i), NOW + timedelta(seconds=i)) for i in range(105)])
        (history,) = events.histories(NOW + timedelta(days=1))
        assert [each.product_id for each in history] == [str(i) for i in range(5, 105)]

    def test_a_batch_is_stored_whole_or_not_at_all(self, events: EventStore) -> None:
        broken = event("u", EventType.VIEW, "b", properties={"not": object()})
        with pytest.raises(TypeError):
            events.add([event("u", EventType.VIEW, "a"), broken])
        assert events.count() == 0

    def test_the_same_event_from_many_threads_counts_once(self, events: EventStore) -> None:
        stored: list[bool] = []
        batch = [event("u", EventType.VIEW, f"p{i}", event_id=str(i)) for i in range(50)]
        threads = [threading.Thread(target=lambda: stored.extend(events.add(batch))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(stored) == 50
