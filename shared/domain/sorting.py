"""The orders in which a search can be shown, and what a cursor keeps of what was."""

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import numpy as np

from shared.domain.products import Product
from shared.domain.showcase import reduction


class Sort(StrEnum):
    RELEVANCE = "relevance"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NEWEST = "newest"
    POPULAR = "popular"
    DISCOUNT = "discount"


MOST_SORTED = 2_000
"""Products that the pages of a search go through; a cursor keeps a bit of each."""

_Key = Callable[[Product], tuple[float, ...] | None]


def in_order(
    sort: Sort, product_ids: Sequence[str], products: Mapping[str, Product], popularity: Mapping[str, float]
) -> list[str]:
    """``product_ids`` in the order of ``sort``; ties, and at the end those without such a value, as they came.

    Amounts of two currencies do not compare: all of the currency that most products have come first, then those of the
    next one, each in order of price.
    """
    key = _key(sort, products, popularity)
    keys = {each: key(products[each]) if each in products else None for each in product_ids}
    return sorted(product_ids, key=lambda each: (keys[each] is None, keys[each] or ()))


def _key(sort: Sort, products: Mapping[str, Product], popularity: Mapping[str, float]) -> _Key:
    match sort:
        case Sort.RELEVANCE:
            return lambda _: None
        case Sort.PRICE_ASC | Sort.PRICE_DESC:
            counts = Counter(each.currency for each in products.values() if each.effective_price is not None)
            place = {each: number for number, each in enumerate(sorted(counts, key=lambda each: (-counts[each], each)))}
            sign = 1.0 if sort is Sort.PRICE_ASC else -1.0
            return lambda each: (
                None if each.effective_price is None else (place[each.currency], sign * each.effective_price)
            )
        case Sort.NEWEST:
            return lambda each: None if each.added_at is None else (-each.added_at.timestamp(),)
        case Sort.POPULAR:
            return lambda each: (-popularity[each.id],) if popularity.get(each.id, 0.0) > 0 else None
        case Sort.DISCOUNT:
            return lambda each: (-taken_off,) if (taken_off := reduction(each)) > 0 else None


def flags_to_text(flags: Sequence[bool]) -> str:
    """A bit each, in letters that a URL may hold; those at the end that are not set take no room."""
    packed = np.packbits(np.array(flags, dtype=bool)).tobytes().rstrip(b"\0")
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def flags_from_text(text: str, count: int) -> list[bool]:
    """``count`` of them; those that ``text`` does not tell are not set, and text that is none sets nothing."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        packed = b""
    padded = packed.ljust((count + 7) // 8, b"\0")
    flags: list[bool] = np.unpackbits(np.frombuffer(padded, dtype=np.uint8), count=count).astype(bool).tolist()
    return flags
