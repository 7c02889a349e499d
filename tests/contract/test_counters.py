"""Counts that processes make together: what a fleet gets further than one process, and what it costs."""

import threading
from datetime import timedelta

import pytest

from shared.adapters.aws import Connections
from shared.adapters.dynamodb_counters import SECONDS, DynamoCounters
from shared.domain.errors import TooMany, Unavailable
from shared.domain.windows import WINDOW, Windows, requests_within
from shared.services.rate_limits import MOST_NAMES, RateLimits
from shared.settings import Aws
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock

LIMIT = 3_000
STEP = LIMIT // 50


@pytest.fixture
def counters(aws: AwsStandIn, aws_names: Aws) -> DynamoCounters:
    return DynamoCounters(Connections(connect_seconds=SECONDS, read_seconds=10), aws_names.state_table)


def spent(limits: RateLimits, times: int, limit: int = LIMIT, name: str = "rate-k") -> int:
    """How many of so many requests were let in."""
    let_in = 0
    for _ in range(times):
        try:
            limits.spend(name, limit, "this key")
        except TooMany:
            return let_in
        let_in += 1
    return let_in


def test_all_who_count_are_told_the_sum(counters: DynamoCounters, aws: AwsStandIn, aws_names: Aws) -> None:
    until = NOW + timedelta(minutes=10)
    assert [counters.add("rate-a-1", 3, until), counters.add("rate-a-1", 4, until)] == [3, 7]
    assert counters.add("rate-b-1", 1, until) == 1
    key = {"name": {"S": "rate-a-1"}}
    item = aws.connections.client("dynamodb").get_item(TableName=aws_names.state_table, Key=key)["Item"]
    assert item["expires_at"]["N"] == str(int(until.timestamp()))


def test_a_process_that_sees_little_asks_nobody(counters: DynamoCounters, aws: AwsStandIn, clock: StillClock) -> None:
    asked: list[Call] = []
    limits = RateLimits(clock, counters)
    with aws.faulty(lambda call: asked.append(call)):
        assert spent(limits, STEP - 1) == STEP - 1
        assert asked == []
        assert spent(limits, 1) == 1
        assert [call.operation for call in asked] == ["UpdateItem"]


def test_a_fleet_is_stopped_a_share_for_each_process_later(counters: DynamoCounters, clock: StillClock) -> None:
    fleet = [RateLimits(clock, counters) for _ in range(5)]
    let_in, rounds = 0, 0
    while sum(before := [spent(each, 20) for each in fleet]):
        let_in, rounds = let_in + sum(before), rounds + 1
        assert rounds < LIMIT
    assert LIMIT <= let_in <= LIMIT + len(fleet) * STEP


def test_the_next_minute_remembers_what_others_did(counters: DynamoCounters, clock: StillClock) -> None:
    busy, other = RateLimits(clock, counters), RateLimits(clock, counters)
    assert spent(busy, LIMIT) == LIMIT
    assert spent(other, LIMIT) == STEP  # by which it has heard
    clock.forward(seconds=WINDOW)
    assert spent(other, LIMIT) == 0
    clock.forward(seconds=WINDOW / 2)
    assert LIMIT * 0.4 < spent(other, LIMIT) < LIMIT * 0.6


FAULTS: dict[str, Fault] = {
    "refused": Fault(400, "AccessDeniedException"),
    "broken": Fault(500, "InternalServerError"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_counter_that_is_down_keeps_nobody_out_and_is_left_alone(
    counters: DynamoCounters, aws: AwsStandIn, clock: StillClock, fault: Fault
) -> None:
    asked: list[Call] = []

    def faults(call: Call) -> Fault:
        asked.append(call)
        return fault

    limits = RateLimits(clock, counters)
    with aws.faulty(faults):
        assert spent(limits, LIMIT + 1) == LIMIT  # its own count still holds
        attempts = len(asked)
        assert attempts <= 3
        assert spent(limits, 3 * STEP, name="rate-other") == 3 * STEP
        assert len(asked) == attempts
    clock.forward(minutes=2)
    assert spent(limits, STEP) == STEP
    assert spent(RateLimits(clock, counters), LIMIT) == LIMIT - STEP


def test_one_that_hangs_is_not_waited_for(aws: AwsStandIn, aws_names: Aws) -> None:
    impatient = DynamoCounters(Connections(connect_seconds=SECONDS, read_seconds=SECONDS), aws_names.state_table)
    impatient.add("rate-a-1", 1, NOW)  # a client of boto3 takes its time to be made
    given_up = threading.Event()
    with aws.faulty(lambda _: given_up.wait(30) and None):
        with pytest.raises(Unavailable):
            impatient.add("rate-a-1", 1, NOW)
        given_up.set()  # until here there was no answer


def test_names_are_not_remembered_without_end() -> None:
    windows = Windows(most=10)
    windows.tally("kept", 0.0).now = 5
    for number in range(100):
        windows.tally(str(number), 0.0).now = 1
        windows.tally("kept", 0.0)
    assert requests_within(windows.tally("kept", 0.0), 0.0) == 5
    assert requests_within(windows.tally("0", 0.0), 0.0) == 0
    assert MOST_NAMES >= 10_000


@pytest.mark.parametrize(("passed", "expected"), [(0, 60), (30, 30), (59, 1), (60, 0), (300, 0)])
def test_a_minute_fades_from_the_window(passed: int, expected: int) -> None:
    windows = Windows(most=10)
    windows.tally("k", 0.0).now = 60
    after = float(WINDOW + passed)
    assert requests_within(windows.tally("k", after), after) == expected
