"""Events and products in one SQLite file: the laptop's stores, and the reference that others are held to."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from shared.domain.events import Activity, Event, EventType
from shared.domain.products import Product
from shared.domain.records import product_from_record, product_record
from shared.domain.standing import STANDING_TYPES, Standing, fold

_BUSY_SECONDS = 10.0
_LOOKUP_BATCH = 500
_INSERT_BATCH = 2_000
_STANDING = ", ".join(f"'{type_.value}'" for type_ in sorted(STANDING_TYPES))

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS events (
    event_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, type TEXT NOT NULL, product_id TEXT NOT NULL,
    occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    value REAL, query TEXT NOT NULL, recommendation_id TEXT NOT NULL, properties TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS events_by_user ON events (user_id, occurred_at);
CREATE INDEX IF NOT EXISTS standing_by_user ON events (user_id, occurred_at) WHERE type IN ({_STANDING});
CREATE INDEX IF NOT EXISTS events_by_time ON events (occurred_at, product_id, type);
CREATE TABLE IF NOT EXISTS products (product_id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _to_micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _from_micros(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


class SqliteDatabase:
    """One file and a connection for each thread; a write is one transaction, readers never wait for it (WAL)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()
        self.connection().executescript(_SCHEMA)

    def connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            # WAL with FULL: an event that was answered for survives a power cut, not only a crash.
            connection.execute("PRAGMA synchronous=FULL")
            self._local.connection = connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


class SqliteEvents:
    """An :class:`shared.ports.EventStore`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def add(self, events: Sequence[Event]) -> list[bool]:
        with self._database.transaction() as connection:
            return [
                connection.execute(
                    "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _event_row(event)
                ).rowcount
                == 1
                for event in events
            ]

    def recent(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        rows = self._database.connection().execute(
            "SELECT * FROM events WHERE user_id = ? AND received_at <= ? "
            "ORDER BY occurred_at DESC, event_id DESC LIMIT ?",
            (user_id, _to_micros(received_until), limit),
        )
        return [_event(row) for row in rows]

    def standing(self, user_id: str) -> Standing:
        rows = self._database.connection().execute(
            f"SELECT * FROM events WHERE user_id = ? AND type IN ({_STANDING}) ORDER BY occurred_at", (user_id,)
        )
        return fold(_event(row) for row in rows)

    def activity(self, since: date) -> Iterator[Activity]:
        start = datetime(since.year, since.month, since.day, tzinfo=UTC)
        rows = self._database.connection().execute(
            "SELECT product_id, type, occurred_at / 86400000000 AS day, COUNT(*) FROM events "
            "WHERE occurred_at >= ? AND product_id <> '' GROUP BY product_id, type, day",
            (_to_micros(start),),
        )
        for product_id, type_, day, count in rows:
            yield Activity(product_id, EventType(type_), (_EPOCH + timedelta(days=day)).date(), count)

    def count(self) -> int:
        return int(self._database.connection().execute("SELECT COUNT(*) FROM events").fetchone()[0])


class SqliteProducts:
    """A :class:`shared.ports.ProductStore`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        connection = self._database.connection()
        found: dict[str, Product] = {}
        for start in range(0, len(product_ids), _LOOKUP_BATCH):
            batch = product_ids[start : start + _LOOKUP_BATCH]
            marks = ", ".join("?" * len(batch))
            rows = connection.execute(
                f"SELECT product_id, record FROM products WHERE product_id IN ({marks})", tuple(batch)
            )
            found.update((product_id, product_from_record(json.loads(record))) for product_id, record in rows)
        return found

    def replace(self, version: str, products: Iterable[Product]) -> None:
        rows = ((product.id, json.dumps(product_record(product), ensure_ascii=False)) for product in products)
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM products")
            while batch := list(islice(rows, _INSERT_BATCH)):
                connection.executemany("INSERT INTO products VALUES (?, ?)", batch)
            connection.execute("INSERT OR REPLACE INTO state VALUES ('catalogue_version', ?)", (version,))

    def version(self) -> str | None:
        row = self._database.connection().execute("SELECT value FROM state WHERE name = 'catalogue_version'").fetchone()
        return str(row[0]) if row else None

    def count(self) -> int:
        return int(self._database.connection().execute("SELECT COUNT(*) FROM products").fetchone()[0])


def _event_row(event: Event) -> tuple[object, ...]:
    return (
        event.event_id,
        event.user_id,
        event.type.value,
        event.product_id,
        _to_micros(event.occurred_at),
        _to_micros(event.received_at),
        event.value,
        event.query,
        event.recommendation_id,
        json.dumps(dict(event.properties), ensure_ascii=False),
    )


def _event(row: Sequence[object]) -> Event:
    event_id, user_id, type_, product_id, occurred, received, value, query, recommendation_id, properties = row
    return Event(
        event_id=str(event_id),
        user_id=str(user_id),
        type=EventType(str(type_)),
        product_id=str(product_id),
        occurred_at=_from_micros(int(str(occurred))),
        received_at=_from_micros(int(str(received))),
        value=None if value is None else float(str(value)),
        query=str(query),
        recommendation_id=str(recommendation_id),
        properties=json.loads(str(properties)),
    )
