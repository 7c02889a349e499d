"""Counts by product, type, day and country, and of what followed from answers, out of an events table in DynamoDB.

Events are found by the day they were received, which is over some time: from then on its counts stay as they are. They
are kept beside the events, compressed, and a day is counted only once, however often the lists are made anew.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any
from zlib import crc32

from shared.adapters.aws import Connections, ask, code_of
from shared.adapters.batches import by_size
from shared.adapters.dynamodb import Item, items
from shared.adapters.histories import spool
from shared.domain.errors import Unavailable
from shared.domain.events import Activity, Event, EventType, country_of
from shared.domain.moments import from_micros, to_micros
from shared.domain.outcomes import Outcome
from shared.domain.recommendation_ids import scenario_called, scenario_of
from shared.ports import Clock

BY_DAY = "by_day"
_SHARDS = 8
_DAY = timedelta(days=1)
_SETTLED = timedelta(hours=1)
"""After a day's end: what was stamped at its last moment has been stored by then, and the index has it."""
_AHEAD = _DAY
"""How far a shop's clock may run before ours: an event is received so much earlier than it occurred at most."""
_DOUBTED_FOR = timedelta(minutes=10)
"""After events of a day have changed: by then who began to count it before is done, and the index has the change."""
_PART_BYTES = 300_000
"""Before compression, which makes some ids hardly shorter: an item holds 400 KB."""

_HEAD = "-"
_ALWAYS: Mapping[str, Any] = MappingProxyType({})
_Counts = Counter[tuple[str, str, str, str]]
"""By product, type, the day of occurring and the country."""
_Followed = Counter[tuple[str, str, str]]
"""By the day of occurring, the scenario of the answer, "" where none is known, and type."""


def type_of(event: Event) -> str:
    """An event's ``type`` in the table, with its country and the scenario of its answer, such as ``view#DE#for_you``:
    an index holds the attributes that it was made with."""
    scenario = scenario_of(event.recommendation_id) or ""
    return "#".join((event.type.value, country_of(event.properties), scenario)).rstrip("#")


def _in_type(text: str) -> tuple[str, str, str]:
    """The inverse: type, country and scenario; of events from before these were counted, either is ""."""
    type_, country, scenario = (*text.split("#"), "", "")[:3]
    return type_, country, scenario


def day_key(event_id: str, received: datetime) -> str:
    """The partition of the index that an event is in: a busy day is more than one can take."""
    return f"{received.date().isoformat()}#{crc32(event_id.encode()) % _SHARDS}"


class DailyCounts:
    """The counts of a table's events, kept in the same table."""

    def __init__(self, connections: Connections, table: str, clock: Clock, retention_days: int) -> None:
        self._connections = connections
        self._table = table
        self._clock = clock
        self._retention = timedelta(days=retention_days)

    def since(self, first: date) -> Iterator[Activity]:
        """All that occurred from ``first`` on, each product, type, day and country once."""
        now = self._clock.now()
        day = max(first - _AHEAD, (now - self._retention).date())
        with spool() as connection:
            connection.execute(
                "CREATE TABLE counts (product, type, day, country, count, PRIMARY KEY (product, type, day, country))"
            )
            while day <= now.date():
                counts = self._closed(day, now) if _is_over(day, now) else self._counted(day)[0]
                connection.execute("BEGIN")
                connection.executemany(
                    "INSERT INTO counts VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET count = count + excluded.count",
                    ((*key, count) for key, count in counts.items() if key[2] >= first.isoformat()),
                )
                connection.execute("COMMIT")
                day += _DAY
            for product_id, type_, occurred, country, count in connection.execute("SELECT * FROM counts"):
                yield Activity(product_id, EventType(type_), date.fromisoformat(occurred), count, country)

    def outcomes_since(self, first: date) -> Iterator[Outcome]:
        """All that followed from answers from ``first`` on, each day, scenario and type once.

        It keeps nothing: :meth:`since`, which is asked for again and again, has kept every day but the last ones, and
        who asks for this may be one who can only read.
        """
        now = self._clock.now()
        day = max(first - _AHEAD, (now - self._retention).date())
        total: _Followed = Counter()
        while day <= now.date():
            total.update(self._followed(day, now))
            day += _DAY
        for occurred, scenario, type_ in sorted(key for key in total if key[0] >= first.isoformat()):
            count = total[occurred, scenario, type_]
            yield Outcome(date.fromisoformat(occurred), scenario_called(scenario), EventType(type_), count)

    def doubt(self, days: Iterable[str]) -> None:
        """To be called before events of these days (as :func:`day_key` begins) are taken out: what is kept of the days'
        counts holds no longer, nor does what is being counted now."""
        until = {"N": str(to_micros(self._clock.now() + _DOUBTED_FOR))}
        for day in sorted(days):
            self._put(date.fromisoformat(day), _HEAD, doubted_until=until)

    def _closed(self, day: date, began: datetime) -> _Counts:
        head, counts = self._kept(day)
        if counts is None:
            counts, followed = self._counted(day)
            # To keep them saves reading the day again, and no more: the counts are right without it.
            if int(head.get("doubted_until", {"N": "0"})["N"]) < to_micros(began):
                with suppress(Unavailable):
                    self._keep(day, counts, followed, began)
        return counts

    def _followed(self, day: date, now: datetime) -> _Followed:
        if _is_over(day, now):
            head = next(self._of_day(day, " AND sk = :head", {":head": {"S": _HEAD}}), {})
            if "followed" in head:
                rows = json.loads(gzip.decompress(head["followed"]["B"]))
                return Counter({(occurred, scenario, type_): count for occurred, scenario, type_, count in rows})
            if "parts" in head and (counts := self._kept(day)[1]) is not None:
                return _followed_of(counts)
        return self._counted(day)[1]

    def _counted(self, day: date) -> tuple[_Counts, _Followed]:
        """Both in one reading of the day's events."""
        counts: _Counts = Counter()
        followed: _Followed = Counter()
        for shard in range(_SHARDS):
            for item in items(
                self._connections.client("dynamodb").query,
                TableName=self._table,
                IndexName=BY_DAY,
                KeyConditionExpression="#day = :day",
                ExpressionAttributeNames={"#day": "day", "#type": "type"},
                ExpressionAttributeValues={":day": {"S": f"{day.isoformat()}#{shard}"}},
                ProjectionExpression="product_id, #type, occurred_at",
            ):
                occurred = from_micros(int(item["occurred_at"]["N"])).date().isoformat()
                type_, country, scenario = _in_type(item["type"]["S"])
                counts[item["product_id"]["S"], type_, occurred, country] += 1
                followed[occurred, scenario, type_] += 1
        return counts, followed

    def _kept(self, day: date) -> tuple[Item, _Counts | None]:
        """The head, which is written last, sorts first and says how many parts there are; and the counts, if kept."""
        found = self._of_day(day)
        head = next(found, {})
        if "parts" not in head:
            return head, None
        counts: _Counts = Counter()
        wanted = int(head["parts"]["N"])
        parts = 0
        for item in islice(found, wanted):  # there may be more, of a day that once had more to count
            parts += 1
            for product_id, type_, occurred, *country, count in json.loads(gzip.decompress(item["counts"]["B"])):
                counts[product_id, type_, occurred, country[0] if country else ""] = count  # older days have none
        return head, counts if parts == wanted else None

    def _of_day(self, day: date, only: str = "", values: Item | None = None) -> Iterator[Item]:
        return items(
            self._connections.client("dynamodb").query,
            TableName=self._table,
            KeyConditionExpression=f"pk = :pk{only}",
            ExpressionAttributeValues={":pk": {"S": _pk(day)}, **(values or {})},
            ConsistentRead=True,
        )

    def _keep(self, day: date, counts: _Counts, followed: _Followed, began: datetime) -> None:
        """Unless the day has come into doubt since they ``began`` to be counted, or what goes into the head would not
        fit there, for which somebody has to make up events of many years."""
        from botocore.exceptions import ClientError

        of_answers = gzip.compress(_rows(followed), mtime=0)
        if len(of_answers) > _PART_BYTES:
            return
        parts = 0
        for part in _parts(counts):
            self._put(day, f"{parts:06}", counts={"B": gzip.compress(part, mtime=0)})
            parts += 1
        try:
            self._put(
                day,
                _HEAD,
                {
                    "ConditionExpression": "attribute_not_exists(doubted_until) OR doubted_until < :began",
                    "ExpressionAttributeValues": {":began": {"N": str(to_micros(began))}},
                },
                parts={"N": str(parts)},
                followed={"B": of_answers},
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def _put(self, day: date, sk: str, condition: Mapping[str, Any] = _ALWAYS, **values: dict[str, Any]) -> None:
        expires = int((_end_of(day) + self._retention + _DAY).timestamp())
        ask(
            self._connections.client("dynamodb").put_item,
            TableName=self._table,
            Item={"pk": {"S": _pk(day)}, "sk": {"S": sk}, "expires_at": {"N": str(expires)}, **values},
            **condition,
        )


def _pk(day: date) -> str:
    return f"a#{day.isoformat()}"


def _end_of(day: date) -> datetime:
    return datetime.combine(day + _DAY, time(), UTC)


def _is_over(day: date, now: datetime) -> bool:
    return now - _end_of(day) > _SETTLED


def _followed_of(counts: _Counts) -> _Followed:
    """Of a day that was kept before ids of answers named scenarios: none of its events has one."""
    followed: _Followed = Counter()
    for (_, type_, occurred, _), count in counts.items():
        followed[occurred, "", type_] += count
    return followed


def _rows(counts: _Followed) -> bytes:
    return json.dumps([[*key, counts[key]] for key in sorted(counts)], separators=(",", ":")).encode()


def _parts(counts: _Counts) -> Iterator[bytes]:
    """The counts as JSON lists, in order, so that two who keep a day at once write the same."""
    rows = (json.dumps([*key, counts[key]], ensure_ascii=False, separators=(",", ":")) for key in sorted(counts))
    for batch in by_size(rows, _PART_BYTES, len(counts)):
        yield f"[{','.join(batch)}]".encode()
