"""A shop's first day on AWS: every function under AWS's own bootstrap, the indexer in a process of its own.

What Lambda, Batch, SQS and EventBridge do of themselves, the test does in their place: it hands their events over.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.settings import PROJECT, Aws
from tests.aws.conftest import names
from tests.aws.runtime_api import Function, running
from tests.aws_stand_in import AwsStandIn
from tests.support import small_feed_rows, write_small_feed

SHOPPER = "shopper-001"
ATTEMPTS = 5
"""Answers of which one must be whole: on a busy machine a part may be late once."""


@dataclass(frozen=True)
class Stack:
    """What template.yaml makes, with the functions at work."""

    aws: AwsStandIn
    names: Aws
    environment: dict[str, str]
    functions: dict[str, Function]
    folder: Path

    def use_a_key(self) -> None:
        """The shop's first one, made as its operator does."""
        key = self.vitrine("keys", "create", "--secret")["key"]
        for function in self.functions.values():
            function.key = key

    def call(self, function: str, sample: str, **changes: Any) -> Any:
        """An HTTP request like the sample of that name, by the shop's own server."""
        event = json.loads((PROJECT / "events" / f"{sample}.json").read_text()) | changes
        if "body" in event:
            event["headers"]["content-length"] = str(len(event["body"].encode()))
        said = self.functions[function].invoke(event)
        assert said.kind == "response", said
        assert said.body["statusCode"] < 300, said.body
        return json.loads(said.body["body"])

    def drop_feed(self, rows: list[dict[str, object]]) -> None:
        """A feed comes into the bucket, S3 tells of it, and the job that is submitted then runs to its end."""
        feed, _ = write_small_feed(self.folder, rows)
        client = self.aws.connections.client("s3")
        client.upload_file(str(feed), self.names.bucket, "feeds/products.jsonl")
        event = json.loads((PROJECT / "events" / "tasks" / "feed_dropped.json").read_text())
        event["detail"]["bucket"]["name"] = self.names.bucket
        event["detail"]["object"] |= {"key": "feeds/products.jsonl", "size": feed.stat().st_size}
        request = self.functions["reindex"].invoke(event).body["request_id"]
        submitted = self.aws.connections.client("batch").list_jobs(
            jobQueue=self.environment["VITRINE_JOB_QUEUE"], filters=[{"name": "JOB_NAME", "values": ["reindex-*"]}]
        )["jobSummaryList"]
        assert f"reindex-{request}" in [job["jobName"] for job in submitted]
        (run,) = self.vitrine("reindex", "--images", str(self.folder / "images"))["runs"]
        assert (run["request"]["id"], run["outcome"]) == (request, "succeeded")

    def vitrine(self, *arguments: str) -> Any:
        """The command, on a machine that has nothing but the environment."""
        entry = "from local.cli import main; main()"
        ran = subprocess.run(
            [sys.executable, "-c", entry, *arguments, "--json"],
            cwd=PROJECT, env=self.environment | {"PATH": "", "VITRINE_DATA": str(self.folder / "machine")},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)


@pytest.fixture
def stack(aws: AwsStandIn, aws_names: Aws, job_queue: tuple[str, str], tmp_path: Path) -> Iterator[Stack]:
    environment = aws.environment | names(aws_names) | {
        "VITRINE_JOB_QUEUE": job_queue[0],
        "VITRINE_JOB_DEFINITION": job_queue[1],
    }  # fmt: skip
    with ExitStack() as running_now:
        functions = {
            name: running_now.enter_context(
                running(
                    f"functions.{name}.handler.handler",
                    tmp_path / f"{name}.log",
                    **environment,
                    VITRINE_DATA=str(tmp_path / name),
                )
            )
            for name in ("reindex", "collect", "recommend")
        }
        yield Stack(aws, aws_names, environment, functions, tmp_path)


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer["items"]]


def test_a_feed_becomes_answers_that_follow_events_and_stock_and_can_be_taken_back(stack: Stack) -> None:
    refused = stack.functions["recommend"].invoke(json.loads((PROJECT / "events" / "for_you.json").read_text()))
    assert refused.body["statusCode"] == 401
    stack.use_a_key()
    stack.drop_feed(small_feed_rows())
    first = stack.vitrine("versions")["live"]

    event = {"event_id": "1", "user_id": SHOPPER, "type": "view", "product_id": "p7"}
    collected = stack.call("collect", "events", body=json.dumps({"events": [event]}))
    assert (collected["accepted"], collected["rejected"]) == (1, [])
    asked = (stack.call("recommend", "for_you") for _ in range(ATTEMPTS))
    answer = next((each for each in asked if not each["degraded"]), {"degraded": "every time"})
    assert (answer["degraded"], answer["index_version"]) == ([], first)
    assert {item["reason"]["product_id"] for item in answer["items"]} == {"p7"}
    best = ids(answer)[0]

    sold_out = {"products": [{"id": best, "availability": "out_of_stock"}]}
    assert stack.call("collect", "products_patch", body=json.dumps(sold_out))["changed"] == 1
    assert best not in ids(stack.call("recommend", "for_you"))

    rows = [row | {"title": f"{row['title']} renamed"} for row in small_feed_rows()]
    stack.drop_feed(rows)
    second = stack.vitrine("versions")["live"]
    assert second != first

    assert stack.vitrine("rollback")["live"] == first
    with running(
        "functions.recommend.handler.handler",
        stack.folder / "recommend-2.log",
        key=stack.functions["recommend"].key,
        **stack.environment,
        VITRINE_DATA=str(stack.folder / "recommend-2"),
    ) as fresh:
        stack.functions["recommend"] = fresh
        answer = stack.call("recommend", "for_you")
    assert answer["index_version"] == first
    assert not any(item["product"]["title"].endswith("renamed") for item in answer["items"])
    assert best not in ids(answer), "a rollback takes the feed back, not what is known of the stock since"
