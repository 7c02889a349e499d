"""Snapshots: immutable blobs named by the moment they were made, of which the newest is the one that counts.

An older one is kept for as long as a page may be continued on it, from the moment when the next one took its place.
"""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

from shared.domain import cursor
from shared.ports import BlobStore, Clock
from shared.services.watched import Watched

_KEPT_FOR = cursor.LIFETIME + timedelta(minutes=10)
EVERY = timedelta(seconds=5)
_FORMAT = "%Y%m%dT%H%M%S%fZ"
_STAMP = re.compile(r"\d{8}T\d{12}Z")
_log = logging.getLogger("vitrine.snapshots")


class Snapshot(Protocol):
    @property
    def snapshot(self) -> str:
        """Its stamp; empty for what stands where there was never one."""


Kind = TypeVar("Kind", bound=Snapshot)
Read = Callable[[bytes], Kind]
"""Makes a snapshot of a blob, or raises ValueError, KeyError or TypeError where that cannot be."""


class Snapshots(Generic[Kind]):
    """Reads the snapshots below ``folder``; the newest is looked for as often as ``every`` says."""

    def __init__(
        self, blobs: BlobStore, clock: Clock, folder: str, read: Read[Kind], never: Kind, every: timedelta
    ) -> None:
        self._blobs = blobs
        self._folder = folder
        self._read = read
        self._never = never
        self._newest = Watched(self._look, clock, every, never)

    def newest(self) -> Kind:
        """The newest that can be understood; ``never`` where there has been none.

        Raises what the blob store raises, and Unavailable until it is asked again; :meth:`last` is there still.
        """
        return self._newest.newest()

    def last(self) -> Kind:
        """The last that this process has read; ``never`` where there has been none."""
        return self._newest.last

    def at(self, snapshot: str) -> Kind | None:
        """The one of that stamp; None when it is no longer kept."""
        newest = self.last()  # another thread may replace it
        if snapshot == newest.snapshot:
            return newest
        return _read(self._blobs, self._folder, snapshot, self._read) if snapshot else self._never

    def look_again(self) -> None:
        """Take the newest as unread, as after a restore from a snapshot of the process."""
        self._newest.look_again()

    def _look(self) -> Kind:
        found = _stamps(self._blobs, self._folder)
        last = self.last()
        if not found or found[-1] == last.snapshot:
            return last
        return read_newest(self._blobs, self._folder, self._read) or last


def read_newest(blobs: BlobStore, folder: str, read: Read[Kind]) -> Kind | None:
    """The newest of those that can be read, or None."""
    found = (_read(blobs, folder, stamp, read) for stamp in reversed(_stamps(blobs, folder)))
    return next((each for each in found if each is not None), None)


def next_stamp(blobs: BlobStore, folder: str, now: datetime) -> str:
    """The stamp of a snapshot made now; later than all there are, even where the clock has gone backwards."""
    later = [moment_of(stamp) + timedelta(microseconds=1) for stamp in _stamps(blobs, folder)[-1:]]
    return _stamp(max([now, *later]))


def moment_of(stamp: str) -> datetime:
    """Raises ValueError for what is no stamp."""
    return datetime.strptime(stamp, _FORMAT).replace(tzinfo=UTC)


def keep(blobs: BlobStore, folder: str, stamp: str, content: bytes, now: datetime) -> None:
    """Make ``content`` the newest, and remove those that were the newest too long ago to be asked for again."""
    blobs.put(_name(folder, stamp), content)
    stamps = _stamps(blobs, folder)
    for older, successor in pairwise(stamps):
        if successor < _stamp(now - _KEPT_FOR):
            blobs.remove(_name(folder, older))


def _read(blobs: BlobStore, folder: str, stamp: str, read: Read[Kind]) -> Kind | None:
    content = blobs.get(_name(folder, stamp))
    if content is None:
        return None
    try:
        return read(content)
    except (ValueError, KeyError, TypeError):
        _log.exception("the snapshot %s cannot be read", _name(folder, stamp))
        return None


def _stamps(blobs: BlobStore, folder: str) -> list[str]:
    """Oldest first."""
    names = (name.removeprefix(f"{folder}/").removesuffix(".json") for name in blobs.names(folder))
    return [stamp for stamp in names if _STAMP.fullmatch(stamp)]


def _stamp(moment: datetime) -> str:
    """Sorts as time does."""
    return moment.astimezone(UTC).strftime(_FORMAT)


def _name(folder: str, stamp: str) -> str:
    return f"{folder}/{stamp}.json"
