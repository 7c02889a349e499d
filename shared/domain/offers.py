"""What changes of a product between two index versions: price, sale price, availability and stock."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from shared.domain.products import Availability, Product

OFFER_FIELDS = ("price", "sale_price", "availability", "stock")

OfferValue: TypeAlias = float | int | str | None
"""Prices in units of the product's currency, stock in pieces, availability as one of the four words; None is none."""


@dataclass(frozen=True, slots=True)
class OfferChange:
    """New ``values`` for some of the :data:`OFFER_FIELDS` of a product, true from ``at`` on; what is not named stays.

    A value of None says that there is none: no sale price any more, a stock that is not counted.
    """

    product_id: str
    at: datetime
    values: Mapping[str, OfferValue]


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A field's newest change."""

    value: OfferValue
    at: datetime


KnownOffer: TypeAlias = Mapping[str, KnownValue]
"""What all changes of a product come to, by field."""


def merged(known: KnownOffer, change: OfferChange) -> dict[str, KnownValue]:
    """``known`` with ``change``: the later word counts, field by field, in whatever order they come."""
    result = dict(known)
    for field, value in change.values.items():
        if field not in result or result[field].at <= change.at:
            result[field] = KnownValue(value, change.at)
    return result


def with_offer(product: Product, known: KnownOffer, as_of: datetime) -> Product:
    """``product``, as a feed had it at ``as_of``, with what has changed since. What the feed saw later is its own.

    A sale price that is no longer below the price is left out.
    """
    later: dict[str, Any] = {field: each.value for field, each in known.items() if each.at >= as_of}
    if not later:
        return product
    if "availability" in later:
        later["availability"] = Availability(later["availability"] or Availability.IN_STOCK)
    now = replace(product, **later)
    if now.sale_price is not None and now.price is not None and now.sale_price >= now.price:
        return replace(now, sale_price=None)
    return now
