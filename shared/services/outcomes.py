"""What came of the answers of the last days."""

from datetime import datetime, timedelta

from shared.domain.errors import InvalidInput
from shared.domain.outcomes import Outcomes, outcomes_of
from shared.ports import EventStore

MOST_DAYS = 90


def outcomes(events: EventStore, days: int, now: datetime) -> Outcomes:
    """Of the last ``days`` (UTC), today among them. Raises InvalidInput and Unavailable."""
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"days is {days}: ask for 1 to {MOST_DAYS}.")
    until = now.date()
    since = until - timedelta(days=days - 1)
    return outcomes_of(events.outcomes(since), since, until)
