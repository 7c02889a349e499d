"""Guests become users: what was done under an anonymous id is the user's from the moment of logging in."""

from dataclasses import dataclass

from shared.domain.errors import InvalidInput
from shared.ports import MOST_MERGED, Clock, EventStore, StateStore
from shared.services.event_formats import ANONYMOUS_PREFIX
from shared.services.event_formats.bounds import identifier
from shared.services.profiles import merge_profiles


@dataclass(frozen=True, slots=True)
class Merged:
    """How many events were moved, and whether there may be more: then the same is to be asked for again."""

    moved: int
    more: bool


def merge_guest(events: EventStore, state: StateStore, clock: Clock, anonymous_id: str, user_id: str) -> Merged:
    """Make the guest's events and declared likes the user's. Taste, cart and what is owned follow, being of the events.

    It may be asked for again at any time, and moves what has come in since. Raises InvalidInput where either is none,
    or where both are the same; StateConflict and Unavailable: what has been moved by then is the user's.
    """
    guest = identifier(anonymous_id, "anonymous_id").removeprefix(ANONYMOUS_PREFIX)
    user = identifier(user_id, "user_id")
    if not guest or not user:
        raise InvalidInput("anonymous_id and user_id name the guest and the user: send both.")
    if user.startswith(ANONYMOUS_PREFIX):
        raise InvalidInput(f"user_id {user!r} is a guest's: send the id of the user who has logged in.")
    if guest == user:
        raise InvalidInput(f"anonymous_id and user_id are both {user!r}: a user is not merged into itself.")
    moved = events.merge(ANONYMOUS_PREFIX + guest, user)
    merge_profiles(state, ANONYMOUS_PREFIX + guest, user, clock.now())
    return Merged(moved, more=moved >= MOST_MERGED)
