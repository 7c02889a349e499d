"""Sends in SQLite: the laptop's ledger, and the reference for the one in DynamoDB."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shared.adapters.sqlite_database import Database
from shared.domain.moments import from_micros, to_micros
from shared.domain.send_records import KEPT, packed, unpacked
from shared.domain.sends import Send, SendState
from shared.ports import Clock

_TABLE = """
CREATE TABLE IF NOT EXISTS sends (
    user_id TEXT NOT NULL, campaign TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL,
    ref TEXT NOT NULL UNIQUE, record BLOB NOT NULL, shown TEXT NOT NULL,
    PRIMARY KEY (user_id, campaign)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sends_by_age ON sends (at);
"""
_OF_THESE = "user_id IN (SELECT value FROM json_each(?))"


class SqliteSends:
    """A :class:`shared.ports.SendStore`."""

    def __init__(self, path: Path, clock: Clock, retention_days: int) -> None:
        self._database = Database(path, _TABLE)
        self._clock = clock
        self._kept = min(KEPT, timedelta(days=retention_days))

    def add(self, sends: Sequence[Send]) -> list[Send]:
        rows = [_row(send) for send in sends]
        kept = []
        with self._database.transaction() as connection:
            self._expire(connection)
            for row in rows:
                connection.execute(
                    "INSERT INTO sends VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, campaign) DO NOTHING", row
                )
                kept += self._those("user_id = ? AND campaign = ?", row[:2])
        return kept

    def of(self, user_ids: Sequence[str], campaign: str) -> dict[str, Send]:
        found = self._those(f"{_OF_THESE} AND campaign = ?", (_listed(user_ids), campaign))
        return {send.user_id: send for send in found}

    def recent(self, user_ids: Sequence[str], channel: str, since: datetime) -> dict[str, list[Send]]:
        found = self._those(
            f"{_OF_THESE} AND channel = ? AND state = ? AND at >= ? ORDER BY at DESC, campaign",
            (_listed(user_ids), channel, SendState.SENT.value, to_micros(since)),
        )
        recent: dict[str, list[Send]] = {}
        for send in found:
            recent.setdefault(send.user_id, []).append(send)
        return recent

    def by_ref(self, ref: str) -> Send | None:
        return next(iter(self._those("ref = ?", (ref,))), None)

    def mark(self, campaign: str, user_ids: Sequence[str], state: SendState, at: datetime) -> int:
        with self._database.transaction() as connection:
            connection.execute(
                f"UPDATE sends SET state = ?, at = ? WHERE {_OF_THESE} AND campaign = ? AND state <> ?",
                (state.value, to_micros(at), _listed(user_ids), campaign, state.value),
            )
            return len(self.of(user_ids, campaign))

    def show(self, ref: str, place: int, product_id: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE sends SET shown = json_set(shown, '$.' || json_quote(?), ?) WHERE ref = ?",
                (str(place), product_id, ref),
            )

    def remove(self, campaign: str, user_ids: Sequence[str]) -> int:
        with self._database.transaction() as connection:
            return self._erase(connection, f"{_OF_THESE} AND campaign = ?", (_listed(user_ids), campaign))

    def everything(self, user_id: str) -> list[Send]:
        return self._those("user_id = ? ORDER BY at, campaign", (user_id,))

    def forget(self, user_id: str) -> int:
        with self._database.transaction() as connection:
            return self._erase(connection, "user_id = ?", (user_id,))

    def expire(self) -> int:
        """Erase what is older than sends are kept; returns how many those are."""
        with self._database.transaction() as connection:
            return self._expire(connection)

    def _expire(self, connection: sqlite3.Connection) -> int:
        return self._erase(connection, "at < ?", (to_micros(self._clock.now() - self._kept),))

    def _erase(self, connection: sqlite3.Connection, condition: str, values: Sequence[object]) -> int:
        erased = connection.execute(f"DELETE FROM sends WHERE {condition}", tuple(values)).rowcount
        if erased:
            self._database.erased()
        return erased

    def sweep(self) -> None:
        """See :meth:`Database.sweep`."""
        self._database.sweep()

    def _those(self, condition: str, values: Sequence[object]) -> list[Send]:
        rows = self._database.connection().execute(f"SELECT * FROM sends WHERE {condition}", tuple(values))
        return [_send(row) for row in rows]


def _listed(user_ids: Sequence[str]) -> str:
    return json.dumps(list(user_ids))


def _row(send: Send) -> tuple[object, ...]:
    shown = json.dumps({str(place): product_id for place, product_id in send.shown.items()})
    at = to_micros(send.at)
    return send.user_id, send.campaign, send.channel, send.state.value, at, send.ref, packed(send), shown


def _send(row: Sequence[Any]) -> Send:
    user_id, campaign, channel, state, at, ref, record, shown = row
    placed = {int(place): product_id for place, product_id in json.loads(shown).items()}
    return Send(user_id, campaign, channel, SendState(state), from_micros(at), ref, shown=placed, **unpacked(record))
