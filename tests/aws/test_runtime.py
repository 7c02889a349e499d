"""Every handler as Lambda runs it: by AWS's own bootstrap, in a process of its own, against the Runtime API."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.http.lambda_entry import LIMIT, _shares
from shared.settings import PROJECT
from tests.aws.conftest import Cloud
from tests.aws.runtime_api import Function, Said, running
from tests.routes import function_of

FUNCTIONS = ("recommend", "collect", "picks", "search", "dashboard")
_TIMEOUT = 30.0
"""Seconds: the least that a function of the template has."""
SAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted((PROJECT / "events").glob("*.json"))}


def samples(function: str) -> list[dict[str, Any]]:
    """Those over HTTP: what a function does for other services is tested with those."""
    return [sample for sample in SAMPLES.values() if "rawPath" in sample and function_of(sample) == function]


def handler(function: str) -> str:
    return f"functions.{function}.handler.handler"


def status(said: Said) -> int:
    assert said.kind == "response", said
    return int(said.body["statusCode"])


def requests(function: Function) -> list[dict[str, Any]]:
    return [line for line in function.lines() if line.get("message") == "request"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_sample_is_answered_and_leaves_one_line_and_one_set_of_metrics(
    function: str, data: Path, tmp_path: Path
) -> None:
    asked = samples(function)
    assert asked
    with running(handler(function), tmp_path / "log", VITRINE_DATA=str(data)) as lambda_:
        said = [lambda_.invoke(sample) for sample in asked]
    assert [status(each) for each in said] == [200] * len(asked)
    lines = requests(lambda_)
    assert [line["cold_start"] for line in lines] == [True] + [False] * (len(asked) - 1)
    assert [line["route"] for line in lines] == [sample["routeKey"] for sample in asked]
    assert {line["service"] for line in lines} == {function}
    assert len({line["function_request_id"] for line in lines}) == len(asked)
    assert sum("_aws" in line for line in lambda_.lines()) == len(asked)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_sample_is_answered_on_aws(function: str, cloud: Cloud, tmp_path: Path) -> None:
    asked = samples(function)
    with running(handler(function), tmp_path / "log", key=cloud.key, **cloud.environment) as lambda_:
        said = [lambda_.invoke(sample, _TIMEOUT) for sample in asked]  # reports count 90 days, for the first time
    assert [status(each) for each in said] == [200] * len(asked), lambda_.printed()
    # The shop of these tests was indexed by other encoders than those that ship, and search says so.
    assert any(line["counts"].get("degraded") for line in requests(lambda_)) is (function == "search")


@pytest.mark.parametrize("damaged", [False, True])
def test_a_copy_of_a_snapshot_answers_from_the_version_that_is_live_now_or_from_the_one_it_has(
    damaged: bool, cloud: Cloud, tmp_path: Path
) -> None:
    """It has the one that was live at the start; the other is brought on waking, before there is a request."""
    versions = cloud.parts.versions
    newer, older = (manifest.version for manifest in versions.all())
    starting = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    with running(handler("recommend"), tmp_path / "log", key=cloud.key, **cloud.environment, **starting) as lambda_:
        lambda_.wait_for(lambda_.api.frozen)
        assert [*Path(cloud.environment["VITRINE_DATA"]).rglob(newer)], lambda_.printed()
        with cloud.parts.turns.take("rollback") as turn:
            versions.activate(older, turn.fence)
        if damaged:
            remove_blobs(cloud, older)
        lambda_.api.woken.set()
        said = [lambda_.invoke(SAMPLES["trending"]) for _ in range(2)]
    answers = [json.loads(each.body["body"]) for each in said]
    assert [answer["index_version"] for answer in answers] == [newer if damaged else older] * 2
    assert answers[0]["recommendation_id"] != answers[1]["recommendation_id"]
    assert [line["cold_start"] for line in requests(lambda_)] == [True, False]
    assert bool(not_loaded(lambda_)) is damaged


def remove_blobs(cloud: Cloud, version: str) -> None:
    for name in cloud.parts.blobs.names(f"versions/{version}"):
        cloud.parts.blobs.remove(name)


def not_loaded(function: Function) -> list[str]:
    messages = [str(line.get("message")) for line in function.lines()]
    return [message for message in messages if "loaded ahead" in message]


def test_what_cannot_be_loaded_at_start_is_told_and_is_no_init_error(cloud: Cloud, tmp_path: Path) -> None:
    version = cloud.parts.versions.live() or ""
    remove_blobs(cloud, version)
    with running(handler("recommend"), tmp_path / "log", key=cloud.key, **cloud.environment) as lambda_:
        answer = lambda_.invoke(SAMPLES["trending"])
    (message,) = not_loaded(lambda_)
    assert version in message
    assert (status(answer), json.loads(answer.body["body"])["degraded"]) == (200, ["index"])


HOSTILE = [
    {}, [], "x", 5, None, b"{not json", {"requestContext": 5}, {"requestContext": {}}, {"requestContext": {"http": {}}},
    {"Records": "none"}, {"requestContext": {"elb": 1}}, b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_hostile_invocation_fails_alone(function: str, data: Path, tmp_path: Path) -> None:
    with running(handler(function), tmp_path / "log", VITRINE_DATA=str(data)) as lambda_:
        said = [lambda_.invoke(event) for event in HOSTILE]
        assert {each.kind for each in said} == {"error"}
        assert status(lambda_.invoke(samples(function)[0])) == 200
        assert lambda_.process.poll() is None
    assert len([line for line in lambda_.lines() if line.get("status") == 200]) == 2  # its line and its metrics


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_wrong_environment_is_an_init_error(function: str, tmp_path: Path) -> None:
    with running(handler(function), tmp_path / "log", VITRINE_INDEX="smell") as lambda_:
        said = lambda_.hear()
        assert lambda_.process.wait(timeout=30) != 0
    assert (said.kind, said.body["errorType"]) == ("init/error", "InvalidInput")
    assert said.body["errorMessage"] == "VITRINE_INDEX is 'smell': set it to edge or qdrant."


@pytest.mark.parametrize(
    ("name", "seconds"), [("slow", 2.0), ("impatient", 20.0)], ids=["Lambda's time is short", "the limit is short"]
)
def test_what_takes_too_long_is_refused_in_time_and_the_next_one_is_answered(
    name: str, seconds: float, data: Path, tmp_path: Path
) -> None:
    with running(f"tests.aws.faulty.{name}", tmp_path / "log", VITRINE_DATA=str(data)) as lambda_:
        refused = lambda_.invoke(SAMPLES["trending"], seconds)
        answered = lambda_.invoke(SAMPLES["health"])
    assert status(refused) == 503
    assert json.loads(refused.body["body"])["detail"] == "There was no answer in time: try again in a moment."
    assert refused.seconds < seconds
    assert status(answered) == 200
    first, second = requests(lambda_)
    assert first["given_up"] is True
    assert first["route"] == "GET /v1/trending"
    assert "given_up" not in second


def test_a_task_that_fails_is_an_error_of_the_invocation_for_lambda_to_repeat(data: Path, tmp_path: Path) -> None:
    with running("tests.aws.faulty.failing", tmp_path / "log", VITRINE_DATA=str(data)) as lambda_:
        said = lambda_.invoke({"user_id": "martha.example"})
    assert (said.kind, said.body["errorType"]) == ("error", "Unavailable")
    assert "KeyError" in said.body["errorMessage"]
    assert "martha" not in json.dumps(said.body) + lambda_.printed()


@pytest.mark.parametrize("left", [None, 30.0, 10.0, LIMIT + 1, 3.0, 1.5, 1.0, 0.4, 0.0])
def test_there_is_always_time_to_refuse(left: float | None) -> None:
    soft, hard = _shares(LIMIT, left)
    assert 0 <= soft <= LIMIT
    assert hard - soft <= 0.35 + 1e-9
    if left is not None:
        assert hard <= max(0.0, left - 0.5)
    if left is None or left > LIMIT + 1:
        assert soft == LIMIT
