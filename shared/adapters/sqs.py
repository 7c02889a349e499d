"""Events that wait in SQS while the events table is too busy for them."""

from collections.abc import Iterator, Sequence
from random import SystemRandom
from time import sleep

from shared.adapters.aws import Connections, ask
from shared.adapters.batches import by_size
from shared.domain.errors import Unavailable
from shared.domain.event_messages import message_json
from shared.domain.event_records import event_json
from shared.domain.events import Event

_MESSAGE_BYTES = 200_000
_CALL_BYTES = 250_000
"""SQS takes 256 KiB a call, in ten messages at most."""
_CALL_MESSAGES = 10
_ATTEMPTS = 4
_PAUSE_SECONDS = 0.1


class SqsEvents:
    """An :class:`shared.ports.EventQueue`, whose messages :func:`shared.domain.event_messages.events_of_message` reads.

    All shops have one queue; ``shop`` is whose events are put. SQS may deliver a message twice, and in any order: the
    store counts an event once by its id.
    """

    def __init__(self, connections: Connections, queue_url: str, shop: str = "") -> None:
        self._connections = connections
        self._queue_url = queue_url
        self._shop = shop

    def put(self, events: Sequence[Event]) -> None:
        """Raises Unavailable when SQS did not take all: some may be in it then, and sending all again does no harm."""
        messages = _messages(self._shop, [event_json(event) for event in events])
        for call in by_size(messages, _CALL_BYTES, _CALL_MESSAGES):
            self._send(call)

    def _send(self, messages: Sequence[str]) -> None:
        waiting = {str(place): message for place, message in enumerate(messages)}
        for attempt in range(_ATTEMPTS):
            if attempt:
                sleep(SystemRandom().uniform(0, _PAUSE_SECONDS * 2**attempt))
            answer = ask(
                self._connections.client("sqs").send_message_batch,
                QueueUrl=self._queue_url,
                Entries=[{"Id": place, "MessageBody": message} for place, message in waiting.items()],
            )
            for sent in answer.get("Successful", []):
                waiting.pop(sent["Id"], None)
            if not waiting:
                return
        raise Unavailable(f"The events queue did not take {len(waiting)} messages: try again in a moment.")


def _messages(shop: str, records: Sequence[str]) -> Iterator[str]:
    return (message_json(shop, batch) for batch in by_size(records, _MESSAGE_BYTES, len(records)))
