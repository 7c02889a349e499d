"""Whether all is here that the answers from an index version need besides the version itself."""

import logging
import threading
from collections.abc import Callable

from shared.domain.errors import Unavailable
from shared.domain.spaces import Space
from shared.domain.versions import Manifest
from shared.ports import IndexVersions
from shared.services.query_encoders import QueryEncoders

_PATIENCE = 0.05
"""Seconds that a request waits for encoders that may be loaded already, or nearly."""
_log = logging.getLogger("vitrine.readiness")


class EncodersAhead:
    """Loads the encoders of a version beside the requests, which the version before it serves meanwhile.

    So a new embedding model goes live, and back, without an answer that had to do without it.
    """

    def __init__(self, versions: IndexVersions, encoders: QueryEncoders) -> None:
        self._versions = versions
        self._encoders = encoders
        self._lock = threading.Lock()
        self._expected = ""
        self._loading = threading.Thread()

    def ready(self, version: str) -> bool:
        """Whether the encoders of ``version`` are loaded, or it has turned out that they cannot be; where they are
        neither, begin to load them. Does not raise."""
        with self._lock:
            if version != self._expected:
                self._expected = version
                self._loading = threading.Thread(target=self._load, args=(lambda: version,), daemon=True)
                self._loading.start()
            loading = self._loading
        loading.join(_PATIENCE)
        return not loading.is_alive()

    def load_live(self) -> None:
        """Those of the live version, however long it takes, for a process that starts. Does not raise."""
        self._load(self._versions.live)

    def _load(self, name: Callable[[], str | None]) -> None:
        """What cannot be loaded, the answers try again, and say that they did without."""
        try:
            version = name()
            manifest = next((each for each in self._versions.all() if each.version == version), None)
        except Exception as error:
            _log.warning("no encoder was loaded ahead: %s", type(error).__name__)
            return
        if manifest is None:
            return
        spaces = self._encoders.spaces(manifest)
        threads = [threading.Thread(target=self._load_one, args=(space, manifest), daemon=True) for space in spaces]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _load_one(self, space: Space, manifest: Manifest) -> None:
        try:
            self._encoders.load(space, manifest)
        except Unavailable as error:
            _log.warning("the %s encoder of index version %s is not loaded: %s", space, manifest.version, error)
        except Exception:
            _log.exception("the %s encoder of index version %s is not loaded", space, manifest.version)
