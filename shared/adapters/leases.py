"""Turns that expire: a job holds a record and says again and again that it is alive; a silent one is taken over."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.domain.errors import Busy, StateConflict, TurnLost, Unavailable
from shared.ports import Clock, State, StateStore

RECORD = "turn"
_BEATS = 3
"""Renewals within the time of a lease: two may fail."""
_LAST_BEAT_SECONDS = 5.0
"""How long the end of a turn waits for a renewal that is on its way; one that comes still later finds it given up."""
_log = logging.getLogger("vitrine.turns")


class LeaseTurns:
    """A :class:`shared.ports.Turns` in a state store. A turn is lost ``seconds`` after its holder was last heard of.

    The machines' clocks must agree to well within that: who takes over goes by its own. A job that went on regardless
    is kept out by the fence, which is one greater at every take.
    """

    def __init__(self, state: StateStore, clock: Clock, seconds: float = 60.0, record: str = RECORD) -> None:
        """``record`` names what there are turns at: each is a matter of its own."""
        self._state = state
        self._record = record
        self._clock = clock
        self._seconds = seconds

    @contextmanager
    def take(self, job: str) -> Iterator["Lease"]:
        lease = self._taken(job)
        stop = threading.Event()
        heart = threading.Thread(target=self._beat, args=(lease, stop), name="turn", daemon=True)
        heart.start()
        try:
            yield lease
        finally:
            stop.set()
            heart.join(_LAST_BEAT_SECONDS)
            lease.release()

    def _taken(self, job: str) -> "Lease":
        there = self._state.get(self._record)
        if there and there.value["holder"] and datetime.fromisoformat(there.value["expires_at"]) > self._clock.now():
            raise Busy(_kept_waiting(there.value))
        lease = Lease(self._state, self._clock, self._seconds, job, _next_fence(there), self._record)
        try:
            lease.write(there.revision if there else 0)
        except StateConflict:
            raise Busy("Another job has just begun: wait until it has ended.") from None
        return lease

    def _beat(self, lease: "Lease", stop: threading.Event) -> None:
        while not stop.wait(self._seconds / _BEATS):
            try:
                lease.renew()
            except TurnLost:
                return
            except Exception as error:  # whatever it is, the next beat may succeed, and check() tells what has expired
                _log.warning("the turn could not be renewed: %s", type(error).__name__)


class Lease:
    """A :class:`shared.ports.Turn`."""

    def __init__(self, state: StateStore, clock: Clock, seconds: float, job: str, fence: int, record: str) -> None:
        self._state = state
        self._record = record
        self._clock = clock
        self._length = timedelta(seconds=seconds)
        self._job = job
        self._fence = fence
        self._holder = uuid4().hex
        self._revision = 0
        self._expires_at = clock.now()
        self._lost = False

    @property
    def fence(self) -> int:
        return self._fence

    def check(self) -> None:
        if not self._lost and self._clock.now() < self._expires_at:
            with suppress(Unavailable):  # then the time of the lease still counts
                self._lost = not self._is_ours(self._state.get(self._record))
        if self._lost or self._clock.now() >= self._expires_at:
            raise self._gone()

    def renew(self) -> None:
        """Hold it for its whole length from now on. Raises TurnLost where another job has it, or nobody heard of us."""
        if self._clock.now() >= self._expires_at:
            raise self._gone()
        try:
            self.write(self._revision)
        except StateConflict:
            there = self._state.get(self._record)
            if not self._is_ours(there):
                self._lost = True
                raise self._gone() from None
            self.write(there.revision if there else 0)  # a renewal whose answer was lost had come through

    def write(self, revision: int) -> None:
        """Write the record over ``revision``, as alive until a lease's length from now."""
        until = self._clock.now() + self._length
        self._put(self._holder, until, revision)
        self._expires_at = until

    def _is_ours(self, there: State | None) -> bool:
        return there is not None and there.value["holder"] == self._holder

    def release(self) -> None:
        """Leave the turn to the next job; where that cannot be told, it waits until the lease expires."""
        with suppress(TurnLost, StateConflict, Unavailable):
            self._put("", self._clock.now(), self._revision)

    def _put(self, holder: str, until: datetime, revision: int) -> None:
        value = {"job": self._job, "holder": holder, "fence": self._fence, "expires_at": until.isoformat()}
        self._revision = self._state.put(self._record, value, revision)

    def _gone(self) -> TurnLost:
        return TurnLost(f"The job {self._job} was not heard of for too long and has lost its turn: start it again.")


def _next_fence(before: State | None) -> int:
    return int(before.value.get("fence", 0)) + 1 if before else 1


def _kept_waiting(holder: Mapping[str, Any]) -> str:
    until = datetime.fromisoformat(holder["expires_at"])
    return (
        f"The job {holder['job']} is at work and keeps its turn until {until:%H:%M:%S} UTC at least: "
        "wait until it has ended."
    )
