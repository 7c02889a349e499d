"""What users do, as Vitrine keeps it."""

import hashlib
from collections.abc import Collection, Mapping
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

ANONYMOUS_PREFIX = "anon:"
"""Before the id of a browser or session, so that it meets no user's id; the shop's own ids should not begin so."""

NOBODY_PREFIX = "nobody:"
"""Before the digest that stands in the place of a user's id where what was done may be counted, and nothing else."""

COLLECTION_PREFIX = "collection:"
"""Before the slug, in the product id of a ``share`` that names a collection: such an id is nothing in the catalogue."""

PAGE_PREFIX = "page:"
"""Before the id that a browser gave its event. Anybody can send from a page, and ids that a shop's server uses can be
known beforehand, such as an order's number: sent from a page first, its own event would seem to be known already."""
LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a user did.

    ``event_id`` is unique for ever: the same one twice counts once. ``occurred_at`` is by the shop's clock,
    ``received_at`` by Vitrine's at the moment of storing; both are aware and in UTC. ``value`` is the rating (1-5) of
    a ``rate`` and the quantity of a cart or purchase event. A ``search`` has a ``query`` and no product.
    A ``private`` event is for its user's own lists alone: it is in no count and no history that others are served by.
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
    private: bool = False


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


def is_nobody(user_id: str) -> bool:
    """Whether it stands for no user: what was done so is counted, and is nobody's history."""
    return user_id.startswith(NOBODY_PREFIX)


def names_collection(product_id: str) -> bool:
    """Whether it is a collection that was shared, which says nothing of any product."""
    return product_id.startswith(COLLECTION_PREFIX)


def page_id(event_id: str) -> str:
    """The id under which an event is kept that came from a page with the id ``event_id``."""
    whole = PAGE_PREFIX + event_id
    return whole if len(whole) <= LONGEST_ID else PAGE_PREFIX + hashlib.sha256(event_id.encode()).hexdigest()


def is_known(event_id: str, known: Collection[str]) -> bool:
    """Whether an event that a request brings is among the ids of stored ones, from wherever these came."""
    return event_id in known or page_id(event_id) in known
