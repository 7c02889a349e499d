"""What a user's history teaches: products in the order in which the user took to them."""

from collections.abc import Iterable

from shared.domain.events import Event
from shared.domain.taste import type_weight

LONGEST_HISTORY = 100
"""Products of one user that are learned from, the last ones. A history costs its length squared, so a robot that
looked at the whole shop must not count for more than a keen shopper."""


def lesson(history: Iterable[Event]) -> list[str]:
    """The distinct products that ``history`` (one user's, any order) nets out in favour of, by first event in favour.

    Ties go by event id; an event id that comes twice counts once. Nothing decays here: what was put back counts
    against what was taken, however long ago either was.
    """
    net: dict[str, float] = {}
    taken_to: dict[str, None] = {}
    seen: set[str] = set()
    for event in sorted(history, key=lambda event: (event.occurred_at, event.event_id)):
        weight = type_weight(event)
        if not event.product_id or not weight or event.event_id in seen:
            continue
        seen.add(event.event_id)
        net[event.product_id] = net.get(event.product_id, 0.0) + weight
        if weight > 0:
            taken_to.setdefault(event.product_id)
    return [product_id for product_id in taken_to if net[product_id] > 0][-LONGEST_HISTORY:]
