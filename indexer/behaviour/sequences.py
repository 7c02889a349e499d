"""What a user's history teaches: products, and at which moment the user took to each."""

from collections.abc import Iterable
from datetime import datetime

from shared.domain.events import Event
from shared.domain.taste import type_weight

LONGEST_HISTORY = 100
"""Products of one user that are learned from, the last ones. A history costs its length squared, so a robot that
looked at the whole shop must not count for more than a keen shopper."""


def lesson(history: Iterable[Event]) -> list[tuple[str, int]]:
    """(product, place) of all that ``history`` (one user's, any order) nets out in favour of, by place, then product.

    A place is the number of the moment of the first event in favour, 0, 1, 2 … over the distinct moments of what is
    returned: of what happened at one moment, such as the lines of an order, nothing came first. An event id that
    comes twice counts once. Nothing decays here: what was put back counts against what was taken, however long ago
    either was.
    """
    net: dict[str, float] = {}
    taken_to: dict[str, datetime] = {}
    seen: set[str] = set()
    for event in sorted(history, key=lambda event: event.occurred_at):
        weight = type_weight(event)
        if not event.product_id or not weight or event.event_id in seen:
            continue
        seen.add(event.event_id)
        net[event.product_id] = net.get(event.product_id, 0.0) + weight
        if weight > 0:
            taken_to.setdefault(event.product_id, event.occurred_at)
    kept = sorted((moment, product_id) for product_id, moment in taken_to.items() if net[product_id] > 0)
    kept = kept[-LONGEST_HISTORY:]
    places = {moment: place for place, moment in enumerate(dict.fromkeys(moment for moment, _ in kept))}
    return [(product_id, places[moment]) for moment, product_id in kept]
