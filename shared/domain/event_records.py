"""Events as plain records, for stores and queues. Defaults are left out to keep them small."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.events import Event, EventType


def event_record(event: Event) -> dict[str, Any]:
    """JSON-ready, and without ``received_at``, which is for the store to say."""
    record: dict[str, Any] = {
        "event_id": event.event_id,
        "user_id": event.user_id,
        "type": event.type.value,
        "occurred_at": event.occurred_at.isoformat(),
    }
    if event.product_id:
        record["product_id"] = event.product_id
    if event.value is not None:
        record["value"] = event.value
    if event.query:
        record["query"] = event.query
    if event.recommendation_id:
        record["recommendation_id"] = event.recommendation_id
    if event.properties:
        record["properties"] = dict(event.properties)
    if event.private:
        record["private"] = True
    return record


def event_json(event: Event) -> str:
    """The record on one line. Raises TypeError for properties that JSON has no word for."""
    return json.dumps(event_record(event), ensure_ascii=False, separators=(",", ":"))


def event_from_record(record: Mapping[str, Any], received_at: datetime) -> Event:
    """The inverse of :func:`event_record`. Raises KeyError, TypeError or ValueError for any other record."""
    values = dict(record)
    values["type"] = EventType(values["type"])
    values["occurred_at"] = datetime.fromisoformat(values["occurred_at"])
    return Event(**values, received_at=received_at)
