"""Something outside that changes now and then: looked at every so often, and good in between."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from shared.domain.errors import Unavailable
from shared.ports import Clock

Value = TypeVar("Value")

_AFTER_TROUBLE = timedelta(seconds=1)
"""Until a look that failed is tried again: soon, but not by every request."""


class Watched(Generic[Value]):
    """``look`` reads the value, ``every`` is how old it may be. Safe to use from several threads.

    One thread looks; the others go on with what is known, and wait only where nothing is.
    """

    def __init__(self, look: Callable[[], Value], clock: Clock, every: timedelta, nothing: Value) -> None:
        self._look = look
        self._clock = clock
        self._every = every
        self._lock = threading.Lock()
        self._looked_at: datetime | None = None
        self._failed = False
        self.last = nothing
        """As it was last read; ``nothing`` before that."""
        self.known = False
        """Whether it was ever read."""

    def newest(self) -> Value:
        """Raises what the look raises, and Unavailable until the next one; :attr:`last` is there still."""
        if self.is_due() and self._lock.acquire(blocking=not self.known):
            try:
                if self.is_due():
                    self._read()
            finally:
                self._lock.release()
        if self._failed:
            raise Unavailable("It could not be read a moment ago: it is tried again within seconds.")
        return self.last

    def look_again(self) -> None:
        """Take the value as unread: what the clock says of its age is not to be trusted after a sleep."""
        self._looked_at = None

    def is_due(self) -> bool:
        """Whether the next question looks, or waits for who does."""
        every = min(self._every, _AFTER_TROUBLE) if self._failed else self._every
        return self._looked_at is None or not timedelta(0) <= self._clock.now() - self._looked_at < every

    def _read(self) -> None:
        now = self._clock.now()
        try:
            self.last = self._look()
        except Exception:
            self._failed = True
            raise
        else:
            self._failed, self.known = False, True
        finally:
            self._looked_at = now
