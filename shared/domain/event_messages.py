"""Messages of events, of any shop. Whose they are stands inside, so that a copy of the body alone says it too."""

import json
from collections.abc import Sequence
from datetime import datetime

from shared.domain.event_records import event_from_record
from shared.domain.events import Event


def message_json(shop: str, records: Sequence[str]) -> str:
    """``records`` are as :func:`shared.domain.event_records.event_json` makes them; those of the first shop, whose name
    is empty, are a bare list."""
    events = f"[{','.join(records)}]"
    return f'{{"shop":{json.dumps(shop)},"events":{events}}}' if shop else events


def events_of_message(body: str, received_at: datetime) -> tuple[str, list[Event]]:
    """The shop's name and its events. Raises KeyError, TypeError or ValueError for what is no such message."""
    message = json.loads(body)
    shop, records = (message["shop"], message["events"]) if isinstance(message, dict) else ("", message)
    if not (isinstance(shop, str) and isinstance(records, list)):
        raise TypeError(f"A message is a shop's name and a list of records, not {type(records).__name__}.")
    if isinstance(message, dict) and not shop:
        raise ValueError("A message that is to name its shop names none.")
    return shop, [event_from_record(record, received_at) for record in records]
