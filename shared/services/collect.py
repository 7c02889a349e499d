"""Taking in events: what is understood is stored, in one transaction, before the answer; the rest is told apart."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from shared.domain.deadline import deadline, remaining
from shared.domain.errors import InvalidInput, Unavailable
from shared.domain.events import Event
from shared.ports import Clock, EventQueue, EventStore
from shared.services.event_formats import read_events

LARGEST_BATCH = 500
MOST_EVENTS = 5_000
"""What a batch may come to: an order becomes an event for each of its lines."""

_FOR_QUEUE = 1.0
"""Seconds of a request that are kept for the queue, should the store be too slow."""


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """``index`` is the place in the batch, from 0."""

    index: int
    reason: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """Events taken, events whose id was known already, and those that were not understood.

    Of the accepted ones, ``queued`` are safe but not stored yet, and may be known already.
    """

    accepted: int
    duplicates: int
    rejected: tuple[RejectedEvent, ...]
    queued: int = 0


def collect(store: EventStore, clock: Clock, batch: Sequence[object], queue: EventQueue | None = None) -> Collected:
    """Store what ``batch`` says, in any of the formats of :mod:`shared.services.event_formats`.

    While the store cannot take it, or not in time, the ``queue`` does, where there is one. Raises Unavailable when that
    cannot either.
    """
    if len(batch) > LARGEST_BATCH:
        raise InvalidInput(f"The batch holds {len(batch)} events: send at most {LARGEST_BATCH} at a time.")
    received_at = clock.now()
    events: list[Event] = []
    rejected: list[RejectedEvent] = []
    for place, raw in enumerate(batch):
        for read in read_events(raw, received_at):
            if isinstance(read, Event):
                events.append(read)
            else:
                rejected.append(RejectedEvent(place, read.reason, read.event_id))
        if len(events) + len(rejected) > MOST_EVENTS:
            raise InvalidInput(f"The batch comes to more than {MOST_EVENTS:,} events: send it in parts.")
    try:
        with _time_to_store(queue):
            stored = store.add(events) if events else []
    except Unavailable:
        if queue is None:
            raise
        queue.put(events)
        return Collected(len(events), 0, tuple(rejected), queued=len(events))
    accepted = sum(stored)
    return Collected(accepted, len(stored) - accepted, tuple(rejected))


def _time_to_store(queue: EventQueue | None) -> AbstractContextManager[None]:
    left = remaining()
    return nullcontext() if queue is None or left is None else deadline(left - _FOR_QUEUE)
