"""What an event store must do beyond the contract where its table is far away, shared, and now and then busy."""

import gzip
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters import dynamodb_activity, dynamodb_events
from shared.adapters.aws import Connections
from shared.adapters.dynamodb_events import DynamoEvents
from shared.adapters.sqlite import SqliteEvents
from shared.domain.errors import Unavailable
from shared.domain.events import Activity, EventType
from tests.aws_stand_in import Fault
from tests.support import NOW, event

DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def events(aws, aws_names, clock):
    return DynamoEvents(Connections(read_seconds=10), aws_names.events_table, clock, aws_names.retention_days)


def views(count, user="u"):
    return [
        event(user, EventType.VIEW, f"p{i}", NOW - timedelta(seconds=i), event_id=f"{user}{i}") for i in range(count)
    ]


def conflict(place, count):
    """A transaction of ``count`` events was in another's way at one of its items."""
    reasons = [{"Code": "None"} for _ in range(2 * count)]
    reasons[place] = {"Code": "TransactionConflict", "Message": "injected"}
    return Fault(400, "TransactionCanceledException", answer={"CancellationReasons": reasons})


class Script:
    """Answers the first calls of one operation as written, and lets the others through."""

    def __init__(self, operation, *faults):
        self.operation = operation
        self.faults = list(faults)
        self.calls = Counter()

    def __call__(self, call):
        self.calls[call.operation] += 1
        return self.faults.pop(0) if call.operation == self.operation and self.faults else None


class TestAdd:
    def test_many_events_some_of_them_known(self, events):
        batch = views(120)
        assert events.add(batch[30:60:2]) == [True] * 15
        assert events.add([*batch, batch[0]]) == [not (30 <= i < 60 and i % 2 == 0) for i in range(120)] + [False]
        assert events.count() == 120
        assert events.recent("u", 200, NOW) == batch

    def test_an_event_whose_answer_was_lost_is_new(self, aws, events):
        with aws.faulty(Script("TransactWriteItems", Fault(500, "InternalServerError", done=True))):
            assert events.add(views(3)) == [True] * 3
        assert events.add(views(3)) == [False] * 3

    def test_a_transaction_in_the_way_of_another_is_tried_again(self, aws, events):
        script = Script("TransactWriteItems", conflict(0, 3), conflict(5, 3))
        with aws.faulty(script):
            assert events.add(views(3)) == [True] * 3
        assert script.calls["TransactWriteItems"] == 3
        assert events.count() == 3

    def test_many_writers_of_the_same_events_get_through(self, aws, events, monkeypatch):
        monkeypatch.setattr(dynamodb_events, "_PAUSE_SECONDS", 0.001)
        batch = views(50)
        with aws.faulty(Script("TransactWriteItems", *[conflict(0, 50)] * 6)), ThreadPoolExecutor(8) as pool:
            stored = list(pool.map(lambda _: sum(events.add(batch)), range(8)))
        assert sorted(stored) == [0] * 7 + [50]
        assert events.count() == 50

    def test_one_that_never_gets_through_says_so(self, aws, events, monkeypatch):
        monkeypatch.setattr(dynamodb_events, "_PAUSE_SECONDS", 0.0)
        with aws.faulty(lambda call: conflict(0, 3)), pytest.raises(Unavailable, match="busy"):
            events.add(views(3))
        assert events.count() == 0

    def test_a_batch_that_was_cut_short_counts_once_when_it_is_sent_again(self, aws, events):
        throttled = Fault(400, "ProvisionedThroughputExceededException")
        with (
            aws.faulty(Script("TransactWriteItems", None, throttled, throttled, throttled)),
            pytest.raises(Unavailable),
        ):
            events.add(views(120))
        assert events.add(views(120)) == [False] * 50 + [True] * 70
        assert events.count() == 120

    def test_received_at_is_that_of_the_attempt_that_succeeds(self, aws, events, clock):
        def wait(call):
            clock.forward(seconds=1)

        with aws.faulty(Script("TransactWriteItems", conflict(0, 1))), pytest.MonkeyPatch.context() as patch:
            patch.setattr(dynamodb_events, "sleep", wait)
            events.add(views(1))
        assert events.recent("u", 1, NOW) == []
        assert events.recent("u", 1, NOW + timedelta(seconds=1))[0].received_at == NOW + timedelta(seconds=1)

    def test_everything_expires(self, aws, aws_names, events):
        events.add(views(2))
        found = aws.connections.client("dynamodb").scan(TableName=aws_names.events_table)["Items"]
        expiry = str(int((NOW + timedelta(days=aws_names.retention_days)).timestamp()))
        assert [item["expires_at"]["N"] for item in found] == [expiry] * 4


class TestReading:
    def test_recent_looks_past_pages_of_what_came_later(self, events, clock):
        on_time = [event("u", EventType.VIEW, f"early{i}", NOW - DAY - timedelta(seconds=i)) for i in range(3)]
        events.add([*on_time, event("u", EventType.PURCHASE, "bought", NOW - 2 * DAY)])
        clock.forward(hours=1)
        events.add(views(20))
        assert [each.product_id for each in events.recent("u", 4, NOW)] == ["early0", "early1", "early2", "bought"]
        assert events.recent("u", 0, NOW) == []

    def test_a_table_that_is_not_there_is_unavailable(self, clock, aws):
        with pytest.raises(Unavailable, match="ResourceNotFound"):
            DynamoEvents(aws.connections, "no-such-table", clock, 400).standing("u")

    @pytest.mark.parametrize("seed", range(3))
    def test_it_says_what_sqlite_says(self, events, clock, tmp_path, seed):
        reference = SqliteEvents(tmp_path / "events.sqlite", clock)
        chance = random.Random(seed)
        users = ["u", "u#", "ü s", "v"]
        for _ in range(6):
            batch = [_any_event(chance, users, clock.now()) for _ in range(40)]
            assert events.add(batch) == reference.add(batch)
            clock.forward(hours=chance.choice((1, 13, 30)))
        now, early = clock.now(), clock.now() - timedelta(hours=40)
        for user in users:
            assert events.recent(user, 15, now) == reference.recent(user, 15, now)
            assert events.recent(user, 15, early) == reference.recent(user, 15, early)
            assert events.touched(user, early) == reference.touched(user, early)
            assert events.standing(user) == reference.standing(user)
        assert list(events.histories(early)) == list(reference.histories(early))
        for _ in range(2):  # counted, and then as kept
            found = list(events.activity(early.date()))
            assert len(found) == len(set(found))
            assert set(found) == set(reference.activity(early.date()))
            followed = list(events.outcomes(early.date()))
            assert len(followed) == len(set(followed))
            assert set(followed) == set(reference.outcomes(early.date()))
        assert events.count() == reference.count()


def _any_event(chance, users, now):
    type_ = chance.choice(list(EventType))
    product = "" if type_ is EventType.SEARCH else f"p#{chance.randrange(12)}"
    at = now - timedelta(seconds=chance.choice((0, 1, 3_600, 100_000, 400_000)), microseconds=chance.randrange(3))
    value = round(chance.uniform(1, 5), 3) if type_ in (EventType.RATE, EventType.ADD_TO_CART) else None
    query = "mug" if type_ is EventType.SEARCH else ""
    properties = {"liste": "à côté", "country": chance.choice(("DE", "FR", "xx"))} if chance.random() < 0.4 else {}
    event_id = f"#{chance.randrange(300)}"
    answer = chance.choice(("", "x-for_you", "x-search", "x"))
    return event(
        chance.choice(users), type_, product, at, event_id, value=value, query=query, properties=properties,
        recommendation_id=answer,
    )  # fmt: skip


class TestActivity:
    @pytest.fixture
    def yesterday(self, events, clock):
        """Events of a day that is over by now."""
        events.add([event("u", EventType.VIEW, f"p{i}", NOW, event_id=str(i)) for i in range(5)])
        clock.forward(days=1)
        return {Activity(f"p{i}", EventType.VIEW, TODAY, 1) for i in range(5)}

    def queries(self, aws, events):
        """What was counted, and the number of calls it took to read and to write."""
        script = Script("")
        with aws.faulty(script):
            return set(events.activity(TODAY)), script.calls["Query"], script.calls["PutItem"]

    def test_a_day_that_is_over_is_counted_once(self, aws, events, yesterday):
        # Three days, the one before among them: what occurred today may have been received yesterday by our clock.
        assert self.queries(aws, events) == (yesterday, 1 + 8 + 1 + 8 + 8, 1 + 2)
        assert self.queries(aws, events) == (yesterday, 1 + 1 + 8, 0)

    def test_a_day_is_not_over_before_its_last_events_are_there(self, aws, events, clock):
        clock.moment = datetime(2026, 5, 2, 0, 59, tzinfo=UTC)
        assert self.queries(aws, events)[2] == 1
        clock.forward(minutes=2)
        assert self.queries(aws, events)[2] == 1

    def test_it_comes_in_parts_where_it_is_much(self, aws, events, yesterday, monkeypatch):
        monkeypatch.setattr(dynamodb_activity, "_PART_BYTES", 70)
        assert self.queries(aws, events) == (yesterday, 26, 1 + 4)
        assert self.queries(aws, events) == (yesterday, 10, 0)

    def test_what_was_kept_by_half_is_counted_anew(self, aws, events, yesterday, monkeypatch):
        monkeypatch.setattr(dynamodb_activity, "_PART_BYTES", 70)
        denied = Fault(400, "AccessDeniedException")
        with aws.faulty(Script("PutItem", None, None, denied)):
            assert set(events.activity(TODAY)) == yesterday
        assert self.queries(aws, events) == (yesterday, 1 + 1 + 8 + 8, 4)

    def test_what_was_kept_before_countries_were_counted_is_read(self, aws, aws_names, events, yesterday):
        self.queries(aws, events)
        client = aws.connections.client("dynamodb")
        key = {"pk": {"S": f"a#{TODAY.isoformat()}"}, "sk": {"S": "000000"}}
        kept = client.get_item(TableName=aws_names.events_table, Key=key)["Item"]
        rows = [[*row[:3], row[4]] for row in json.loads(gzip.decompress(kept["counts"]["B"]))]
        kept["counts"] = {"B": gzip.compress(json.dumps(rows).encode())}
        client.put_item(TableName=aws_names.events_table, Item=kept)
        assert self.queries(aws, events)[0] == yesterday

    def test_one_product_and_day_is_one_count_whenever_it_was_received(self, events, clock, yesterday):
        events.add([event("v", EventType.VIEW, "p0", NOW, event_id="late")])
        assert Activity("p0", EventType.VIEW, TODAY, 2) in set(events.activity(TODAY))

    def test_what_has_expired_is_not_looked_for(self, aws, aws_names, clock):
        short = DynamoEvents(aws.connections, aws_names.events_table, clock, 2)
        clock.forward(days=30)
        assert self.queries(aws, short) == (set(), 2 * 9 + 8, 2)
