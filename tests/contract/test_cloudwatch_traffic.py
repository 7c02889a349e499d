"""Traffic out of CloudWatch: what the functions' lines of metrics become there, added up again."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from moto.cloudwatch.models import Statistics, cloudwatch_backends
from moto.core import DEFAULT_ACCOUNT_ID

from shared import wiring
from shared.adapters import cloudwatch_traffic
from shared.adapters.aws import Connections
from shared.adapters.cloudwatch_traffic import CloudWatchTraffic
from shared.domain.errors import NotFound, Unavailable
from shared.services.traffic import traffic
from shared.settings import Aws, Settings
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def quantiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in has the other statistics, and cannot answer for these at all."""
    others = Statistics.get_statistics_for_type

    def statistic(self: Statistics, name: str) -> Any:
        if not name.startswith("p"):
            return others(self, name)
        values = sorted(float(each) for each in self.metric_single_values_list)
        return values[math.ceil(float(name[1:]) / 100 * len(values)) - 1]

    monkeypatch.setattr(Statistics, "get_statistics_for_type", statistic)


@pytest.fixture
def namespace() -> str:
    return f"Vitrine/{uuid4().hex[:8]}"


@pytest.fixture
def reader(aws: AwsStandIn, namespace: str, clock: StillClock) -> CloudWatchTraffic:
    for each in cloudwatch_backends[DEFAULT_ACCOUNT_ID].values():
        each.metric_data = []  # asked for one namespace, the stand-in answers for all
    return CloudWatchTraffic(aws.connections, namespace, clock)


@pytest.fixture
def put(aws: AwsStandIn, namespace: str) -> Any:
    def put(function: str, at: datetime, **values: float) -> None:
        """One request's metrics, as the log's line of them becomes."""
        of = [{"Name": "service", "Value": function}]
        aws.connections.client("cloudwatch").put_metric_data(
            Namespace=namespace,
            MetricData=[
                {"MetricName": name, "Value": value, "Timestamp": at, "Dimensions": of}
                for name, value in values.items()
            ],
        )

    return put


def test_functions_stages_and_shares_are_added_up(reader: CloudWatchTraffic, put: Any, aws: AwsStandIn) -> None:
    early = NOW - 4 * MINUTE
    put("recommend", early, Latency=20.0, LatencyRank=8.0, Fallback=1, Degraded=0, Cold=1, SourcePopular=5)
    put("recommend", NOW, Latency=40.0, LatencyRank=4.0, Fallback=0, Degraded=0, Cold=0, SourceBecauseOf=2)
    put("search", NOW, Latency=90.0, LatencyRank=9.0, LatencyIndex=2.0, Fallback=0, Degraded=1, SourcePopular=1)
    put("collect", NOW, Latency=3.0)
    put("recommend", NOW - 60 * MINUTE, Latency=999.0, Fallback=1)  # before what is asked for
    found = traffic(reader, 5, NOW)
    assert (found.requests, found.errors, found.answers, found.partial) == (4, None, 3, False)
    assert [(each.name, each.latency.count, each.latency.total_ms) for each in found.routes] == [
        ("recommend", 2, 60.0), ("collect", 1, 3.0), ("search", 1, 90.0),
    ]  # fmt: skip
    assert (found.routes[0].latency.p50_ms, found.routes[2].latency.p99_ms) == (30.0, 90.0)
    assert {name: (each.count, each.total_ms) for name, each in found.stages.items()} == {
        "rank": (3, 21.0), "index": (1, 2.0),
    }  # fmt: skip
    assert [each.latency.count for each in found.series] == [1, 0, 0, 0, 3]
    assert (found.fallback_share, found.degraded_share, found.cold_share) == (1 / 3, 1 / 3, 1 / 2)
    assert list(found.sources.items()) == [("popular", 6), ("because_of", 2)]


def test_jobs_have_no_part_in_it(reader: CloudWatchTraffic, aws: AwsStandIn, namespace: str, put: Any) -> None:
    client = aws.connections.client("cloudwatch")
    of_shop = [{"Name": "shop", "Value": "outlet"}]
    jobs = [{"MetricName": "LatencyOfAll", "Value": 1.0, "Timestamp": NOW}, {"MetricName": "Latency", "Value": 1.0}]
    client.put_metric_data(Namespace=namespace, MetricData=[jobs[0], jobs[1] | {"Dimensions": of_shop}])
    put("recommend", NOW, Latency=20.0, Candidates=100, ColdStart=1)
    put("dashboard", NOW, Latency=900.0, LatencyIndex=80.0)  # nor has what it asks itself
    found = traffic(reader, 5, NOW)
    assert (found.requests, found.stages, found.sources) == (1, {}, {})


def test_nothing_is_known_of_a_quiet_stack(reader: CloudWatchTraffic) -> None:
    found = traffic(reader, 60, NOW)
    assert (found.requests, found.routes, found.fallback_share, len(found.series)) == (0, (), None, 60)


class Pages:
    """CloudWatch by the page, with quantiles, which the stand-in has none of."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def client(self, _: str) -> "Pages":
        return self

    def list_metrics(self, **asked: Any) -> dict[str, Any]:
        """Two functions, one a page."""
        name = "search" if "NextToken" in asked else "recommend"
        dimensions = [{"Name": "service", "Value": name}]
        page = {"Metrics": [{"MetricName": each, "Dimensions": dimensions} for each in ("Latency", "LatencyRank")]}
        return page if "NextToken" in asked else page | {"NextToken": "more"}

    def get_metric_data(self, **asked: Any) -> dict[str, Any]:
        queries, last = asked["MetricDataQueries"], "NextToken" in asked
        self.asked.append(len(queries))
        results = [*self._results(queries, 1 if last else 0)]
        return {"MetricDataResults": results, **({} if last else {"NextToken": "more"})}

    def _results(self, queries: Any, page: int) -> Iterator[dict[str, Any]]:
        for query in queries:
            metric = query["MetricStat"]["Metric"]
            busy = metric["Dimensions"][0]["Value"] == "search"
            value = {"SampleCount": 3.0 if busy else 1.0, "Sum": 100.0, "p50": 30.0 if busy else 10.0, "p99": 50.0}
            yield {
                "Id": query["Id"],
                "StatusCode": "Complete" if page else "PartialData",
                "Timestamps": [NOW - page * MINUTE],
                "Values": [value[query["MetricStat"]["Stat"]]],
            }


def test_it_asks_in_parts_and_reads_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloudwatch_traffic, "_AT_ONCE", 10)
    pages = Pages()
    found = traffic(CloudWatchTraffic(pages, "ours", StillClock()), 2, NOW)  # type: ignore[arg-type]
    assert pages.asked == [10, 10, 6, 6]
    assert [(each.name, each.latency.count) for each in found.routes] == [("search", 6), ("recommend", 2)]
    whole = found.stages["rank"]
    assert (whole.count, whole.p50_ms, whole.p99_ms, whole.total_ms) == (8, 25.0, 50.0, 400.0)
    assert [(each.latency.count, each.latency.p50_ms) for each in found.series] == [(4, 25.0), (4, 25.0)]
    assert not found.partial


@pytest.mark.parametrize("minutes", [2, 300, 1_440])
def test_who_looks_every_few_seconds_pays_once_a_minute(clock: StillClock, minutes: int) -> None:
    """And sees what is new after a minute, however long the steps are."""
    pages = Pages()
    reader = CloudWatchTraffic(pages, "ours", clock)  # type: ignore[arg-type]
    first = traffic(reader, minutes, clock.now())
    once = len(pages.asked)
    clock.forward(seconds=45)
    assert traffic(reader, minutes, clock.now()) == first
    assert len(pages.asked) == once
    clock.forward(seconds=15)
    traffic(reader, minutes, clock.now())
    assert len(pages.asked) == 2 * once
    clock.forward(seconds=-30)  # set back, it does not make what was read good for longer
    traffic(reader, minutes, clock.now())
    assert len(pages.asked) == 3 * once


def test_what_was_not_whole_is_read_again(clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Pages):
        def _results(self, queries: Any, page: int) -> Iterator[dict[str, Any]]:
            yield from (each | {"StatusCode": "InternalError"} for each in super()._results(queries, page))

    pages = Broken()
    reader = CloudWatchTraffic(pages, "ours", clock)  # type: ignore[arg-type]
    assert traffic(reader, 2, clock.now()).partial
    monkeypatch.setattr(pages, "_results", lambda *of: Pages._results(pages, *of))
    assert not traffic(reader, 2, clock.now()).partial


def test_where_cloudwatch_refuses_it_is_unavailable(aws: AwsStandIn) -> None:
    quick = CloudWatchTraffic(Connections(), "ours", StillClock())

    def refuse(call: Call) -> Fault | None:
        return Fault(403, "AccessDenied") if call.service == "monitoring" else None

    with aws.faulty(refuse), pytest.raises(Unavailable):
        traffic(quick, 5, NOW)


def test_another_shop_is_told_nothing_of_all(aws_names: Aws, clock: StillClock) -> None:
    first = Settings(aws=aws_names)
    assert isinstance(wiring.traffic_reader(first, clock), CloudWatchTraffic)
    with pytest.raises(NotFound, match="first shop"):
        wiring.traffic_reader(first.of_shop("outlet"), clock)
