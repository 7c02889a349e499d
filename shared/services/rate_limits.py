"""How often a key, and a user of it, may ask.

Each process counts what it sees. Where there are several processes, one that sees much of a limit tells the others, by
a counter that they share: so ordinary traffic costs nothing, and a fleet gets a known share further than one process.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta

from shared.domain.errors import TooMany, Unavailable
from shared.domain.windows import WINDOW, Tally, Windows, requests_within, wait_for
from shared.ports import Clock, SharedCounter

MOST_NAMES = 20_000
"""Keys and users that are counted at a time, in some 4 MB. User ids are a stranger's to choose."""
_SHARE = 50
"""A process tells the others of its requests by the fiftieth of the limit, so that it is theirs too a moment later."""
_LEAST_TOLD = 60
"""Requests, where that is more: a shopper alone is not worth a write."""

_log = logging.getLogger("vitrine.limits")


class RateLimits:
    """Safe to use from several threads. A counter that does not answer is left alone for the rest of the minute."""

    def __init__(self, clock: Clock, counter: SharedCounter | None = None) -> None:
        self._clock = clock
        self._counter = counter
        self._windows = Windows(MOST_NAMES)
        self._lock = threading.Lock()
        self._silent_minute = -1

    def spend(self, name: str, limit: int, whose: str) -> None:
        """Count a request of ``name``. Raises TooMany where that makes more than ``limit`` within a minute.

        One that is refused is not counted: who goes on asking is let in as soon as who waits. ``whose`` is such as
        "this key", for the sentence.
        """
        seconds = self._clock.now().timestamp()
        with self._lock:
            tally = self._windows.tally(name, seconds)
            if requests_within(tally, seconds) + 1 > limit:
                wait = wait_for(tally, limit, seconds)
                raise TooMany(f"More than {limit:,} requests a minute for {whose}: wait {wait} s.", wait)
            tally.now += 1
            untold = tally.now - tally.told
            if self._counter is None or untold < _worth_telling(limit) or tally.minute == self._silent_minute:
                return
            tally.told, minute = tally.now, tally.minute
        self._tell(self._counter, name, tally, minute, untold)

    def give_back(self, name: str) -> None:
        """Of the last minute, a request that was counted and refused after all."""
        with self._lock:
            tally = self._windows.tally(name, self._clock.now().timestamp())
            tally.now = max(0, tally.now - 1)

    def is_quick(self) -> bool:
        """Whether spending waits for nobody: no other process is told."""
        return self._counter is None

    def _tell(self, counter: SharedCounter, name: str, tally: Tally, minute: int, untold: int) -> None:
        """Without the lock: it is a call over the network."""
        ends = datetime.fromtimestamp((minute + 1) * WINDOW, UTC)
        try:
            all_told = counter.add(f"{name}-{minute}", untold, ends + timedelta(minutes=10))
        except Unavailable as error:
            _log.warning("requests are counted by each process alone for now: %s", error)
            self._silent_minute = minute
            return
        with self._lock:
            if tally.minute == minute:
                tally.elsewhere = max(tally.elsewhere, all_told - tally.told)


def _worth_telling(limit: int) -> int:
    return min(limit, max(_LEAST_TOLD, limit // _SHARE))
