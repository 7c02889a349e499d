"""Klaviyo's e-commerce metrics, as its Events API (JSON:API) and its older Track API send them.

"Added to Cart" carries the whole cart in ``Items``; only ``AddedItemProductID`` was added. Profiles known by e-mail
alone are not taken: an address is no id to store.
"""

from collections.abc import Iterator

from shared.domain.events import EventType
from shared.services.event_formats.draft import Draft, Fields, Rejected, key, per_product, type_named, unused
from shared.services.event_formats.emails import KLAVIYO_KINDS, EmailDraft, campaigns_in, kind_named

_TYPES = {
    key(name): type_
    for name, type_ in {
        "Viewed Product": EventType.VIEW,
        "Added to Cart": EventType.ADD_TO_CART,
        "Placed Order": EventType.PURCHASE,
        "Ordered Product": EventType.PURCHASE,
        "Refunded Order": EventType.REFUND,
        "Cancelled Order": EventType.REFUND,
        "Searched Site": EventType.SEARCH,
        "Submitted Search": EventType.SEARCH,
    }.items()
}


def is_one(raw: Fields) -> bool:
    return "customer_properties" in raw or "metric" in raw.inner("data", "attributes")


def read(raw: Fields) -> Iterator[Draft | EmailDraft | Rejected]:
    event = _attributes(raw)
    profile = _attributes(event.inner("profile")) or event.inner("customer_properties")
    properties = event.inner("properties")
    name = event.first("event") or _attributes(event.inner("metric")).first("name")
    event_id = event.first("unique_id") or properties.first("event_id")
    email = kind_named(name, KLAVIYO_KINDS)
    if email is not None:
        yield EmailDraft(
            name=name,
            kind=email,
            user_id=profile.first("external_id", "id"),
            anonymous_id=profile.first("anonymous_id"),
            occurred_at=event.first("time"),
            event_id=event_id,
            link=properties.first("url"),
            campaigns=campaigns_in(properties),
        )
        return
    type_ = type_named(name, _TYPES)
    if type_ is None:
        yield unused(name, event_id)
        return
    draft = Draft(
        name=name,
        type=type_,
        user_id=profile.first("external_id", "id"),
        anonymous_id=profile.first("anonymous_id"),
        occurred_at=event.first("time"),
        event_id=event_id,
    )
    yield from per_product(draft, properties)


def _attributes(resource: Fields) -> Fields:
    """A JSON:API resource's attributes; the older shapes have them at the top."""
    return resource.inner("data", "attributes") or resource
