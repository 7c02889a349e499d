"""Counting requests in a sliding window, by two counters and no list of times.

The count of the last minute is taken as that of this clock minute and the part of the one before that the window still
covers, as if its requests had come evenly (the sliding window counter: Figma, "An alternative approach to rate
limiting", 2017; Cloudflare, "How we built rate limiting capable of scaling to millions of domains", 2017).
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

WINDOW = 60
"""Seconds."""


@dataclass(slots=True)
class Tally:
    """Of one name: ``now`` are the requests of the clock minute ``minute``, ``before`` those of the one before it.

    ``told`` are those of ``now`` that others know of too, and ``elsewhere`` is what others counted in this minute.
    """

    minute: int
    now: int = 0
    before: int = 0
    told: int = 0
    elsewhere: int = 0


class Windows:
    """The tallies of at most ``most`` names; who was not heard of for longest is forgotten first. For one thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tallies: OrderedDict[str, Tally] = OrderedDict()

    def tally(self, name: str, seconds: float) -> Tally:
        """The name's tally as of ``seconds`` since 1970."""
        minute = math.floor(seconds / WINDOW)
        tally = self._tallies.get(name)
        if tally is None:
            tally = self._tallies[name] = Tally(minute)
            if len(self._tallies) > self._most:
                self._tallies.popitem(last=False)
        else:
            self._tallies.move_to_end(name)
        if tally.minute != minute:
            before = tally.now + tally.elsewhere if tally.minute == minute - 1 else 0
            tally.minute, tally.before, tally.now, tally.told, tally.elsewhere = minute, before, 0, 0, 0
        return tally


def requests_within(tally: Tally, seconds: float) -> float:
    """About how many came in the minute up to ``seconds``, to a thousandth: times have no more digits than that."""
    passed = seconds / WINDOW - tally.minute
    return round(tally.now + tally.elsewhere + tally.before * (1 - passed), 3)


def wait_for(tally: Tally, limit: int, seconds: float) -> int:
    """Whole seconds, at least one, until a next request is within ``limit`` if none comes meanwhile."""
    next_minute = (tally.minute + 1) * WINDOW
    counted = tally.now + tally.elsewhere
    if tally.before and counted < limit:
        at = next_minute - WINDOW * (limit - 1 - counted) / tally.before
    else:  # this minute is full: its share in the next one's windows has to shrink
        at = next_minute + WINDOW * max(0.0, 1 - (limit - 1) / max(counted, 1))
    return max(1, math.ceil(at - seconds))
