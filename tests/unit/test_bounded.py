"""Calls that may hang: waited for so long and no longer, side by side, with the request's context."""

import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from shared.adapters.bounded import BoundedCalls
from shared.domain.deadline import deadline, remaining
from shared.domain.errors import Unavailable
from tests.breaking import Hang

LONG = 20.0


@pytest.fixture
def hang() -> Iterator[Hang]:
    hang = Hang()
    yield hang
    hang.over.set()


def test_values_and_errors_come_through() -> None:
    calls = BoundedCalls()
    assert calls.start("sums", lambda: 1 + 1)(LONG) == 2
    with pytest.raises(ZeroDivisionError):
        calls.start("sums", lambda: 1 // 0)(LONG)


def test_a_late_call_is_left_behind_and_named(hang: Hang) -> None:
    with pytest.raises(Unavailable, match=r"no answer in 0\.05 s from the stars"):
        BoundedCalls().start("the stars", hang)(0.05)


def test_a_call_s_own_timeout_is_not_taken_for_ours() -> None:
    def give_up() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        BoundedCalls().start("x", give_up)(LONG)


def test_the_request_s_deadline_counts_where_it_is_nearer(hang: Hang) -> None:
    with deadline(0.05), pytest.raises(Unavailable, match=r"0\.0\d s"):
        BoundedCalls().start("x", hang)(LONG)


def test_what_has_ended_is_given_however_little_time_is_left() -> None:
    waiting = BoundedCalls().start("x", lambda: "there")
    assert waiting(LONG) == "there"
    with deadline(0):
        assert waiting(LONG) == "there"


def test_the_context_travels_along() -> None:
    request: ContextVar[str] = ContextVar("request")
    request.set("r-1")
    with deadline(LONG):
        name, left = BoundedCalls().start("x", lambda: (request.get(), remaining()))(LONG)
    assert name == "r-1"
    assert left is not None
    assert 0 < left <= LONG


def test_calls_go_on_side_by_side() -> None:
    meeting = threading.Barrier(3, timeout=LONG)
    calls = BoundedCalls()
    waiting = [calls.start("x", meeting.wait) for _ in range(3)]
    assert sorted(each(LONG) for each in waiting) == [0, 1, 2]


def test_with_too_many_hung_ones_no_other_is_begun_until_they_are_back(hang: Hang) -> None:
    calls = BoundedCalls(most_hung=2)
    for _ in range(2):
        with pytest.raises(Unavailable, match="no answer"):
            calls.start("x", hang)(0.01)
    with pytest.raises(Unavailable, match="2 calls of x hang already"):
        calls.start("x", hang)(LONG)
    assert hang.begun == 2
    assert calls.start("y", lambda: "another part goes on")(LONG) == "another part goes on"
    hang.over.set()
    for _ in range(2_000):
        try:
            assert calls.start("x", lambda: "back")(LONG) == "back"
            break
        except Unavailable:
            threading.Event().wait(0.005)
    else:
        pytest.fail("the calls came back, and the part did not")
