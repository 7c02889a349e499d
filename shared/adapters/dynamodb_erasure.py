"""All of a user's events in DynamoDB: read in their order, and erased with the memory of their ids."""

from collections.abc import Sequence
from hashlib import sha256
from random import SystemRandom
from time import sleep
from typing import Any

from shared.adapters.aws import Connections, ask
from shared.adapters.dynamodb import Item
from shared.adapters.dynamodb_activity import DailyCounts
from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable

_AT_ONCE = 25
"""Items that one call deletes at most."""
_ATTEMPTS = 7
_PAUSE_SECONDS = 0.01


def marker_of(event_id: str) -> str:
    """The partition of the item by which an event counts once."""
    return f"e#{sha256(event_id.encode()).hexdigest()}"


def place_of(item: Item) -> str:
    """By which events of all classes are in order: time and event id, as their sort key has them."""
    return str(item["sk"]["S"]).partition("#")[2]


class Erasure:
    """Deletes events, each after its marker: killed in between, the event is there still, and the next call goes on."""

    def __init__(self, connections: Connections, table: str, counts: DailyCounts) -> None:
        self._connections = connections
        self._table = table
        self._counts = counts

    def run(self, found: Sequence[Item]) -> int:
        """Of each the key and ``day`` are wanted. Returns how many of them are gone: not all where the time is up.

        Days that have been counted with them are counted anew. Raises Unavailable.
        """
        erased = 0
        for start in range(0, len(found), _AT_ONCE):
            if erased and remaining() == 0:
                return erased
            some = found[start : start + _AT_ONCE]
            self._counts.doubt({item["day"]["S"].partition("#")[0] for item in some if "day" in item})
            self._delete([{"pk": {"S": marker_of(_event_id(item))}, "sk": {"S": "-"}} for item in some])
            self._delete([{name: item[name] for name in ("pk", "sk")} for item in some])
            erased += len(some)
        return erased

    def _delete(self, keys: Sequence[Item]) -> None:
        waiting: list[dict[str, Any]] = [{"DeleteRequest": {"Key": key}} for key in keys]
        for attempt in range(_ATTEMPTS):
            if attempt:
                sleep(SystemRandom().uniform(0, _PAUSE_SECONDS * 2**attempt))
            client = self._connections.client("dynamodb")
            answer = ask(client.batch_write_item, RequestItems={self._table: waiting})
            waiting = answer.get("UnprocessedItems", {}).get(self._table, [])
            if not waiting:
                return
        raise Unavailable("The events table is busy with other writes: send the same request again in a moment.")


def _event_id(item: Item) -> str:
    return place_of(item).partition("#")[2]
