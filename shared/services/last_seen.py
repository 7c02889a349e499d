"""What this process last saw of products: what is left to show, and to leave out, where their store is down."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from shared.domain.products import Product

MOST = 5_000
"""Each full garbage collection looks at all of them again: 1 to 3 ms for a thousand, while no answer is made."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class LastSeen:
    """Products as the store last gave them, with the moment; those it did not have are remembered as gone.

    Safe to use from several threads. Of more than ``most``, those not looked at for longest are forgotten.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, tuple[datetime, Product | None]] = OrderedDict()

    def keep(self, asked: Collection[str], found: Mapping[str, Product], now: datetime) -> None:
        with self._lock:
            for product_id in asked:
                self._seen[product_id] = now, found.get(product_id)
                self._seen.move_to_end(product_id)
            while len(self._seen) > self._most:
                self._seen.popitem(last=False)

    def get(self, product_ids: Sequence[str], since: datetime = _LONG_AGO) -> dict[str, Product | None]:
        """Those of ``product_ids`` that were looked at then or later; None for what was not in the catalogue."""
        with self._lock:
            seen = {each: self._seen[each] for each in product_ids if each in self._seen}
        return {each: product for each, (at, product) in seen.items() if at >= since}

    def newest(self, count: int) -> list[str]:
        """Product ids, last added first, of those that were in the catalogue."""
        with self._lock:
            products = [product for _, product in self._seen.values() if product is not None]
        products.sort(key=lambda each: (-(each.added_at or _LONG_AGO).timestamp(), each.id))
        return [each.id for each in products[:count]]
