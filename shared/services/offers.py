"""Changes of price, sale price, availability and stock: each row is understood, or rejected with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.errors import InvalidInput
from shared.domain.offers import OFFER_FIELDS, OfferChange, OfferValue
from shared.ports import Clock, ProductStore
from shared.services.feed_files.flatten import text_of
from shared.services.feed_files.records import RowProblem, shown
from shared.services.feed_files.values import (
    parse_availability,
    parse_currency,
    parse_id,
    parse_moment,
    parse_price,
    parse_stock,
)

LARGEST_BATCH = 500
FIELDS = ("id", *OFFER_FIELDS, "currency", "at")
"""What a row may say; a word or a number each, or None where there is no sale price or no count of the stock."""
MAX_AHEAD = timedelta(minutes=1)
"""By how much the clocks of a shop's servers may run ahead of ours."""
_MAX_TEXT = 200
_MAY_BE_NONE = ("sale_price", "stock")


@dataclass(frozen=True, slots=True)
class RejectedOffer:
    """``index`` is the place in the batch, from 0."""

    index: int
    reason: str
    product_id: str = ""


@dataclass(frozen=True, slots=True)
class OffersChanged:
    """Rows taken, ids of those that name no product of the catalogue, and those that were not understood."""

    changed: int
    unknown: tuple[str, ...]
    rejected: tuple[RejectedOffer, ...]


@dataclass(frozen=True, slots=True)
class _Offer:
    index: int
    change: OfferChange
    currency: str


def change_offers(
    store: ProductStore, clock: Clock, rows: Sequence[object], at: datetime | None = None
) -> OffersChanged:
    """Take in what ``rows`` say; one that does not say since when it is true is so since ``at``, or else since now.

    Raises InvalidInput for more than :data:`LARGEST_BATCH` rows, and Unavailable when the store is: some may be
    stored then, and sending all of them again does no harm.
    """
    if len(rows) > LARGEST_BATCH:
        raise InvalidInput(f"The batch holds {len(rows)} products: send at most {LARGEST_BATCH} at a time.")
    now = clock.now()
    offers: list[_Offer] = []
    rejected: list[RejectedOffer] = []
    for index, raw in enumerate(rows):
        try:
            offers.append(_offer(index, raw, now, min(at or now, now)))
        except RowProblem as problem:
            rejected.append(RejectedOffer(index, str(problem), _id_shown(raw)))
    foreign = _in_foreign_currency(store, offers)
    rejected += foreign
    refused = {each.index for each in foreign}
    changes = [offer.change for offer in offers if offer.index not in refused]
    known = store.change(changes) if changes else []
    unknown = [change.product_id for change, there in zip(changes, known, strict=True) if not there]
    return OffersChanged(
        sum(known), tuple(dict.fromkeys(unknown)), tuple(sorted(rejected, key=lambda each: each.index))
    )


def _offer(index: int, raw: object, now: datetime, at: datetime) -> _Offer:
    if not isinstance(raw, Mapping):
        raise RowProblem("is not an object with an id and what has changed")
    for name in raw:
        if name not in FIELDS:
            raise RowProblem(f"says {shown(str(name))}, which is none of {', '.join(FIELDS)}")
    product_id = parse_id(_text(raw, "id"))
    currencies = {parse_currency(_text(raw, "currency"))} if raw.get("currency") else set[str]()
    values: dict[str, OfferValue] = {}
    for field in OFFER_FIELDS:
        if field in raw:
            values[field] = _value(raw, field, currencies)
    if not values:
        raise RowProblem(f"says nothing of {', '.join(OFFER_FIELDS)}")
    currencies.discard("")
    if len(currencies) > 1:
        raise RowProblem(f"names two currencies, {' and '.join(sorted(currencies))}")
    return _Offer(index, OfferChange(product_id, _since(raw, now, at), values), "".join(currencies))


def _value(raw: Mapping[str, object], field: str, currencies: set[str]) -> OfferValue:
    if raw[field] is None and field in _MAY_BE_NONE:
        return None
    text = _text(raw, field)
    if not text:
        raise RowProblem(f"has an empty {field}")
    if field == "availability":
        return parse_availability(text).value
    if field == "stock":
        return parse_stock(text)
    amount, currency = parse_price(text)
    currencies.add(currency)
    return amount


def _since(raw: Mapping[str, object], now: datetime, at: datetime) -> datetime:
    if raw.get("at") is None:
        return at
    text = _text(raw, "at")
    stated = parse_moment(text)
    if stated is None:
        raise RowProblem(f"at {shown(text)} is not a time such as 2026-05-01T12:00:00Z")
    if stated > now + MAX_AHEAD:
        raise RowProblem(f"at {shown(text)} is still to come")
    return min(stated, now)


def _text(raw: Mapping[str, object], field: str) -> str:
    value = raw.get(field)
    if value is not None and not isinstance(value, str | int | float):
        raise RowProblem(f"{field} is neither a text nor a number")
    text = text_of(value).strip()
    if len(text) > _MAX_TEXT:
        raise RowProblem(f"{field} {shown(text)} is {len(text):,} characters long, more than {_MAX_TEXT}")
    return text


def _in_foreign_currency(store: ProductStore, offers: Sequence[_Offer]) -> list[RejectedOffer]:
    """A price is kept without its currency: one in another than the product's would be off by the rate between."""
    told = [offer for offer in offers if offer.currency]
    products = store.get(list(dict.fromkeys(offer.change.product_id for offer in told))) if told else {}
    rejected = []
    for offer in told:
        product = products.get(offer.change.product_id)
        if product and product.currency and product.currency != offer.currency:
            reason = f"is in {offer.currency}, and the product is sold in {product.currency}"
            rejected.append(RejectedOffer(offer.index, reason, product.id))
    return rejected


def _id_shown(raw: object) -> str:
    """The id of a rejected row, as far as it can be shown."""
    text = raw.get("id", "") if isinstance(raw, Mapping) else ""
    return "".join(char for char in str(text)[:128] if char.isprintable()) if isinstance(text, str | int) else ""
