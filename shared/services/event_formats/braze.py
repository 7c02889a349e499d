"""Braze's email events, as Currents sends them to an HTTP endpoint:

{events: [{event_type, id, time, user, properties}]}.

Only what became of emails is taken: of deeds Braze hears from the shop, which tells Vitrine itself.
"""

from collections.abc import Iterator

from shared.services.event_formats.draft import Draft, Fields, Rejected, key, unused
from shared.services.event_formats.emails import EmailDraft, SignalKind, campaigns_in, kind_named

_PREFIX = "users."
_KINDS = {
    key(name): kind
    for name, kind in {
        "users.messages.email.Delivery": SignalKind.DELIVERED,
        "users.messages.email.Open": SignalKind.OPENED,
        "users.messages.email.Click": SignalKind.CLICKED,
        "users.messages.email.Unsubscribe": SignalKind.UNSUBSCRIBED,
    }.items()
}


def is_one(raw: Fields) -> bool:
    name = raw.first("event_type")
    return isinstance(name, str) and name.startswith(_PREFIX)


def read(raw: Fields) -> Iterator[Draft | EmailDraft | Rejected]:
    name, event_id = raw.first("event_type"), raw.first("id")
    kind = kind_named(name, _KINDS)
    if kind is None:
        yield unused(name, event_id)
        return
    properties, user = raw.inner("properties"), raw.inner("user")
    yield EmailDraft(
        name=name,
        kind=kind,
        user_id=user.first("external_user_id") or raw.first("external_user_id"),
        occurred_at=raw.first("time"),
        event_id=event_id,
        link=properties.first("url") or raw.first("url"),
        campaigns=campaigns_in(properties, raw),
    )
