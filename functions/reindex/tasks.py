"""What is not asked for over HTTP: the schedules' tasks, and feeds that are dropped into the bucket."""

import logging
from collections.abc import Mapping
from typing import Any

from functions.reindex.app import Desk
from shared.domain.errors import InvalidInput
from shared.ports import BlobStore, Clock, EventStore
from shared.services.drops import Drop, Taken, drop_of
from shared.services.feed_files.limits import MAX_DOWNLOAD
from shared.services.popularity import refresh_popularity
from shared.services.reindexing import FEEDS

_ENDINGS = frozenset({".xml", ".rss", ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet"})
_log = logging.getLogger("vitrine.reindex")


def run_task(
    desk: Desk, events: EventStore, blobs: BlobStore, clock: Clock, event: Mapping[str, Any]
) -> dict[str, str]:
    """Do what ``event`` says: ``{"task": "reindex"}``, ``{"task": "popularity"}``, or S3's "Object Created".

    Raises InvalidInput for any other.
    """
    match event:
        case {"task": "reindex"}:
            return {"request_id": desk.request()}
        case {"task": "popularity"}:
            return {"snapshot": refresh_popularity(events, blobs, clock.now()).snapshot}
    if drop := drop_of(event):
        return _dropped(desk, drop)
    raise InvalidInput("The event is none that this function knows: look at what the schedule or the rule sends.")


def _dropped(desk: Desk, drop: Drop) -> dict[str, str]:
    """A file that is no feed is left alone: who drops one sees that nothing comes of it, and why in the log."""
    if why := Taken(desk.bucket, FEEDS, _ENDINGS, MAX_DOWNLOAD).objection(drop):
        _log.warning("nothing is done with %r: %s", drop.key, why)
        return {"ignored": why}
    return {"request_id": desk.request(f"s3://{drop.bucket}/{drop.key}")}
