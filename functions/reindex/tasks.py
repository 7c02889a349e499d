"""What is not asked for over HTTP: the schedules' tasks, and feeds that are dropped into the bucket."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.reindex.app import Desk
from shared.domain.deadline import remaining
from shared.domain.errors import InvalidInput, Unavailable, VitrineError
from shared.ports import BlobStore, EventStore
from shared.services.drops import Drop, Taken, drop_of, shop_of
from shared.services.feed_files.limits import MAX_DOWNLOAD
from shared.services.popularity import refresh_popularity
from shared.services.reindexing import FEEDS

_ENDINGS = frozenset({".xml", ".rss", ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet"})
_log = logging.getLogger("vitrine.reindex")


@dataclass(frozen=True, slots=True)
class Office:
    """What the tasks need of a shop."""

    desk: Desk
    events: EventStore
    blobs: BlobStore


Answer = dict[str, Any]
OpenOffice = Callable[[str], Office]


def run_task(open_office: OpenOffice, names: Callable[[], Sequence[str]], event: Mapping[str, Any]) -> Answer:
    """Do what ``event`` says: ``{"task": "reindex"}``, ``{"task": "popularity"}``, or S3's "Object Created".

    ``names`` are those of all shops, the first one's, which is empty, before the others. A schedule is for all of them:
    where it comes to nothing for one, it goes on with the others and says so at the end. Raises InvalidInput for any
    other event, NotFound for a file of a shop that there is not, and Unavailable.
    """
    match event:
        case {"task": "reindex"}:
            return _for_each(open_office, names(), _reindexed)
        case {"task": "popularity"}:
            return _for_each(open_office, names(), _ranked)
    if drop := drop_of(event):
        return _dropped(open_office(shop_of(drop.key)).desk, drop)
    raise InvalidInput("The event is none that this function knows: look at what the schedule or the rule sends.")


def _for_each(open_office: OpenOffice, names: Sequence[str], do: Callable[[Office], Answer]) -> Answer:
    """The first shop's answer, and beside it those of the ``others`` by their names."""
    done: dict[str, Answer] = {}
    failed: dict[str, str] = {}
    for name in names:
        try:
            if remaining() == 0:
                raise Unavailable("There was no time left for it.")
            done[name] = do(open_office(name))
        except VitrineError as error:
            failed[name] = str(error)
            _log.error("the task came to nothing for the shop %r: %s", name, error)
    if failed:
        name, why = next(iter(failed.items()))
        raise Unavailable(f"The task came to nothing for {len(failed)} of {len(names)} shops, such as '{name}': {why}")
    others = {name: answer for name, answer in done.items() if name}
    return done.get("", {}) | ({"others": others} if others else {})


def _reindexed(office: Office) -> Answer:
    """A shop without a feed of its own is indexed when one is dropped."""
    return {"request_id": office.desk.request()} if office.desk.feed else {}


def _ranked(office: Office) -> Answer:
    return {"snapshot": refresh_popularity(office.events, office.blobs, office.desk.clock.now()).snapshot}


def _dropped(desk: Desk, drop: Drop) -> Answer:
    """A file that is no feed is left alone: who drops one sees that nothing comes of it, and why in the log."""
    if why := Taken(desk.bucket, desk.folder + FEEDS, _ENDINGS, MAX_DOWNLOAD).objection(drop):
        _log.warning("nothing is done with %r: %s", drop.key, why)
        return {"ignored": why}
    return {"request_id": desk.request(f"s3://{drop.bucket}/{drop.key}")}
