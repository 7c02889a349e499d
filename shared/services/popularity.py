"""Keeping and reading popularity snapshots."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.popularity import WINDOW_DAYS, Popularity, rank
from shared.ports import BlobStore, Clock, EventStore
from shared.services.snapshots import EVERY, Snapshots, keep, next_stamp, read_newest

_FOLDER = "popularity"
_LISTS = (
    "trending",
    "popular",
    "lately",
    "best_sellers",
    "most_viewed",
    "bought_lately",
    "shown",
    "clicked",
    "shared",
)
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
    record = {"snapshot": popularity.snapshot, "as_of": popularity.as_of.isoformat()}
    lists = {name: _columns(getattr(popularity, name)) for name in _LISTS}
    regions = {country: _columns(ranked) for country, ranked in popularity.regions}
    return json.dumps({**record, **lists, "regions": regions}, separators=(",", ":")).encode()


def _from_json(content: bytes) -> Popularity:
    record = json.loads(content)
    lists = {name: _pairs(record.get(name, ())) for name in _LISTS}
    if "lately" not in record:  # before there were trends, the list of the last days went by their name
        lists |= {"lately": lists["trending"], "trending": ()}
    regions = tuple((country, _pairs(ranked)) for country, ranked in record.get("regions", {}).items())
    return Popularity(record["snapshot"], datetime.fromisoformat(record["as_of"]), regions=regions, **lists)


def _columns(pairs: Sequence[tuple[str, float]]) -> dict[str, list[Any]]:
    """A third of the time to read that pairs would take, and a request waits for it."""
    return {"ids": [product_id for product_id, _ in pairs], "numbers": [number for _, number in pairs]}


def _pairs(record: Any) -> tuple[tuple[str, Any], ...]:
    """Of columns, or of pairs as older snapshots have them."""
    if isinstance(record, dict):
        return tuple(zip(record["ids"], record["numbers"], strict=True))
    return tuple([(product_id, number) for product_id, number in record])
