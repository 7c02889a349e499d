"""What every state store promises."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.aws import Connections
from shared.adapters.dynamodb_state import DynamoState
from shared.adapters.sqlite_state import SqliteState
from shared.domain.errors import StateConflict, Unavailable
from shared.ports import State, StateStore
from shared.settings import Aws
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "dynamodb"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> StateStore:
    return SqliteState(tmp_path / "state.sqlite") if request.param == "sqlite" else request.getfixturevalue("table")


@pytest.fixture
def table(aws: AwsStandIn, aws_names: Aws) -> DynamoState:
    return DynamoState(aws.connections, aws_names.state_table)


def test_a_record_comes_back_as_it_went_in(state: StateStore) -> None:
    assert state.get("live") is None
    value = {"version": "ü", "deep": {"list": [1, 2.5, None, True]}}
    assert state.put("live", value, 0) == 1
    assert state.get("live") == State(value, 1)
    assert state.put("live", {}, 1) == 2
    assert state.get("live") == State({}, 2)
    assert state.get("other") is None


@pytest.mark.parametrize("revision", [0, 1, 3])
def test_who_has_not_seen_the_last_revision_is_refused(state: StateStore, revision: int) -> None:
    state.put("live", {"by": "one"}, 0)
    state.put("live", {"by": "two"}, 1)
    with pytest.raises(StateConflict, match="live"):
        state.put("live", {"by": "late"}, revision)
    assert state.get("live") == State({"by": "two"}, 2)


def test_a_record_that_is_not_there_has_no_revision(state: StateStore) -> None:
    with pytest.raises(StateConflict):
        state.put("live", {}, 1)
    assert state.get("live") is None


def test_of_many_at_once_one_wins(state: StateStore) -> None:
    def attempt(number: int) -> int:
        try:
            return state.put("live", {"same": "value"}, 0)
        except StateConflict:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_write_whose_answer_was_lost_is_no_conflict(aws: AwsStandIn, table: DynamoState) -> None:
    lost = iter([Fault(500, "InternalServerError", done=True)])
    with aws.faulty(lambda call: next(lost, None) if call.operation == "PutItem" else None):
        assert table.put("live", {"a": 1}, 0) == 1
    assert table.get("live") == State({"a": 1}, 1)


def test_out_of_reach_is_unavailable(aws: AwsStandIn, aws_names: Aws) -> None:
    hasty = DynamoState(Connections(attempts=1), aws_names.state_table)

    def down(_: Call) -> Fault:
        return Fault(500, "InternalServerError")

    with aws.faulty(down), pytest.raises(Unavailable):
        hasty.get("live")
    with aws.faulty(down), pytest.raises(Unavailable):
        hasty.put("live", {}, 0)


def test_many_at_a_time(state: StateStore) -> None:
    for number in range(120):
        state.put(f"person-{number}", {"number": number}, 0)
    asked = [f"person-{number}" for number in range(60, 180)]
    assert state.get_all([*asked, asked[0]]) == {f"person-{n}": State({"number": n}, 1) for n in range(60, 120)}
    assert state.get_all([]) == {}


def test_what_is_removed_was_never_there(state: StateStore) -> None:
    state.put("live", {"a": 1}, 0)
    state.put("live", {"a": 2}, 1)
    for _ in range(2):
        state.remove("live")
    assert state.get("live") is None
    assert state.put("live", {"a": 3}, 0) == 1


def test_what_a_busy_table_leaves_out_is_asked_for_again(aws: AwsStandIn, table: DynamoState) -> None:
    table.put("a", {}, 0)
    refused = iter([Fault(400, "ProvisionedThroughputExceededException")])
    with aws.faulty(lambda call: next(refused, None) if call.operation == "BatchGetItem" else None):
        assert table.get_all(["a", "b"]) == {"a": State({}, 1)}


def test_what_has_expired_is_removed(tmp_path: Path) -> None:
    """In a file from before there was such a thing, too."""
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as old:
        old.execute(
            "CREATE TABLE records (name TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID"
        )
        old.execute("INSERT INTO records VALUES ('live', '{}', 3)")
        old.commit()
    state = SqliteState(tmp_path / "state.sqlite")
    for name, expires_at in (("soon", NOW), ("later", NOW + DAY), ("never", None), ("anew", NOW)):
        state.put(name, {}, 0, expires_at)
    state.put("anew", {}, 1)
    assert state.expire(NOW) == 0
    assert (state.expire(NOW + DAY / 2), state.expire(NOW + DAY / 2)) == (1, 0)
    assert set(state.get_all(["live", "soon", "later", "never", "anew"])) == {"live", "later", "never", "anew"}
    assert state.get("live") == State({}, 3)
