"""Google Analytics 4, as its Measurement Protocol sends it: {client_id, user_id, timestamp_micros, events: [...]}.

GA4 has no event ids. An order goes by its ``transaction_id``, everything else by its content and time. A refund of a
whole order names no items there, so it cannot be told which products came back: such a one is rejected.
"""

from collections.abc import Iterator

from shared.domain.events import EventType
from shared.services.event_formats.context import of_ga4
from shared.services.event_formats.draft import Draft, Fields, Rejected, key, per_product, type_named, unused

_TYPES = {
    key(name): type_
    for name, type_ in {
        "view_item": EventType.VIEW,
        "select_item": EventType.CLICK,
        "add_to_cart": EventType.ADD_TO_CART,
        "remove_from_cart": EventType.REMOVE_FROM_CART,
        "add_to_wishlist": EventType.WISHLIST,
        "purchase": EventType.PURCHASE,
        "refund": EventType.REFUND,
        "share": EventType.SHARE,
        "search": EventType.SEARCH,
        "view_search_results": EventType.SEARCH,
        "view_item_list": EventType.IMPRESSION,
    }.items()
}


def read(raw: Fields) -> Iterator[Draft | Rejected]:
    for event in map(Fields, raw.entries("events")):
        name = event.first("name")
        type_ = type_named(name, _TYPES)
        if type_ is None:
            yield unused(name)
            continue
        draft = Draft(
            name=name,
            type=type_,
            user_id=raw.first("user_id"),
            anonymous_id=raw.first("client_id", "app_instance_id"),
            occurred_at=event.first("timestamp_micros") or raw.first("timestamp_micros"),
            context=of_ga4(raw, event.inner("params")),
        )
        yield from per_product(draft, event.inner("params"))
