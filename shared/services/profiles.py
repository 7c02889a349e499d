"""Profiles: what users have declared to like, kept by a digest of their id, as it stood at any moment of the last hour.

A ranking is made again for its later pages, so an answer of a minute ago must not change what page two is cut from:
a profile keeps what was said before, for as long as a cursor lives.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.cursor import LIFETIME, expired
from shared.domain.declared import NOTHING_DECLARED, Declared, declared_from_record, declared_record
from shared.domain.errors import StateConflict
from shared.ports import State, StateStore

KEPT = timedelta(days=400)
"""Since something was last declared: for a taste of long ago, nobody asks for it to be forgotten."""
_KEPT_FOR = LIFETIME + timedelta(minutes=10)
"""What was said before something else."""
_MOST_KEPT = 10
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Saying:
    """All that was declared by then."""

    at: datetime
    declared: Declared


def declared_by(state: StateStore, user_id: str, as_of: datetime) -> Declared:
    """What ``user_id`` had declared then.

    Raises CursorExpired where so much has been declared since that it is no longer known.
    """
    record = state.get(_name(user_id))
    sayings = _sayings(record)
    then = [each for each in sayings if each.at <= as_of]
    if not then and sayings and record and record.value.get("shortened"):
        raise expired()
    return then[-1].declared if then else NOTHING_DECLARED


def declare(state: StateStore, user_id: str, declared: Declared, now: datetime) -> Declared:
    """Keep ``declared``, and of what it says nothing of, what was said before; returns both together.

    Raises StateConflict where others keep writing the same profile.
    """
    for attempt in range(_ATTEMPTS):
        record = state.get(_name(user_id))
        sayings = _sayings(record)
        whole = declared.over(sayings[-1].declared) if sayings else declared
        if sayings and whole == sayings[-1].declared:
            return whole
        try:
            _keep(state, user_id, record, sayings, whole, now)
        except StateConflict:
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        return whole
    raise AssertionError("the last attempt returns or raises")


def merge_profiles(state: StateStore, from_user: str, to_user: str, now: datetime) -> None:
    """What the guest ``from_user`` declared becomes ``to_user``'s; of both, what was said later counts, field by field.

    The guest's profile is removed afterwards, so a second call, or one after a crash in between, changes nothing more.
    Rankings frozen before ``now`` do not see it. Raises StateConflict.
    """
    guest = state.get(_name(from_user))
    brought = _sayings(guest)
    if guest is None:
        return
    if not brought:
        forget_declared(state, from_user)
        return
    record = state.get(_name(to_user))
    own = _sayings(record)
    later, earlier = brought[-1], own[-1] if own else None
    if earlier is not None and earlier.at >= later.at:
        later, earlier = earlier, later
    whole = later.declared.over(earlier.declared) if earlier else later.declared
    if not own or whole != own[-1].declared:
        _keep(state, to_user, record, own, whole, now)
    # Emptied first: that fails where the guest has declared something more meanwhile, which removing would lose.
    state.put(_name(from_user), {"sayings": [], "shortened": False}, guest.revision, now + KEPT)
    forget_declared(state, from_user)


def forget_declared(state: StateStore, user_id: str) -> None:
    """As if the user had never declared anything. Raises Unavailable."""
    state.remove(_name(user_id))


def _keep(
    state: StateStore, user_id: str, record: State | None, sayings: Sequence[_Saying], whole: Declared, now: datetime
) -> None:
    now = max([now, *(each.at for each in sayings[-1:])])  # clocks go backwards; what was said last stays the last
    before = [each for each in sayings if each.at >= now - _KEPT_FOR]
    older = [each for each in sayings if each.at < now - _KEPT_FOR][-1:]
    kept = [*older, *before, _Saying(now, whole)]
    value = {
        "sayings": [
            {"at": each.at.isoformat(), "declared": declared_record(each.declared)} for each in kept[-_MOST_KEPT:]
        ],
        "shortened": len(kept) > _MOST_KEPT,
    }
    state.put(_name(user_id), value, record.revision if record else 0, now + KEPT)


def _sayings(record: State | None) -> list[_Saying]:
    """Oldest first; none of a record that cannot be understood."""
    said: Sequence[Mapping[str, Any]] = record.value.get("sayings", ()) if record else ()
    return [_Saying(datetime.fromisoformat(each["at"]), declared_from_record(each["declared"])) for each in said]


def _name(user_id: str) -> str:
    """No id of a person stands in a record's name."""
    return f"declared-{hashlib.sha256(user_id.encode()).hexdigest()}"
