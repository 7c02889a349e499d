"""Events, products and state in SQLite: the laptop's stores, and the reference that others are held to.

Each has a file of its own: replacing a large catalogue takes seconds, and events must not wait for it.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from shared.adapters.histories import histories_of
from shared.domain.errors import StateConflict, TurnLost, Unavailable
from shared.domain.events import TELLING_TYPES, Activity, Event, EventType
from shared.domain.moments import from_micros, to_micros
from shared.domain.offers import KnownValue, OfferChange, merged, with_offer
from shared.domain.products import Product
from shared.domain.records import product_from_record, product_record
from shared.domain.standing import STANDING_TYPES, Standing, fold
from shared.ports import Clock, State

_BUSY_SECONDS = 5.0
_LOOKUP_BATCH = 500
_INSERT_BATCH = 2_000


def _listed(types: Iterable[EventType]) -> str:
    return ", ".join(f"'{type_.value}'" for type_ in sorted(types))


_STANDING = _listed(STANDING_TYPES)
_TELLING = _listed(TELLING_TYPES)

# `tellings` holds all that a history needs, so five million events are read in order from it alone; it took the place
# of `telling_by_user`.
_EVENTS = f"""
CREATE TABLE IF NOT EXISTS events (
    event_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, type TEXT NOT NULL, product_id TEXT NOT NULL,
    occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    value REAL, query TEXT NOT NULL, recommendation_id TEXT NOT NULL, properties TEXT NOT NULL
) WITHOUT ROWID;
DROP INDEX IF EXISTS telling_by_user;
CREATE INDEX IF NOT EXISTS tellings ON events (user_id, occurred_at, event_id, type, product_id, value)
    WHERE type IN ({_TELLING});
CREATE INDEX IF NOT EXISTS standing_by_user ON events (user_id, occurred_at) WHERE type IN ({_STANDING});
CREATE INDEX IF NOT EXISTS events_by_time ON events (occurred_at, product_id, type);
"""
_PRODUCTS = """
CREATE TABLE IF NOT EXISTS products (
    product_id TEXT PRIMARY KEY, item_group TEXT NOT NULL, added_at INTEGER NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS products_by_age ON products (added_at);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offers (product_id TEXT PRIMARY KEY, known TEXT NOT NULL) WITHOUT ROWID;
"""
_STATE = """
CREATE TABLE IF NOT EXISTS records (
    name TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL
) WITHOUT ROWID;
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Database:
    """One file and a connection for each thread; a write is one transaction, readers never wait for it (WAL)."""

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()
        self.connection().executescript(schema)

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
        """Raises Unavailable when another writer keeps the file for longer than a few seconds."""
        connection = self.connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise Unavailable("The store is busy with another write: try again in a moment.") from error
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled it back already
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


class SqliteEvents:
    """An :class:`shared.ports.EventStore`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._database = _Database(path, _EVENTS)
        self._clock = clock

    def add(self, events: Sequence[Event]) -> list[bool]:
        insert = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        with self._database.transaction() as connection:
            received = to_micros(self._clock.now())
            return [connection.execute(insert, _event_row(event, received)).rowcount == 1 for event in events]

    def recent(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        rows = self._database.connection().execute(
            f"SELECT * FROM events WHERE user_id = ? AND type IN ({_TELLING}) AND received_at <= ? "
            "ORDER BY occurred_at DESC, event_id DESC LIMIT ?",
            (user_id, to_micros(received_until), limit),
        )
        return [_event(row) for row in rows]

    def touched(self, user_id: str, since: datetime) -> frozenset[str]:
        rows = self._database.connection().execute(
            f"SELECT DISTINCT product_id FROM events WHERE user_id = ? AND type IN ({_TELLING}) AND occurred_at >= ?",
            (user_id, to_micros(since)),
        )
        return frozenset(row[0] for row in rows)

    def standing(self, user_id: str) -> Standing:
        rows = self._database.connection().execute(
            "SELECT event_id, type, product_id, occurred_at, value FROM events "
            f"WHERE user_id = ? AND type IN ({_STANDING})",
            (user_id,),
        )
        return fold(
            Event(event_id, user_id, EventType(type_), (at := from_micros(occurred)), at, product_id, value)
            for event_id, type_, product_id, occurred, value in rows
        )

    def activity(self, since: date) -> Iterator[Activity]:
        start = datetime(since.year, since.month, since.day, tzinfo=UTC)
        rows = self._database.connection().execute(
            "SELECT product_id, type, occurred_at / 86400000000 AS day, COUNT(*) FROM events "
            "WHERE occurred_at >= ? AND product_id <> '' GROUP BY product_id, type, day",
            (to_micros(start),),
        )
        for product_id, type_, day, count in rows:
            yield Activity(product_id, EventType(type_), (_EPOCH + timedelta(days=day)).date(), count)

    def histories(self, until: datetime) -> Iterator[list[Event]]:
        rows = self._database.connection().execute(
            "SELECT user_id, occurred_at, event_id, type, product_id, value FROM events INDEXED BY tellings "
            f"WHERE type IN ({_TELLING}) AND occurred_at < ? ORDER BY user_id, occurred_at, event_id",
            (to_micros(until),),
        )
        yield from histories_of(rows)

    def count(self) -> int:
        return int(self._database.connection().execute("SELECT COUNT(*) FROM events").fetchone()[0])


class SqliteProducts:
    """A :class:`shared.ports.ProductStore`."""

    def __init__(self, path: Path) -> None:
        self._database = _Database(path, _PRODUCTS)

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        products = {
            product_id: product_from_record(json.loads(record))
            for product_id, record in self._rows("products", "record", product_ids)
        }
        offers = dict(self._rows("offers", "known", list(products)))
        if offers:
            as_of = self._as_of()
            for product_id, known in offers.items():
                products[product_id] = with_offer(products[product_id], _known_offer(known), as_of)
        return products

    def change(self, changes: Sequence[OfferChange]) -> list[bool]:
        ids = [change.product_id for change in changes]
        with self._database.transaction() as connection:
            there = dict(self._rows("products", "product_id", ids))
            offers = {product_id: _known_offer(known) for product_id, known in self._rows("offers", "known", ids)}
            for change in changes:
                if change.product_id in there:
                    offers[change.product_id] = merged(offers.get(change.product_id, {}), change)
            connection.executemany(
                "INSERT OR REPLACE INTO offers VALUES (?, ?)",
                [(each, _offer_record(offers[each])) for each in dict.fromkeys(ids) if each in there],
            )
        return [each in there for each in ids]

    def _rows(self, table: str, column: str, product_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        connection = self._database.connection()
        for start in range(0, len(product_ids), _LOOKUP_BATCH):
            batch = product_ids[start : start + _LOOKUP_BATCH]
            marks = ", ".join("?" * len(batch))
            yield from connection.execute(
                f"SELECT product_id, {column} FROM {table} WHERE product_id IN ({marks})", tuple(batch)
            )

    def groups(self, product_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(group for _, group in self._rows("products", "item_group", product_ids))

    def newest(self, count: int) -> list[str]:
        rows = self._database.connection().execute(
            "SELECT product_id FROM products ORDER BY added_at DESC, product_id LIMIT ?", (count,)
        )
        return [row[0] for row in rows]

    def replace(self, version: str, as_of: datetime, products: Iterable[Product], fence: int = 0) -> None:
        rows = (_product_row(product) for product in products)
        with self._database.transaction() as connection:
            if fence < int(self._state("fence") or 0):
                raise TurnLost(f"The catalogue of version {version} came too late: a later job has replaced it.")
            connection.execute("DELETE FROM products")
            while batch := list(islice(rows, _INSERT_BATCH)):
                connection.executemany("INSERT INTO products VALUES (?, ?, ?, ?)", batch)
            facts = {"catalogue_version": version, "as_of": str(to_micros(as_of)), "fence": str(fence)}
            connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", list(facts.items()))

    def version(self) -> str | None:
        return self._state("catalogue_version")

    def _as_of(self) -> datetime:
        return from_micros(int(self._state("as_of") or 0))

    def _state(self, name: str) -> str | None:
        row = self._database.connection().execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def count(self) -> int:
        return int(self._database.connection().execute("SELECT COUNT(*) FROM products").fetchone()[0])


class SqliteState:
    """A :class:`shared.ports.StateStore`."""

    def __init__(self, path: Path) -> None:
        self._database = _Database(path, _STATE)

    def get(self, name: str) -> State | None:
        query = "SELECT value, revision FROM records WHERE name = ?"
        row = self._database.connection().execute(query, (name,)).fetchone()
        return State(json.loads(row[0]), row[1]) if row else None

    def put(self, name: str, value: Mapping[str, Any], revision: int) -> int:
        content = json.dumps(dict(value), ensure_ascii=False)
        with self._database.transaction() as connection:
            there = self.get(name)
            if revision != (there.revision if there else 0):
                raise StateConflict(f"The record {name} has been changed meanwhile: read it again.")
            connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (name, content, revision + 1))
        return revision + 1


def _known_offer(text: str) -> dict[str, KnownValue]:
    return {field: KnownValue(value, from_micros(at)) for field, (value, at) in json.loads(text).items()}


def _offer_record(known: Mapping[str, KnownValue]) -> str:
    return json.dumps({field: (each.value, to_micros(each.at)) for field, each in known.items()})


def _product_row(product: Product) -> tuple[object, ...]:
    added = to_micros(product.added_at) if product.added_at else 0
    return product.id, product.group, added, json.dumps(product_record(product), ensure_ascii=False)


def _event_row(event: Event, received: int) -> tuple[object, ...]:
    return (
        event.event_id,
        event.user_id,
        event.type.value,
        event.product_id,
        to_micros(event.occurred_at),
        received,
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
        occurred_at=from_micros(int(str(occurred))),
        received_at=from_micros(int(str(received))),
        value=None if value is None else float(str(value)),
        query=str(query),
        recommendation_id=str(recommendation_id),
        properties=json.loads(str(properties)),
    )
