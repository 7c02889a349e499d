"""Telemetry that stays in the process: a day of minutes, for the dashboard of the one-machine edition."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from shared.adapters.request_notes import Noting, RequestNotes, current
from shared.domain.moments import to_micros
from shared.domain.traffic import BUCKETS, Latency, Route, Step, Traffic, bucket_of, quantile_ms, share_of
from shared.ports import Clock

_MINUTES = 1_455
"""A day, and the rest of the step that it begins in."""
_MOST_NAMES = 100
"""Routes, stages and sources that a minute tells apart: code alone names them, and there are some dozens."""
_MINUTE = timedelta(minutes=1)
_ERROR = 500


@dataclass(slots=True)
class _Durations:
    counts: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(BUCKETS, np.uint32))
    seconds: float = 0.0
    errors: int = 0

    def add(self, seconds: float, failed: bool = False) -> None:
        self.counts[bucket_of(seconds)] += 1
        self.seconds += seconds
        self.errors += failed

    def latency(self) -> Latency:
        counts = self.counts.tolist()
        return Latency(sum(counts), quantile_ms(counts, 0.5), quantile_ms(counts, 0.99), round(1_000 * self.seconds, 3))


@dataclass(slots=True)
class _Minute:
    routes: dict[str, _Durations] = field(default_factory=dict)
    stages: dict[str, _Durations] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


class MeasuredTelemetry(Noting):
    """A :class:`shared.ports.RequestTelemetry` and :class:`shared.ports.TrafficReader`.

    A request counts where a ``route`` was noted of it, in the minute in which it ends. Some 20 kB are kept of a minute
    in which everything was asked, and nothing of one in which nothing was.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = _minute(clock.now())
        self._minutes: dict[int, _Minute] = {}
        self._lock = threading.Lock()

    @contextmanager
    def request(self, request_id: str) -> Iterator[None]:  # noqa: ARG002
        request, begun = RequestNotes(), time.perf_counter()
        token = current.set(request)
        try:
            yield
        finally:
            current.reset(token)
            self._take(request, time.perf_counter() - begun)

    def report(self, since: datetime, until: datetime, step: timedelta) -> Traffic:
        whole, series = _Minute(), []
        first, last, size = _minute(since), _minute(until), step // _MINUTE
        for begin in range(first, last, size):
            part = _summed(self._kept(begin, begin + size))
            asked = _added(part.routes.values())
            series.append(Step(since + (begin - first) * _MINUTE, asked.latency(), asked.errors))
            _add(whole, part)
        asked, counts = _added(whole.routes.values()), whole.counts
        sources = {name.removeprefix("source."): n for name, n in counts.items() if name.startswith("source.")}
        return Traffic(
            since,
            until,
            step,
            int(asked.counts.sum()),
            asked.errors,
            tuple(Route(name, each.latency(), each.errors) for name, each in _most_first(whole.routes)),
            {name: each.latency() for name, each in _most_first(whole.stages)},
            tuple(series),
            counts["answers"],
            share_of(counts["fallback"], counts["answers"]),
            share_of(counts["degraded"], counts["answers"]),
            share_of(counts["cold"], counts["people"]),
            dict(sorted(sources.items(), key=lambda each: (-each[1], each[0]))),
            partial=first < max(self._since, self._oldest()),
        )

    def _take(self, request: RequestNotes, seconds: float) -> None:
        of_stages, counts, facts = request.told()
        if "route" not in facts:
            return
        route, failed = str(facts["route"]), int(facts.get("status", _ERROR)) >= _ERROR
        with self._lock:
            minute = self._at_hand()
            _of(minute.routes, route).add(seconds, failed)
            for name, each in of_stages.items():
                _of(minute.stages, name).add(each)
            minute.counts.update(_told(counts, "recommendation_id" in facts))

    def _at_hand(self) -> _Minute:
        now = _minute(self._clock.now())
        found = self._minutes.get(now)
        if found is None:
            found = self._minutes[now] = _Minute()
            for old in [each for each in self._minutes if each < self._oldest()]:
                del self._minutes[old]
        return found

    def _oldest(self) -> int:
        return _minute(self._clock.now()) - _MINUTES

    def _kept(self, first: int, end: int) -> list[_Minute]:
        """Of those from a minute ago on, which may still be counted where a clock is set back a little, copies."""
        with self._lock:
            settled = _minute(self._clock.now()) - 1
            there = [each for each in range(first, end) if each in self._minutes]
            return [self._minutes[each] if each < settled else deepcopy(self._minutes[each]) for each in there]


def _minute(moment: datetime) -> int:
    return to_micros(moment) // 60_000_000


def _of(kept: dict[str, _Durations], name: str) -> _Durations:
    found = kept.get(name)
    if found is None:
        found = kept.setdefault(name if len(kept) < _MOST_NAMES else "other", _Durations())
    return found


def _told(counts: Mapping[str, float], is_answer: bool) -> dict[str, int]:
    """What the report has a word for; ``people`` are answers to somebody, known or not."""
    kept = {name: int(amount) for name, amount in counts.items() if name.startswith("source.")}
    if is_answer:
        kept |= {"answers": 1, **{name: int(counts[name]) for name in ("fallback", "degraded")}}
    return kept | ({"people": 1, "cold": int(counts["cold"])} if "cold" in counts else {})


def _summed(minutes: Iterable[_Minute]) -> _Minute:
    whole = _Minute()
    for each in minutes:
        _add(whole, each)
    return whole


def _add(to: _Minute, part: _Minute) -> None:
    for kept, more in ((to.routes, part.routes), (to.stages, part.stages)):
        for name, each in more.items():
            kept[name] = _added([kept[name], each] if name in kept else [each])
    to.counts.update(part.counts)


def _added(parts: Iterable[_Durations]) -> _Durations:
    whole = _Durations()
    for each in parts:
        whole.counts += each.counts
        whole.seconds += each.seconds
        whole.errors += each.errors
    return whole


def _most_first(kept: Mapping[str, _Durations]) -> list[tuple[str, _Durations]]:
    return sorted(kept.items(), key=lambda each: (-int(each[1].counts.sum()), each[0]))
