"""Traffic as CloudWatch has it: the metrics that :mod:`shared.adapters.powertools` writes, by function.

They are of all shops of the deployment together, and of what queues and schedules have a function do as well as of what
it is asked. How many answers were errors they do not say.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from shared.adapters.aws import Connections, ask
from shared.domain.traffic import Latency, Route, Step, Traffic, share_of
from shared.ports import Clock

_LATENCY = "Latency"
_SOURCE = "Source"
_SHARES = ("Fallback", "Degraded", "Cold")
_DIMENSION = "service"
_ITSELF = "dashboard"
"""The function that asks for this report, as :mod:`functions.dashboard.handler` calls it: it is not counted."""
_GOOD_FOR = timedelta(minutes=1)
_AT_ONCE = 500
"""Metrics that one call asks for at most."""
_OF_LATENCY = ("SampleCount", "Sum", "p50", "p99")
_OF_COUNT = ("SampleCount", "Sum")


@dataclass(frozen=True, slots=True)
class _Metric:
    """One of a function's; ``name`` is as CloudWatch has it."""

    function: str
    name: str


_Values = Mapping[datetime, float]
_Found = Mapping[tuple[_Metric, str], _Values]
"""By metric and statistic, the value of each step that has one."""


class CloudWatchTraffic:
    """A :class:`shared.ports.TrafficReader`.

    A report asks for some hundreds of statistics, at $0.01 a thousand. A quantile over several steps or functions is
    the mean of theirs, weighted by their requests: CloudWatch gives no other across metrics. What was read last,
    where it is whole, is good for a minute to who asks for the same steps, as a dashboard does every few seconds.
    """

    def __init__(self, connections: Connections, namespace: str, clock: Clock) -> None:
        self._connections = connections
        self._namespace = namespace
        self._clock = clock
        self._last: tuple[datetime, Traffic] | None = None

    def report(self, since: datetime, until: datetime, step: timedelta) -> Traffic:
        now = self._clock.now()
        if self._last is not None:
            read_at, last = self._last
            is_fresh = timedelta(0) <= now - read_at < _GOOD_FOR
            if is_fresh and (last.since, last.until, last.step) == (since, until, step):
                return last
        made = self._made(since, until, step)
        self._last = None if made.partial else (now, made)
        return made

    def _made(self, since: datetime, until: datetime, step: timedelta) -> Traffic:
        metrics = sorted(set(self._listed()), key=lambda each: (each.function, each.name))
        found, partial = self._read(metrics, since, until, step)
        latencies = [each for each in metrics if each.name == _LATENCY]
        total = {name: _total(found, metrics, name) for name in _SHARES}
        answers = _samples(found, metrics, "Fallback")
        return Traffic(
            since,
            until,
            step,
            _latency(found, latencies).count,
            None,
            tuple(sorted(_routes(found, latencies), key=lambda each: -each.latency.count)),
            _stages(found, metrics),
            tuple(Step(at, _latency(found, latencies, at), None) for at in _steps(since, until, step)),
            answers,
            share_of(total["Fallback"], answers),
            share_of(total["Degraded"], _samples(found, metrics, "Degraded")),
            share_of(total["Cold"], _samples(found, metrics, "Cold")),
            _sources(found, metrics),
            partial,
        )

    def _listed(self) -> Iterator[_Metric]:
        """What there is of the functions' own metrics: the jobs' have another dimension, or none."""
        more: dict[str, str] = {}
        while True:
            page = ask(self._connections.client("cloudwatch").list_metrics, Namespace=self._namespace, **more)
            for each in page["Metrics"]:
                of = {one["Name"]: one["Value"] for one in each["Dimensions"]}
                if of.keys() == {_DIMENSION} and of[_DIMENSION] != _ITSELF and _is_wanted(each["MetricName"]):
                    yield _Metric(of[_DIMENSION], each["MetricName"])
            if not (token := page.get("NextToken")):
                return
            more = {"NextToken": token}

    def _read(
        self, metrics: Sequence[_Metric], since: datetime, until: datetime, step: timedelta
    ) -> tuple[_Found, bool]:
        """And whether any of it is missing."""
        found: dict[tuple[_Metric, str], dict[datetime, float]] = defaultdict(dict)
        missing = False
        wanted = iter([(each, statistic) for each in metrics for statistic in _statistics(each)])
        while some := list(islice(wanted, _AT_ONCE)):
            queries = [self._query(f"q{place}", *each, step) for place, each in enumerate(some)]
            for result in self._results(queries, since, until):
                of = some[int(result["Id"][1:])]
                missing = missing or result["StatusCode"] not in ("Complete", "PartialData")
                found[of].update(zip(result["Timestamps"], result["Values"], strict=True))
        return found, missing

    def _results(self, queries: Sequence[Any], since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
        asked: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": since, "EndTime": until}
        while True:
            page = ask(self._connections.client("cloudwatch").get_metric_data, **asked)
            yield from page["MetricDataResults"]
            if not (token := page.get("NextToken")):
                return
            asked["NextToken"] = token

    def _query(self, name: str, metric: _Metric, statistic: str, step: timedelta) -> dict[str, Any]:
        of = [{"Name": _DIMENSION, "Value": metric.function}]
        return {
            "Id": name,
            "MetricStat": {
                "Metric": {"Namespace": self._namespace, "MetricName": metric.name, "Dimensions": of},
                "Period": int(step.total_seconds()),
                "Stat": statistic,
            },
        }


def _is_wanted(name: str) -> bool:
    return name in _SHARES or name.startswith((_LATENCY, _SOURCE))


def _statistics(metric: _Metric) -> Sequence[str]:
    return _OF_LATENCY if metric.name.startswith(_LATENCY) else _OF_COUNT


def _steps(since: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    while since < until:
        yield since
        since += step


def _total(found: _Found, metrics: Iterable[_Metric], name: str, statistic: str = "Sum") -> float:
    return sum(sum(found.get((each, statistic), {}).values()) for each in metrics if each.name == name)


def _samples(found: _Found, metrics: Iterable[_Metric], name: str) -> int:
    return round(_total(found, metrics, name, "SampleCount"))


def _latency(found: _Found, metrics: Iterable[_Metric], at: datetime | None = None) -> Latency:
    """Of the metrics together, over all steps or the one ``at``."""
    weights: list[tuple[float, float | None, float | None]] = []
    total = 0.0
    for each in metrics:
        counts, sums, p50, p99 = (found.get((each, statistic), {}) for statistic in _OF_LATENCY)
        for moment, count in counts.items():
            if at is None or moment == at:
                weights.append((count, p50.get(moment), p99.get(moment)))
                total += sums.get(moment, 0.0)
    return Latency(
        round(sum(count for count, _, _ in weights)),
        _mean([(count, value) for count, value, _ in weights]),
        _mean([(count, value) for count, _, value in weights]),
        round(total, 3),
    )


def _mean(weighted: Iterable[tuple[float, float | None]]) -> float | None:
    known = [(count, value) for count, value in weighted if value is not None]
    whole = sum(count for count, _ in known)
    return round(sum(count * value for count, value in known) / whole, 3) if whole else None


def _routes(found: _Found, latencies: Iterable[_Metric]) -> Iterator[Route]:
    for each in latencies:
        if (latency := _latency(found, [each])).count:
            yield Route(each.function, latency, None)


def _stages(found: _Found, metrics: Iterable[_Metric]) -> dict[str, Latency]:
    by_stage: defaultdict[str, list[_Metric]] = defaultdict(list)
    for each in metrics:
        if each.name.startswith(_LATENCY) and each.name != _LATENCY:
            by_stage[_words(each.name.removeprefix(_LATENCY))].append(each)
    stages = {stage: _latency(found, of) for stage, of in by_stage.items()}
    most_first = sorted(stages.items(), key=lambda each: (-each[1].count, each[0]))
    return {stage: latency for stage, latency in most_first if latency.count}


def _sources(found: _Found, metrics: Sequence[_Metric]) -> dict[str, int]:
    names = {each.name for each in metrics if each.name.startswith(_SOURCE)}
    items = {_words(name.removeprefix(_SOURCE)): round(_total(found, metrics, name)) for name in names}
    return dict(sorted(items.items(), key=lambda each: (-each[1], each[0])))


def _words(name: str) -> str:
    """``BecauseOf`` is because_of."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
