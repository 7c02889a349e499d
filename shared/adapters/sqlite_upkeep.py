"""The upkeep of the laptop's stores: what a managed table does by itself."""

from datetime import timedelta

from shared.adapters.files import FileBlobs
from shared.adapters.sqlite import SqliteEvents
from shared.adapters.sqlite_sends import SqliteSends
from shared.adapters.sqlite_state import SqliteState
from shared.ports import Clock


class SqliteUpkeep:
    """A :class:`shared.ports.Upkeep`."""

    def __init__(
        self,
        events: SqliteEvents,
        state: SqliteState,
        sends: SqliteSends,
        blobs: FileBlobs,
        clock: Clock,
        retention_days: int,
    ) -> None:
        self._events = events
        self._state = state
        self._sends = sends
        self._clock = clock
        self._kept = timedelta(days=retention_days)
        self._stores = (events, state, sends, blobs)

    def sweep(self) -> None:
        for store in self._stores:
            store.sweep()

    def expire(self) -> int:
        now = self._clock.now()
        return self._events.expire(now - self._kept) + self._sends.expire() + self._state.expire(now)
