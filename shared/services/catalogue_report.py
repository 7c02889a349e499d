"""What of the catalogue people are shown, what comes of it, and what nobody ever sees."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from heapq import nlargest
from itertools import islice

from shared.domain.deadline import remaining
from shared.domain.events import TELLING_TYPES, Activity, EventType
from shared.domain.popularity import WINDOW_DAYS
from shared.domain.products import Product
from shared.domain.recommendations import Part
from shared.ports import BlobStore, ProductStore
from shared.services.kept_catalogue import catalogue_products
from shared.services.live_index import nothing_published
from shared.services.shop import Shop

LONGEST_DAYS = WINDOW_DAYS
TOP = 20
NEVER_SHOWN = 50
"""Products that are named; all of them are counted."""
_BATCH = 500
_LEAST_LEFT = 5.0
"""Seconds: with fewer, the rest is taken from the version's own catalogue, which is read in any case."""
_COUNTED = (EventType.IMPRESSION, EventType.CLICK, EventType.ADD_TO_CART, EventType.PURCHASE)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of showing a product; ``clicks`` may be more than ``impressions`` where a page reports no others."""

    product: Product
    impressions: int
    clicks: int
    add_to_cart: int
    purchases: int

    @property
    def ctr(self) -> float:
        return self.clicks / self.impressions


@dataclass(frozen=True, slots=True)
class CatalogueReport:
    """Of the live version's ``products``. ``shown`` are those that can be bought and had an impression in the period,
    ``cold`` those that can be bought and had no telling event in 90 days. ``never_shown`` are the newest of
    ``never_shown_count``. With ``products`` among ``degraded``, of some the stock is that of the version."""

    products: int
    can_be_bought: int
    shown: int
    cold: int
    top: Sequence[Shown]
    never_shown_count: int
    never_shown: Sequence[Product]
    degraded: Sequence[Part] = ()

    @property
    def coverage(self) -> float | None:
        return self.shown / self.can_be_bought if self.can_be_bought else None

    @property
    def cold_share(self) -> float | None:
        return self.cold / self.can_be_bought if self.can_be_bought else None


def catalogue_report(shop: Shop, blobs: BlobStore, days: int) -> CatalogueReport:
    """Of the last ``days`` days, today among them: one pass over what was counted, and one over the catalogue.

    It holds a few numbers for each product with events, and no more than a batch of products. Raises Unavailable.
    """
    manifest = shop.live.manifest()
    if manifest is None:
        raise nothing_published()
    today = shop.clock.now().date()
    counts = _Counts()
    counts.take(shop.events.activity(today - timedelta(days=WINDOW_DAYS)), today - timedelta(days=days - 1))
    tally = _Tally()
    catalogue = _as_now(catalogue_products(blobs, manifest.version), shop.products, tally)
    never = nlargest(NEVER_SHOWN, tally.counted(catalogue, counts), key=lambda each: (each.added_at or _NEVER, each.id))
    return CatalogueReport(
        tally.products,
        tally.can_be_bought,
        tally.can_be_bought - tally.never_shown,
        tally.cold,
        counts.top(shop.products),
        tally.never_shown,
        never,
        tuple(tally.degraded),
    )


class _Counts:
    """By product: how often each of ``_COUNTED`` happened in the period; and who had a telling event at all."""

    def __init__(self) -> None:
        self.of: dict[str, list[int]] = {}
        self.warm: set[str] = set()

    def take(self, activity: Iterable[Activity], first: date) -> None:
        column = {type_: place for place, type_ in enumerate(_COUNTED)}
        for part in activity:
            if part.type in TELLING_TYPES:
                self.warm.add(part.product_id)
            if part.day >= first and part.type in column:
                self.of.setdefault(part.product_id, [0] * len(_COUNTED))[column[part.type]] += part.count

    def impressions(self, product_id: str) -> int:
        return self.of[product_id][0] if product_id in self.of else 0

    def top(self, store: ProductStore) -> list[Shown]:
        """Those shown most; what has left the catalogue is passed over."""
        shown = (product_id for product_id, counts in self.of.items() if counts[0])
        best = nlargest(2 * TOP, shown, key=lambda each: (self.of[each][0], each))
        known: Mapping[str, Product] = store.get(best) if best else {}
        return [Shown(known[each], *self.of[each]) for each in best if each in known][:TOP]


@dataclass(slots=True)
class _Tally:
    products: int = 0
    can_be_bought: int = 0
    cold: int = 0
    never_shown: int = 0
    degraded: set[Part] = field(default_factory=set)

    def counted(self, catalogue: Iterable[Product], counts: _Counts) -> Iterator[Product]:
        """The products that can be bought and were never shown; all are counted as they pass."""
        for product in catalogue:
            self.products += 1
            if not product.can_be_bought:
                continue
            self.can_be_bought += 1
            self.cold += product.id not in counts.warm
            if not counts.impressions(product.id):
                self.never_shown += 1
                yield product


def _as_now(products: Iterator[Product], store: ProductStore, tally: _Tally) -> Iterator[Product]:
    """With the price and stock of now; what is not in the store has left the catalogue."""
    while batch := list(islice(products, _BATCH)):
        left = remaining()
        if left is not None and left < _LEAST_LEFT:
            tally.degraded.add(Part.PRODUCTS)
            yield from batch
        else:
            known = store.get([each.id for each in batch])
            yield from (known[each.id] for each in batch if each.id in known)
