"""Rows of telling events made into histories, and a place to sort rows that come in no order."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from shared.domain.events import CONTEXT, Event, EventType
from shared.domain.moments import from_micros
from shared.ports import LONGEST_STREAM

if TYPE_CHECKING:
    import sqlite3

HistoryRow = tuple[str, int, str, str, str, float | None, str]
"""User, occurred_at in microseconds, event id, type, product, value, properties as JSON."""


def histories_of(rows: Iterable[HistoryRow]) -> Iterator[list[Event]]:
    """One list a user, of at most :data:`LONGEST_STREAM`, from rows in the order of user, time and event id."""
    for user_id, own in groupby(rows, key=itemgetter(0)):
        yield [
            Event(
                event_id, user_id, EventType(type_), (at := from_micros(occurred)), at, product_id, value,
                properties=_context(properties),
            )
            for _, occurred, event_id, type_, product_id, value, properties in deque(own, maxlen=LONGEST_STREAM)
        ]  # fmt: skip


def _context(properties: str) -> dict[str, str]:
    if properties == "{}":  # most have none, and there may be millions
        return {}
    known = json.loads(properties)
    return {name: known[name] for name in CONTEXT if name in known}


@contextmanager
def spool() -> Iterator[sqlite3.Connection]:
    """A database in a file without a name, which is gone with the process: for more rows than the memory may hold."""
    import sqlite3

    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        yield connection


def in_order(rows: Iterable[HistoryRow]) -> Iterator[HistoryRow]:
    """The rows by user, time and event id."""
    with spool() as connection:
        connection.execute("CREATE TABLE rows (user_id, occurred, event_id, type, product_id, value, properties)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
        yield from connection.execute("SELECT * FROM rows ORDER BY user_id, occurred, event_id")


def distinct(user_ids: Iterable[str]) -> Iterator[str]:
    """Each once, in order."""
    with spool() as connection:
        connection.execute("CREATE TABLE users (id TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.execute("BEGIN")
        connection.executemany("INSERT OR IGNORE INTO users VALUES (?)", ((each,) for each in user_ids))
        connection.execute("COMMIT")
        for (user_id,) in connection.execute("SELECT id FROM users ORDER BY id"):
            yield user_id
