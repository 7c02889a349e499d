"""Counters that the processes of a deployment share, in the state table."""

from datetime import datetime
from typing import Any

from shared.adapters.aws import Connections, ask

SECONDS = 0.3
"""That connecting, and an answer, are waited for: a limit is not worth more of a shopper's time."""


class DynamoCounters:
    """A :class:`shared.ports.SharedCounter`. ``connections`` are to be impatient: see :data:`SECONDS`."""

    def __init__(self, connections: Connections, table: str) -> None:
        self._connections = connections
        self._table = table

    def add(self, name: str, amount: int, expires_at: datetime) -> int:
        answer: dict[str, Any] = ask(
            self._client().update_item,
            TableName=self._table,
            Key={"name": {"S": name}},
            UpdateExpression="ADD requests :amount SET expires_at = :expires",
            ExpressionAttributeValues={
                ":amount": {"N": str(amount)},
                ":expires": {"N": str(int(expires_at.timestamp()))},
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["requests"]["N"])

    def _client(self) -> Any:
        return self._connections.client("dynamodb")
