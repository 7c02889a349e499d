"""Shopify's web pixel standard events: {id, name, clientId, timestamp, data}.

Products go by the product's id, a global one (``gid://shopify/Product/123``) by its last part; the variant's is kept
as a property. The user is the browser (``clientId``) unless the forwarding pixel adds a ``user_id``: an order's
customer is not taken, for the same shopper's views would then stand under another id.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from shared.domain.events import EventType
from shared.services.event_formats.context import of_shopify
from shared.services.event_formats.draft import Draft, Fields, Rejected, key, type_named, unused

_TYPES = {
    key(name): type_
    for name, type_ in {
        "product_viewed": EventType.VIEW,
        "product_added_to_cart": EventType.ADD_TO_CART,
        "product_removed_from_cart": EventType.REMOVE_FROM_CART,
        "checkout_completed": EventType.PURCHASE,
        "search_submitted": EventType.SEARCH,
        "collection_viewed": EventType.IMPRESSION,
    }.items()
}
_GLOBAL_ID = re.compile(r"gid://shopify/\w+/([^/?]+)")


def read(raw: Fields) -> Iterator[Draft | Rejected]:
    name, event_id = raw.first("name"), raw.first("id")
    type_ = type_named(name, _TYPES)
    if type_ is None:
        yield unused(name, event_id)
        return
    data = raw.inner("data")
    checkout = data.inner("checkout")
    order_id = short_id(checkout.inner("order").first("id") or checkout.first("token"))
    draft = Draft(
        name=name,
        type=type_,
        user_id=raw.first("user_id", "customer_id"),
        anonymous_id=raw.first("client_id"),
        occurred_at=raw.first("timestamp"),
        query=data.inner("search_result").first("query"),
        event_id=event_id,
        order_id=order_id,
        context=of_shopify(raw),
    )
    line = data.inner("cart_line")
    if type_ is EventType.PURCHASE:
        lines = [(item.inner("variant"), item) for item in map(Fields, checkout.entries("line_items"))]
    elif type_ is EventType.IMPRESSION:
        lines = [(variant, Fields({})) for variant in map(Fields, data.inner("collection").entries("product_variants"))]
    else:
        yield _about(draft, line.inner("merchandise") or data.inner("product_variant"), line)
        return
    for position, (variant, item) in enumerate(lines, start=1):
        yield _about(replace(draft, suffix=f":{position}"), variant, item)
    if not lines:
        yield draft


def short_id(value: object) -> object:
    found = _GLOBAL_ID.match(value) if isinstance(value, str) else None
    return found.group(1) if found else value


def _about(draft: Draft, variant: Fields, line: Fields) -> Draft:
    price = variant.inner("price")
    properties: Mapping[str, object] = {
        "variant": short_id(variant.first("id")),
        "sku": variant.first("sku"),
        "price": price.first("amount"),
        "currency": price.first("currency_code"),
        "order_id": draft.order_id,
    }
    return replace(
        draft,
        product_id=short_id(variant.inner("product").first("id")),
        value=line.first("quantity"),
        properties=properties,
    )
