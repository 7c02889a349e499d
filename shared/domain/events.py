"""What users do, as Vitrine keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class EventType(StrEnum):
    VIEW = "view"
    CLICK = "click"
    ADD_TO_CART = "add_to_cart"
    REMOVE_FROM_CART = "remove_from_cart"
    WISHLIST = "wishlist"
    PURCHASE = "purchase"
    REFUND = "refund"
    RATE = "rate"
    SHARE = "share"
    SEARCH = "search"
    DISLIKE = "dislike"
    IMPRESSION = "impression"


TELLING_TYPES = frozenset(EventType) - {EventType.IMPRESSION, EventType.SEARCH}
"""The types that say something of a product. To be shown a product is no deed of the user's."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a user did.

    ``event_id`` is unique for ever: the same one twice counts once. ``occurred_at`` is by the shop's clock,
    ``received_at`` by Vitrine's at the moment of storing; both are aware and in UTC. ``value`` is the rating (1-5) of
    a ``rate`` and the quantity of a cart or purchase event. A ``search`` has a ``query`` and no product.
    """

    event_id: str
    user_id: str
    type: EventType
    occurred_at: datetime
    received_at: datetime
    product_id: str = ""
    value: float | None = None
    query: str = ""
    recommendation_id: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Activity:
    """How often one type of event happened to one product on one day (UTC)."""

    product_id: str
    type: EventType
    day: date
    count: int
