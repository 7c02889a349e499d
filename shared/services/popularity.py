"""Keeping and reading popularity snapshots: immutable blobs, of which the newest is the one that counts."""

import json
from datetime import UTC, datetime, timedelta

from shared.domain.popularity import WINDOW_DAYS, Popularity, rank
from shared.ports import BlobStore, Clock, EventStore

_FOLDER = "popularity"
_KEPT = 20
_LOOK_AGAIN_AFTER = timedelta(seconds=5)
_NEVER = Popularity("", datetime(1970, 1, 1, tzinfo=UTC), (), ())


def refresh_popularity(events: EventStore, blobs: BlobStore, now: datetime) -> Popularity:
    """Rank the events of the last ``WINDOW_DAYS`` and keep the result as the newest snapshot."""
    snapshot = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    popularity = rank(events.activity((now - timedelta(days=WINDOW_DAYS)).date()), now, snapshot)
    blobs.put(_name(snapshot), _to_json(popularity))
    for name in blobs.names(_FOLDER)[:-_KEPT]:
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
                self._newest = self._read(names[-1]) or self._newest
            self._looked_at = now
        return self._newest

    def at(self, snapshot: str) -> Popularity | None:
        """The snapshot of that name; None when it is no longer kept."""
        if snapshot == self._newest.snapshot:
            return self._newest
        return self._read(_name(snapshot)) if snapshot else _NEVER

    def _read(self, name: str) -> Popularity | None:
        content = self._blobs.get(name)
        return _from_json(content) if content is not None else None


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
