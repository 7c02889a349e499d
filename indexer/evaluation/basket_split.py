"""The basket protocol as data: weeks to fit on, weeks to choose on, weeks to test on, and what is hidden."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from indexer.evaluation.basket_lines import Order
from shared.domain.errors import InvalidInput
from shared.domain.events import Event, EventType

SMALLEST, LARGEST = 2, 20
"""Products of a basket that is asked about."""


@dataclass(frozen=True, slots=True)
class BasketCase:
    """A basket without its ``wanted`` products, which are to be found among all others."""

    given: tuple[str, ...]
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BasketSplit:
    """``fitted`` is before the validation, ``revealed`` during it; the test is asked with both known."""

    fitted: tuple[Order, ...]
    revealed: tuple[Order, ...]
    validation: tuple[BasketCase, ...]
    tested: tuple[Order, ...]
    test: tuple[BasketCase, ...]
    validated_at: datetime
    tested_at: datetime

    @property
    def before_test(self) -> tuple[Order, ...]:
        return self.fitted + self.revealed


def split_baskets(orders: Sequence[Order], weeks: int, seed: int) -> BasketSplit:
    """The last ``weeks`` are the test and those before it the validation; of each basket one product is hidden.

    ``orders`` are oldest first. Raises InvalidInput where a part has no basket to ask about, or to fit on.
    """
    tested_at = orders[-1].at - timedelta(weeks=weeks)
    validated_at = tested_at - timedelta(weeks=weeks)
    fitted = tuple(order for order in orders if order.at < validated_at)
    revealed = tuple(order for order in orders if validated_at <= order.at < tested_at)
    tested = tuple(order for order in orders if order.at >= tested_at)
    parts = [[order for order in part if SMALLEST <= len(order.products) <= LARGEST] for part in (revealed, tested)]
    if not fitted or not all(parts):
        raise InvalidInput(
            f"The orders run from {orders[0].at:%Y-%m-%d} to {orders[-1].at:%Y-%m-%d}, too short a time for a test and "
            f"a validation of {weeks} weeks each: give a smaller --test-weeks, or more orders."
        )
    validation, test = (tuple(_hiding_one(part, seed)) for part in parts)
    return BasketSplit(fitted, revealed, validation, tuple(parts[1]), test, validated_at, tested_at)


def _hiding_one(orders: Sequence[Order], seed: int) -> Iterable[BasketCase]:
    rng = np.random.default_rng(seed)
    for order in orders:
        hidden = order.products[int(rng.integers(len(order.products)))]
        yield BasketCase(tuple(each for each in order.products if each != hidden), (hidden,))


def events_of(orders: Iterable[Order]) -> Iterable[Event]:
    """A purchase a product; who is not known is somebody else in each order."""
    for order in orders:
        user = order.user or f"order {order.order_id}"
        for place, product in enumerate(order.products):
            yield Event(f"{order.order_id} {place}", user, EventType.PURCHASE, order.at, order.at, product)


def without_lines(orders: Iterable[Order], products: Collection[str]) -> list[Order]:
    """The orders without their lines of ``products``; those that had no other are left out."""
    hidden = frozenset(products)
    left = (replace(each, products=tuple(own for own in each.products if own not in hidden)) for each in orders)
    return [order for order in left if order.products]


def without(orders: Iterable[Order], products: Collection[str]) -> list[Order]:
    """The orders that hold none of ``products``."""
    hidden = frozenset(products)
    return [order for order in orders if hidden.isdisjoint(order.products)]
