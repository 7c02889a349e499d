"""Counts by product, type, day and country out of an events table in DynamoDB.

Events are found by the day they were received, which is over some time: from then on its counts stay as they are. They
are kept beside the events, compressed, and a day is counted only once, however often the lists are made anew.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zlib import crc32

from shared.adapters.aws import Connections, ask
from shared.adapters.batches import by_size
from shared.adapters.dynamodb import items
from shared.adapters.histories import spool
from shared.domain.errors import Unavailable
from shared.domain.events import Activity, EventType
from shared.domain.moments import from_micros
from shared.ports import Clock

BY_DAY = "by_day"
_SHARDS = 8
_DAY = timedelta(days=1)
_SETTLED = timedelta(hours=1)
"""After a day's end: what was stamped at its last moment has been stored by then, and the index has it."""
_AHEAD = _DAY
"""How far a shop's clock may run before ours: an event is received so much earlier than it occurred at most."""
_PART_BYTES = 300_000
"""Before compression, which makes some ids hardly shorter: an item holds 400 KB."""

_Counts = Counter[tuple[str, str, str, str]]
"""By product, type, the day of occurring and the country."""


def type_in(country: str, type_: EventType) -> str:
    """An event's ``type`` in the table, with its country: an index holds the attributes that it was made with."""
    return f"{type_.value}#{country}" if country else type_.value


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
                counts = self._closed(day) if now - _end_of(day) > _SETTLED else self._counted(day)
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

    def _closed(self, day: date) -> _Counts:
        counts = self._kept(day)
        if counts is None:
            counts = self._counted(day)
            # To keep them saves reading the day again, and no more: the counts are right without it.
            with suppress(Unavailable):
                self._keep(day, counts)
        return counts

    def _counted(self, day: date) -> _Counts:
        counts: _Counts = Counter()
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
                type_, _, country = item["type"]["S"].partition("#")
                counts[item["product_id"]["S"], type_, occurred, country] += 1
        return counts

    def _kept(self, day: date) -> _Counts | None:
        """The head, which is written last, sorts first and says how many parts there are."""
        found = items(
            self._connections.client("dynamodb").query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": _pk(day)}},
            ConsistentRead=True,
        )
        head = next(found, None)
        if head is None or "parts" not in head:
            return None
        counts: _Counts = Counter()
        parts = 0
        for item in found:
            parts += 1
            for product_id, type_, occurred, *country, count in json.loads(gzip.decompress(item["counts"]["B"])):
                counts[product_id, type_, occurred, country[0] if country else ""] = count  # older days have none
        return counts if parts == int(head["parts"]["N"]) else None

    def _keep(self, day: date, counts: _Counts) -> None:
        parts = 0
        for part in _parts(counts):
            self._put(day, f"{parts:06}", counts={"B": gzip.compress(part, mtime=0)})
            parts += 1
        self._put(day, "-", parts={"N": str(parts)})

    def _put(self, day: date, sk: str, **values: dict[str, Any]) -> None:
        expires = int((_end_of(day) + self._retention + _DAY).timestamp())
        ask(
            self._connections.client("dynamodb").put_item,
            TableName=self._table,
            Item={"pk": {"S": _pk(day)}, "sk": {"S": sk}, "expires_at": {"N": str(expires)}, **values},
        )


def _pk(day: date) -> str:
    return f"a#{day.isoformat()}"


def _end_of(day: date) -> datetime:
    return datetime.combine(day + _DAY, time(), UTC)


def _parts(counts: _Counts) -> Iterator[bytes]:
    """The counts as JSON lists, in order, so that two who keep a day at once write the same."""
    rows = (json.dumps([*key, counts[key]], ensure_ascii=False, separators=(",", ":")) for key in sorted(counts))
    for batch in by_size(rows, _PART_BYTES, len(counts)):
        yield f"[{','.join(batch)}]".encode()
