"""Published shops as the functions' processes find them: in a folder, and on AWS."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from moto.core.config import default_user_config

from shared import wiring
from shared.settings import Aws, Settings
from tests.aws_stand_in import AwsStandIn
from tests.key_maker import make_key
from tests.support import StillClock, apply_sample_themes, copied, reindex, small_feed_rows, write_small_feed


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two index versions of the small shop. Copy it before anything is written to it."""
    folder = tmp_path_factory.mktemp("published")
    publish_twice(Settings(data=folder / "data"), folder)
    return folder / "data"


@pytest.fixture
def data(published: Path, tmp_path: Path) -> Path:
    return copied(published, tmp_path / "data")


@dataclass(frozen=True, slots=True)
class Cloud:
    """A shop on AWS. ``environment`` is what a function's process needs to find it, besides what Lambda sets."""

    parts: wiring.Parts
    environment: dict[str, str]
    key: str
    """A secret one: without, nobody is answered there."""


@pytest.fixture(scope="session")
def published_on_aws(aws: AwsStandIn, tmp_path_factory: pytest.TempPathFactory) -> tuple[Aws, Path]:
    """Where two index versions of the small shop are, and the folder of the job that made them; both to be copied."""
    folder, own = tmp_path_factory.mktemp("published-on-aws"), aws.make()
    publish_twice(Settings(data=folder / "job", aws=own), folder)
    return own, folder / "job"


@pytest.fixture
def cloud(aws: AwsStandIn, aws_names: Aws, published_on_aws: tuple[Aws, Path], tmp_path: Path) -> Cloud:
    """The small shop, two versions of it."""
    parts = copied_on_aws(aws, published_on_aws, aws_names, tmp_path / "job")
    environment = aws.environment | names(aws_names) | {"VITRINE_DATA": str(tmp_path / "function")}
    return Cloud(parts, environment, make_key(parts.state))


def names(aws: Aws) -> dict[str, str]:
    """The variables that template.yaml sets for what it makes."""
    return {
        "VITRINE_BUCKET": aws.bucket,
        "VITRINE_EVENTS_TABLE": aws.events_table,
        "VITRINE_PRODUCTS_TABLE": aws.products_table,
        "VITRINE_STATE_TABLE": aws.state_table,
        "VITRINE_EVENTS_QUEUE": aws.events_queue,
        "VITRINE_PICKS_QUEUE": aws.picks_queue,
    }


def copied_on_aws(aws: AwsStandIn, published: tuple[Aws, Path], target: Aws, job: Path) -> wiring.Parts:
    """What :func:`published_on_aws` made, in empty tables and an empty bucket; ``job`` is the folder of who made it."""
    own, folder = published
    aws.copy(own, target)
    clock = StillClock()
    clock.forward(hours=len(VERSIONS))
    return wiring.parts(Settings(data=copied(folder, job), aws=target), clock, patient=True)


VERSIONS = (small_feed_rows(), small_feed_rows()[:50])
"""The feeds of the two versions, an hour apart."""


def publish_twice(settings: Settings, folder: Path) -> None:
    clock = StillClock()
    parts = wiring.parts(settings, clock, patient=True)
    for rows in VERSIONS:
        feed, images = write_small_feed(folder / "feed", rows)
        reindex(parts, feed, folder / "work", images=images)
        clock.forward(hours=1)
    apply_sample_themes(parts)


@pytest.fixture
def job_queue(aws: AwsStandIn, aws_names: Aws) -> Iterator[tuple[str, str]]:
    """A queue and a job definition; moto would run the container, and has nothing to run one with."""
    default_user_config["batch"]["use_docker"] = False
    try:
        batch, mark = aws.connections.client("batch"), aws_names.bucket
        made = aws.connections.client("iam").create_role(RoleName=mark, AssumeRolePolicyDocument="{}")
        environment = batch.create_compute_environment(
            computeEnvironmentName=mark, type="UNMANAGED", state="ENABLED", serviceRole=made["Role"]["Arn"]
        )["computeEnvironmentArn"]
        order = [{"order": 1, "computeEnvironment": environment}]
        queue = batch.create_job_queue(jobQueueName=mark, state="ENABLED", priority=1, computeEnvironmentOrder=order)[
            "jobQueueArn"
        ]
        definition = batch.register_job_definition(
            jobDefinitionName=mark,
            type="container",
            containerProperties={"image": "indexer", "vcpus": 1, "memory": 2048, "command": ["reindex"]},
        )["jobDefinitionArn"]
        yield queue, definition
    finally:
        default_user_config["batch"]["use_docker"] = True
