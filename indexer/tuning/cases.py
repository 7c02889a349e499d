"""Validation cases: what somebody did before a moment, and what that one turned to after it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.events import Event
from shared.domain.taste import type_weight

MOST_TARGETS = 5
"""The first ones of the window: what somebody does weeks later, no list of today can know."""

_RECENT = 200


@dataclass(frozen=True, slots=True)
class HeldOut:
    """``events`` are what a list may know; ``targets`` the new products it should have named."""

    events: tuple[Event, ...]
    targets: frozenset[str]


def held_out(histories: Iterable[Sequence[Event]], since: datetime) -> Iterator[HeldOut]:
    """One case for every user with deeds before ``since`` and liked new products from then on."""
    for history in histories:
        ordered = sorted(history, key=lambda event: (event.occurred_at, event.event_id))
        before = [event for event in ordered if event.occurred_at < since]
        known = {event.product_id for event in before}
        after = (event for event in ordered if event.occurred_at >= since and type_weight(event) > 0)
        wanted = list(dict.fromkeys(event.product_id for event in after if event.product_id not in known))
        if wanted and any(type_weight(event) > 0 for event in before):
            yield HeldOut(tuple(before[-_RECENT:]), frozenset(wanted[:MOST_TARGETS]))
