"""Segment's Spec: V2 Ecommerce Events, as RudderStack sends them too; v1's names of the same events are known.

A cancelled order ends a purchase as a refund does, and is read as one. Of V2 Email the events are known that say what
became of an email.
"""

from collections.abc import Iterator

from shared.domain.events import EventType
from shared.services.event_formats.context import of_segment
from shared.services.event_formats.draft import Draft, Fields, Rejected, key, per_product, type_named, unused
from shared.services.event_formats.emails import SEGMENT_KINDS, EmailDraft, campaigns_in, kind_named

_CALLS = frozenset({"track", "identify", "page", "screen", "group", "alias"})

_TYPES = {
    key(name): type_
    for name, type_ in {
        "Product Viewed": EventType.VIEW,
        "Viewed Product": EventType.VIEW,
        "Product Clicked": EventType.CLICK,
        "Clicked Product": EventType.CLICK,
        "Product Added": EventType.ADD_TO_CART,
        "Added Product": EventType.ADD_TO_CART,
        "Wishlist Product Added to Cart": EventType.ADD_TO_CART,
        "Product Removed": EventType.REMOVE_FROM_CART,
        "Removed Product": EventType.REMOVE_FROM_CART,
        "Product Added to Wishlist": EventType.WISHLIST,
        "Order Completed": EventType.PURCHASE,
        "Completed Order": EventType.PURCHASE,
        "Order Refunded": EventType.REFUND,
        "Order Cancelled": EventType.REFUND,
        "Product Reviewed": EventType.RATE,
        "Product Shared": EventType.SHARE,
        "Products Searched": EventType.SEARCH,
        "Product List Viewed": EventType.IMPRESSION,
        "Product List Filtered": EventType.IMPRESSION,
    }.items()
}


def is_one(raw: Fields) -> bool:
    call = raw.first("type")
    return (isinstance(call, str) and call in _CALLS) or ("event" in raw and "properties" in raw)


def read(raw: Fields) -> Iterator[Draft | EmailDraft | Rejected]:
    call = raw.first("type") or "track"
    name = raw.first("event") if call == "track" else call
    event_id = raw.first("message_id")
    email = kind_named(name, SEGMENT_KINDS) if call == "track" else None
    if email is not None:
        properties = raw.inner("properties")
        yield EmailDraft(
            name=name,
            kind=email,
            user_id=raw.first("user_id"),
            anonymous_id=raw.first("anonymous_id"),
            occurred_at=raw.first("timestamp", "original_timestamp", "sent_at"),
            event_id=event_id,
            link=properties.first("link_url", "url"),
            campaigns=campaigns_in(properties),
            context=of_segment(raw),
        )
        return
    type_ = type_named(name, _TYPES) if call == "track" else None
    if type_ is None:
        yield unused(name, event_id)
        return
    draft = Draft(
        name=name,
        type=type_,
        user_id=raw.first("user_id"),
        anonymous_id=raw.first("anonymous_id"),
        occurred_at=raw.first("timestamp", "original_timestamp", "sent_at"),
        event_id=event_id,
        context=of_segment(raw),
    )
    yield from per_product(draft, raw.inner("properties"))
