"""Fixtures for all rooms."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.dependencies import models

from shared import wiring
from shared.settings import PROJECT, Aws, Settings
from tests.aws_stand_in import AwsStandIn, aws_stand_in
from tests.support import StillClock, copied, reindex, write_small_feed


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    """FastAPI remembers the routes of every app there ever was, and they their shops and indexes of 100 MB each.

    What a server under test took for good is none for the next test.
    """
    yield
    gc.unfreeze()
    for remembered in vars(models).values():
        if hasattr(remembered, "cache_clear"):
            remembered.cache_clear()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Real data, which is not part of the project; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("VITRINE_TEST_DATA", PROJECT.parent / "shared" / "data"))
    if not (folder / "fashion").is_dir():
        pytest.skip(f"no test data at {folder}")
    return folder


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture(scope="session")
def _small_shop_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small shop, its feed and what the indexer keeps for its next run; to be copied."""
    folder = tmp_path_factory.mktemp("small-shop")
    feed, images = write_small_feed(folder / "feed")
    reindex(wiring.parts(Settings(data=folder / "data"), StillClock()), feed, folder / "work", images=images)
    return folder


@pytest.fixture
def parts(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> wiring.Parts:
    """The laptop's real parts in a folder of their own, with a clock that stands still."""
    if "small_shop" in request.fixturenames:  # copied before anything opens it
        once: Path = request.getfixturevalue("_small_shop_once")
        for name in ("data", "work"):
            copied(once / name, tmp_path / name)
        shutil.copytree(once / "feed", tmp_path / "feed")  # with its times, by which a picture counts as unchanged
    return wiring.parts(Settings(data=tmp_path / "data"), clock)


@pytest.fixture
def small_shop(parts: wiring.Parts) -> wiring.Parts:
    """A shop of 60 products (p1 to p60), published through the real indexer."""
    return parts


@pytest.fixture(scope="session")
def aws() -> Iterator[AwsStandIn]:
    """A server that answers as AWS does, for the whole session; AWS_ENDPOINT_URL leads boto3 to it."""
    with aws_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def aws_names(aws: AwsStandIn) -> Aws:
    """Empty tables, an empty bucket and an empty queue for one test."""
    return aws.make()
