"""Small records in SQLite, each changed by one at a time."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.adapters.sqlite_database import Database
from shared.domain.errors import StateConflict
from shared.domain.moments import to_micros
from shared.ports import State

_STATE = """
CREATE TABLE IF NOT EXISTS records (
    name TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL, expires_at INTEGER
) WITHOUT ROWID;
"""


class SqliteState:
    """A :class:`shared.ports.StateStore`."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _STATE)
        with self._database.transaction() as connection:
            columns = {row[1] for row in connection.execute("PRAGMA table_info(records)")}
            if "expires_at" not in columns:  # a file from before records could expire: of those in it none does
                connection.execute("ALTER TABLE records ADD COLUMN expires_at INTEGER")

    def get(self, name: str) -> State | None:
        query = "SELECT value, revision FROM records WHERE name = ?"
        row = self._database.connection().execute(query, (name,)).fetchone()
        return State(json.loads(row[0]), row[1]) if row else None

    def get_all(self, names: Sequence[str]) -> dict[str, State]:
        query = "SELECT name, value, revision FROM records WHERE name IN (SELECT value FROM json_each(?))"
        rows = self._database.connection().execute(query, (json.dumps(list(names)),))
        return {name: State(json.loads(value), revision) for name, value, revision in rows}

    def remove(self, name: str) -> None:
        with self._database.transaction() as connection:
            self._database.erased()
            connection.execute("DELETE FROM records WHERE name = ?", (name,))

    def sweep(self) -> None:
        """See :meth:`Database.sweep`."""
        self._database.sweep()

    def expire(self, now: datetime) -> int:
        """Remove what has expired; returns how many those are."""
        with self._database.transaction() as connection:
            expired = connection.execute("DELETE FROM records WHERE expires_at < ?", (to_micros(now),)).rowcount
            if expired:
                self._database.erased()
        return expired

    def put(self, name: str, value: Mapping[str, Any], revision: int, expires_at: datetime | None = None) -> int:
        expires = to_micros(expires_at) if expires_at else None
        content = json.dumps(dict(value), ensure_ascii=False)
        with self._database.transaction() as connection:
            there = self.get(name)
            if revision != (there.revision if there else 0):
                raise StateConflict(f"The record {name} has been changed meanwhile: read it again.")
            row = name, content, revision + 1, expires
            connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", row)
        return revision + 1
