"""What is not asked for over HTTP: the schedules' tasks, and feeds that are dropped into the bucket."""

import logging
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from functions.reindex.app import Desk
from shared.domain.errors import InvalidInput
from shared.ports import BlobStore, Clock, EventStore
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
        case {"detail-type": "Object Created", "detail": {"bucket": {"name": str(bucket)}, "object": dict(created)}}:
            return _dropped(desk, bucket, created)
    raise InvalidInput("The event is none that this function knows: look at what the schedule or the rule sends.")


def _dropped(desk: Desk, bucket: str, created: Mapping[str, Any]) -> dict[str, str]:
    """A file that is no feed is left alone: who drops one sees that nothing comes of it, and why in the log."""
    key, size = str(created.get("key", "")), int(created.get("size", 0))
    if why := _no_feed(desk, bucket, key, size):
        _log.warning("nothing is done with %r: %s", key, why)
        return {"ignored": why}
    return {"request_id": desk.request(f"s3://{bucket}/{key}")}


def _no_feed(desk: Desk, bucket: str, key: str, size: int) -> str:
    if bucket != desk.bucket or not key.startswith(FEEDS):
        return f"it is not below {FEEDS} of the shop's bucket"
    path = PurePosixPath(key.lower())
    if path.name.startswith((".", "_")) or path.suffix == ".part":
        return "it is not finished, by its name"
    if PurePosixPath(path.name.removesuffix(".gz")).suffix not in _ENDINGS:
        return "it does not end as a feed does"
    if not 0 < size <= MAX_DOWNLOAD:
        return f"its {size} bytes are not within 1 to {MAX_DOWNLOAD}"
    return ""
