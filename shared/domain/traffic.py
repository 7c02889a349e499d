"""How much is asked, how quickly it is answered, and what the answers are made of.

Durations are counted in buckets, each 15 % wider than the one before, so that a minute of any traffic takes the same
room and minutes can be added up; a quantile read from them is within 7.3 % of the true one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log

_SHORTEST = 5e-5
"""Seconds; what is shorter is in the first bucket."""
_GROWTH = 1.15
BUCKETS = 102
"""The last one begins at about a minute, and has all that is longer."""
_LOG_GROWTH = log(_GROWTH)
_STEPS = ((120, 1), (600, 5))
_COARSEST = 15


@dataclass(frozen=True, slots=True)
class Latency:
    """Requests, or runs of a stage, and how long they took, in milliseconds; None where that is not known."""

    count: int
    p50_ms: float | None
    p99_ms: float | None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """``name`` is the route's template, or a function's name; ``errors`` are answers of status 500 and above."""

    name: str
    latency: Latency
    errors: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """What was asked from ``at`` on, for the length of a step."""

    at: datetime
    latency: Latency
    errors: int | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """From ``since`` up to, and without, ``until``. What is None is not known.

    ``answers`` are lists of products. Of these, ``fallback_share`` has something popular in it where more personal
    sources had too little, and ``degraded_share`` was made without a part that was down. ``cold_share`` is, of the
    answers to people, that to those of whom nothing is known. ``sources`` has the items that each source had a part in,
    most first; ``partial`` says that some of the time is not known of.
    """

    since: datetime
    until: datetime
    step: timedelta
    requests: int
    errors: int | None
    routes: tuple[Route, ...]
    stages: Mapping[str, Latency]
    series: tuple[Step, ...]
    answers: int
    fallback_share: float | None
    degraded_share: float | None
    cold_share: float | None
    sources: Mapping[str, int]
    partial: bool


def bucket_of(seconds: float) -> int:
    """From 0 to :data:`BUCKETS` - 1."""
    return min(int(log(seconds / _SHORTEST) / _LOG_GROWTH) + 1, BUCKETS - 1) if seconds >= _SHORTEST else 0


def quantile_ms(counts: Sequence[int], share: float) -> float | None:
    """Milliseconds that ``share`` of the durations counted in the buckets did not pass; None of no duration."""
    total = sum(counts)
    if not total:
        return None
    wanted, seen = share * total, 0
    for bucket, count in enumerate(counts):
        seen += count
        if count and seen >= wanted:
            middle: float = _SHORTEST * _GROWTH ** (bucket - 0.5)
            return round(1_000 * middle, 3)
    raise AssertionError("the last bucket that counts anything has them all")


def step_for(minutes: int) -> int:
    """Minutes of a step of a series over so many: no chart has room for more than some hundred points."""
    return next((step for most, step in _STEPS if minutes <= most), _COARSEST)


def share_of(part: float, whole: float) -> float | None:
    return part / whole if whole else None
