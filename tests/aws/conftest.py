"""A published shop in a folder, as the functions' processes find it."""

import shutil
from pathlib import Path

import pytest

from shared import wiring
from shared.settings import Settings
from tests.support import StillClock, reindex, small_feed_rows, write_small_feed


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two index versions of the small shop. Copy it before anything is written to it."""
    folder = tmp_path_factory.mktemp("published")
    clock = StillClock()
    parts = wiring.parts(Settings(data=folder / "data"), clock)
    for rows in (small_feed_rows(), small_feed_rows()[:50]):
        feed, images = write_small_feed(folder / "feed", rows)
        reindex(parts, feed, folder / "work", images=images)
        clock.forward(hours=1)
    return folder / "data"


@pytest.fixture
def data(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "data"))
