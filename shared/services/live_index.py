"""The index version that is live now, and the older ones that a page may still have to be continued on."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from shared.domain.errors import Unavailable
from shared.domain.versions import Manifest
from shared.ports import Clock, IndexVersions, ProductIndex

LOOK_AGAIN_AFTER = timedelta(seconds=1)
_KEPT_OPEN = 3


class LiveIndex:
    """Opens versions once and shares them between threads; looks at the pointer at most once a second.

    The last few versions stay open, for pages that are continued on them; a request keeps the one it began with.
    """

    def __init__(self, versions: IndexVersions, clock: Clock) -> None:
        self._versions = versions
        self._clock = clock
        self._lock = threading.Lock()
        self._open: OrderedDict[str, ProductIndex] = OrderedDict()
        self._live: str | None = None
        self._looked_at: datetime | None = None

    def live(self) -> ProductIndex:
        """Raises Unavailable, with what to do, while nothing has been published."""
        with self._lock:
            version = self._pointer()
            if version is None:
                raise Unavailable("No index version is live: publish one with vitrine index FEED.")
            return self._opened(version)

    def at(self, version: str) -> ProductIndex:
        """The index as it was at ``version``. Raises NotFound when it has been removed since."""
        with self._lock:
            return self._opened(version)

    def manifest(self) -> Manifest | None:
        """The live version's manifest; None while nothing has been published, and only then."""
        with self._lock:
            version = self._pointer()
            return None if version is None else self._opened(version).manifest

    def _pointer(self) -> str | None:
        now = self._clock.now()
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at < LOOK_AGAIN_AFTER:
            self._live, self._looked_at = self._versions.live(), now
        return self._live

    def _opened(self, version: str) -> ProductIndex:
        if version not in self._open:
            self._open[version] = self._versions.open(version)
            if len(self._open) > _KEPT_OPEN:
                # Not closed: a request may be in the middle of it. It goes when the last one lets it go.
                self._open.popitem(last=False)
        self._open.move_to_end(version)
        return self._open[version]
