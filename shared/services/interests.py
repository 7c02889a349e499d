"""Interests by name, and removing one: resolved without the index, by whoever may write.

An interest is a cluster that is made anew for every answer, so its id is of what it is made of: a short digest of each
product, salted with the user. From it the user's own events tell which products are meant, and nobody else can: the id
may stand in a path. The same members have the same id; what joins them later is not removed with them.
"""

import base64
import hashlib
from collections.abc import Collection
from dataclasses import replace

from shared.domain.choices import still_counts
from shared.domain.declared import Declared
from shared.domain.errors import NotFound
from shared.domain.taste import MOST_PRODUCTS
from shared.ports import Clock, EventStore, StateStore
from shared.services.choices import change, choices_of
from shared.services.event_formats.bounds import identifier
from shared.services.profiles import declare, declared_by
from shared.services.recommend import RECENT_EVENTS

_BYTES = 6
"""Of each product's digest: that two of the few hundred that a user has met have the same is one in ten thousand
million."""
LONGEST_ID = MOST_PRODUCTS * _BYTES * 4 // 3 + 4
ID_PATTERN = r"^[A-Za-z0-9_-]+$"


def interest_id(user_id: str, product_ids: Collection[str]) -> str:
    digests = sorted(_digest(user_id, each) for each in set(product_ids))
    return base64.urlsafe_b64encode(b"".join(digests)).rstrip(b"=").decode()


def remove_interest(events: EventStore, state: StateStore, clock: Clock, user_id: str, of_interest: str) -> int:
    """Let what the user did to the products of the interest until now count no longer; returns how many those are.

    What was picked of them in a quiz is taken back; what is done to them from now on counts again. Bought, in the cart
    and disliked stay what they are. Raises NotFound where none of them counts any more, StateConflict and Unavailable.
    """
    user_id = identifier(user_id, "user_id")
    now = clock.now()
    choices = choices_of(state, [user_id])[user_id]
    recent = events.recent(user_id, RECENT_EVENTS, now)
    done = {each.product_id for each in recent if still_counts(choices, each, now)}
    picked = declared_by(state, user_id, now).picked or ()
    meant = _meant(user_id, {*done, *picked}, of_interest)
    if not meant:
        raise NotFound("There is no such interest any more: ask for the profile again, and take an id from there.")
    if moments := dict.fromkeys(sorted(done & meant), now):
        change(state, user_id, now, lambda each: replace(each, removed={**each.removed, **moments}))
    if meant.intersection(picked):
        declare(state, user_id, Declared(picked=tuple(each for each in picked if each not in meant)), now)
    return len(meant)


def _meant(user_id: str, product_ids: Collection[str], of_interest: str) -> set[str]:
    try:
        digests = base64.urlsafe_b64decode(of_interest + "=" * (-len(of_interest) % 4))
    except ValueError:
        return set()
    wanted = {digests[start : start + _BYTES] for start in range(0, len(digests), _BYTES)}
    return {each for each in product_ids if _digest(user_id, each) in wanted}


def _digest(user_id: str, product_id: str) -> bytes:
    return hashlib.sha256(f"{user_id}\0{product_id}".encode()).digest()[:_BYTES]
