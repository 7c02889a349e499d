"""What is told of a request while it is answered, by whichever thread is at work for it."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SHARES = ("fallback", "degraded")
Facts = dict[str, str | int | float | bool]


class RequestNotes:
    """What has been told of a request so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._counts: defaultdict[str, float] = defaultdict(float)
        self._facts: Facts = {}

    def took(self, stage: str, seconds: float) -> None:
        with self._lock:
            self._seconds[stage] += seconds

    def count(self, name: str, amount: float) -> None:
        with self._lock:
            self._counts[name] += amount

    def note(self, facts: Facts) -> None:
        with self._lock:
            self._facts |= facts

    def told(self) -> tuple[dict[str, float], dict[str, float], Facts]:
        """Seconds by stage, counts, and facts. Of an answer, what did not happen counts as 0: averages are shares."""
        with self._lock:  # a thread that was given up may still be telling
            seconds, counts, facts = dict(self._seconds), dict(self._counts), dict(self._facts)
        if "recommendation_id" in facts:
            counts = dict.fromkeys(_SHARES, 0.0) | counts
            counts["degraded"] = float(any(name.startswith("degraded.") for name in counts))
        return seconds, counts, facts


current: ContextVar[RequestNotes | None] = ContextVar("request", default=None)


class Noting:
    """A :class:`shared.ports.Telemetry` of the request at hand; outside of any, nothing is kept."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            if request := current.get():
                request.took(name, time.perf_counter() - begun)

    def count(self, name: str, amount: float = 1) -> None:
        if request := current.get():
            request.count(name, amount)

    def note(self, **facts: str | int | float | bool) -> None:
        if request := current.get():
            request.note(facts)
