"""Keeping and reading popularity snapshots: immutable blobs, of which the newest is the one that counts."""

import json
from datetime import UTC, datetime, timedelta

from shared.domain import cursor
from shared.domain.popularity import WINDOW_DAYS, Popularity, rank
from shared.ports import BlobStore, Clock, EventStore

_FOLDER = "popularity"
_KEPT_FOR = cursor.LIFETIME + timedelta(minutes=10)
"""A page may be continued on a snapshot for as long as its cursor holds."""

_LOOK_AGAIN_AFTER = timedelta(seconds=5)
_NEVER = Popularity("", datetime(1970, 1, 1, tzinfo=UTC), (), ())


def refresh_popularity(events: EventStore, blobs: BlobStore, now: datetime) -> Popularity:
    """Rank the events of the last ``WINDOW_DAYS``; what differs from the newest snapshot becomes the newest."""
    popularity = rank(events.activity((now - timedelta(days=WINDOW_DAYS)).date()), now, _stamp(now))
    names = blobs.names(_FOLDER)
    newest = _read(blobs, names[-1]) if names else None
    if newest and (newest.trending, newest.popular) == (popularity.trending, popularity.popular):
        return newest
    blobs.put(_name(popularity.snapshot), _to_json(popularity))
    for name in names:
        if name < _name(_stamp(now - _KEPT_FOR)):
            blobs.remove(name)
    return popularity


class PopularityLists:
    """Reads snapshots; the newest is looked for at most every few seconds."""

    def __init__(self, blobs: BlobStore, clock: Clock) -> None:
        self._blobs = blobs
        self._clock = clock
        self._newest = _NEVER
        self._looked_at: datetime | None = None

    def newest(self) -> Popularity:
        """The last good snapshot; empty lists where there was never one."""
        now = self._clock.now()
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at < _LOOK_AGAIN_AFTER:
            names = self._blobs.names(_FOLDER)
            if names and names[-1] != _name(self._newest.snapshot):
                self._newest = _read(self._blobs, names[-1]) or self._newest
            self._looked_at = now
        return self._newest

    def at(self, snapshot: str) -> Popularity | None:
        """The snapshot of that name; None when it is no longer kept."""
        newest = self._newest  # another thread may replace it
        if snapshot == newest.snapshot:
            return newest
        return _read(self._blobs, _name(snapshot)) if snapshot else _NEVER


def _read(blobs: BlobStore, name: str) -> Popularity | None:
    content = blobs.get(name)
    return _from_json(content) if content is not None else None


def _stamp(moment: datetime) -> str:
    """Sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def _name(snapshot: str) -> str:
    return f"{_FOLDER}/{snapshot}.json"


def _to_json(popularity: Popularity) -> bytes:
    return json.dumps(
        {
            "snapshot": popularity.snapshot,
            "as_of": popularity.as_of.isoformat(),
            "trending": popularity.trending,
            "popular": popularity.popular,
        }
    ).encode()


def _from_json(content: bytes) -> Popularity:
    record = json.loads(content)
    return Popularity(
        record["snapshot"],
        datetime.fromisoformat(record["as_of"]),
        tuple((product_id, score) for product_id, score in record["trending"]),
        tuple((product_id, score) for product_id, score in record["popular"]),
    )
