"""What a request leaves for its operators, and what it must not leave there."""

import copy
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shared.settings import PROJECT, from_environment
from tests.aws.conftest import Cloud
from tests.aws.runtime_api import running
from tests.aws.test_runtime import SAMPLES, requests
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import copied

USER = "martha.mustermann"
MAIL = "martha@shopper.example"
BRAND = "Zanzibarian"
ADDRESS = "203.0.113.77"
AGENT = "MarthaBrowser/9.9"
KEY = "sk-of-martha-5521"
PERSONAL = (USER, MAIL, MAIL.replace("@", "%40"), BRAND, ADDRESS, AGENT, KEY, "martha", "Martha")


def python(code: str, **environment: str) -> str:
    """A fresh process, for what is told of one goes for all of it: loggers, modules, hooks."""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60,
        env={"PATH": "", "AWS_DEFAULT_REGION": "eu-central-1"} | environment,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def told(code: str, **environment: str) -> list[dict[str, Any]]:
    begin = (
        "import contextvars, logging, threading\n"
        "from shared.adapters.powertools import PowertoolsTelemetry\n"
        "telemetry = PowertoolsTelemetry('recommend')\n"
    )
    return [json.loads(line) for line in python(begin + code, **environment).splitlines()]


THREADED = """
def tell():
    with telemetry.stage("events"):
        pass
    telemetry.count("source.text")
    telemetry.count("candidates", 2)

with telemetry.request("r-1"):
    telemetry.note(recommendation_id="rec-1", index_version="v1", scenario="for_you", cold_start=True)
    telemetry.count("degraded.events")
    threads = [threading.Thread(target=contextvars.copy_context().run, args=(tell,)) for _ in range(40)]
    for each in threads: each.start()
    for each in threads: each.join()
telemetry.count("candidates")
with telemetry.request("r-2"):
    telemetry.note(recommendation_id="rec-2", cold_start=False)
with telemetry.request("r-3"):
    pass
"""


def test_a_request_leaves_one_line_of_metrics_and_one_of_facts() -> None:
    metrics, facts, *rest = told(THREADED)
    named = {each["Name"]: each["Unit"] for each in metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert named == {
        "Latency": "Milliseconds", "LatencyEvents": "Milliseconds", "SourceText": "Count", "Candidates": "Count",
        "DegradedEvents": "Count", "Degraded": "Count", "Fallback": "Count", "ColdStart": "Count",
    }  # fmt: skip
    assert {name: metrics[name] for name in named if not name.startswith("Latency")} == {
        "SourceText": [40.0], "Candidates": [80.0], "DegradedEvents": [1.0], "Degraded": [1.0], "Fallback": [0.0],
        "ColdStart": [1.0],
    }  # fmt: skip
    assert metrics["LatencyEvents"][0] >= 0
    assert metrics["Latency"][0] > 0
    assert (facts["message"], facts["service"], facts["function_request_id"]) == ("request", "recommend", "r-1")
    assert (facts["recommendation_id"], facts["index_version"], facts["scenario"]) == ("rec-1", "v1", "for_you")
    assert facts["counts"]["candidates"] == 80
    assert facts["stages"].keys() == {"events"}

    second_metrics, second, third_metrics, third = rest
    assert (second["counts"], second["function_request_id"]) == ({"fallback": 0, "degraded": 0}, "r-2")
    assert "ColdStart" not in second_metrics
    assert (third["counts"], third["function_request_id"]) == ({}, "r-3")
    assert "Fallback" not in third_metrics, "what is no answer has no share in the answers"


def test_metrics_are_in_the_embedded_format_and_vary_by_function_alone() -> None:
    (metrics, *_) = told(THREADED)
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Vitrine", [["service"]])
    assert metrics["service"] == "recommend"
    assert (metrics["index_version"], metrics["scenario"]) == ("v1", "for_you")
    for each in directive["Metrics"]:
        assert all(isinstance(value, float) for value in metrics[each["Name"]])


def test_requests_at_the_same_time_are_told_apart() -> None:
    lines = told("""
both = threading.Barrier(2)
def ask(name, amount):
    with telemetry.request(name):
        both.wait()
        telemetry.count("candidates", amount)
        logging.getLogger("vitrine.anything").warning("on the way")
        both.wait()
threads = [threading.Thread(target=ask, args=(f"r-{amount}", amount)) for amount in (1, 2)]
for each in threads: each.start()
for each in threads: each.join()
""")
    asked = {line["function_request_id"]: line["counts"] for line in lines if line.get("message") == "request"}
    assert asked == {"r-1": {"candidates": 1}, "r-2": {"candidates": 2}}
    on_the_way = {line["function_request_id"] for line in lines if line.get("message") == "on the way"}
    assert on_the_way == {"r-1", "r-2"}


def test_an_error_is_logged_by_its_type_and_frames_and_never_by_its_text() -> None:
    line, *_, after = told(f"""
log = logging.getLogger("vitrine.anything")
def fail(user):
    raise ValueError(f"no such user: {{user}}")
with telemetry.request("r-1"):
    try:
        try:
            fail("{MAIL}")
        except ValueError as error:
            raise RuntimeError("{MAIL}") from error
    except RuntimeError as error:
        error.add_note("{MAIL}")
        log.exception("it failed")
log.warning("nobody asked")
""")
    assert (line["message"], line["exception_name"], line["level"]) == ("it failed", "RuntimeError", "ERROR")
    assert [frame["function"] for frame in line["stack_trace"]] == ["<module>"]
    assert line["function_request_id"] == "r-1"
    assert MAIL not in json.dumps(line)
    assert after["message"] == "nobody asked"
    assert "function_request_id" not in after


def test_without_traces_their_library_is_not_loaded(tmp_path: Path) -> None:
    code = (
        "import sys, json; from functions.recommend.handler import handler;"
        "event = json.load(open('events/trending.json')); handler(event, None);"
        "print(sorted({'aws_xray_sdk', 'boto3'} & sys.modules.keys()), 'aws_lambda_powertools' in sys.modules)"
    )
    on_lambda = {"LAMBDA_TASK_ROOT": "/var/task", "POWERTOOLS_TRACE_DISABLED": "true", "VITRINE_TELEMETRY": "on"}
    assert python(code, VITRINE_DATA=str(tmp_path), **on_lambda).splitlines()[-1] == "[] True"


@pytest.mark.parametrize(
    ("environment", "tracing"),
    [
        ({}, False),
        ({"LAMBDA_TASK_ROOT": "/var/task"}, True),
        ({"LAMBDA_TASK_ROOT": "/var/task", "POWERTOOLS_TRACE_DISABLED": "true"}, False),
        ({"LAMBDA_TASK_ROOT": "/var/task", "POWERTOOLS_TRACE_DISABLED": "0"}, True),
    ],
)
def test_traces_are_for_lambda_unless_switched_off(environment: dict[str, str], tracing: bool) -> None:
    assert from_environment(environment).tracing is tracing


def test_traces_have_the_stages_and_nothing_that_was_asked() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(10)
        python(
            "from shared.adapters.powertools import PowertoolsTelemetry\n"
            "telemetry = PowertoolsTelemetry('recommend', tracing=True)\n"
            "with telemetry.request('r-1'):\n"
            "    with telemetry.stage('index'): pass\n"
            "    try:\n"
            f"        with telemetry.stage('events'): raise ValueError('{MAIL}')\n"
            "    except ValueError: pass\n",
            LAMBDA_TASK_ROOT="/var/task",
            AWS_XRAY_DAEMON_ADDRESS=f"127.0.0.1:{daemon.getsockname()[1]}",
            _X_AMZN_TRACE_ID="Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        )
        sent = [daemon.recv(65_536).decode() for _ in range(2)]
    traced = [json.loads(each.split("\n", 1)[1]) for each in sent]
    assert [(each["name"], each.get("fault", False)) for each in traced] == [("## index", False), ("## events", True)]
    assert {each["trace_id"] for each in traced} == {"1-5759e988-bd862e3fe1be46a994272793"}
    assert MAIL not in "".join(sent)


def asked(method: str, path: str, query: str = "", body: Any = None) -> dict[str, Any]:
    """An invocation by a shopper whom everything about it gives away."""
    event = copy.deepcopy(SAMPLES["health"]) | {"routeKey": "$default", "rawPath": path, "rawQueryString": query}
    event["headers"] |= {"user-agent": AGENT, "x-forwarded-for": ADDRESS, "authorization": f"Bearer {KEY}"}
    event["headers"] |= {"cookie": f"session={MAIL}"}
    event["requestContext"]["http"] |= {"method": method, "path": path, "sourceIp": ADDRESS, "userAgent": AGENT}
    event["requestContext"]["routeKey"] = "$default"
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
        event["headers"] |= {"content-length": str(len(event["body"])), "content-type": "application/json"}
    return event


VIEW = {"event_id": "1", "user_id": MAIL, "type": "view", "product_id": "p1", "occurred_at": "2026-05-01T12:00:00Z"}
HERS = VIEW | {"event_id": "3", "user_id": USER}
RECOMMENDED = [
    asked("GET", f"/v1/users/{USER}/recommendations", f"filter={quote(f'brand = {BRAND}')}"),
    asked("GET", f"/v1/users/{quote(MAIL)}/recommendations", "limit=3"),
    asked("GET", f"/v1/users/{USER}/recommendations", f"filter={BRAND}"),
    asked("GET", f"/v1/users/{USER}/recommendations", f"cursor={MAIL}"),
    asked("GET", f"/v1/users/{USER}", f"mail={MAIL}"),
    asked("GET", f"/v1/products/{BRAND}/similar", f"user_id={USER}"),
    asked("GET", "/v1/products/p1/similar", f"user_id={quote(MAIL)}"),
    asked("POST", "/v1/recommendations", body={"session": [VIEW], "user_id": MAIL}),
    asked("POST", "/v1/recommendations", body={"session": [{"type": MAIL}], "mail": MAIL}),
    asked("POST", "/v1/recommendations", body=f"{{{MAIL}"),
]
COLLECTED = [
    asked("POST", "/v1/events", body={"events": [VIEW, VIEW | {"type": MAIL}, VIEW | {"occurred_at": MAIL}, HERS]}),
    asked("POST", "/v1/events", body={"events": [HERS | {"event_id": "2", "properties": {"mail": MAIL}}]}),
    asked("POST", "/v1/events", body=f"{{{MAIL}"),
    asked("POST", "/v1/events", f"mail={MAIL}", body={MAIL: [MAIL]}),
    asked("PUT", "/v1/rules", body={"rules": [{"id": MAIL, "kind": MAIL}]}),
    asked("GET", f"/v1/events/{MAIL}"),
    {"Records": [{"body": json.dumps(VIEW)}]},
]


@pytest.mark.parametrize(("function", "invocations"), [("recommend", RECOMMENDED), ("collect", COLLECTED)])
@pytest.mark.parametrize("damage", ["", "events.sqlite", "catalogue.sqlite"])
def test_nothing_personal_is_written_anywhere(
    function: str, invocations: list[dict[str, Any]], damage: str, data: Path, tmp_path: Path
) -> None:
    """With the runtime's own log at INFO too, where libraries tell of their requests."""
    if damage:
        for file in data.glob(f"{damage}*"):
            file.write_bytes(b"no database " * 1000)
    assert personal_written(function, invocations, tmp_path / "log", {"VITRINE_DATA": str(data)}) == []


@pytest.mark.parametrize(("function", "invocations"), [("recommend", RECOMMENDED[:3]), ("collect", COLLECTED[:2])])
def test_nothing_personal_is_written_where_aws_fails(
    function: str, invocations: list[dict[str, Any]], aws: AwsStandIn, cloud: Cloud, tmp_path: Path
) -> None:
    """In a way that nobody foresaw: what AWS says then may quote what it was sent."""
    failed = []

    def fail(call: Call) -> Fault | None:
        if call.service != "dynamodb" or call.operation == "GetItem":  # by which the keys are read
            return None
        failed.append(call)
        return Fault(400, "ValidationException")

    with aws.faulty(fail):
        assert personal_written(function, invocations, tmp_path / "log", cloud.environment, cloud.key) == []
    assert len(failed) > 1


def personal_written(
    function: str, invocations: list[dict[str, Any]], log: Path, environment: dict[str, str], key: str = ""
) -> list[str]:
    of_the_runtime = {"AWS_LAMBDA_LOG_LEVEL": "INFO", "AWS_LAMBDA_LOG_FORMAT": "JSON"}
    with running(f"functions.{function}.handler.handler", log, key=key, **environment, **of_the_runtime) as lambda_:
        said = [lambda_.invoke(event) for event in invocations]
    assert len(requests(lambda_)) == len(invocations)
    written = lambda_.printed() + json.dumps([each.body for each in said if each.kind != "response"])
    return [each for each in (*PERSONAL, *[key] * bool(key)) if each in written]


COPIES = """
import json, os, sys
from functions.recommend import handler as function
from shared import wiring
from shared.settings import from_environment
from snapshot_restore_py import get_after_restore, get_before_snapshot

event = json.load(open("events/trending.json"))
def ask():
    answer = function.handler(event, None)
    assert answer["statusCode"] == 200, answer
    body = json.loads(answer["body"])
    return [body["recommendation_id"], body["index_version"]]

connections = wiring._connections(False)
clients = [connections.client(name) for name in ("dynamodb", "s3")]
function.first_shop().live.catch_up()
versions = wiring.index_versions(from_environment())
versions.activate(sys.argv[1])
for hook, args, more in get_before_snapshot():
    hook(*args, **more)
told = []
for copy in range(2):
    read, write = os.pipe()
    if not (pid := os.fork()):
        for hook, args, more in get_after_restore():
            hook(*args, **more)
        new = [connections.client(name) not in clients for name in ("dynamodb", "s3")]
        os.write(write, json.dumps([*ask(), new]).encode())
        os._exit(0)
    os.close(write)
    told.append(json.loads(os.fdopen(read).read()))
    os.waitpid(pid, 0)
print(json.dumps(told))
"""


def test_copies_of_a_frozen_process_share_no_id_no_connection_and_no_pointer(published: Path, tmp_path: Path) -> None:
    """A fork stands for the snapshot: two processes that begin with the same memory."""
    data = copied(published, tmp_path / "data")
    versions = sorted(each.name for each in (data / "versions").iterdir() if each.is_dir())
    older = versions[0]
    code = COPIES.replace("sys.argv[1]", repr(older))
    first, second = json.loads(python(code, VITRINE_DATA=str(data)).splitlines()[-1])
    assert first[0] != second[0]
    assert (first[1], second[1]) == (older, older)
    assert (first[2], second[2]) == ([True, True], [True, True])
