"""Merchandising rules: what the shop wants shown, whatever the scores say.

A rule boosts, buries, pins or hides products. Of all rules that speak of a product one decides, and the others say
nothing of it: the one of the highest priority; among equals hide before pin, pin before bury and boost; then the
smaller id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import and_, or_

import numpy as np
from numpy.typing import NDArray

from shared.domain.filters import (
    AllOf,
    AnyOf,
    Comparison,
    Filter,
    FilterField,
    InRange,
    Not,
    OneOf,
    number_of,
    words_of,
)
from shared.domain.products import Product

Mask = NDArray[np.bool_]
"""Which of some products, shape (n,)."""


class Scenario(StrEnum):
    """The lists that rules and re-ranking are set for."""

    FOR_YOU = "for_you"
    SIMILAR = "similar"
    TRENDING = "trending"
    SEARCH = "search"
    COMPLEMENTS = "complements"
    LOOK = "look"
    BASKET = "basket"
    BUNDLES = "bundles"
    BEST_SELLERS = "best_sellers"
    MOST_VIEWED = "most_viewed"
    NEW_ARRIVALS = "new_arrivals"
    BACK_IN_STOCK = "back_in_stock"
    PRICE_DROPS = "price_drops"
    RECENTLY_VIEWED = "recently_viewed"
    BUY_AGAIN = "buy_again"
    RERANK = "rerank"
    COLLECTION = "collection"
    PICKS = "picks"


class RuleKind(StrEnum):
    BOOST = "boost"
    BURY = "bury"
    PIN = "pin"
    HIDE = "hide"


_PRECEDENCE: Mapping[RuleKind, int] = {RuleKind.HIDE: 0, RuleKind.PIN: 1, RuleKind.BURY: 2, RuleKind.BOOST: 2}


@dataclass(frozen=True, slots=True)
class Rule:
    """One wish of the shop's. It speaks of the ``products`` named and of all that ``condition`` asks for.

    ``filter`` is the text that ``condition`` was read from. ``factor`` multiplies the score: above 1 in a boost, below
    in a bury, unused elsewhere. ``position`` is the place, from 1, that a pin gives its first product; the next ones
    follow it. The rule holds from ``starts_at`` up to, and no longer at, ``ends_at``, both aware; None is without end.
    """

    id: str
    kind: RuleKind
    priority: int = 0
    filter: str = ""
    condition: Filter | None = None
    products: tuple[str, ...] = ()
    factor: float = 1.0
    position: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    scenarios: frozenset[Scenario] = frozenset(Scenario)
    enabled: bool = True
    note: str = ""


def in_force(rules: Iterable[Rule], scenario: Scenario, now: datetime) -> tuple[Rule, ...]:
    """The rules that hold for ``scenario`` at ``now``, the one that wins a conflict first.

    Picks are what "for you" says in an email: a rule for that list holds for them too.
    """
    asked = {scenario, Scenario.FOR_YOU} if scenario is Scenario.PICKS else {scenario}
    holding = (rule for rule in rules if rule.enabled and asked & rule.scenarios and _holds_at(rule, now))
    return tuple(sorted(holding, key=lambda rule: (-rule.priority, _PRECEDENCE[rule.kind], rule.id)))


def _holds_at(rule: Rule, now: datetime) -> bool:
    begun = rule.starts_at is None or rule.starts_at <= now
    return begun and (rule.ends_at is None or now < rule.ends_at)


def pinned_products(rules: Sequence[Rule]) -> tuple[str, ...]:
    """The products that ``rules`` pin, each once: they need looking up, since no candidate may have proposed them."""
    return tuple(dict.fromkeys(each for rule in rules if rule.kind is RuleKind.PIN for each in rule.products))


def rulings(rules: Sequence[Rule], products: Sequence[Product]) -> dict[str, Rule]:
    """The rule that decides for each product, where there is one; ``rules`` as :func:`in_force` orders them."""
    decided: dict[str, Rule] = {}
    if not rules or not products:
        return decided
    columns = _Columns(products)
    undecided = np.ones(len(products), dtype=bool)
    for rule in rules:
        met = undecided & columns.spoken_of(rule)
        if met.any():
            decided |= {products[i].id: rule for i in np.flatnonzero(met).tolist()}
            undecided &= ~met
            if not undecided.any():
                break
    return decided


def met_by(rules: Sequence[Rule], product: Product) -> list[Rule]:
    """All of ``rules`` that speak of the product, in the order given: whichever of them decides."""
    columns = _Columns([product])
    return [rule for rule in rules if columns.spoken_of(rule).any()]


def hidden_products(rules: Sequence[Rule], products: Sequence[Product]) -> frozenset[str]:
    """Those of ``products`` that must not be shown."""
    decided = rulings(rules, products)
    return frozenset(product_id for product_id, rule in decided.items() if rule.kind is RuleKind.HIDE)


_COMPARE: Mapping[Comparison, Callable[[NDArray[np.float64], float], Mask]] = {
    Comparison.LESS: np.less,
    Comparison.AT_MOST: np.less_equal,
    Comparison.MORE: np.greater,
    Comparison.AT_LEAST: np.greater_equal,
}


class _Columns:
    """Products by column, so that hundreds of rules are asked of a hundred products within a request.

    Agrees with :func:`shared.domain.filters.matches`, which a property test holds it to.
    """

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = products
        self._rows = {product.id: row for row, product in enumerate(products)}
        self._words: dict[FilterField, dict[str, list[int]]] = {}
        self._numbers: dict[FilterField, NDArray[np.float64]] = {}

    def spoken_of(self, rule: Rule) -> Mask:
        met = self._none() if rule.condition is None else self._admits(rule.condition)
        rows = [self._rows[product_id] for product_id in rule.products if product_id in self._rows]
        met[rows] = True
        return met

    def _none(self) -> Mask:
        return np.zeros(len(self._products), dtype=bool)

    def _admits(self, condition: Filter) -> Mask:
        match condition:
            case OneOf(field, values):
                met = self._none()
                for value in values:
                    met[self._rows_with(field).get(value.casefold(), [])] = True
                return met
            case InRange(field, comparison, bound):
                return self._compares(field, comparison, bound)
            case AllOf(parts):
                return reduce(and_, map(self._admits, parts), ~self._none())
            case AnyOf(parts):
                return reduce(or_, map(self._admits, parts), self._none())
            case Not(part):
                return ~self._admits(part)

    def _rows_with(self, field: FilterField) -> dict[str, list[int]]:
        if field not in self._words:
            rows: dict[str, list[int]] = {}
            for row, product in enumerate(self._products):
                for word in words_of(product, field):
                    rows.setdefault(word, []).append(row)
            self._words[field] = rows
        return self._words[field]

    def _compares(self, field: FilterField, comparison: Comparison, bound: float | datetime) -> Mask:
        if isinstance(bound, datetime) is not (field is FilterField.ADDED_AT):
            return self._none()
        if field not in self._numbers:
            values = (number_of(product, field) for product in self._products)
            numbers = (each.timestamp() if isinstance(each, datetime) else each for each in values)
            self._numbers[field] = np.array([np.nan if each is None else each for each in numbers], dtype=np.float64)
        # NaN, a product without a value, compares as false in all four.
        return _COMPARE[comparison](
            self._numbers[field], bound.timestamp() if isinstance(bound, datetime) else float(bound)
        )
