"""Facets: which values the products of a list have, and how many products each.

What is counted are products as a list shows them, one of an item group: a value's count is the number of groups with a
product of that value among them, so that it is what choosing the value leaves. Pure functions of the products.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from shared.domain.filters import AllOf, AnyOf, Filter, FilterField, InRange, Not, OneOf
from shared.domain.products import Product

FACET_FIELDS = tuple(field for field in FilterField if field is not FilterField.ADDED_AT)
MOST_VALUES = 20
"""Of a facet; what a shopper would read, and a bound."""
PATH = " > "
"""Between the levels of a category, as in "Shop > Shoes"."""

_MOST_RANGES = 5
_ROUND = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0])

_Groups: TypeAlias = set[str]


@dataclass(frozen=True, slots=True)
class Counted:
    """``value`` as filters take it back: of a category its path, broadest first, joined by :data:`PATH`."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class PriceRange:
    """From ``start`` up to, and no longer at, ``below``; None is without end."""

    start: float | None
    below: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Prices:
    """What the products of one currency (ISO 4217, or empty where the feed has none) cost now."""

    currency: str
    lowest: float
    highest: float
    ranges: tuple[PriceRange, ...]


@dataclass(frozen=True, slots=True)
class Facet:
    """``values`` of a word field, the most frequent first; of category a tree, each branch before its twigs, and twigs
    by frequency. ``more`` is how many values there are besides. ``prices`` is of the field price, one a currency.
    """

    field: FilterField
    values: tuple[Counted, ...] = ()
    more: int = 0
    prices: tuple[Prices, ...] = ()


def facet_of(field: FilterField, products: Sequence[Product], chosen: Sequence[str] = ()) -> Facet:
    """``products`` are all that a list may show, with all members of an item group that it may show.

    Of more than :data:`MOST_VALUES` values the most frequent are told, and first of all those ``chosen`` already, of a
    category with the branches that they are on.
    """
    if field is FilterField.PRICE:
        return Facet(field, prices=_prices(products))
    tree = field is FilterField.CATEGORY
    counts = _counts(products, _branches if tree else lambda product: [(_word(product, field),)])
    wanted = {tuple(level.strip().casefold() for level in each.split(PATH if tree else "\0")) for each in chosen}
    told = {path[:level] for path in wanted & counts.keys() for level in range(1, len(path) + 1)}
    best = sorted(counts, key=lambda each: (each not in told, -counts[each].count, len(each), each))
    kept = best[: max(MOST_VALUES, len(told))]
    if tree:
        kept.sort(key=lambda path: [(-counts[path[:n]].count, path[n - 1]) for n in range(1, len(path) + 1)])
    else:
        kept.sort(key=lambda each: (-counts[each].count, each))
    return Facet(field, tuple([counts[each] for each in kept]), len(counts) - len(kept))


def without_field(condition: Filter | None, field: FilterField) -> Filter | None:
    """``condition`` less what it asks of ``field``, where it is a conjunction of conditions on one field each."""
    if condition is None:
        return None
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    rest = tuple(part for part in parts if fields_of(part) != {field})
    return AllOf(rest) if rest else None


def fields_of(condition: Filter | None) -> frozenset[FilterField]:
    """Those that ``condition`` asks anything of."""
    match condition:
        case None:
            return frozenset()
        case OneOf(field) | InRange(field):
            return frozenset({field})
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*map(fields_of, parts))
        case Not(part):
            return fields_of(part)


def _word(product: Product, field: FilterField) -> str:
    return product.availability.value if field is FilterField.AVAILABILITY else str(getattr(product, field.value))


def _branches(product: Product) -> list[tuple[str, ...]]:
    return [product.categories[:level] for level in range(1, len(product.categories) + 1)]


def _counts(
    products: Iterable[Product], values: Callable[[Product], Iterable[tuple[str, ...]]]
) -> dict[tuple[str, ...], Counted]:
    """By value, compared as filters compare, the groups that have it; spelt as most of the products have it."""
    groups: defaultdict[tuple[str, ...], _Groups] = defaultdict(set)
    spellings: defaultdict[tuple[str, ...], Counter[tuple[str, ...]]] = defaultdict(Counter)
    for product in products:
        for value in values(product):
            if all(value):
                key = tuple(word.casefold() for word in value)
                groups[key].add(product.group)
                spellings[key][value] += 1
    return {key: Counted(PATH.join(_usual(spellings[key])), len(of_value)) for key, of_value in groups.items()}


def _usual(spellings: Mapping[tuple[str, ...], int]) -> tuple[str, ...]:
    return min(spellings, key=lambda each: (-spellings[each], each))


def _prices(products: Iterable[Product]) -> tuple[Prices, ...]:
    """The currency of the most products first."""
    by_currency: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for product in products:
        if (price := product.effective_price) is not None:
            by_currency[product.currency].append((price, product.group))
    currencies = sorted(by_currency, key=lambda each: (-len(by_currency[each]), each))
    return tuple([_prices_in(currency, by_currency[currency]) for currency in currencies])


def _prices_in(currency: str, offers: Sequence[tuple[float, str]]) -> Prices:
    prices = np.array([price for price, _ in offers])
    borders = [None, *_borders(prices), None]
    ranges = [
        PriceRange(start, below, len({group for price, group in offers if _within(price, start, below)}))
        for start, below in pairwise(borders)
    ]
    return Prices(currency, float(prices.min()), float(prices.max()), tuple(ranges))


def _borders(prices: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[float]:
    """Round numbers near the quintiles, so that every range has some products; none where all cost the same."""
    cuts = np.quantile(prices, np.arange(1, _MOST_RANGES) / _MOST_RANGES)
    borders: list[float] = []
    for border in sorted({_round(float(cut)) for cut in cuts}):
        before = borders[-1] if borders else -np.inf
        if np.any((prices >= before) & (prices < border)) and np.any(prices >= border):
            borders.append(border)
    return borders


def _round(price: float) -> float:
    """The nearest number that a shop would write on a shelf: 24.31 is 25, and 118 is 100."""
    if price <= 0:
        return 0.0
    scale = 10.0 ** np.floor(np.log10(price))
    return round(float(_ROUND[np.argmin(np.abs(_ROUND - price / scale))] * scale), 6)


def _within(price: float, start: float | None, below: float | None) -> bool:
    return (start is None or price >= start) and (below is None or price < below)
