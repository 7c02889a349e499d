"""What does not come over HTTP: events that waited in the queue, and changed offers dropped into the bucket."""

import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.domain.deadline import remaining
from shared.domain.errors import NotFound, Unavailable
from shared.domain.event_messages import events_of_message
from shared.ports import Clock, DroppedFiles, ProductStore
from shared.services.consent import Keeping
from shared.services.crediting import credit
from shared.services.drops import Drop, Taken, own_name
from shared.services.offer_file import MOST_BYTES, change_offers_from
from shared.services.storing import admit, store

DELTAS = "deltas/"
"""Where in the bucket files of changed offers are dropped."""
_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json"})
_REASONS_LOGGED = 5
_log = logging.getLogger("vitrine.collect")


def store_messages(
    open_keeping: Callable[[str], Keeping], clock: Clock, messages: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Store the events of SQS messages, each with its shop; the answer names those that are to be delivered again.

    ``open_keeping`` raises NotFound for a shop that there is not. Whether an event may be kept is asked now: who has
    withdrawn while it waited has withdrawn for it too. A message may have been stored before: its events count
    once by their ids. Once a shop's store is unavailable, the rest of its messages are not tried, and no others once
    the time is up; what can never be stored goes to the dead letters after some deliveries.
    """
    failed: list[str] = []
    given_up: set[str] = set()
    for message in messages:
        shop = ""
        try:
            shop, events = events_of_message(message["body"], clock.now())
            if shop not in given_up and remaining() != 0:
                keeping = open_keeping(shop)
                store(keeping, credit(keeping, admit(keeping, events)))
                continue
        except Unavailable as error:
            given_up.add(shop)
            _log.warning("the messages of shop %r wait on: %s", shop, error)
        except NotFound as error:
            _log.error("message %s cannot be stored: %s", message["messageId"], error)
        except Exception as error:  # of the error the kind alone is told: its text may quote the events
            _log.error("message %s cannot be stored: %s", message["messageId"], type(error).__name__)
        failed.append(message["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def change_dropped_offers(
    products: ProductStore, clock: Clock, files: DroppedFiles, bucket: str, drop: Drop, folder: str = ""
) -> dict[str, Any]:
    """Take in the file of changed offers; rows without a time of their own are as old as the file.

    ``folder`` is the shop's in the bucket, with a slash at its end, and the first shop has none.
    Raises what :func:`shared.services.offer_file.change_offers_from` does, for the invocation to be tried again and
    then told to the operators. A file that is none, by its name or size, is left alone.
    """
    if why := Taken(bucket, folder + DELTAS, _ENDINGS, MOST_BYTES).objection(drop):
        _log.warning("nothing is done with %r: %s", drop.key, why)
        return {"ignored": why}
    with tempfile.TemporaryDirectory(prefix="vitrine-offers-") as work:
        target = Path(work) / own_name(drop.key)
        changed_at = files.fetch(drop.key, target, MOST_BYTES)
        taken = change_offers_from(products, clock, target, changed_at)
    files.taken_in(drop.key)
    for reject in taken.rejects[:_REASONS_LOGGED]:
        _log.warning("line %d of %r was left out: %s", reject.index, drop.key, reject.reason)
    return {"changed": taken.changed, "unknown": taken.unknown, "rejected": taken.rejected}
