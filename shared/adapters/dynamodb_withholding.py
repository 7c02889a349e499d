"""Events in DynamoDB made private: taken out of what is counted and learnt from, and left among their user's own."""

import json
from collections.abc import Sequence
from typing import Any

from shared.adapters.aws import Connections, ask, code_of
from shared.adapters.dynamodb import Item
from shared.adapters.dynamodb_activity import DailyCounts
from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable

_AT_ONCE = 100
"""Of a transaction."""


class Withholding:
    def __init__(self, connections: Connections, table: str, counts: DailyCounts) -> None:
        self._connections = connections
        self._table = table
        self._counts = counts

    def run(self, found: Sequence[Item]) -> int:
        """The whole items are wanted. Days that have been counted with them are counted anew. Killed in between, the
        next call goes on. Raises Unavailable, also where the time is up."""
        for start in range(0, len(found), _AT_ONCE):
            if remaining() == 0:
                raise Unavailable("There are more events to withhold than one call has time for: send the same again.")
            some = found[start : start + _AT_ONCE]
            self._counts.doubt({item["day"]["S"].partition("#")[0] for item in some if "day" in item})
            self._replace(some)
        return len(found)

    def _replace(self, some: Sequence[Item]) -> None:
        """All at once, or one by one where one of them is not there any more, or another write was in the way."""
        from botocore.exceptions import ClientError

        puts: list[dict[str, Any]] = [
            {"TableName": self._table, "Item": _private(item), "ConditionExpression": "attribute_exists(pk)"}
            for item in some
        ]
        client = self._connections.client("dynamodb")
        try:
            ask(client.transact_write_items, TransactItems=[{"Put": put} for put in puts])
        except ClientError as error:
            if code_of(error) != "TransactionCanceledException":
                raise
            for put in puts:
                self._put(client, put)

    def _put(self, client: Any, put: dict[str, Any]) -> None:
        from botocore.exceptions import ClientError

        try:
            ask(client.put_item, **put)
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise


def is_private(item: Item) -> bool:
    return "private" in item


def _private(item: Item) -> Item:
    """As it is stored where it is private from the start: without a day, the index by day does not have it."""
    record = json.loads(item["record"]["S"]) | {"private": True}
    kept = {name: value for name, value in item.items() if name != "day"}
    return kept | {
        "private": {"BOOL": True},
        "record": {"S": json.dumps(record, ensure_ascii=False, separators=(",", ":"))},
    }
