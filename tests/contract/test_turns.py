"""What every kind of turns promises, and what those that expire promise besides."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.dynamodb_products import DynamoProducts
from shared.adapters.dynamodb_state import DynamoState
from shared.adapters.file_turns import FileTurns
from shared.adapters.leases import RECORD, Lease, LeaseTurns
from shared.adapters.sqlite_products import SqliteProducts
from shared.adapters.sqlite_state import SqliteState
from shared.domain.errors import Busy, TurnLost, Unavailable
from shared.domain.products import Product
from shared.ports import ProductStore, State, StateStore, Turns
from shared.settings import Aws
from tests.aws_stand_in import AwsStandIn
from tests.support import NOW, StillClock

SECONDS = 60.0


@pytest.fixture(params=["sqlite", "dynamodb"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> StateStore:
    if request.param == "sqlite":
        return SqliteState(tmp_path / "state.sqlite")
    aws: AwsStandIn = request.getfixturevalue("aws")
    names: Aws = request.getfixturevalue("aws_names")
    return DynamoState(aws.connections, names.state_table)


@pytest.fixture(params=["file", "sqlite", "dynamodb"])
def turns(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> Turns:
    if request.param == "file":
        return FileTurns(tmp_path / "work")
    if request.param == "sqlite":
        return LeaseTurns(SqliteState(tmp_path / "state.sqlite"), clock)
    aws: AwsStandIn = request.getfixturevalue("aws")
    names: Aws = request.getfixturevalue("aws_names")
    return LeaseTurns(DynamoState(aws.connections, names.state_table), clock)


class TestTurns:
    def test_one_at_a_time(self, turns: Turns) -> None:
        with turns.take("reindex") as turn:
            turn.check()
            with pytest.raises(Busy, match="wait until it has ended"), turns.take("train"):
                pass
            turn.check()
        with turns.take("train") as turn:
            turn.check()

    def test_a_job_that_fails_gives_its_turn_back(self, turns: Turns) -> None:
        with pytest.raises(ZeroDivisionError), turns.take("reindex"):
            _ = 1 / 0
        with turns.take("reindex") as turn:
            turn.check()

    def test_of_many_at_once_one_runs(self, turns: Turns) -> None:
        ran: list[int] = []
        tried = threading.Barrier(6)

        def attempt() -> None:
            try:
                with turns.take("reindex") as turn:
                    ran.append(turn.fence)
                    tried.wait(30)
            except Busy:
                tried.wait(30)

        threads = [threading.Thread(target=attempt) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ran) == 1


@contextmanager
def dead(taken: AbstractContextManager[Lease]) -> Iterator[Lease]:
    """A turn whose holder was killed: nothing of it is said any more, not even that it has ended."""
    lease = taken.__enter__()
    yield lease
    lease.release = lambda: None  # type: ignore[method-assign]
    taken.__exit__(None, None, None)


class TestLeases:
    @pytest.fixture
    def turns(self, state: StateStore, clock: StillClock) -> LeaseTurns:
        return LeaseTurns(state, clock, SECONDS)

    def test_the_fence_grows_by_one(self, turns: LeaseTurns) -> None:
        fences = []
        for _ in range(3):
            with turns.take("reindex") as turn:
                fences.append(turn.fence)
        assert fences == [1, 2, 3]

    def test_who_waits_is_told_for_what_and_until_when(self, turns: LeaseTurns) -> None:
        with (
            turns.take("reindex"),
            pytest.raises(Busy, match=r"^The job reindex .* 12:01:00 UTC"),
            turns.take("train"),
        ):
            pass

    def test_a_dead_holder_is_taken_over_after_its_time(self, turns: LeaseTurns, clock: StillClock) -> None:
        with dead(turns.take("first")) as first:
            clock.forward(seconds=SECONDS - 1)
            with pytest.raises(Busy), turns.take("second"):
                pass
            clock.forward(seconds=1)
            with turns.take("second") as second:
                assert second.fence == first.fence + 1
                second.check()
                with pytest.raises(TurnLost, match="first"):
                    first.check()
                with pytest.raises(TurnLost):
                    first.renew()
                first.release()
                second.check()
                with pytest.raises(Busy, match="second"), turns.take("third"):
                    pass

    def test_who_was_not_heard_of_for_too_long_has_lost_it(self, turns: LeaseTurns, clock: StillClock) -> None:
        with turns.take("reindex") as turn:
            clock.forward(seconds=SECONDS)
            with pytest.raises(TurnLost):
                turn.check()
            with pytest.raises(TurnLost):
                turn.renew()

    def test_a_renewed_turn_lasts(self, turns: LeaseTurns, clock: StillClock) -> None:
        with turns.take("reindex") as turn:
            for _ in range(5):
                clock.forward(seconds=SECONDS / 2)
                turn.renew()
                turn.check()
            with pytest.raises(Busy), turns.take("train"):
                pass

    def test_the_heart_beats_by_itself(self, state: StateStore, clock: StillClock) -> None:
        beating = Watched(state, lambda written: written >= 4)
        with LeaseTurns(beating, clock, seconds=0.3).take("reindex"):
            assert beating.reached.wait(30)
        after = state.get(RECORD)
        assert after is not None
        assert after.value["holder"] == ""

    def test_a_renewal_that_failed_is_tried_again(self, state: StateStore, clock: StillClock) -> None:
        failing = Watched(state, lambda written: written >= 3, failures={2, 3})
        with LeaseTurns(failing, clock, seconds=0.3).take("reindex") as turn:
            assert failing.reached.wait(30)
            turn.check()

    def test_a_renewal_whose_answer_was_lost_counts(self, state: StateStore, clock: StillClock) -> None:
        losing = Watched(state, lambda _: False, lost={2})
        with LeaseTurns(losing, clock, SECONDS).take("reindex") as turn:
            with pytest.raises(Unavailable):
                turn.renew()
            clock.forward(seconds=1)
            turn.renew()
            turn.check()

    def test_a_state_that_is_away_for_a_moment_loses_no_turn(self, state: StateStore, clock: StillClock) -> None:
        shaky = Watched(state, lambda _: False)
        with LeaseTurns(shaky, clock, SECONDS).take("reindex") as turn:
            shaky.away = True
            turn.check()
            clock.forward(seconds=SECONDS)
            with pytest.raises(TurnLost):
                turn.check()
            shaky.away = False

    def test_two_that_take_over_at_once(self, state: StateStore, clock: StillClock) -> None:
        overtaken = Watched(state, lambda _: False)
        overtaken.before_put = lambda: LeaseTurns(state, clock, SECONDS).take("quicker").__enter__()
        with pytest.raises(Busy), LeaseTurns(overtaken, clock, SECONDS).take("reindex"):
            pass


@dataclass
class Watched:
    """A state store that fails when told to, and tells when enough has been written."""

    state: StateStore
    enough: Callable[[int], bool]
    failures: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    away: bool = False
    before_put: Callable[[], object] = lambda: None
    reached: threading.Event = field(default_factory=threading.Event)
    asked: int = 0
    written: int = 0

    def get(self, name: str) -> State | None:
        if self.away:
            raise Unavailable("away")
        return self.state.get(name)

    def put(self, name: str, value: Mapping[str, Any], revision: int) -> int:
        self.asked += 1
        self.before_put()
        if self.asked in self.failures:
            raise Unavailable("away")
        revision = self.state.put(name, value, revision)
        if self.asked in self.lost:
            raise Unavailable("the answer was lost")
        self.written += 1
        if self.enough(self.written):
            self.reached.set()
        return revision


@pytest.mark.parametrize("kind", ["sqlite", "dynamodb"])
def test_a_late_holders_catalogue_is_refused(
    kind: str, tmp_path: Path, clock: StillClock, request: pytest.FixtureRequest
) -> None:
    products: ProductStore = SqliteProducts(tmp_path / "products.sqlite", clock)
    if kind == "dynamodb":
        aws: AwsStandIn = request.getfixturevalue("aws")
        products = DynamoProducts(aws.connections, request.getfixturevalue("aws_names").products_table, clock)
    turns = LeaseTurns(SqliteState(tmp_path / "state.sqlite"), clock, SECONDS)
    with dead(turns.take("late")) as late:
        clock.moment += timedelta(seconds=SECONDS)
        with turns.take("next") as following:
            products.replace("new", NOW, [Product("n", "N")], fence=following.fence)
        with pytest.raises(TurnLost):
            products.replace("old", NOW, [Product("o", "O")], fence=late.fence)
    assert products.version() == "new"
