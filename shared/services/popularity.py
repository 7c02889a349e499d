"""Keeping and reading popularity snapshots."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.popularity import WINDOW_DAYS, Popularity, rank
from shared.ports import BlobStore, Clock, EventStore
from shared.services.snapshots import EVERY, Snapshots, keep, next_stamp, read_newest

_FOLDER = "popularity"
_NEVER = Popularity("", datetime(1970, 1, 1, tzinfo=UTC), (), ())


def refresh_popularity(events: EventStore, blobs: BlobStore, now: datetime) -> Popularity:
    """Rank the events of the last ``WINDOW_DAYS``; what differs from the newest snapshot becomes the newest."""
    since = (now - timedelta(days=WINDOW_DAYS)).date()
    popularity = rank(events.activity(since), now, next_stamp(blobs, _FOLDER, now))
    newest = read_newest(blobs, _FOLDER, _from_json)
    if newest and replace(popularity, snapshot=newest.snapshot, as_of=newest.as_of) == newest:
        return newest
    keep(blobs, _FOLDER, popularity.snapshot, _to_json(popularity), now)
    return popularity


class PopularityLists(Snapshots[Popularity]):
    """Reads the snapshots; empty lists where there was never one."""

    def __init__(self, blobs: BlobStore, clock: Clock, every: timedelta = EVERY) -> None:
        super().__init__(blobs, clock, _FOLDER, _from_json, _NEVER, every)


def _to_json(popularity: Popularity) -> bytes:
    return json.dumps(
        {
            "snapshot": popularity.snapshot,
            "as_of": popularity.as_of.isoformat(),
            "trending": popularity.trending,
            "popular": popularity.popular,
            "shown": popularity.shown,
        }
    ).encode()


def _from_json(content: bytes) -> Popularity:
    record = json.loads(content)
    return Popularity(
        record["snapshot"],
        datetime.fromisoformat(record["as_of"]),
        tuple((product_id, score) for product_id, score in record["trending"]),
        tuple((product_id, score) for product_id, score in record["popular"]),
        tuple((product_id, count) for product_id, count in record["shown"]),
    )
