"""Vitrine's own shape, one field of ``Event`` a key:

{event_id, user_id, type, product_id, occurred_at, value, query, recommendation_id, properties}. A share may name a
``collection`` in the place of a product. What became of an email is ``unsubscribe``, ``email_delivered``,
``email_opened`` or ``email_clicked``, with its ``campaign`` and the ``link``.
"""

from collections.abc import Iterator

from shared.domain.events import EventType
from shared.services.event_formats.draft import CANONICAL_TYPES, Draft, Fields, Rejected, show, type_named
from shared.services.event_formats.emails import OWN_KINDS, EmailDraft, campaigns_in, kind_named


def read(raw: Fields) -> Iterator[Draft | EmailDraft | Rejected]:
    name = raw.first("type", "event_type", "event")
    event_id = raw.first("event_id")
    email = kind_named(name, OWN_KINDS)
    if email is not None:
        yield EmailDraft(
            name=name,
            kind=email,
            user_id=raw.first("user_id"),
            anonymous_id=raw.first("anonymous_id", "client_id", "session_id"),
            occurred_at=raw.first("occurred_at", "timestamp", "time"),
            event_id=event_id,
            link=raw.first("link", "url"),
            campaigns=campaigns_in(raw),
        )
        return
    type_ = type_named(name, CANONICAL_TYPES)
    if type_ is None:
        known = ", ".join(EventType)
        yield Rejected(
            f"type {show(name)} is not one of {known}: send one of these.",
            event_id if isinstance(event_id, str) else "",
        )
        return
    properties = raw.first("properties")
    yield Draft(
        name=name,
        type=type_,
        user_id=raw.first("user_id"),
        anonymous_id=raw.first("anonymous_id", "client_id", "session_id"),
        product_id=raw.first("product_id", "item_id"),
        occurred_at=raw.first("occurred_at", "timestamp", "time"),
        value=raw.first("value", "rating" if type_ is EventType.RATE else "quantity"),
        query=raw.first("query"),
        recommendation_id=raw.first("recommendation_id"),
        event_id=event_id,
        properties=properties if isinstance(properties, dict) else {},
        collection=raw.first("collection") or Fields(properties).first("collection"),
    )
