"""A guest's events made a user's, in the events table.

An event is taken from the one and given to the other in one transaction, so it is always one's, and never both's. It
keeps the marker of its id, and its place in the index by day: a day that has been counted stays as it was.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from random import SystemRandom
from time import sleep
from typing import Any

from shared.adapters.aws import ask, code_of
from shared.adapters.dynamodb import Item
from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable
from shared.domain.moments import to_micros
from shared.ports import Clock

_MOST_EVENTS = 50
"""Of a transaction: it holds at most 100 items."""
_ATTEMPTS = 7
_PAUSE_SECONDS = 0.01
_GONE = "ConditionalCheckFailed"
_PASSING = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})


class Moves:
    def __init__(self, client: Any, table: str, clock: Clock, to_user: str) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._to_user = to_user

    def run(self, found: Sequence[Item]) -> None:
        """Raises Unavailable where busy, or out of time: what has been moved by then stays so."""
        for start in range(0, len(found), _MOST_EVENTS):
            self._move(found[start : start + _MOST_EVENTS])

    def _move(self, found: Sequence[Item]) -> None:
        for attempt in range(_ATTEMPTS):
            if remaining() == 0:
                raise Unavailable("The events table is too slow for so many events: send the same request again.")
            if attempt:
                sleep(SystemRandom().uniform(0, _PAUSE_SECONDS * 2**attempt))
            codes = self._refused(found)
            # One that is not there any more was moved by another call, or by this one, whose answer was lost.
            found = [item for item, code in zip(found, codes[::2], strict=False) if code != _GONE]
            if not found:
                return
        raise Unavailable("The events table is busy with other writes: send the same request again in a moment.")

    def _refused(self, found: Sequence[Item]) -> list[str]:
        """Write all of them; where that was refused, the codes of why, two an event, else none."""
        from botocore.exceptions import ClientError

        now = self._clock.now()
        table, there = {"TableName": self._table}, {"ConditionExpression": "attribute_exists(pk)"}
        moves = [({name: item[name] for name in ("pk", "sk")}, self._moved(item, now)) for item in found]
        try:
            ask(
                self._client.transact_write_items,
                TransactItems=[
                    operation
                    for key, moved in moves
                    for operation in ({"Delete": {**table, **there, "Key": key}}, {"Put": {**table, "Item": moved}})
                ],
            )
        except ClientError as error:
            codes = [str(reason["Code"]) for reason in error.response.get("CancellationReasons", [])]
            if code_of(error) != "TransactionCanceledException" or len(codes) != 2 * len(found):
                raise
            if not set(codes) & {*_PASSING, _GONE} or set(codes) - {*_PASSING, _GONE, "None"}:
                raise
            return codes
        return []

    def _moved(self, item: Item, now: datetime) -> Item:
        record = json.loads(item["record"]["S"]) | {"user_id": self._to_user}
        return item | {
            "pk": {"S": f"u#{self._to_user}"},
            "record": {"S": json.dumps(record, ensure_ascii=False, separators=(",", ":"))},
            "received_at": {"N": str(to_micros(now))},
        }
