"""Erasure: whatever is kept of a person goes, and a tombstone stays, which what comes late meets.

The tombstone is written first, so that nothing new comes in meanwhile, and the stores follow, the guests that became
this person before the person: a login on its way moves events from the one to the other. Every step may be done again;
killed anywhere, the next call goes on. At last the tombstone is made what it is to stay: a digest of the id, a moment,
and that nothing is agreed to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from shared.domain.choices import NONE, Choices
from shared.domain.deadline import remaining
from shared.domain.events import ANONYMOUS_PREFIX
from shared.ports import BlobStore, Clock, EventStore, SendStore, StateStore, Turns, Upkeep
from shared.services.campaign_erasure import forget_user
from shared.services.choices import change
from shared.services.event_formats.bounds import identifier
from shared.services.profiles import forget_declared
from shared.services.segment_erasure import forget_in_segments

_LEAST_TIME = 0.6
"""Seconds that have to be left for one more step, and for the answer."""

_Step = Callable[[], int]
"""Erases some of what there is; returns how much: it is asked again until that is nothing."""


@dataclass(frozen=True, slots=True)
class People:
    """Where one shop keeps what is of persons. ``turns`` are those of who writes campaigns' files and segments;
    ``upkeep`` is for stores that do not see to their files themselves."""

    events: EventStore
    state: StateStore
    sends: SendStore
    blobs: BlobStore
    turns: Turns
    clock: Clock
    upkeep: Upkeep | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """How many events, sends and lines of files this call has erased; ``more`` where the time was up before the end."""

    count: int
    more: bool


def erase(people: People, user_id: str) -> Erased:
    """Erase all that is kept of the user or guest, for as long as the request has time; the same call goes on.

    Asked for one of whom nothing is known, it leaves a tombstone all the same. Raises Unavailable and StateConflict:
    what is erased by then is, and the same call goes on.
    """
    user_id = identifier(user_id, "user_id")
    now = people.clock.now()
    person = change(people.state, user_id, now, partial(_entombed, now=now))
    guests = list(person.merged)
    count = 0
    while guests:
        guest = as_guest(guests[0])
        change(people.state, guest, now, partial(_entombed, now=now))
        erased = _erase_one(people, guest, now)
        count += erased.count
        if erased.more:
            return _to_go_on(people, user_id, count, guests)
        guests = guests[1:]
        if _time_is_up():
            return _to_go_on(people, user_id, count, guests)
    erased = _erase_one(people, user_id, now)
    if people.upkeep and not erased.more:
        people.upkeep.sweep()
    return Erased(count + erased.count, erased.more)


def _erase_one(people: People, user_id: str, now: datetime) -> Erased:
    """The user or guest alone, whose tombstone is there; it becomes what it is to stay."""
    count = 0
    for step in _steps(people, user_id):
        while erased := step():
            count += erased
            if _time_is_up():
                return Erased(count, more=True)
    change(people.state, user_id, now, partial(_erased, now=now))
    return Erased(count, more=False)


def as_guest(merged: str) -> str:
    """The id of a guest, of those in :attr:`Choices.merged`, as its events have it."""
    return ANONYMOUS_PREFIX + merged.removeprefix(ANONYMOUS_PREFIX)


def _steps(people: People, user_id: str) -> Iterator[_Step]:
    """One for each store that has something of a person: who adds a store adds a step."""
    yield lambda: people.events.forget(user_id)
    yield lambda: people.sends.forget(user_id)
    yield partial(_at_once, lambda: forget_declared(people.state, user_id))
    if not user_id.startswith(ANONYMOUS_PREFIX):  # guests get no emails
        yield partial(_at_once, lambda: forget_in_segments(people.blobs, people.turns, user_id))
        yield partial(_at_once, lambda: forget_user(people.blobs, people.turns, user_id))


def _at_once(erase_all: Callable[[], object]) -> int:
    erase_all()
    return 0


def _entombed(choices: Choices, now: datetime) -> Choices:
    """With the guests, whose turn is still to come."""
    return replace(_tombstone(now), merged=choices.merged, settled=False)


def _erased(choices: Choices, now: datetime) -> Choices:
    """Who has agreed to something since the erasure began keeps that."""
    return _tombstone(now) if choices.erased else replace(choices, merged=(), settled=True)


def _tombstone(now: datetime) -> Choices:
    return Choices(consent=NONE, forgotten_at=now, erased_at=now)


def _to_go_on(people: People, user_id: str, count: int, guests: list[str]) -> Erased:
    """The guests that are done need not be looked at again, or many would keep the last ones waiting for ever."""
    change(people.state, user_id, people.clock.now(), lambda choices: replace(choices, merged=tuple(guests)))
    return Erased(count, more=True)


def _time_is_up() -> bool:
    left = remaining()
    return left is not None and left < _LEAST_TIME
