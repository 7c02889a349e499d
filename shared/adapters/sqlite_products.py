"""The catalogue in SQLite: the laptop's store, and the reference that others are held to."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from shared.adapters.sqlite_database import Database
from shared.domain.errors import TurnLost
from shared.domain.moments import from_micros, to_micros
from shared.domain.movements import KEPT, Movement, MovementKind, News, movements
from shared.domain.offers import KnownOffer, KnownValue, OfferChange, merged, with_offer
from shared.domain.products import Product
from shared.domain.records import product_from_record, product_record
from shared.ports import Clock

_LOOKUP_BATCH = 500
_INSERT_BATCH = 2_000

_PRODUCTS = """
CREATE TABLE IF NOT EXISTS products (
    product_id TEXT PRIMARY KEY, item_group TEXT NOT NULL, added_at INTEGER NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS products_by_age ON products (added_at);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offers (product_id TEXT PRIMARY KEY, known TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS movements (
    kind TEXT NOT NULL, at INTEGER NOT NULL, product_id TEXT NOT NULL, price_before REAL, price_after REAL,
    PRIMARY KEY (kind, at, product_id)
) WITHOUT ROWID;
"""


class SqliteProducts:
    """A :class:`shared.ports.ProductStore`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._database = Database(path, _PRODUCTS)
        self._clock = clock

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        products = {
            product_id: product_from_record(json.loads(record))
            for product_id, record in self._rows("products", "record", product_ids)
        }
        offers = self._offers(list(products))
        if offers:
            as_of = self._as_of()
            for product_id, known in offers.items():
                products[product_id] = with_offer(products[product_id], known, as_of)
        return products

    def change(self, changes: Sequence[OfferChange]) -> list[bool]:
        ids = [change.product_id for change in changes]
        with self._database.transaction() as connection:
            before = self.get(ids)
            offers = self._offers(ids)
            for change in changes:
                if change.product_id in before:
                    offers[change.product_id] = merged(offers.get(change.product_id, {}), change)
            connection.executemany(
                "INSERT OR REPLACE INTO offers VALUES (?, ?)",
                [(each, _offer_record(offers[each])) for each in before],
            )
            after = self.get(list(before))
            now = self._clock.now()
            moved = [each for id_, product in before.items() for each in movements(product, after[id_], now)]
            self._tell(connection, moved, now)
        return [each in before for each in ids]

    def _offers(self, product_ids: Sequence[str]) -> dict[str, KnownOffer]:
        return {product_id: _known_offer(known) for product_id, known in self._rows("offers", "known", product_ids)}

    @staticmethod
    def _tell(connection: sqlite3.Connection, moved: Iterable[Movement], now: datetime) -> None:
        rows = [(each.kind.value, to_micros(each.at), each.product_id, each.before, each.after) for each in moved]
        if rows:
            connection.executemany("INSERT OR REPLACE INTO movements VALUES (?, ?, ?, ?, ?)", rows)
            # Twice as long as they are news: a page that was asked for a while ago still sees the same.
            connection.execute("DELETE FROM movements WHERE at < ?", (to_micros(now - 2 * KEPT),))

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
        stream = iter(products)
        with self._database.transaction() as connection:
            if fence < int(self._state("fence") or 0):
                raise TurnLost(f"The catalogue of version {version} came too late: a later job has replaced it.")
            news = self._news(as_of)
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS listed (product_id TEXT PRIMARY KEY) WITHOUT ROWID")
            connection.execute("DELETE FROM listed")
            while batch := list(islice(stream, _INSERT_BATCH)):
                self._take_in(connection, batch, as_of, news)
            connection.execute("DELETE FROM products WHERE product_id NOT IN (SELECT product_id FROM listed)")
            facts = {"catalogue_version": version, "as_of": str(to_micros(as_of)), "fence": str(fence)}
            connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", list(facts.items()))
            now = self._clock.now()
            for moved in news.told(now).values() if news else ():
                self._tell(connection, moved, now)

    def _news(self, as_of: datetime) -> News | None:
        """None for the first catalogue, and for an older one that is put back: in those nothing is new."""
        if self.version() is None or as_of < self._as_of():
            return None
        now = self._clock.now()
        return News(now, lambda: {each.product_id for each in self.moved(MovementKind.ARRIVED, now, -1)})

    def _take_in(
        self, connection: sqlite3.Connection, batch: Sequence[Product], as_of: datetime, news: News | None
    ) -> None:
        """Write what differs; ``news`` hears what the products were before, with their changed offers, and are now."""
        ids = [product.id for product in batch]
        records = dict(self._rows("products", "record", ids))
        rows = {product.id: _product_row(product) for product in batch}
        if news:
            offered = {each for each, _ in self._rows("offers", "product_id", ids)}
            alike = {each for each in ids if each not in offered and records.get(each) == rows[each][-1]}
            self._compare([product for product in batch if product.id not in alike], records, as_of, news)
        differing = [rows[each] for each in ids if records.get(each) != rows[each][-1]]
        connection.executemany("INSERT OR REPLACE INTO products VALUES (?, ?, ?, ?)", differing)
        connection.executemany("INSERT INTO listed VALUES (?)", [(each,) for each in ids])

    def _compare(self, batch: Sequence[Product], records: Mapping[str, str], as_of: datetime, news: News) -> None:
        offers, before_as_of = self._offers([product.id for product in batch]), self._as_of()
        for product in batch:
            known, record = offers.get(product.id, {}), records.get(product.id)
            before = with_offer(product_from_record(json.loads(record)), known, before_as_of) if record else None
            news.compare(before, with_offer(product, known, as_of))

    def moved(self, kind: MovementKind, until: datetime, count: int) -> list[Movement]:
        rows = self._database.connection().execute(
            "SELECT product_id, MAX(at), price_before, price_after FROM movements "
            "WHERE kind = ? AND at BETWEEN ? AND ? GROUP BY product_id ORDER BY MAX(at) DESC, product_id LIMIT ?",
            (kind.value, to_micros(until - KEPT), to_micros(until), count),
        )
        return [Movement(id_, kind, from_micros(at), before, after) for id_, at, before, after in rows]

    def version(self) -> str | None:
        return self._state("catalogue_version")

    def _as_of(self) -> datetime:
        return from_micros(int(self._state("as_of") or 0))

    def _state(self, name: str) -> str | None:
        row = self._database.connection().execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def count(self) -> int:
        return int(self._database.connection().execute("SELECT COUNT(*) FROM products").fetchone()[0])


def _known_offer(text: str) -> dict[str, KnownValue]:
    return {field: KnownValue(value, from_micros(at)) for field, (value, at) in json.loads(text).items()}


def _offer_record(known: Mapping[str, KnownValue]) -> str:
    return json.dumps({field: (each.value, to_micros(each.at)) for field, each in known.items()})


def _product_row(product: Product) -> tuple[object, ...]:
    added = to_micros(product.added_at) if product.added_at else 0
    return product.id, product.group, added, json.dumps(product_record(product), ensure_ascii=False)
