"""Crediting what comes in: events of a cart or an order that name no answer get that of their user's last touch.

A shop's server knows of an order what was bought, and not which list it was found in; the page that the click came from
knows the list. Done when events are stored, it is done once: whoever counts finds the answer in the event.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from shared.domain.choices import Choices, was_with_leave
from shared.domain.crediting import credited, is_touch, wants_credit
from shared.domain.errors import Unavailable
from shared.domain.events import Event
from shared.services.consent import Keeping
from shared.services.storing import Admitted

MOST_USERS = 25
"""Users whose last events are read for one batch. More of them are a bulk load, of which nothing is credited."""
_RECENT = 100
_BUDGET = 0.3
"""Seconds that the whole of it may take where the store is far away."""
_log = logging.getLogger("vitrine.crediting")


def credit(keeping: Keeping, admitted: Admitted) -> Admitted:
    """The admitted events, with the answers that they are owed to.

    The touches of the batch count as those that are stored. Of who has not agreed to be counted, nothing is read; where
    the store is down or slow, the events stay as they are. Does not raise.
    """
    users = list(dict.fromkeys(each.user_id for each in admitted.events if wants_credit(each)))
    if not 1 <= len(users) <= MOST_USERS:
        return admitted
    touches = [*filter(is_touch, admitted.events), *_stored(keeping, admitted, users)]
    return replace(admitted, events=credited(admitted.events, touches))


def _stored(keeping: Keeping, admitted: Admitted, users: Sequence[str]) -> Iterable[Event]:
    now = keeping.clock.now()

    def read(user_id: str) -> Callable[[], list[Event]]:
        return lambda: keeping.events.recent(user_id, _RECENT, now)

    try:
        waiting = [keeping.calls.start("crediting", read(user_id)) for user_id in users]
        until = time.monotonic() + _BUDGET
        return [
            event
            for user_id, wait in zip(users, waiting, strict=True)
            for event in wait(max(until - time.monotonic(), 0.0))
            if was_with_leave(admitted.choices.get(user_id, Choices()), event)
        ]
    except Unavailable as error:
        _log.warning("a batch is credited by itself alone: %s", error)
    except Exception:  # a count is worth less than the events
        _log.exception("a batch is credited by itself alone")
    return ()
