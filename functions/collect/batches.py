"""What does not come over HTTP: events that waited in the queue, and changed offers dropped into the bucket."""

import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable
from shared.domain.event_records import events_from_json
from shared.ports import Clock, DroppedFiles, EventStore, ProductStore
from shared.services.drops import Drop, Taken, own_name
from shared.services.offer_file import MOST_BYTES, change_offers_from

DELTAS = "deltas/"
"""Where in the bucket files of changed offers are dropped."""
_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json"})
_REASONS_LOGGED = 5
_log = logging.getLogger("vitrine.collect")


def store_messages(store: EventStore, clock: Clock, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Store the events of SQS messages; the answer names those that are to be delivered again.

    A message may have been stored before: its events count once by their ids. Once the store is unavailable or the
    time is up, the rest is not tried; what can never be read goes to the dead letters after some deliveries.
    """
    failed: list[str] = []
    given_up = False
    for message in messages:
        given_up = given_up or remaining() == 0
        try:
            if not given_up:
                store.add(events_from_json(message["body"], clock.now()))
                continue
        except Unavailable as error:
            given_up = True
            _log.warning("the messages wait on: %s", error)
        except Exception as error:  # of the error the kind alone is told: its text may quote the events
            _log.error("message %s cannot be stored: %s", message["messageId"], type(error).__name__)
        failed.append(message["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def change_dropped_offers(
    store: ProductStore, clock: Clock, files: DroppedFiles, bucket: str, drop: Drop
) -> dict[str, Any]:
    """Take in the file of changed offers; rows without a time of their own are as old as the file.

    Raises what :func:`shared.services.offer_file.change_offers_from` does, for the invocation to be tried again and
    then told to the operators. A file that is none, by its name or size, is left alone.
    """
    if why := Taken(bucket, DELTAS, _ENDINGS, MOST_BYTES).objection(drop):
        _log.warning("nothing is done with %r: %s", drop.key, why)
        return {"ignored": why}
    with tempfile.TemporaryDirectory(prefix="vitrine-offers-") as folder:
        target = Path(folder) / own_name(drop.key)
        changed_at = files.fetch(drop.key, target, MOST_BYTES)
        taken = change_offers_from(store, clock, target, changed_at)
    for reject in taken.rejects[:_REASONS_LOGGED]:
        _log.warning("line %d of %r was left out: %s", reject.index, drop.key, reject.reason)
    return {"changed": taken.changed, "unknown": taken.unknown, "rejected": taken.rejected}
