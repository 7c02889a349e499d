"""Consent: set and asked for; what is stored is made to follow it before the answer.

A person's record is written first, so that from then on nothing more is kept or read; only then what is stored is
erased or withheld. Killed in between, the record says that this is still to be done, and it is done by the next call
that asks for the same, or that brings an event of that person.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain.choices import ALL, Choices, Consent, may
from shared.domain.deadline import remaining
from shared.domain.errors import StateConflict, Unavailable
from shared.domain.events import ANONYMOUS_PREFIX
from shared.ports import BlobStore, Clock, EventQueue, EventStore, SendStore, StateStore, Turns
from shared.services.calls import Calls, InTurn
from shared.services.choices import change, choices_of
from shared.services.event_formats.bounds import person_id
from shared.services.profiles import forget_declared
from shared.services.segment_erasure import forget_in_segments

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where what people do is kept, and what holds of those who have not said whether it may be.

    ``queue`` takes events while the store cannot; without ``sends``, nothing is known of emails. ``segments`` is where
    segments are kept, and the turns of who writes there. ``calls`` are how events are read that nothing depends on.
    """

    events: EventStore
    state: StateStore
    clock: Clock
    default: Consent = ALL
    queue: EventQueue | None = None
    sends: SendStore | None = None
    segments: tuple[BlobStore, Turns] | None = None
    calls: Calls = field(default_factory=InTurn)


@dataclass(frozen=True, slots=True)
class Stated:
    """What holds for a person, whether the person has said so, and since when it stands in the record."""

    consent: Consent
    said: bool
    changed_at: datetime | None = None


def consent_of(keeping: Keeping, user_id: str) -> Stated:
    """Raises InvalidInput for an id that is a person's address, and Unavailable."""
    user_id = person_id(user_id, "user_id")
    return _stated(choices_of(keeping.state, [user_id])[user_id], keeping.default)


def set_consent(keeping: Keeping, user_id: str, how: Callable[[Consent], Consent]) -> Stated:
    """Make the person's consent what ``how`` makes of the one that holds, and what is stored follow it.

    Without ``personalise`` all stored events and declared likes are erased, and given back it starts anew. Without
    ``analytics`` what is stored counts for the person's own lists alone. Without either of the two, no kept segment has
    the person. Asked again, it finishes what is not done. Raises InvalidInput; StateConflict and Unavailable: the
    record may be written then, and the same be sent again.
    """
    user_id = person_id(user_id, "user_id")
    for attempt in range(_ATTEMPTS):
        before = choices_of(keeping.state, [user_id])[user_id]
        try:
            after = _changed(keeping, user_id, before, how)
        except StateConflict:
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        return _stated(settle(keeping, user_id, after), keeping.default)
    raise AssertionError("the last attempt returns or raises")


def settle(keeping: Keeping, user_id: str, choices: Choices) -> Choices:
    """Make what is stored no more than ``choices``, the person's latest, agree to; returns them as they are then.

    Without leave to personalise it erases again whatever there is, however often it is asked. Raises Unavailable and
    StateConflict.
    """
    consent = may(choices, keeping.default)
    if not consent.personalise:
        _erase(keeping, user_id, choices)
    elif not (consent.analytics or choices.settled):
        keeping.events.withhold(user_id)
    if choices.settled or choices.erased:  # erasing a person is more than this: who does it says when it is done
        return choices
    if keeping.segments and not (consent.personalise and consent.analytics):
        forget_in_segments(*keeping.segments, user_id)
    now = keeping.clock.now()

    def done(current: Choices) -> Choices:
        """Whoever has changed them meanwhile has also to settle them: what was done here may not be enough for that."""
        return replace(current, settled=True) if current == choices else current

    return change(keeping.state, user_id, now, done)


def follow(keeping: Keeping, user_id: str, before: Choices, now: Choices) -> None:
    """After something was stored by the choices of ``before``: undo what those of ``now`` do not agree to, where less
    is agreed to by now, or an earlier call was killed before all was done. Raises Unavailable and StateConflict."""
    consent = may(now, keeping.default)
    if not now.settled or (now != before and not consent.personalise):
        settle(keeping, user_id, now)
    elif now != before and not consent.analytics:
        keeping.events.withhold(user_id)


def narrowed(choices: Choices, consent: Consent, default: Consent, now: datetime) -> Choices:
    """``choices`` with ``consent``, not settled where less is agreed to than before, or leave is given anew."""
    held = may(choices, default)
    less = (held.personalise and not consent.personalise) or (held.analytics and not consent.analytics)
    anew = held.personalise != consent.personalise
    return replace(
        choices,
        consent=consent,
        forgotten_at=now if anew else choices.forgotten_at,
        removed={} if anew else choices.removed,
        settled=choices.settled and not less,
    )


def _changed(keeping: Keeping, user_id: str, before: Choices, how: Callable[[Consent], Consent]) -> Choices:
    """What an earlier call has left undone is done first: consent that is given back is of nothing from before."""
    if not before.settled:
        before = settle(keeping, user_id, before)
    held = may(before, keeping.default)
    consent = how(held)
    if consent.personalise and not held.personalise:
        _erase(keeping, user_id, before)
    now = keeping.clock.now()

    def changed(current: Choices) -> Choices:
        if current != before:
            raise StateConflict("The person's choices were changed by another call meanwhile: send the same again.")
        return narrowed(current, consent, keeping.default, now)

    return change(keeping.state, user_id, now, changed)


def erase_stored(keeping: Keeping, user_id: str) -> None:
    """Events and declared likes under this very id. Raises Unavailable, also where there is no time for all of them."""
    while keeping.events.forget(user_id):
        _in_time()
    forget_declared(keeping.state, user_id)


def _erase(keeping: Keeping, user_id: str, choices: Choices) -> None:
    """What has come in since of the guests who became this person, and then what is stored of the person: a login on
    its way moves events from the one to the other."""
    for each in (*(ANONYMOUS_PREFIX + guest for guest in choices.merged), user_id):
        erase_stored(keeping, each)


def _in_time() -> None:
    if remaining() == 0:
        raise Unavailable("There is more to erase than one call has time for: send the same again to go on.")


def _stated(choices: Choices, default: Consent) -> Stated:
    return Stated(may(choices, default), choices.consent is not None, choices.changed_at)
