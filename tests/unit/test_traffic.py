"""What the process says of its own traffic: the numbers, their bounds, and what it costs to count."""

import contextvars
import random
import threading
from datetime import timedelta

import pytest

from shared.adapters import measured
from shared.adapters.measured import MeasuredTelemetry
from shared.domain.errors import InvalidInput
from shared.domain.traffic import BUCKETS, bucket_of, quantile_ms, step_for
from shared.services.traffic import MOST_MINUTES, traffic
from tests.support import NOW, StillClock


@pytest.fixture
def telemetry(clock: StillClock) -> MeasuredTelemetry:
    return MeasuredTelemetry(clock)


def ask(telemetry: MeasuredTelemetry, route: str = "GET /v1/trending", status: int = 200, **counts: float) -> None:
    """A request; what is counted is that of an answer, where anything is."""
    with telemetry.request(""):
        for name, amount in counts.items():
            telemetry.count(name.replace("__", "."), amount)
        if counts:
            telemetry.note(recommendation_id="r")
        telemetry.note(route=route, status=status)


class TestBuckets:
    @pytest.mark.parametrize("seconds", [1e-4, 0.003, 0.0251, 0.8, 2.5, 29.0])
    def test_a_duration_is_told_within_seven_percent_and_a_bit(self, seconds: float) -> None:
        for each in (seconds * 1.005**n for n in range(30)):  # all over a bucket, which is 15 % wide
            counts = [0] * BUCKETS
            counts[bucket_of(each)] = 1
            assert quantile_ms(counts, 0.99) == pytest.approx(1_000 * each, rel=0.073)

    def test_whatever_it_took_it_has_a_bucket_and_longer_is_no_lower(self) -> None:
        grown = [bucket_of(each) for each in (0.0, 1e-9, *(1e-5 * 1.07**n for n in range(300)), 1e6)]
        assert grown == sorted(grown)
        assert (grown[0], grown[-1]) == (0, BUCKETS - 1)

    def test_quantiles_of_many_are_those_of_the_sorted(self) -> None:
        drawn = sorted(random.Random(7).lognormvariate(-4, 1) for _ in range(5_000))
        counts = [0] * BUCKETS
        for each in drawn:
            counts[bucket_of(each)] += 1
        for share in (0.5, 0.99):
            assert quantile_ms(counts, share) == pytest.approx(1_000 * drawn[int(share * 5_000) - 1], rel=0.08)
        assert quantile_ms([0] * BUCKETS, 0.5) is None


class TestReport:
    def test_requests_errors_and_routes(self, telemetry: MeasuredTelemetry, clock: StillClock) -> None:
        for status in (200, 404, 500, 503):
            ask(telemetry, status=status)
        clock.forward(minutes=3)
        ask(telemetry, "POST /v1/search")
        found = traffic(telemetry, 10, clock.now())
        assert (found.requests, found.errors, found.step) == (5, 2, timedelta(minutes=1))
        assert [(each.name, each.latency.count, each.errors) for each in found.routes] == [
            ("GET /v1/trending", 4, 2), ("POST /v1/search", 1, 0),
        ]  # fmt: skip
        assert all(each.latency.p50_ms for each in found.routes)
        assert [(each.latency.count, each.errors) for each in found.series] == [
            *[(0, 0)] * 6, (4, 2), (0, 0), (0, 0), (1, 0),
        ]  # fmt: skip
        assert (found.series[6].at, found.until) == (NOW, NOW + timedelta(minutes=4))
        assert found.series[0].latency.p50_ms is None

    def test_shares_are_of_the_answers(self, telemetry: MeasuredTelemetry, clock: StillClock) -> None:
        ask(telemetry, fallback=1.0, cold=1.0, source__popular=4.0, source__text=1.0)
        ask(telemetry, fallback=0.0, cold=0.0, source__text=2.0, degraded__events=1.0, degraded__index=1.0)
        ask(telemetry, source__text=1.0, candidates=99.0)  # a list that has no person, and no share in what is cold
        ask(telemetry, "POST /v1/events")
        found = traffic(telemetry, 1, clock.now())
        assert (found.requests, found.answers) == (4, 3)
        assert (found.fallback_share, found.degraded_share, found.cold_share) == (1 / 3, 1 / 3, 1 / 2)
        assert list(found.sources.items()) == [("popular", 4), ("text", 4)]

    def test_where_nothing_was_asked_shares_are_not_known(
        self, telemetry: MeasuredTelemetry, clock: StillClock
    ) -> None:
        found = traffic(telemetry, 60, clock.now())
        assert (found.requests, found.fallback_share, found.degraded_share, found.cold_share) == (0, None, None, None)
        assert len(found.series) == 60

    def test_stages_add_up_over_threads(self, telemetry: MeasuredTelemetry, clock: StillClock) -> None:
        def work() -> None:
            with telemetry.stage("events"):
                telemetry.count("source.text")

        with telemetry.request(""):
            threads = [threading.Thread(target=contextvars.copy_context().run, args=(work,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            telemetry.note(route="GET /", status=200)
        found = traffic(telemetry, 1, clock.now())
        assert {name: each.count for name, each in found.stages.items()} == {"events": 1}
        assert (found.stages["events"].total_ms or 0) > 0
        assert found.sources == {"text": 8}

    def test_many_at_once_are_all_counted(self, telemetry: MeasuredTelemetry, clock: StillClock) -> None:
        threads = [threading.Thread(target=lambda: [ask(telemetry) for _ in range(200)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            traffic(telemetry, 1, clock.now())
        for thread in threads:
            thread.join()
        assert traffic(telemetry, 1, clock.now()).requests == 1_600

    def test_a_clock_that_is_set_back_goes_on_counting(self, telemetry: MeasuredTelemetry, clock: StillClock) -> None:
        ask(telemetry)
        clock.forward(minutes=1)
        ask(telemetry)
        (ahead,) = telemetry._kept(measured._minute(clock.now()), measured._minute(clock.now()) + 1)
        clock.forward(minutes=-1)
        (at_hand,) = telemetry._kept(measured._minute(clock.now()), measured._minute(clock.now()) + 1)
        ask(telemetry)
        for copied in (ahead, at_hand):  # what a report is made of is not what goes on being counted
            assert [int(each.counts.sum()) for each in copied.routes.values()] == [1]
        assert traffic(telemetry, 1, clock.now()).requests == 2

    def test_what_has_no_route_is_not_counted(self, telemetry: MeasuredTelemetry, clock: StillClock) -> None:
        with telemetry.request(""):
            telemetry.count("source.text")
        telemetry.count("source.text")
        with telemetry.stage("rank"):
            telemetry.note(route="nobody's")
        assert traffic(telemetry, 1, clock.now()).requests == 0

    def test_a_day_is_kept_and_no_more(self, telemetry: MeasuredTelemetry, clock: StillClock) -> None:
        for _ in range(MOST_MINUTES + 40):
            clock.forward(minutes=1)
            ask(telemetry)
        assert len(telemetry._minutes) <= measured._MINUTES + 1
        found = traffic(telemetry, MOST_MINUTES, clock.now())
        assert (found.requests, found.partial) == (MOST_MINUTES + 11, False), "back to the whole quarter of an hour"
        assert len(found.series) == MOST_MINUTES // 15 + 1

    def test_before_the_start_nothing_is_known(self, telemetry: MeasuredTelemetry, clock: StillClock) -> None:
        assert traffic(telemetry, 2, clock.now()).partial
        clock.forward(minutes=1)
        assert not traffic(telemetry, 2, clock.now()).partial

    def test_names_are_bounded(
        self, telemetry: MeasuredTelemetry, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(measured, "_MOST_NAMES", 3)
        for number in range(6):
            ask(telemetry, f"GET /{number}")
        routes = traffic(telemetry, 1, clock.now()).routes
        assert [(each.name, each.latency.count) for each in routes] == [
            ("other", 3), ("GET /0", 1), ("GET /1", 1), ("GET /2", 1),
        ]  # fmt: skip

    @pytest.mark.parametrize("minutes", [0, -1, MOST_MINUTES + 1])
    def test_what_is_not_kept_is_not_asked_for(self, telemetry: MeasuredTelemetry, minutes: int) -> None:
        with pytest.raises(InvalidInput, match=str(minutes).lstrip("-")[:1]):
            traffic(telemetry, minutes, NOW)

    @pytest.mark.parametrize("minutes", [1, 60, 121, 599, 601, 1_001, MOST_MINUTES])
    def test_the_window_holds_what_was_asked_for_in_whole_steps(
        self, telemetry: MeasuredTelemetry, minutes: int
    ) -> None:
        now = NOW + timedelta(minutes=7, seconds=31)
        found = traffic(telemetry, minutes, now)
        assert found.step == timedelta(minutes=step_for(minutes))
        assert now - timedelta(minutes=minutes) - found.step < found.since <= now - timedelta(minutes=minutes - 1)
        assert now < found.until <= now + found.step
        assert len(found.series) * found.step == found.until - found.since
