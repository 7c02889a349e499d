"""template.yaml against the code: every route, variable, right and metric that it names is one that the code uses."""

import ast
import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint_by_config
from cfnlint.decode import decode

from shared import wiring
from shared.adapters.leases import LeaseTurns
from shared.adapters.s3 import TAG, TAGGED, TAKEN_IN
from shared.services.reindexing import Outcome
from shared.settings import PROJECT, SHOPS, Aws, Settings
from tests.aws.reach import SERVICES, Call, Code
from tests.aws_stand_in import TABLES, AwsStandIn

TEMPLATE = PROJECT / "template.yaml"
SAM = Path(sys.prefix) / "sam" / "bin" / "sam"
FUNCTIONS = sorted(path.parent.name for path in (PROJECT / "functions").glob("*/handler.py"))
JOB = "job"

RESOURCES = {
    "dynamodb_activity": "EventsTable", "dynamodb_events": "EventsTable", "dynamodb_catalogue": "ProductsTable",
    "dynamodb_products": "ProductsTable", "dynamodb_replacement": "ProductsTable", "dynamodb_state": "StateTable",
    "dynamodb_merging": "EventsTable", "dynamodb_sends": "EventsTable",
    "dynamodb_erasure": "EventsTable", "dynamodb_withholding": "EventsTable",
    "dynamodb_offers": "ProductsTable", "dynamodb_counters": "StateTable",
    "s3": "Bucket", "sqs": "EventsQueue", "sqs_tasks": "PicksQueue",
    "batch": "job queue and definition", "secrets": "QdrantSecret",
    "cloudwatch_traffic": "", "cloud_notices": "", "dynamodb_tables": "tables that an operator makes",
}  # fmt: skip
"""Which part of the stack an adapter's calls go to."""

ACTIONS: dict[tuple[str, str], set[str]] = {
    # Without the right to list the bucket, S3 answers 403 and not 404 to who asks for an object that is not there.
    ("s3", "get_object"): {"s3:GetObject", "s3:ListBucket"},
    ("s3", "head_object"): {"s3:GetObject", "s3:ListBucket"},
    ("s3", "download_file"): {"s3:GetObject", "s3:ListBucket"},
    ("s3", "list_objects_v2"): {"s3:ListBucket"},
    ("s3", "put_object"): {"s3:PutObject", "s3:PutObjectTagging"},  # what expires by a tag gets it at once
    ("s3", "upload_file"): {"s3:PutObject", "s3:AbortMultipartUpload"},
    ("dynamodb", "condition_check"): {"dynamodb:ConditionCheckItem"},
    ("sqs", "send_message_batch"): {"sqs:SendMessage"},
}
"""Where a call needs another right than the one that is called as it is."""

PLATFORM = {"Log", "Trace", "TakeFromQueue", "ReportFailures"}
"""Statements for what Lambda itself does on a function's behalf: no code of ours makes these calls."""

EVIDENCE = {
    "VITRINE_BUCKET": {"shared.settings.from_environment"},
    "VITRINE_TELEMETRY": {"shared.wiring.telemetry"},
    "VITRINE_METRICS": {"shared.wiring.telemetry", "shared.adapters.cloud_notices.CloudNotices.tell"},
    "POWERTOOLS_TRACE_DISABLED": {"shared.wiring.telemetry"},
    "VITRINE_DATA": {"shared.wiring._index_versions", "shared.settings.Settings.data"},
    "VITRINE_INDEX": {"shared.wiring._index_versions"},
    "VITRINE_QDRANT_URL": {"shared.wiring._index_versions"},
    "VITRINE_QDRANT_SECRET": {"shared.wiring._index_versions"},
    "VITRINE_QDRANT_SHARDS": {"shared.adapters.qdrant.QdrantVersions.build"},
    "VITRINE_QDRANT_REPLICAS": {"shared.adapters.qdrant.QdrantVersions.build"},
    "VITRINE_TEXT_ENCODER": {"shared.wiring.query_encoders", "shared.wiring.text_encoder"},
    "VITRINE_IMAGE_ENCODER": {"shared.wiring.query_encoders", "shared.wiring.image_encoder"},
    "VITRINE_FETCH_PHOTOS": {"shared.wiring.pictures"},
    "VITRINE_FEED": {"shared.settings.Settings.feed"},
    "VITRINE_CONSENT": {"shared.domain.choices.may"},
    "VITRINE_EVENTS_QUEUE": {"shared.adapters.sqs.SqsEvents.put"},
    "VITRINE_PICKS_QUEUE": {"shared.adapters.sqs_tasks.SqsTasks.put"},
    "VITRINE_JOB_QUEUE": {"shared.adapters.batch.BatchStarter.start"},
    "VITRINE_JOB_DEFINITION": {"shared.adapters.batch.BatchStarter.start"},
    "VITRINE_EVENT_BUS": {"shared.adapters.cloud_notices.CloudNotices.tell"},
    "VITRINE_RETENTION_DAYS": {
        "shared.adapters.dynamodb_events.DynamoEvents.add",
        "shared.adapters.dynamodb_activity.DailyCounts.since",
        "shared.adapters.dynamodb_sends.DynamoSends.add",
    },
}
"""By what in the code's reach a variable is wanted; those of the tables follow from the calls."""

NOT_ON_AWS = {"VITRINE_QDRANT_API_KEY", "VITRINE_SHOP"}
"""The template gives the name of a secret instead, and whose job it is, it is told when it is started."""


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    parsed, problems = decode(str(TEMPLATE))
    assert not problems
    return parsed


@pytest.fixture(scope="module")
def code() -> Code:
    return Code()


def test_cfn_lint_has_nothing_to_say() -> None:
    assert lint_by_config(ManualArgs(templates=[str(TEMPLATE)])) == []


def test_sam_finds_it_valid(tmp_path: Path) -> None:
    if not SAM.exists():
        pytest.skip("there is no sam beside the tests: make .venv/.sam")
    ran = subprocess.run(
        [SAM, "validate", "--lint", "--region", "eu-central-1", "--template", TEMPLATE],
        cwd=PROJECT, capture_output=True, text=True, timeout=120,
        env={"SAM_CLI_TELEMETRY": "0", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: each.get("Properties", {})
        for name, each in template["Resources"].items()
        if each["Type"] == f"AWS::{kind}"
    }


def function(template: dict[str, Any], name: str) -> dict[str, Any]:
    return template["Resources"][f"{name.capitalize()}Function"]["Properties"]


def role(template: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The statements of a function's role, or of the job's, those under a condition too."""
    properties = template["Resources"][f"{name.capitalize()}Role"]["Properties"]
    (policy,) = properties["Policies"]
    assert "ManagedPolicyArns" not in properties
    statements = policy["PolicyDocument"]["Statement"]
    return [each["Fn::If"][1] if "Fn::If" in each else each for each in statements]


def test_every_function_has_its_part() -> None:
    template, _ = decode(str(TEMPLATE))
    assert sorted(resources(template, "Serverless::Function")) == [f"{name.capitalize()}Function" for name in FUNCTIONS]


# --- Routes


PREFLIGHT = {"OPTIONS /{proxy+}"}


def routes_of(name: str) -> set[str]:
    create_app = import_module(f"functions.{name}.app").create_app
    needed = [each for each in inspect.signature(create_app).parameters.values() if each.default is each.empty]
    app = create_app(*[lambda: None] * len(needed))
    return {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}


def routes_in(template: dict[str, Any], name: str) -> set[str]:
    events = [each["Properties"] for each in function(template, name)["Events"].values() if each["Type"] == "HttpApi"]
    return {f"{each['Method']} {each['Path']}" for each in events}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_routes_are_those_of_the_app(template: dict[str, Any], name: str) -> None:
    assert routes_in(template, name) - PREFLIGHT == routes_of(name)


def test_browsers_are_told_by_the_keys_who_may_call(template: dict[str, Any]) -> None:
    """By code of ours: an answer of API Gateway's own would be the same for every page."""
    assert "CorsConfiguration" not in template["Resources"]["Api"]["Properties"]
    assert [name for name in FUNCTIONS if routes_in(template, name) & PREFLIGHT] == ["recommend"]


def test_every_route_has_its_own_throttle(template: dict[str, Any]) -> None:
    given = template["Resources"]["Api"]["Properties"]["RouteSettings"]
    assert set(given) == set().union(*(routes_in(template, name) for name in FUNCTIONS))
    assert all({"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= set(each) for each in given.values())


def test_the_access_log_holds_nothing_of_a_person(template: dict[str, Any]) -> None:
    line = template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"]
    assert set(json.loads(line).values()) <= {
        "$context.requestId", "$context.routeKey", "$context.status", "$context.responseLatency",
        "$context.integrationLatency", "$context.responseLength", "$context.integrationErrorMessage",
    }  # fmt: skip


# --- Variables


def variables(template: dict[str, Any], name: str) -> set[str]:
    if name == JOB:
        given = template["Resources"]["JobDefinition"]["Properties"]["ContainerProperties"]["Environment"]
        return {each["Name"] for each in given}
    shared = set(template["Globals"]["Function"]["Environment"]["Variables"]) - {"OPENBLAS_NUM_THREADS"}  # numpy's
    return shared | set(function(template, name)["Environment"]["Variables"])


def known_variables() -> set[str]:
    tree = ast.parse((PROJECT / "shared" / "settings.py").read_text())
    strings = {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return {each for each in strings if re.fullmatch(r"(VITRINE|POWERTOOLS)_[A-Z_]+", each)}


def test_variables_are_those_of_the_settings(template: dict[str, Any]) -> None:
    given = set().union(*(variables(template, name) for name in (*FUNCTIONS, JOB)))
    assert given == known_variables() - NOT_ON_AWS
    assert {name for name in known_variables() if name.startswith("VITRINE_")} <= documented("aws.md")


@cache
def documented(page: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", (PROJECT / "docs" / page).read_text()))


def reached(template: dict[str, Any], code: Code, name: str) -> set[str]:
    """By a function's code, or by the command that the job's container is started with."""
    if name != JOB:
        return code.reached(f"functions.{name}")
    command = template["Resources"]["JobDefinition"]["Properties"]["ContainerProperties"]["Command"][0]
    return code.reached(code.command(command))


@pytest.mark.parametrize("name", [*FUNCTIONS, JOB])
def test_each_is_given_the_variables_that_it_needs(template: dict[str, Any], code: Code, name: str) -> None:
    within = reached(template, code, name)
    touched = within | code.names(each for each in within if not each.startswith("shared.settings."))
    needed = {variable for variable, evidence in EVIDENCE.items() if evidence & touched}
    needed |= {
        f"VITRINE_{resource.removesuffix('Table').upper()}_TABLE"
        for resource, _ in rights(code.calls(within))
        if resource.endswith("Table")
    }
    if name == JOB:  # it has bars instead, and nobody asks it for anything
        needed -= {"VITRINE_TELEMETRY", "POWERTOOLS_TRACE_DISABLED"}
    assert variables(template, name) == needed


# --- Rights


def rights(calls: set[Call]) -> set[tuple[str, str]]:
    """What the calls need: part of the stack, action."""
    needed = set()
    for call in calls:
        resource = RESOURCES[call.where.rpartition(".")[2]] + ("/index" if call.indexed else "")
        camel = "".join(word.capitalize() for word in call.method.split("_"))
        for action in ACTIONS.get((call.service, call.method), {f"{call.service}:{camel}"}):
            needed.add((resource, action))
    return needed


def allowed(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    given = statement["Resource"]
    targets = {target_of(each) for each in (given if isinstance(given, list) else [given])}
    for action in statement["Action"]:
        assert "*" not in action
        yield from ((target, action) for target in targets)


def target_of(resource: Any) -> str:
    """The part of the stack that an ARN is of; an object's key does not count here."""
    text = json.dumps(resource)
    if "JobQueue" in text or "JobDefinition" in text:
        return RESOURCES["batch"]
    if "event-bus" in text or resource == "*":
        return ""
    (name,) = re.findall(r"(\w+Table|Bucket|EventsQueue|PicksQueue|QdrantSecret)", text)
    return name + ("/index" if "/index/" in text else "")


@pytest.mark.parametrize("name", [*FUNCTIONS, JOB])
def test_each_may_do_what_its_code_does_and_no_more(template: dict[str, Any], code: Code, name: str) -> None:
    statements = [each for each in role(template, name) if each["Sid"] not in PLATFORM]
    given = {right for each in statements for right in allowed(each)}
    assert given == rights(code.calls(reached(template, code, name)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_sees_only_its_own_folders(template: dict[str, Any], code: Code, name: str) -> None:
    given = {
        folder
        for each in role(template, name)
        for folder in re.findall(r"blobs/([^*]*)/\*", json.dumps(each["Resource"]))
    }
    assert given == set(code.constants(reached(template, code, name), "_FOLDER").values())


@pytest.mark.parametrize("name", [*FUNCTIONS, JOB])
def test_of_other_shops_each_may_do_what_it_may_of_the_first(template: dict[str, Any], name: str) -> None:
    for statement in role(template, name):
        if statement["Sid"] == "CountRequests":  # of all shops: they are counted where the keys are
            continue
        given = statement["Resource"]
        arns = {arn_of(each) for each in (given if isinstance(given, list) else [given])}
        firsts = {each for each in arns if re.match(r"\$\{(\w+Table|Bucket)\.Arn\}(/(?!shops/)|$)", each)}
        others = {of_any_other_shop(each) for each in firsts} - {""}
        assert arns - firsts == others or not firsts, (
            f"{statement['Sid']} says of other shops {arns - firsts}: {others}"
        )
        assert firsts or not any("-*" in each or "shops/" in each for each in arns)


def arn_of(resource: Any) -> str:
    match resource:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return f"${{{name}.Arn}}"
        case {"Fn::Sub": str(text)}:
            return text
    return json.dumps(resource)


def of_any_other_shop(arn: str) -> str:
    """The same thing of a shop that was added; all of them are in one bucket, which is listed as one."""
    if arn == "${Bucket.Arn}":
        return ""
    return arn.replace("Table.Arn}", "Table.Arn}-*").replace("${Bucket.Arn}/", "${Bucket.Arn}/shops/*/")


def test_files_dropped_for_other_shops_are_told_of_as_the_first_ones_are(template: dict[str, Any]) -> None:
    for name, event, folder in (("collect", "DeltaDropped", "deltas/"), ("reindex", "FeedDropped", "feeds/")):
        pattern = function(template, name)["Events"][event]["Properties"]["Pattern"]
        assert pattern["detail"]["object"]["key"] == [{"prefix": folder}, {"wildcard": f"shops/*/{folder}*"}]


def test_files_that_were_taken_in_go_after_the_same_time_in_every_shop(template: dict[str, Any]) -> None:
    rules = {
        each["Id"]: each for each in template["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    }
    first, others = rules["deltas-taken-in"], rules["deltas-of-other-shops"]
    assert first["ExpirationInDays"] == others["ExpirationInDays"]
    assert (others["Prefix"], others["TagFilters"]) == (f"{SHOPS}/", [{"Key": TAG, "Value": TAKEN_IN}])
    for rule in ("old-versions-of-objects", "unfinished-uploads"):
        assert "Prefix" not in rules[rule]
    for own, rule, folder in (
        ("picks-of-old-runs", "picks-of-other-shops", "picks"),
        ("audit-log", "audit-log-of-other-shops", "audit"),
    ):
        assert folder in TAGGED
        asked = {"Id": rule, "Prefix": f"{SHOPS}/", "TagFilters": [{"Key": TAG, "Value": folder}]}
        assert rules[rule] == rules[own] | asked
        assert rules[own]["Prefix"] == f"blobs/{folder}/"


def test_no_call_is_overlooked(code: Code) -> None:
    """Whatever an adapter names that is an operation of AWS is a call that the analysis has found."""
    import boto3

    operations = {
        method
        for service in SERVICES
        for method in boto3.client(service, region_name="eu-central-1").meta.method_to_api_mapping
    } | {"upload_file", "download_file", "upload_fileobj", "download_fileobj", "copy"}
    found = defaultdict(set)
    for path in (PROJECT / "shared" / "adapters").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in operations and path.stem in RESOURCES:
                found[path.stem].add(node.attr)
            assert path.stem in RESOURCES or not _makes_a_client(node), f"RESOURCES does not say what {path.stem} asks"
    known: dict[str, set[str]] = defaultdict(set)
    for call in code.calls():
        known[call.where.rpartition(".")[2]].add(call.method)
    for adapter, methods in found.items():
        assert methods - {"transact_write_items", "copy"} <= known[adapter]


def _makes_a_client(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="client"), args=[ast.Constant()]):
            return True
    return False


def test_the_build_keeps_the_services_that_are_asked(code: Code) -> None:
    """make aws-build throws out what botocore knows of all others."""
    (kept,) = re.findall(r"^SERVICES := (.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert set(kept.split()) == {call.service for call in code.calls()} | {"sts"}


# --- Data


def test_tables_have_the_keys_that_the_stores_expect(template: dict[str, Any]) -> None:
    keys = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    for kind, expected in TABLES.items():
        given = resources(template, "DynamoDB::Table")[f"{kind.removesuffix('_table').capitalize()}Table"]
        assert {key: given[key] for key in keys if key in given} == expected


def test_data_is_kept_encrypted_and_can_be_had_back(template: dict[str, Any]) -> None:
    for name, properties in resources(template, "DynamoDB::Table").items():
        assert template["Resources"][name]["DeletionPolicy"] == "Retain"
        assert template["Resources"][name]["UpdateReplacePolicy"] == "Retain"
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["SSESpecification"] == {"SSEEnabled": True}
    ((name, bucket),) = resources(template, "S3::Bucket").items()
    assert template["Resources"][name]["DeletionPolicy"] == "Retain"
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    events = resources(template, "DynamoDB::Table")["EventsTable"]
    assert events["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    state = resources(template, "DynamoDB::Table")["StateTable"]
    assert state["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_who_counts_requests_can_change_nothing_else_by_it(template: dict[str, Any], name: str) -> None:
    """It has the right beside recommend's and search's, which only read otherwise."""
    (counting,) = [each for each in role(template, name) if each["Sid"] == "CountRequests"]
    assert counting["Action"] == ["dynamodb:UpdateItem"]
    assert counting["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["rate-*"]}}


@pytest.mark.parametrize("name", [*FUNCTIONS, JOB])
def test_none_can_make_itself_a_key_or_a_shop(template: dict[str, Any], name: str) -> None:
    """Both are records of the state table, which commands alone write, by the rights of whoever gives them."""
    writes = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    for statement in role(template, name):
        if "StateTable" not in json.dumps(statement["Resource"]) or not writes & set(statement["Action"]):
            continue
        ((operator, said),) = statement["Condition"].items()
        names = said["dynamodb:LeadingKeys"]
        for record in ("keyring", "shops"):
            met = any(fnmatchcase(record, each) for each in names)
            assert met == (operator == "ForAllValues:StringNotLike"), f"{name} may write {record}: {statement['Sid']}"


def test_every_log_ends(template: dict[str, Any]) -> None:
    logs = resources(template, "Logs::LogGroup")
    assert {f"{name.capitalize()}Logs" for name in (*FUNCTIONS, JOB, "api")} == set(logs)
    assert all(each["RetentionInDays"] == {"Ref": "LogDays"} for each in logs.values())


# --- Alarms

AWS_METRICS = {
    ("AWS/Lambda", "Errors", "FunctionName"), ("AWS/Lambda", "Throttles", ""),
    ("AWS/Lambda", "Duration", "FunctionName"), ("AWS/ApiGateway", "5xx", "ApiId"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName"),
}  # fmt: skip
"""From the services' documentation."""


NAMESPACE = {"Fn::Sub": "Vitrine/${AWS::StackName}"}
"""Of our own metrics: of each stack its own, or dev's reindex would quiet prod's alarm."""


def watched(template: dict[str, Any]) -> set[tuple[str, str, str]]:
    alarms = resources(template, "CloudWatch::Alarm").values()
    return {
        (
            "ours" if each["Namespace"] == NAMESPACE else each["Namespace"],
            each["MetricName"],
            ",".join(one["Name"] for one in each.get("Dimensions", ())),
        )
        for each in alarms
    }


def told(capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str, str]]:
    """The metrics of a function's answer, as its telemetry prints them."""
    telemetry = wiring.telemetry(Settings(telemetry=True, metrics="ours"), "recommend")
    with telemetry.request("r"):
        telemetry.note(recommendation_id="a")
    line = next(each for each in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in each)
    (directive,) = json.loads(line)["_aws"]["CloudWatchMetrics"]
    (dimensions,) = directive["Dimensions"]
    return {(directive["Namespace"], each["Name"], ",".join(dimensions)) for each in directive["Metrics"]}


def test_alarms_look_at_metrics_that_exist(
    template: dict[str, Any], aws: AwsStandIn, aws_names: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    notices = wiring.parts(Settings(aws=aws_names, metrics="ours")).notices
    for outcome in Outcome:
        notices.tell(f"reindex-{outcome}", {}, {})
    listed = aws.connections.client("cloudwatch").list_metrics(Namespace="ours")["Metrics"]
    put = {("ours", each["MetricName"], ",".join(one["Name"] for one in each["Dimensions"])) for each in listed}
    assert watched(template) <= AWS_METRICS | put | told(capsys)


def test_our_own_metrics_are_of_one_stack_wherever_they_are_named(template: dict[str, Any]) -> None:
    job = template["Resources"]["JobDefinition"]["Properties"]["ContainerProperties"]["Environment"]
    assert template["Globals"]["Function"]["Environment"]["Variables"]["VITRINE_METRICS"] == NAMESPACE
    assert {"Name": "VITRINE_METRICS", "Value": NAMESPACE} in job
    (put,) = [each for each in role(template, JOB) if "cloudwatch:PutMetricData" in each["Action"]]
    assert put["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}


def test_the_runbook_speaks_of_whatever_writes_to_the_operators(template: dict[str, Any]) -> None:
    headings = set(re.findall(r"^## (.*)$", (PROJECT / "docs" / "runbook.md").read_text(), re.MULTILINE))
    named = {name.strip("` ") for heading in headings for name in heading.split(",")}
    assert set(resources(template, "CloudWatch::Alarm")) <= named
    assert {name for name, each in resources(template, "Events::Rule").items() if _writes_to_operators(each)} <= named


def _writes_to_operators(rule: dict[str, Any]) -> bool:
    return any(target["Arn"] == {"Ref": "Alarms"} for target in rule["Targets"])


def test_a_job_that_fails_is_told_of_by_batch_itself(template: dict[str, Any]) -> None:
    """One that was killed cannot say so. The topic must let EventBridge in, and the alarms still."""
    rule = resources(template, "Events::Rule")["JobFailed"]
    queue = function(template, "reindex")["Environment"]["Variables"]["VITRINE_JOB_QUEUE"]
    assert rule["EventPattern"]["detail"] == {"status": ["FAILED"], "jobQueue": [queue]}
    assert _writes_to_operators(rule)
    (policy,) = resources(template, "SNS::TopicPolicy").values()
    allowed_in = {each["Principal"]["Service"] for each in policy["PolicyDocument"]["Statement"]}
    assert allowed_in == {"cloudwatch.amazonaws.com", "events.amazonaws.com"}


def test_a_job_waits_for_longer_than_the_lease_of_a_dead_one(template: dict[str, Any]) -> None:
    command = template["Resources"]["JobDefinition"]["Properties"]["ContainerProperties"]["Command"]
    lease = inspect.signature(LeaseTurns).parameters["seconds"].default
    assert float(command[command.index("--wait") + 1]) > lease


# --- What goes with it


def test_samconfig_names_parameters_that_exist(template: dict[str, Any]) -> None:
    config = tomllib.loads((PROJECT / "samconfig.toml").read_text())
    for environment in ("default", "prod"):
        for name, value in config[environment]["deploy"]["parameters"]["parameter_overrides"].items():
            parameter = template["Parameters"][name]
            assert re.fullmatch(parameter.get("AllowedPattern", ".*"), value)
            assert value in map(str, parameter.get("AllowedValues", [value]))


def extras() -> dict[str, list[str]]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_packed_as_its_handler_is_called(template: dict[str, Any], name: str) -> None:
    properties = function(template, name)
    handler = f"functions.{name}.handler.handler"
    if properties.get("PackageType") == "Image":
        metadata = template["Resources"][f"{name.capitalize()}Function"]["Metadata"]
        text = (PROJECT / metadata["Dockerfile"]).read_text()
        assert f'CMD ["{handler}"]' in text
    else:
        assert (properties["Handler"], properties["CodeUri"]) == (handler, f"functions/{name}")
        text = (PROJECT / "functions" / name / "requirements.txt").read_text()
    (wanted,) = re.findall(r"\.\[([a-z,]+)\]", text)
    assert set(wanted.split(",")) <= set(extras())
    assert callable(import_module(f"functions.{name}.handler").handler)


@pytest.mark.parametrize("dockerfile", ["functions/search/Dockerfile", "indexer/Dockerfile"])
def test_an_image_is_made_of_what_is_there(dockerfile: str) -> None:
    let_in = set(re.findall(r"^!(\S+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE))
    for line in re.findall(r"^COPY (.*)$", (PROJECT / dockerfile).read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (PROJECT / source).exists()
            assert source.split("/")[0] in let_in
