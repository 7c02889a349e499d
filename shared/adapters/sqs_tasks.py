"""Parts of jobs that wait in SQS for the function that does them."""

import json
from collections.abc import Mapping
from typing import Any

from shared.adapters.aws import Connections, ask


class SqsTasks:
    """A :class:`shared.ports.TaskQueue`: each task is a message of its own, in JSON."""

    def __init__(self, connections: Connections, queue_url: str) -> None:
        self._connections = connections
        self._queue_url = queue_url

    def put(self, task: Mapping[str, Any]) -> None:
        body = json.dumps(task, separators=(",", ":"))
        ask(self._connections.client("sqs").send_message, QueueUrl=self._queue_url, MessageBody=body)
