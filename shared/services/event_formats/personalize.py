"""Amazon Personalize's PutEvents: {trackingId, userId, sessionId, eventList: [...]}.

``eventType`` is the shop's own word, so Vitrine's names are known beside Personalize's examples. ``eventValue`` is a
rating where the event is one, and otherwise left: most shops send a price there. ``properties`` is a JSON string in the
HTTP API and an object in some clients. The products of ``impression`` become impressions.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

from shared.domain.events import EventType
from shared.services.event_formats.draft import CANONICAL_TYPES, Draft, Fields, Rejected, key, type_named, unused

_TYPES = {**CANONICAL_TYPES, key("AddToWishlist"): EventType.WISHLIST, key("Rating"): EventType.RATE}
_LONGEST_PROPERTIES = 1024
"""Personalize's own bound."""


def read(raw: Fields) -> Iterator[Draft | Rejected]:
    for event in map(Fields, raw.entries("event_list")):
        yield from _read_one(event, raw)


def _read_one(event: Fields, raw: Fields) -> Iterator[Draft | Rejected]:
    name, event_id = event.first("event_type"), event.first("event_id")
    type_ = type_named(name, _TYPES)
    if type_ is None:
        yield unused(name, event_id)
        return
    sent = _properties(event.first("properties"))
    fields = Fields(sent)
    shared = Draft(
        name=name,
        type=type_,
        user_id=raw.first("user_id"),
        anonymous_id=raw.first("session_id"),
        occurred_at=event.first("sent_at"),
        recommendation_id=event.first("recommendation_id"),
        event_id=event_id,
    )
    item_id, shown = event.first("item_id"), event.entries("impression")
    if type_ is not EventType.IMPRESSION or item_id is not None or not shown:
        value = event.first("event_value") if type_ is EventType.RATE else fields.first("quantity")
        query = fields.first("query", "search_term")
        yield replace(shared, product_id=item_id, value=value, query=query, properties=sent)
    for position, product_id in enumerate(shown, start=1):
        yield replace(shared, type=EventType.IMPRESSION, product_id=product_id, suffix=f":shown:{position}")


def _properties(value: object) -> dict[str, object]:
    if isinstance(value, str) and len(value) <= _LONGEST_PROPERTIES:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}
