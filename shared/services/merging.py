"""Guests become users: what was done under an anonymous id is the user's from the moment of logging in."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.choices import MOST_MERGED_GUESTS, Choices, may
from shared.domain.errors import InvalidInput
from shared.domain.events import ANONYMOUS_PREFIX
from shared.ports import MOST_MERGED
from shared.services.choices import change, choices_of
from shared.services.consent import Keeping, erase_stored, follow, narrowed, settle
from shared.services.event_formats.bounds import person_id
from shared.services.profiles import merge_profiles


@dataclass(frozen=True, slots=True)
class Merged:
    """How many events were moved, and whether there may be more: then the same is to be asked for again."""

    moved: int
    more: bool


def merge_guest(keeping: Keeping, anonymous_id: str, user_id: str) -> Merged:
    """Make the guest's events and declared likes the user's. Taste, cart and what is owned follow, being of the events.

    What the user has said about consent holds, and what the guest has said where the user has said nothing. Where that
    is not to be remembered, nothing is moved, and what there is of both is erased. The user's record says what is to
    become of the events before any is moved, and every step may be done again: killed anywhere, the same call goes on.
    It may be asked for again at any time, and moves what has come in since. Raises InvalidInput where either is none,
    or where both are the same; StateConflict and Unavailable: what has been moved by then is the user's.
    """
    guest, user = _both(anonymous_id, user_id)
    anonymous = ANONYMOUS_PREFIX + guest
    brought = choices_of(keeping.state, [anonymous])[anonymous]
    now = keeping.clock.now()
    choices = change(keeping.state, user, now, lambda current: _with_guest(current, guest, brought, keeping, now))
    if not may(choices, keeping.default).personalise:
        erase_stored(keeping, anonymous)
        settle(keeping, user, choices)
        return Merged(0, more=False)
    moved = keeping.events.merge(anonymous, user)
    if not may(choices, keeping.default).analytics:
        keeping.events.withhold(user)
    choices = settle(keeping, user, choices)
    merge_profiles(keeping.state, anonymous, user, now)
    # Who has withdrawn meanwhile, or was erased, is not to get what was on its way.
    follow(keeping, user, choices, choices_of(keeping.state, [user])[user])
    return Merged(moved, more=moved >= MOST_MERGED)


def _both(anonymous_id: str, user_id: str) -> tuple[str, str]:
    guest = person_id(anonymous_id, "anonymous_id").removeprefix(ANONYMOUS_PREFIX)
    user = person_id(user_id, "user_id")
    if not guest or not user:
        raise InvalidInput("anonymous_id and user_id name the guest and the user: send both.")
    if user.startswith(ANONYMOUS_PREFIX):
        raise InvalidInput(f"user_id {user!r} is a guest's: send the id of the user who has logged in.")
    if guest == user:
        raise InvalidInput(f"anonymous_id and user_id are both {user!r}: a user is not merged into itself.")
    return guest, user


def _with_guest(choices: Choices, guest: str, brought: Choices, keeping: Keeping, now: datetime) -> Choices:
    """The user's choices with the guest's: what was removed from a taste stays so, and the guest's id is kept where
    there will be something of it."""
    # A word given for one browser does not take back one given for the account, and all its history with it. And a
    # tombstone is the word of whoever used the browser before.
    if choices.consent is None and brought.consent is not None and not brought.erased:
        choices = narrowed(choices, brought.consent, keeping.default, now)
    if not may(choices, keeping.default).personalise:
        return choices
    removed = dict(choices.removed)
    for product_id, at in brought.removed.items():
        removed[product_id] = max(at, removed.get(product_id, at))
    if guest in choices.merged:
        return replace(choices, removed=removed)
    return replace(choices, removed=removed, merged=(*choices.merged, guest)[-MOST_MERGED_GUESTS:])
