"""What a request brings of its visitor: deeds that no store knows of and need not, declared likes, the context."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.context import NO_CONTEXT, Context
from shared.domain.declared import NOTHING_DECLARED, Declared, declared_record
from shared.domain.errors import InvalidInput
from shared.domain.events import Event
from shared.services.event_formats import Rejected, read_events

LONGEST_SESSION = 100
MOST_EVENTS = 500
"""What a session may come to: an order becomes an event for each of its lines."""

_GUEST = "guest"
_APART = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Session:
    """``sent`` are decoded JSON values in any of the formats of :mod:`shared.services.event_formats`, the oldest first.

    They need neither ids nor times, and whomever they name, they are the visitor's own. ``declared`` counts over what
    the visitor has declared before.
    """

    sent: Sequence[object] = ()
    declared: Declared = NOTHING_DECLARED
    context: Context = NO_CONTEXT

    def digest(self) -> str:
        """Stands for the session in a cursor; empty for none. It is of what was sent, so no clock has a part in it."""
        if not self.sent and self.declared == NOTHING_DECLARED and not self.context:
            return ""
        brought = [self.sent, declared_record(self.declared), self.context.record()]
        try:
            return hashlib.sha256(json.dumps(brought, sort_keys=True).encode()).hexdigest()
        except RecursionError:
            raise InvalidInput("The session is nested too deeply: send a list of plain events.") from None

    def events(self, user_id: str, until: datetime) -> list[Event]:
        """What the session says, the same for the same ``until``: the moment that its ranking was frozen on.

        Each event is read as if it had come in a second after the one before it and the last one at ``until``; that is
        also its time where it states none. Without ids of its own it gets the one that it would be stored under for
        ``user_id``, who is empty for a guest. Raises InvalidInput for the first event that cannot be used.
        """
        if len(self.sent) > LONGEST_SESSION:
            raise InvalidInput(f"The session holds {len(self.sent)} events: send the last {LONGEST_SESSION}.")
        events: list[Event] = []
        for place, raw in enumerate(self.sent):
            for read in read_events(_of(user_id or _GUEST, raw), until - (len(self.sent) - 1 - place) * _APART):
                if isinstance(read, Rejected):
                    raise InvalidInput(f"session.{place}: {read.reason}")
                if not isinstance(read, Event):  # what became of an email is no deed of the visit
                    continue
                events.append(read)
            if len(events) > MOST_EVENTS:
                raise InvalidInput(f"The session comes to more than {MOST_EVENTS} events: send fewer of the oldest.")
        return events


NO_SESSION = Session()


def _of(user_id: str, raw: object) -> object:
    """First among the keys, so that it counts before any other spelling of it."""
    return {"user_id": user_id} | raw | {"user_id": user_id} if isinstance(raw, dict) else raw
