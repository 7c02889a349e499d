"""What the readers of the several formats share: tolerant look-up of fields, the draft of an event, its line items."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from shared.domain.events import EventType

PRODUCT_NAMES = ("product_id", "item_id", "added_item_product_id")
LOOSE_PRODUCT_NAMES = (*PRODUCT_NAMES, "id", "sku")
"""``id`` is a product only where no order could be meant: in a line item, or in an event about one product."""

LISTS_FIRST = frozenset({EventType.PURCHASE, EventType.REFUND, EventType.IMPRESSION})
"""Types whose products are the list; elsewhere a list beside a product id is context, such as the rest of a cart."""

KEPT = {
    "price": ("price", "item_price"),
    "currency": ("currency",),
    "variant": ("variant", "variant_id", "item_variant"),
    "sku": ("sku",),
    "position": ("position", "index"),
    "list_id": ("list_id", "item_list_id"),
    "coupon": ("coupon",),
    "campaign_id": ("campaign_id",),
    "order_id": ("order_id", "transaction_id"),
}
"""What is kept of a foreign format's many fields; titles, URLs and pictures are the catalogue's, not the event's."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """What could not be understood: ``reason`` is one sentence, ``event_id`` the sender's own id where it gave one."""

    reason: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One event as the sender wrote it: found, not yet checked.

    ``name`` is what the sender calls it, ``suffix`` tells the items of one sent event apart. ``properties`` are of the
    item, ``context`` is of the whole event.
    """

    name: object
    type: EventType
    user_id: object = None
    anonymous_id: object = None
    product_id: object = None
    occurred_at: object = None
    value: object = None
    query: object = None
    recommendation_id: object = None
    event_id: object = None
    suffix: str = ""
    order_id: object = None
    properties: Mapping[str, object] = field(default_factory=dict)
    collection: object = None
    context: Mapping[str, object] = field(default_factory=dict)


def key(name: str) -> str:
    """A name without its case and punctuation: ``ProductID``, ``product_id`` and ``$product id`` are one."""
    return _key(name[:200])


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


class Fields:
    """A JSON object whose keys match by :func:`key`; anything else is an empty one, so look-ups never fail."""

    def __init__(self, value: object) -> None:
        self._values: dict[str, object] = {}
        if isinstance(value, dict):
            for name, found in value.items():
                self._values.setdefault(key(str(name)), found)

    def __bool__(self) -> bool:
        return bool(self._values)

    def __contains__(self, name: str) -> bool:
        return key(name) in self._values

    def first(self, *names: str) -> object:
        """The first of these that says something; null and the empty string do not."""
        for name in names:
            value = self._values.get(key(name))
            if value is not None and value != "":
                return value
        return None

    def inner(self, *path: str) -> "Fields":
        found = self
        for name in path:
            found = Fields(found.first(name))
        return found

    def entries(self, *names: str) -> list[object]:
        for name in names:
            value = self.first(name)
            if isinstance(value, list):
                return value
        return []


def type_named(name: object, table: Mapping[str, EventType]) -> EventType | None:
    """The type that ``table``, keyed by :func:`key`, gives to a sender's name of an event."""
    return table.get(key(name)) if isinstance(name, str) else None


CANONICAL_TYPES = {key(type_.value): type_ for type_ in EventType}


def kept_properties(*sources: Fields) -> dict[str, object]:
    """The properties of :data:`KEPT`, each from the first source that has it."""
    found = {
        kept: next((value for source in sources if (value := source.first(*names)) is not None), None)
        for kept, names in KEPT.items()
    }
    return {kept: value for kept, value in found.items() if value is not None}


def unused(name: object, event_id: object = None) -> Rejected:
    """The answer to an event that is well formed and says nothing about a product."""
    return Rejected(f"event {show(name)} is not one that Vitrine uses", event_id if isinstance(event_id, str) else "")


def per_product(draft: Draft, parameters: Fields) -> Iterator[Draft]:
    """One draft for each product that ``parameters`` name, itself or in its list; one without where it names none."""
    draft = replace(
        draft,
        query=parameters.first("query", "search_term"),
        recommendation_id=parameters.first("recommendation_id"),
        order_id=parameters.first("order_id", "transaction_id"),
        collection=parameters.first("collection"),
    )
    listed = parameters.entries("products", "items")
    names = PRODUCT_NAMES if draft.type in LISTS_FIRST else LOOSE_PRODUCT_NAMES
    single = parameters.first(*names) is not None and not (listed and draft.type in LISTS_FIRST)
    if draft.type is EventType.SEARCH or single or not listed:
        yield _about(draft, parameters, names, Fields({}))
        return
    for position, item in enumerate(listed, start=1):
        yield _about(replace(draft, suffix=f":{position}"), Fields(item), LOOSE_PRODUCT_NAMES, parameters)


def _about(draft: Draft, item: Fields, names: tuple[str, ...], parameters: Fields) -> Draft:
    rating = draft.type is EventType.RATE
    return replace(
        draft,
        product_id=item.first(*names),
        value=item.first("rating") if rating else item.first("quantity", "added_item_quantity"),
        recommendation_id=item.first("recommendation_id") or draft.recommendation_id,
        properties=kept_properties(item, parameters),
    )


def show(value: object) -> str:
    """A value from outside as a sentence may quote it: short, escaped, never a whole structure."""
    match value:
        case None:
            return "nothing"
        case str():
            return repr(value if len(value) <= 60 else value[:60] + "…")
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if abs(value) < 10**20 else "a number of more than 20 digits"
        case float():
            return f"{value:g}"
        case list():
            return "a list"
        case _:
            return "an object"
