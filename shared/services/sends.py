"""What the ledger of sends says: what a user was shown lately, who has had enough, and what was sent after all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from shared.domain.errors import InvalidInput
from shared.domain.send_records import KEPT
from shared.domain.sends import Send, SendState
from shared.ports import SendStore

MOST_USERS = 1_000
WEEK = timedelta(days=7)


def since(now: datetime) -> datetime:
    """From when on sends are to be read for :func:`exposed` and :func:`capped`."""
    return now - KEPT


def exposed(sends: Mapping[str, Sequence[Send]], last: int) -> dict[str, frozenset[str]]:
    """The products that the ``last`` sends have shown to each user, and the groups of which they are.

    ``sends`` is as :meth:`shared.ports.SendStore.recent` gives it. What took the place of a pick when the email was
    opened, or when the picks were asked for again, was shown as well; so was the pick, to whoever opened it before. Of
    a place the ledger knows the last that stood there: once a spare was needed, all of the send's count.
    """
    return {user_id: frozenset(_shown(own[: max(last, 0)])) for user_id, own in sends.items()}


def _shown(sends: Sequence[Send]) -> set[str]:
    shown: set[str] = set()
    for send in sends:
        for pick in (*send.picks, *(send.spares if send.shown else ())):
            shown |= {pick.product_id, pick.group or pick.product_id}
    return shown


def capped(sends: Mapping[str, Sequence[Send]], most: int | None, now: datetime) -> frozenset[str]:
    """The users who have had ``most`` sends or more within the seven days up to ``now``; nobody without a limit."""
    if most is None:
        return frozenset()
    return frozenset(user for user, own in sends.items() if sum(send.at > now - WEEK for send in own) >= most)


def confirm(store: SendStore, campaign: str, user_ids: Sequence[str], now: datetime) -> int:
    """The picks of these users were sent: they count as shown, from the first time this is said.

    Returns for how many of them the campaign has a send. Raises InvalidInput, and Unavailable: some may be confirmed
    then, and saying it again does no harm.
    """
    return store.mark(campaign, _checked(user_ids), SendState.SENT, now)


def undo(store: SendStore, campaign: str, user_ids: Sequence[str]) -> int:
    """The picks of these users were not sent, or are to be made anew: it is as if they had never been made.

    Also where they were confirmed: who undoes is to know. Their pictures and links lead to the shop alone then. Returns
    how many sends there were. Raises as :func:`confirm` does.
    """
    return store.remove(campaign, _checked(user_ids))


def _checked(user_ids: Sequence[str]) -> list[str]:
    distinct = list(dict.fromkeys(user_ids))
    if not 1 <= len(distinct) <= MOST_USERS:
        raise InvalidInput(f"user_ids holds {len(distinct)} users: name 1 to {MOST_USERS} at a time.")
    return distinct
