"""What became of an email, as Segment, Klaviyo, Braze and Vitrine's own shape say it.

A click on one of our picks is an event like any other. The rest is no deed on a product: it is handed on as a
:class:`Signal`, and never stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from shared.domain.events import EventType
from shared.services.event_formats.draft import Draft, Fields, key

PRODUCT_PARAMETER = "vt_product"
RECOMMENDATION_PARAMETER = "vt_rec"
_CAMPAIGN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LONGEST_LINK = 4_096
_MOST_PARAMETERS = 64


class SignalKind(StrEnum):
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Signal:
    """``clicked`` is a link that is not of a pick. ``campaigns`` are the names that the sender has for its campaign."""

    kind: SignalKind
    user_id: str
    at: datetime
    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmailDraft:
    """One as the sender wrote it: found, not yet checked."""

    name: object
    kind: SignalKind
    user_id: object = None
    anonymous_id: object = None
    occurred_at: object = None
    event_id: object = None
    link: object = None
    campaigns: tuple[object, ...] = ()
    context: Mapping[str, object] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Those that a campaign of ours can have."""
        known = (each for each in self.campaigns if isinstance(each, str) and _CAMPAIGN.fullmatch(each))
        return tuple(dict.fromkeys(known))

    def click(self) -> Draft | None:
        """The click on the pick that the link leads to; None where it leads to none."""
        if self.kind is not SignalKind.CLICKED:
            return None
        said = _parameters(self.link)
        if PRODUCT_PARAMETER not in said:
            return None
        return Draft(
            name=self.name,
            type=EventType.CLICK,
            user_id=self.user_id,
            anonymous_id=self.anonymous_id,
            product_id=said[PRODUCT_PARAMETER],
            occurred_at=self.occurred_at,
            recommendation_id=said.get(RECOMMENDATION_PARAMETER),
            event_id=self.event_id,
            context={**self.context, "campaign": said.get("utm_campaign") or next(iter(self.names), None)},
        )


SEGMENT_KINDS = {
    key(name): kind
    for name, kind in {
        "Email Delivered": SignalKind.DELIVERED,
        "Email Opened": SignalKind.OPENED,
        "Email Link Clicked": SignalKind.CLICKED,
        "Unsubscribed": SignalKind.UNSUBSCRIBED,
    }.items()
}
KLAVIYO_KINDS = {
    key(name): kind
    for name, kind in {
        "Received Email": SignalKind.DELIVERED,
        "Opened Email": SignalKind.OPENED,
        "Clicked Email": SignalKind.CLICKED,
        "Unsubscribed": SignalKind.UNSUBSCRIBED,
        "Unsubscribed from Email Marketing": SignalKind.UNSUBSCRIBED,
        "Unsubscribed from List": SignalKind.UNSUBSCRIBED,
    }.items()
}
OWN_KINDS = {
    key(name): kind
    for name, kind in {
        "email_delivered": SignalKind.DELIVERED,
        "email_opened": SignalKind.OPENED,
        "email_clicked": SignalKind.CLICKED,
        "unsubscribe": SignalKind.UNSUBSCRIBED,
    }.items()
}


def kind_named(name: object, table: Mapping[str, SignalKind]) -> SignalKind | None:
    return table.get(key(name)) if isinstance(name, str) else None


def campaigns_in(*sources: Fields) -> tuple[object, ...]:
    return tuple(
        found
        for source in sources
        for name in ("campaign", "campaign_name", "campaign_id", "utm_campaign")
        if (found := source.first(name)) is not None
    )


def _parameters(link: object) -> dict[str, str]:
    """The first value of each parameter of an address; none where it is no address."""
    if not isinstance(link, str) or len(link) > _LONGEST_LINK:
        return {}
    try:
        said = parse_qs(urlsplit(link).query, max_num_fields=_MOST_PARAMETERS)
        return {name: values[0] for name, values in said.items()}
    except ValueError:
        return {}
