"""Storing events by leave of their users: asked before, and once more after.

A person who withdraws while a batch is on its way to the store is erased before it gets there; so who was asked is
asked again, and what should not have got there is erased. Killed in between, the batch was answered by nobody, and is
sent or delivered again: events that are refused by then are known, and so found out. Until then nobody reads them:
lists and fits go by the choices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.admission import admitted
from shared.domain.choices import Choices, may
from shared.domain.events import Event, is_nobody
from shared.services.choices import choices_of
from shared.services.consent import Keeping, follow, settle


@dataclass(frozen=True, slots=True)
class Admitted:
    """Events as they may be kept, how many may not, and the choices of all their users that this is by.

    ``refused`` are those of which nothing may be kept under their users' ids."""

    events: Sequence[Event]
    not_kept: int
    choices: Mapping[str, Choices]
    refused: Sequence[Event] = ()


def admit(keeping: Keeping, events: Sequence[Event]) -> Admitted:
    """One look-up of choices for all of them. Raises Unavailable."""
    choices = _choices(keeping, events)
    may_be_kept = [
        kept
        for event in events
        if (kept := admitted(event, choices.get(event.user_id, Choices()), keeping.default)) is not None
    ]
    refused = [each for each in events if each.user_id in choices and not _nameable(keeping, choices[each.user_id])]
    return Admitted(may_be_kept, len(events) - len(may_be_kept), choices, refused)


def store(keeping: Keeping, admitted: Admitted) -> list[bool]:
    """As :meth:`shared.ports.EventStore.add`. Raises Unavailable: some may be stored then, and count once when all of
    them are sent again."""
    stored = keeping.events.add(admitted.events) if admitted.events else []
    latest = _choices(keeping, admitted.events)
    for user_id, before in admitted.choices.items():
        follow(keeping, user_id, before, latest.get(user_id, before))
    known = keeping.events.known([each.event_id for each in admitted.refused]) if admitted.refused else ()
    for user_id in dict.fromkeys(each.user_id for each in admitted.refused if each.event_id in known):
        settle(keeping, user_id, admitted.choices[user_id])
    return stored


def _nameable(keeping: Keeping, choices: Choices) -> bool:
    return may(choices, keeping.default).personalise


def _choices(keeping: Keeping, events: Sequence[Event]) -> dict[str, Choices]:
    users = dict.fromkeys(each.user_id for each in events if not is_nobody(each.user_id))
    return choices_of(keeping.state, users)
