"""Taking in events: what may be kept is stored, in one transaction, before the answer; the rest is told apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from shared.domain.access import OPEN, Caller
from shared.domain.deadline import deadline, remaining
from shared.domain.errors import InvalidInput, Unavailable
from shared.domain.events import PAGE_PREFIX, Event
from shared.ports import EventQueue
from shared.services.consent import Keeping
from shared.services.crediting import credit
from shared.services.email_signals import heed
from shared.services.event_formats import Signal, read_events
from shared.services.storing import admit, store

LARGEST_BATCH = 500
MOST_EVENTS = 5_000
"""What a batch may come to: an order becomes an event for each of its lines."""

_FOR_QUEUE = 1.0
"""Seconds of a request that are kept for the queue, should the store be too slow."""
_NOT_THEIRS = (
    "the user is not one that a publishable key speaks for: send the user's signature or token as X-User-Token, or the "
    "event from your server with a secret key."
)


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """``index`` is the place in the batch, from 0."""

    index: int
    reason: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """Events taken, events whose id was known already, and those that were not understood.

    Of the accepted ones, ``queued`` are safe but not stored yet, and may be known already, or not be kept in the end.
    ``not_kept`` were understood, and are not stored: there is no leave to. ``emails`` counts what was said of emails.
    """

    accepted: int
    duplicates: int
    rejected: tuple[RejectedEvent, ...]
    queued: int = 0
    not_kept: int = 0
    emails: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Read:
    events: list[Event] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    rejected: list[RejectedEvent] = field(default_factory=list)


def collect(keeping: Keeping, batch: Sequence[object], caller: Caller = OPEN) -> Collected:
    """Store of ``batch`` what its users have given leave to, in any of the formats of
    :mod:`shared.services.event_formats`; the events of users that the ``caller`` may not speak for are rejected.

    While the stores cannot take it, or not in time, the queue does, where there is one. Raises Unavailable when that
    cannot either: the whole of it is then to be sent again.
    """
    if len(batch) > LARGEST_BATCH:
        raise InvalidInput(f"The batch holds {len(batch)} events: send at most {LARGEST_BATCH} at a time.")
    read = _understood(keeping, batch, caller)
    emails = Counter(each.kind.value for each in read.signals)
    heed(keeping, read.signals)  # before anything is stored: nothing else keeps them while the stores are down
    rejected: tuple[RejectedEvent, ...] = tuple(read.rejected)
    waiting: Sequence[Event] = read.events
    try:
        with _time_to_store(keeping.queue):
            admitted = admit(keeping, read.events)
            waiting = admitted.events
            stored = store(keeping, credit(keeping, admitted))
    except Unavailable:
        if keeping.queue is None:
            raise
        keeping.queue.put(waiting)
        not_kept = len(read.events) - len(waiting)
        return Collected(len(waiting), 0, rejected, len(waiting), not_kept, emails)
    return Collected(sum(stored), len(stored) - sum(stored), rejected, 0, admitted.not_kept, emails)


def _understood(keeping: Keeping, batch: Sequence[object], caller: Caller) -> _Read:
    received_at = keeping.clock.now()
    found = _Read()
    for place, raw in enumerate(batch):
        for read in read_events(raw, received_at, from_page=not caller.is_trusted):
            if not isinstance(read, Event | Signal):
                found.rejected.append(RejectedEvent(place, read.reason, read.event_id))
            elif not caller.admits(read.user_id):
                event_id = read.event_id.removeprefix(PAGE_PREFIX) if isinstance(read, Event) else ""
                found.rejected.append(RejectedEvent(place, _NOT_THEIRS, event_id))
            elif isinstance(read, Event):
                found.events.append(read)
            else:
                found.signals.append(read)
        if len(found.events) + len(found.rejected) > MOST_EVENTS:
            raise InvalidInput(f"The batch comes to more than {MOST_EVENTS:,} events: send it in parts.")
    return found


def _time_to_store(queue: EventQueue | None) -> AbstractContextManager[None]:
    left = remaining()
    return nullcontext() if queue is None or left is None else deadline(left - _FOR_QUEUE)
