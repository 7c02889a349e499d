"""The index version that is live now, and the older ones that a page may still have to be continued on."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.domain.errors import NotFound, Unavailable
from shared.domain.versions import Manifest
from shared.ports import Clock, IndexVersions, ProductIndex, Telemetry
from shared.services.calls import Calls, InTurn
from shared.services.watched import Watched

EVERY = timedelta(seconds=1)
KEPT = 3
_LEFT_ALONE = timedelta(minutes=1)
"""How long a version that could not be opened is not tried again: bringing one costs seconds and money."""
_OVERDUE = timedelta(seconds=30)
"""After which requests wait for a newer version: what goes on in the background stands still between the requests of a
function that has few, and would never end there."""
_FOR_POINTER = 0.25
_FOR_SWITCH = 0.4
"""Seconds that a request waits for the pointer, and for a newer version, while another one could serve it."""
_log = logging.getLogger("vitrine.live_index")


def nothing_published() -> Unavailable:
    return Unavailable("No index version is live: publish one with vitrine index FEED.")


class LiveIndex:
    """Opens versions once and shares them between threads; looks at the pointer as often as ``every`` says.

    While the pointer cannot be read, and while a newer version is being brought or turns out to be broken, the one
    that served last goes on serving. The last ``kept`` versions stay open, for pages that are continued on them; a
    request keeps the one it began with. ``also_ready`` says whether what else a version needs is here, and begins to
    bring what is not, as :meth:`shared.ports.IndexVersions.prepare` does. No thread waits for another one's opening
    unless there is nothing to serve from, or the newer version is long overdue.
    """

    def __init__(
        self,
        versions: IndexVersions,
        clock: Clock,
        telemetry: Telemetry,
        every: timedelta = EVERY,
        calls: Calls | None = None,
        kept: int = KEPT,
        also_ready: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._versions = versions
        self._clock = clock
        self._telemetry = telemetry
        self._kept = kept
        self._also_ready = also_ready
        self._calls = calls or InTurn()
        self._pointer: Watched[str | None] = Watched(self._look, clock, every, None)
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._open: OrderedDict[str, ProductIndex] = OrderedDict()
        self._broken: dict[str, datetime] = {}
        self._expected: tuple[str, datetime] | None = None
        self._serving: ProductIndex | None = None

    def live(self) -> ProductIndex:
        """Raises Unavailable, with what to do, while nothing has been published."""
        index = self.newest()
        if index is None:
            raise nothing_published()
        return index

    def newest(self) -> ProductIndex | None:
        """None while nothing has been published, and only then. Raises Unavailable where no version can be had."""
        version = self._live_version()
        if version is None:
            return None
        index = self._already(version)
        if index is None:
            index = self._first(version) if self._serving is None else self._next(version, self._serving)
        self._serving = index
        return index

    def at(self, version: str) -> ProductIndex:
        """The index as it was at ``version``. Raises NotFound when it has been removed since."""
        return self._already(version) or self._opened(version)

    def manifest(self) -> Manifest | None:
        """The live version's manifest; None while nothing has been published, and only then."""
        index = self.newest()
        return None if index is None else index.manifest

    def look_again(self) -> None:
        """Take the pointer as unread, as after a restore from a snapshot of the process."""
        self._pointer.look_again()

    def catch_up(self) -> None:
        """Serve from the version that is live now, however long bringing it takes.

        For a process that starts, or wakes after perhaps weeks: its requests must not be answered from what served
        last while a newer one is on its way. What fails, fails here; what served last goes on serving then.
        """
        self.look_again()
        version = self._pointer.newest()
        if version is not None:
            self._serving = self._already(version) or self._first(version)

    def _live_version(self) -> str | None:
        if self._pointer.known and self._pointer.last is None:
            self._pointer.look_again()  # who waits for the first version should not wait longer than it takes
        if self._pointer.last is None:
            return self._pointer.newest()
        try:
            return self._calls.start("the live version's name", self._pointer.newest)(_FOR_POINTER)
        except Exception:  # told by the look itself
            return self._pointer.last

    def _look(self) -> str | None:
        try:
            return self._versions.live()
        except Exception as error:
            _log.warning("the live version's name cannot be read: %s", type(error).__name__)
            self._telemetry.count("index.pointer_unreadable")
            raise

    def _already(self, version: str) -> ProductIndex | None:
        with self._lock:
            if version in self._open:
                self._open.move_to_end(version)
            return self._open.get(version)

    def _first(self, version: str) -> ProductIndex:
        try:
            return self._opened(version)
        except NotFound as error:
            raise Unavailable(f"Index version {version} is live and not there: publish again, or roll back.") from error

    def _next(self, version: str, serving: ProductIndex) -> ProductIndex:
        """``version`` where that is quickly done, else the one that serves."""
        overdue = self._is_overdue(version)
        if self._is_left_alone(version) or (self._opening.locked() and not overdue):
            return serving
        try:
            ready = [self._versions.prepare(version), self._also_ready(version)]  # one is made ready beside the other
            if not all(ready) and not overdue:
                return serving
            return self._calls.start(f"index version {version}", lambda: self._opened(version))(_FOR_SWITCH)
        except NotFound:
            self._leave_alone(version)
            return serving
        except Exception:  # told where it was opened; whatever it is, there is one that can serve
            return serving

    def _opened(self, version: str) -> ProductIndex:
        with self._opening:
            if index := self._already(version):
                return index
            if self._is_left_alone(version):
                raise Unavailable(f"Index version {version} could not be opened a moment ago: it is tried again soon.")
            try:
                index = self._versions.open(version)
            except NotFound:
                raise
            except Exception:
                self._leave_alone(version)
                raise
            with self._lock:
                self._open[version] = index
                if len(self._open) > self._kept:
                    # Not closed: a request may be in the middle of it. It goes when the last one lets it go.
                    self._open.popitem(last=False)
            return index

    def _leave_alone(self, version: str) -> None:
        _log.exception("index version %s cannot be opened", version)
        self._telemetry.count("index.version_broken")
        self._broken[version] = self._clock.now()

    def _is_overdue(self, version: str) -> bool:
        """Whether it was live long ago already, and has not been served from yet."""
        now = self._clock.now()
        if self._expected is None or self._expected[0] != version:
            self._expected = version, now
        return now - self._expected[1] > _OVERDUE

    def _is_left_alone(self, version: str) -> bool:
        since = self._broken.get(version)
        return since is not None and timedelta(0) <= self._clock.now() - since < _LEFT_ALONE
