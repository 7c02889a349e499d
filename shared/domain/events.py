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

CONTEXT = ("country", "device", "campaign")
"""Properties of an event that say where it came from: a country's two capital letters, the kind of device, the name of
a campaign."""

COLLECTION_PREFIX = "collection:"
"""Before the slug, in the product id of a ``share`` that names a collection: such an id is nothing in the catalogue."""


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
    """How often one type of event happened to one product on one day (UTC) in one country; "" where none is known."""

    product_id: str
    type: EventType
    day: date
    count: int
    country: str = ""


def country_of(properties: Mapping[str, str]) -> str:
    """Two capital letters, or "" where the properties of an event name no country so."""
    country = properties.get("country", "")
    return country if len(country) == 2 and country.isascii() and country.isalpha() and country.isupper() else ""


def names_collection(product_id: str) -> bool:
    """Whether it is a collection that was shared, which says nothing of any product."""
    return product_id.startswith(COLLECTION_PREFIX)
