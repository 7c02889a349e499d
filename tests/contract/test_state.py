"""What every state store promises."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.adapters.aws import Connections
from shared.adapters.dynamodb_state import DynamoState
from shared.adapters.sqlite import SqliteState
from shared.domain.errors import StateConflict, Unavailable
from shared.ports import State, StateStore
from shared.settings import Aws
from tests.aws_stand_in import AwsStandIn, Call, Fault


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
