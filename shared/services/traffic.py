"""The traffic of the last minutes."""

from datetime import UTC, datetime, timedelta

from shared.domain.errors import InvalidInput
from shared.domain.traffic import Traffic, step_for
from shared.ports import TrafficReader

MOST_MINUTES = 1_440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def traffic(reader: TrafficReader, minutes: int, now: datetime) -> Traffic:
    """Of the last ``minutes``, the one at hand among them, rounded out to whole steps of a series.

    Raises InvalidInput and Unavailable.
    """
    if not 1 <= minutes <= MOST_MINUTES:
        raise InvalidInput(f"minutes is {minutes}: ask for 1 to {MOST_MINUTES:,}.")
    step = timedelta(minutes=step_for(minutes))
    until = _EPOCH + ((now - _EPOCH) // step + 1) * step
    since = _EPOCH + (now - timedelta(minutes=minutes - 1) - _EPOCH) // step * step
    return reader.report(since, until, step)
