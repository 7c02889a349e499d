"""What a version's own products say of themselves: which are new, and which are on sale."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest

from shared.domain.products import Product

LONGEST = 3_000


@dataclass(frozen=True, slots=True)
class Showcase:
    """``newest``: (product id, when it was added), the last added first, of those that say when; ``on_sale``: (product
    id, part of the price that is taken off), the most first. At most :data:`LONGEST` each; ties go by id."""

    newest: tuple[tuple[str, datetime], ...] = ()
    on_sale: tuple[tuple[str, float], ...] = ()


def showcase_of(products: Iterable[Product]) -> Showcase:
    """From one pass over ``products``; little more is kept of them than the answer holds."""
    newest: list[tuple[float, str, datetime]] = []
    on_sale: list[tuple[float, str]] = []
    for product in products:
        if product.added_at is not None:
            newest.append((-product.added_at.timestamp(), product.id, product.added_at))
        if taken_off := reduction(product):
            on_sale.append((-round(taken_off, 4), product.id))
        if max(len(newest), len(on_sale)) >= 2 * LONGEST:
            newest, on_sale = nsmallest(LONGEST, newest), nsmallest(LONGEST, on_sale)
    return Showcase(
        tuple((product_id, added_at) for _, product_id, added_at in nsmallest(LONGEST, newest)),
        tuple((product_id, -share) for share, product_id in nsmallest(LONGEST, on_sale)),
    )


def reduction(product: Product) -> float:
    """The part of its price that a product's sale price takes off; 0 for one that is not on sale."""
    if not product.price or product.sale_price is None:
        return 0.0
    return max(1 - product.sale_price / product.price, 0.0)


def to_bytes(showcase: Showcase) -> bytes:
    newest = [(product_id, added_at.isoformat()) for product_id, added_at in showcase.newest]
    return json.dumps({"newest": newest, "on_sale": showcase.on_sale}, separators=(",", ":")).encode()


def from_bytes(content: bytes) -> Showcase:
    """Raises ValueError, KeyError or TypeError for what :func:`to_bytes` did not make."""
    record = json.loads(content)
    return Showcase(
        tuple([(product_id, datetime.fromisoformat(added_at)) for product_id, added_at in record["newest"]]),
        tuple([(product_id, taken_off) for product_id, taken_off in record["on_sale"]]),
    )
