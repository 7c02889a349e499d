"""What the events in SQLite must do beyond the contract: files of before are read, and millions from indexes alone."""

import sqlite3
from pathlib import Path

import pytest

from shared.adapters.sqlite import SqliteEvents
from shared.domain.events import Activity, EventType
from shared.domain.moments import to_micros
from tests.support import NOW, StillClock, event

BEFORE = """
CREATE TABLE events (
    event_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, type TEXT NOT NULL, product_id TEXT NOT NULL,
    occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    value REAL, query TEXT NOT NULL, recommendation_id TEXT NOT NULL, properties TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tellings ON events (user_id, occurred_at, event_id, type, product_id, value) WHERE type IN ('view');
CREATE INDEX events_by_time ON events (occurred_at, product_id, type);
"""


def test_a_file_from_before_countries_goes_on(tmp_path: Path, clock: StillClock) -> None:
    path, at = tmp_path / "events.sqlite", to_micros(NOW)
    with sqlite3.connect(path) as connection:
        connection.executescript(BEFORE)
        row = ("1", "u", "view", "a", at, at, None, "", "", '{"list": "home"}')
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    for _ in range(2):
        store = SqliteEvents(path, clock)
    store.add([event("u", EventType.VIEW, "a", properties={"country": "DE"})])
    assert [each.properties for each in store.recent("u", 9, NOW)] == [{"country": "DE"}, {"list": "home"}]
    assert set(store.activity(NOW.date())) == {
        Activity("a", EventType.VIEW, NOW.date(), 1), Activity("a", EventType.VIEW, NOW.date(), 1, "DE"),
    }  # fmt: skip
    assert len(next(store.histories(clock.now().replace(year=2027)))) == 2


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda store: list(store.histories(NOW)), "COVERING INDEX tellings_in_context"),
        (lambda store: list(store.histories(NOW)), "SCAN events USING COVERING"),
        (lambda store: list(store.activity(NOW.date())), "COVERING INDEX events_counted"),
        (lambda store: list(store.outcomes(NOW.date())), "COVERING INDEX events_counted"),
        (lambda store: list(store.users(NOW)), "COVERING INDEX tellings_in_context"),
        (lambda store: list(store.users(NOW)), "COVERING INDEX others_by_user"),
        (lambda store: store.withhold("u"), "tellings_in_context (user_id=?)"),
        (lambda store: store.withhold("u"), "others_by_user (user_id=?)"),
        (lambda store: store.withhold("u"), "SEARCH events USING PRIMARY KEY (event_id=?)"),
        (lambda store: store.merge("anon:c", "u"), "others_by_user (user_id=?)"),
        (lambda store: store.merge("anon:c", "u"), "tellings_in_context (user_id=?)"),
        (lambda store: store.merge("anon:c", "u"), "SEARCH events USING PRIMARY KEY (event_id=?)"),
    ],
)
def test_indexes_answer(tmp_path: Path, clock: StillClock, ask: object, index: str) -> None:
    """What is asked as the store asks it, told by the engine's own plan."""
    store = SqliteEvents(tmp_path / "events.sqlite", clock)
    asked: list[str] = []
    connection = store._database.connection()
    connection.set_trace_callback(asked.append)
    ask(store)  # type: ignore[operator]
    connection.set_trace_callback(None)
    statement = max(asked, key=len)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert any(index in step for step in plan), plan
