"""What people have chosen about themselves: one record a person, under a digest of the id.

The latest is always read, never a copy of it: a choice is honoured by the very next call.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from shared.domain.choices import NOTHING_CHOSEN, Choices, choices_from_record, choices_record, may
from shared.domain.errors import StateConflict
from shared.ports import State, StateStore

__all__ = ["change", "choices_of", "may", "record_name"]

_AT_ONCE = 1_000
"""Names that a state store is asked for in one call."""
_ATTEMPTS = 8


def choices_of(state: StateStore, user_ids: Iterable[str]) -> dict[str, Choices]:
    """The choices of every one of the users: :data:`NOTHING_CHOSEN` of those who have made none. Raises Unavailable."""
    names = {user_id: record_name(user_id) for user_id in user_ids}
    asked = list(names.values())
    found: dict[str, State] = {}
    if len(asked) == 1:
        record = state.get(asked[0])
        found = {asked[0]: record} if record else {}
    else:
        for first in range(0, len(asked), _AT_ONCE):
            found |= state.get_all(asked[first : first + _AT_ONCE])
    return {
        user_id: choices_from_record(found[name].value) if name in found else NOTHING_CHOSEN
        for user_id, name in names.items()
    }


def change(state: StateStore, user_id: str, now: datetime, how: Callable[[Choices], Choices]) -> Choices:
    """Keep what ``how`` makes of the user's choices, as of ``now``; returns it.

    ``how`` is asked again where somebody else has changed them meanwhile; what it raises comes through. Where it
    changes nothing, nothing is written. Raises StateConflict where others keep writing, and Unavailable.
    """
    name = record_name(user_id)
    for attempt in range(_ATTEMPTS):
        record = state.get(name)
        before = choices_from_record(record.value) if record else NOTHING_CHOSEN
        after = how(before)
        if after == before:
            return before
        after = replace(after, changed_at=now)
        try:
            state.put(name, choices_record(after), record.revision if record else 0)
        except StateConflict:
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        return after
    raise AssertionError("the last attempt returns or raises")


def record_name(user_id: str) -> str:
    """No id of a person stands in a record's name."""
    return f"person-{hashlib.sha256(user_id.encode()).hexdigest()}"
