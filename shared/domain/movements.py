"""What moved in the catalogue: products that arrived, came back in stock, or became cheaper."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from shared.domain.products import Product


class MovementKind(StrEnum):
    ARRIVED = "arrived"
    BACK_IN_STOCK = "back_in_stock"
    CHEAPER = "cheaper"


KEPT = timedelta(days=30)
"""How long a movement is news."""

LEAST_DROP = 0.05
"""Of the price before: what falls by less was rounded, or follows an exchange rate."""

MOST_AT_ONCE = 2_000
"""Movements of one kind that one feed brings: whoever lists a new catalogue of a million has no news to tell."""


@dataclass(frozen=True, slots=True)
class Movement:
    """``at`` is when the store took it in, so that what was asked up to a moment stays as it was.

    ``before`` and ``after`` are effective prices in the product's currency, of a ``CHEAPER`` alone.
    """

    product_id: str
    kind: MovementKind
    at: datetime
    before: float | None = None
    after: float | None = None


def movements(before: Product | None, after: Product, at: datetime) -> list[Movement]:
    """What happened to a product between two looks at it; it arrived where there was none ``before``.

    A product that the shop itself says was added long ago has not arrived: it was left out of a feed for a while.
    """
    if before is None:
        known = after.added_at is not None and after.added_at < at - KEPT
        return [] if known else [Movement(after.id, MovementKind.ARRIVED, at)]
    found = []
    if after.can_be_bought and not before.can_be_bought:
        found.append(Movement(after.id, MovementKind.BACK_IN_STOCK, at))
    was, now = before.effective_price, after.effective_price
    if was and now is not None and before.currency == after.currency and now <= was * (1 - LEAST_DROP):
        found.append(Movement(after.id, MovementKind.CHEAPER, at, was, now))
    return found


class News:
    """What a feed brings: of each kind up to :data:`MOST_AT_ONCE` movements, those that the feed has first."""

    def __init__(self, now: datetime, arrived: Callable[[], Collection[str]]) -> None:
        """``arrived`` says, once it is asked, which products arrived within :data:`KEPT`: nobody arrives twice."""
        self._now = now
        self._arrived = cache(arrived)
        self._found: dict[MovementKind, list[Movement]] = {kind: [] for kind in MovementKind}

    def compare(self, before: Product | None, after: Product) -> None:
        for movement in movements(before, after, self._now):
            found = self._found[movement.kind]
            known = movement.kind is MovementKind.ARRIVED and movement.product_id in self._arrived()
            if not known and len(found) < MOST_AT_ONCE:
                found.append(movement)

    def told(self, at: datetime) -> dict[MovementKind, list[Movement]]:
        """The movements by kind, as of ``at``, the moment at which the feed's catalogue takes its place."""
        return {kind: [replace(each, at=at) for each in found] for kind, found in self._found.items() if found}


def latest(found: Iterable[Movement], until: datetime, count: int) -> list[Movement]:
    """Newest first, each product once, of those within :data:`KEPT` before ``until``; ties go by product id."""
    newest: dict[str, Movement] = {}
    for each in sorted(found, key=lambda each: each.at):
        if until - KEPT <= each.at <= until:
            newest[each.product_id] = each
    return sorted(newest.values(), key=lambda each: (-each.at.timestamp(), each.product_id))[:count]
