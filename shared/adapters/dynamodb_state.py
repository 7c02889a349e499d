"""Small records in DynamoDB, each changed by one at a time."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from shared.adapters.aws import Connections, ask, code_of
from shared.adapters.dynamodb import Item, many
from shared.domain.errors import StateConflict
from shared.ports import State


class DynamoState:
    """A :class:`shared.ports.StateStore`; reads are strongly consistent."""

    def __init__(self, connections: Connections, table: str) -> None:
        self._connections = connections
        self._table = table

    def get(self, name: str) -> State | None:
        item = self._item(name)
        return _state(item) if item else None

    def get_all(self, names: Sequence[str]) -> dict[str, State]:
        keys = [{"name": {"S": name}} for name in dict.fromkeys(names)]
        return {item["name"]["S"]: _state(item) for item in many(self._client().batch_get_item, self._table, keys)}

    def remove(self, name: str) -> None:
        ask(self._client().delete_item, TableName=self._table, Key={"name": {"S": name}})

    def put(self, name: str, value: Mapping[str, Any], revision: int, expires_at: datetime | None = None) -> int:
        from botocore.exceptions import ClientError

        writer = uuid4().hex
        item = {
            "name": {"S": name},
            "value": {"S": json.dumps(dict(value), ensure_ascii=False)},
            "revision": {"N": str(revision + 1)},
            "writer": {"S": writer},
        }
        if expires_at:
            item["expires_at"] = {"N": str(int(expires_at.timestamp()))}
        try:
            ask(self._client().put_item, TableName=self._table, Item=item, **_over(revision))
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            # An answer that was lost on its way makes botocore write again, and then our own record is in the way.
            if not self._wrote(name, writer):
                raise StateConflict(f"The record {name} has been changed meanwhile: read it again.") from error
        return revision + 1

    def _wrote(self, name: str, writer: str) -> bool:
        item = self._item(name)
        return item is not None and item["writer"]["S"] == writer

    def _item(self, name: str) -> Item | None:
        answer = ask(self._client().get_item, TableName=self._table, Key={"name": {"S": name}}, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _client(self) -> Any:
        return self._connections.client("dynamodb")


def _state(item: Item) -> State:
    return State(json.loads(item["value"]["S"]), int(item["revision"]["N"]))


def _over(revision: int) -> dict[str, Any]:
    if revision == 0:
        return {
            "ConditionExpression": "attribute_not_exists(#name)",
            "ExpressionAttributeNames": {"#name": "name"},
        }
    return {
        "ConditionExpression": "#revision = :revision",
        "ExpressionAttributeNames": {"#revision": "revision"},
        "ExpressionAttributeValues": {":revision": {"N": str(revision)}},
    }
