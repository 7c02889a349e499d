"""What may be learnt from: events of people whose choices, as they are now, let them count for others too.

What is stored is no more than was agreed to when it came in. But the shop's word for those who have not said may have
changed since, and an event may have got past a withdrawal whose batch was killed before it was looked at again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from shared.domain.choices import Choices, Consent, may, was_with_leave
from shared.domain.events import Activity, Event
from shared.ports import EventStore, StateStore
from shared.services.choices import choices_of

_AT_ONCE = 500
"""Users whose choices are asked for in one call."""


@dataclass(frozen=True, slots=True)
class Learnable:
    """As :class:`shared.ports.EventStore`, read through everybody's choices; ``default`` is of who has not said."""

    events: EventStore
    state: StateStore
    default: Consent

    def histories(self, until: datetime) -> Iterator[list[Event]]:
        """Raises Unavailable."""
        everybody = self.events.histories(until)
        while some := list(islice(everybody, _AT_ONCE)):
            choices = choices_of(self.state, {own[0].user_id for own in some})
            for own in some:
                theirs = choices[own[0].user_id]
                if self._counts(theirs) and (kept := [each for each in own if was_with_leave(theirs, each)]):
                    yield kept

    def searches(self, since: datetime) -> Iterator[tuple[str, str]]:
        """Raises Unavailable."""
        everybody = self.events.searches(since)
        while some := list(islice(everybody, _AT_ONCE)):
            choices = choices_of(self.state, {user_id for user_id, _ in some})
            yield from (each for each in some if self._counts(choices[each[0]]))

    def activity(self, since: date) -> Iterator[Activity]:
        """Nobody is in it, and it is as it was counted."""
        return self.events.activity(since)

    def _counts(self, choices: Choices) -> bool:
        consent = may(choices, self.default)
        return consent.personalise and consent.analytics
