"""Events in SQLite: the laptop's store, and the reference that others are held to.

They have a file of their own, and so has the catalogue: replacing a large one takes seconds, and events must not wait.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from shared.adapters.histories import histories_of
from shared.adapters.sqlite_database import Database
from shared.domain.events import (
    COLLECTION_PREFIX,
    NOBODY_PREFIX,
    TELLING_TYPES,
    Activity,
    Event,
    EventType,
    country_of,
)
from shared.domain.moments import from_micros, to_micros
from shared.domain.outcomes import Outcome
from shared.domain.recommendation_ids import scenario_called, scenario_of
from shared.domain.standing import STANDING_TYPES, Standing, fold
from shared.ports import MOST_FORGOTTEN, MOST_MERGED, Clock


def _listed(types: Iterable[EventType]) -> str:
    return ", ".join(f"'{type_.value}'" for type_ in sorted(types))


_STANDING = _listed(STANDING_TYPES)
_TELLING = _listed(TELLING_TYPES)
_SOMEBODY = f"user_id NOT GLOB '{NOBODY_PREFIX}*'"
_SEARCHES = f"type = '{EventType.SEARCH.value}'"

_TABLE = """
CREATE TABLE IF NOT EXISTS events (
    event_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, type TEXT NOT NULL, product_id TEXT NOT NULL,
    occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    value REAL, query TEXT NOT NULL, recommendation_id TEXT NOT NULL, properties TEXT NOT NULL,
    country TEXT NOT NULL DEFAULT '', private INTEGER NOT NULL DEFAULT 0, scenario TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
# `tellings_in_context` holds all that a history needs, so five million events are read in order from it alone, and
# `events_counted` all that is counted. They took the place of the indexes that are dropped.
_OUTDATED = """
DROP INDEX IF EXISTS telling_by_user;
DROP INDEX IF EXISTS tellings;
DROP INDEX IF EXISTS events_by_time;
DROP INDEX IF EXISTS tellings_in_context;
DROP INDEX IF EXISTS others_by_user;
DROP INDEX IF EXISTS searches_by_user;
DROP INDEX IF EXISTS events_by_country;
"""
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS tellings_in_context
    ON events (user_id, occurred_at, event_id, type, product_id, value, properties, private) WHERE type IN ({_TELLING});
CREATE INDEX IF NOT EXISTS others_by_user ON events (user_id, occurred_at, type) WHERE type NOT IN ({_TELLING});
CREATE INDEX IF NOT EXISTS searches_by_user
    ON events (user_id, occurred_at, event_id, received_at, query, private) WHERE {_SEARCHES};
CREATE INDEX IF NOT EXISTS standing_by_user ON events (user_id, occurred_at) WHERE type IN ({_STANDING});
CREATE INDEX IF NOT EXISTS events_counted ON events (occurred_at, product_id, type, country, private, scenario);
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqliteEvents:
    """An :class:`shared.ports.EventStore`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._database = Database(path, _TABLE)
        self._clock = clock
        self._upgrade()

    def _upgrade(self) -> None:
        """A file from before countries were counted lacks their column: what is in it is of none. One from before
        events could be private has none that is, and indexes that cannot tell. One from before answers' ids named a
        scenario has none that does."""
        with self._database.transaction() as connection:
            columns = {row[1] for row in connection.execute("PRAGMA table_info(events)")}
            if "country" not in columns:
                connection.execute("ALTER TABLE events ADD COLUMN country TEXT NOT NULL DEFAULT ''")
            if "private" not in columns:
                connection.execute("ALTER TABLE events ADD COLUMN private INTEGER NOT NULL DEFAULT 0")
                for statement in _OUTDATED.split(";"):
                    connection.execute(statement)
            if "scenario" not in columns:
                connection.execute("ALTER TABLE events ADD COLUMN scenario TEXT NOT NULL DEFAULT ''")
                connection.execute("DROP INDEX IF EXISTS events_by_country")
        self._database.connection().executescript(_INDEXES)

    def add(self, events: Sequence[Event]) -> list[bool]:
        insert = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        with self._database.transaction() as connection:
            received = to_micros(self._clock.now())
            return [connection.execute(insert, _event_row(event, received)).rowcount == 1 for event in events]

    def known(self, event_ids: Sequence[str]) -> frozenset[str]:
        query = "SELECT event_id FROM events WHERE event_id IN (SELECT value FROM json_each(?))"
        return frozenset(row[0] for row in self._database.connection().execute(query, (json.dumps(list(event_ids)),)))

    def recent(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        rows = self._database.connection().execute(
            f"SELECT * FROM events WHERE user_id = ? AND type IN ({_TELLING}) AND received_at <= ? "
            "ORDER BY occurred_at DESC, event_id DESC LIMIT ?",
            (user_id, to_micros(received_until), limit),
        )
        return [_event(row) for row in rows]

    def searched(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        rows = self._database.connection().execute(
            f"SELECT * FROM events WHERE user_id = ? AND {_SEARCHES} AND received_at <= ? "
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
            "SELECT product_id, type, occurred_at / 86400000000 AS day, country, COUNT(*) FROM events "
            "WHERE occurred_at >= ? AND product_id <> '' AND private = 0 GROUP BY product_id, type, day, country",
            (to_micros(start),),
        )
        for product_id, type_, day, country, count in rows:
            yield Activity(product_id, EventType(type_), (_EPOCH + timedelta(days=day)).date(), count, country)

    def outcomes(self, since: date) -> Iterator[Outcome]:
        start = datetime(since.year, since.month, since.day, tzinfo=UTC)
        rows = self._database.connection().execute(
            "SELECT occurred_at / 86400000000 AS day, scenario, type, COUNT(*) FROM events "
            "WHERE occurred_at >= ? AND product_id <> '' AND private = 0 GROUP BY day, scenario, type",
            (to_micros(start),),
        )
        for day, scenario, type_, count in rows:
            of_day = (_EPOCH + timedelta(days=day)).date()
            yield Outcome(of_day, scenario_called(scenario), EventType(type_), count)

    def histories(self, until: datetime) -> Iterator[list[Event]]:
        rows = self._database.connection().execute(
            "SELECT user_id, occurred_at, event_id, type, product_id, value, properties "
            f"FROM events INDEXED BY tellings_in_context WHERE type IN ({_TELLING}) AND occurred_at < ? "
            f"AND product_id NOT GLOB '{COLLECTION_PREFIX}*' AND private = 0 AND {_SOMEBODY} "
            "ORDER BY user_id, occurred_at, event_id",
            (to_micros(until),),
        )
        yield from histories_of(rows)

    def searches(self, since: datetime) -> Iterator[tuple[str, str]]:
        yield from self._database.connection().execute(
            f"SELECT user_id, query FROM events INDEXED BY searches_by_user WHERE {_SEARCHES} AND occurred_at >= ? "
            "AND private = 0",
            (to_micros(since),),
        )

    def merge(self, from_user: str, to_user: str) -> int:
        own = "SELECT event_id FROM events WHERE user_id = :guest AND type {} ORDER BY occurred_at DESC LIMIT :most"
        telling, others = own.format(f"IN ({_TELLING})"), own.format(f"NOT IN ({_TELLING})")
        with self._database.transaction() as connection:
            return connection.execute(
                "UPDATE events SET user_id = :user, received_at = :now WHERE event_id IN "
                f"(SELECT * FROM ({telling}) UNION ALL SELECT * FROM ({others}) LIMIT :most)",
                {"guest": from_user, "user": to_user, "now": to_micros(self._clock.now()), "most": MOST_MERGED},
            ).rowcount

    def users(self, since: datetime) -> Iterator[str]:
        own = f"SELECT user_id FROM events INDEXED BY {{}} WHERE type {{}} AND occurred_at >= :since AND {_SOMEBODY}"
        telling, others = f"IN ({_TELLING})", f"NOT IN ({_TELLING})"
        rows = self._database.connection().execute(
            f"{own.format('tellings_in_context', telling)} UNION {own.format('others_by_user', others)}",
            {"since": to_micros(since)},
        )
        for (user_id,) in rows:
            yield user_id

    def withhold(self, user_id: str) -> int:
        own = "SELECT event_id FROM events WHERE user_id = :user AND type {}"
        both = f"{own.format(f'IN ({_TELLING})')} UNION ALL {own.format(f'NOT IN ({_TELLING})')}"
        with self._database.transaction() as connection:
            update = f"UPDATE events SET private = 1 WHERE event_id IN ({both}) AND private = 0"
            return connection.execute(update, {"user": user_id}).rowcount

    def everything(self, user_id: str, limit: int, after: tuple[datetime, str] | None = None) -> list[Event]:
        at, event_id = (to_micros(after[0]), after[1]) if after else (-1, "")
        place = "user_id = :user AND type {} AND (occurred_at, event_id) > (:at, :id) ORDER BY occurred_at, event_id"
        own = f"SELECT * FROM (SELECT * FROM events WHERE {place} LIMIT :most)"
        rows = self._database.connection().execute(
            f"{own.format(f'IN ({_TELLING})')} UNION ALL {own.format(f'NOT IN ({_TELLING})')} "
            "ORDER BY occurred_at, event_id LIMIT :most",
            {"user": user_id, "at": at, "id": event_id, "most": limit},
        )
        return [_event(row) for row in rows]

    def forget(self, user_id: str) -> int:
        own = "SELECT event_id FROM events WHERE user_id = :user AND type {}"
        both = f"{own.format(f'IN ({_TELLING})')} UNION ALL {own.format(f'NOT IN ({_TELLING})')}"
        return self._erase(f"SELECT * FROM ({both}) LIMIT :most", {"user": user_id, "most": MOST_FORGOTTEN})

    def expire(self, received_before: datetime) -> int:
        """Erase a part of what was received before; returns how many: it is asked again until that is none."""
        # What occurred later was received later, but for a shop's clock that runs ahead: that waits for its time.
        return self._erase(
            "SELECT event_id FROM events INDEXED BY events_counted "
            "WHERE occurred_at < :before AND received_at < :before LIMIT :most",
            {"before": to_micros(received_before), "most": MOST_FORGOTTEN},
        )

    def _erase(self, ids: str, values: Mapping[str, object]) -> int:
        with self._database.transaction() as connection:
            erased = connection.execute(f"DELETE FROM events WHERE event_id IN ({ids})", values).rowcount
            if erased:
                self._database.erased()
        return erased

    def sweep(self) -> None:
        """See :meth:`Database.sweep`."""
        self._database.sweep()

    def count(self) -> int:
        return int(self._database.connection().execute("SELECT COUNT(*) FROM events").fetchone()[0])


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
        country_of(event.properties),
        int(event.private),
        scenario_of(event.recommendation_id) or "",
    )


def _event(row: Sequence[object]) -> Event:
    event_id, user_id, type_, product_id, occurred, received, value, query, recommendation_id, properties, *more = row
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
        private=bool(more[1]),
    )
