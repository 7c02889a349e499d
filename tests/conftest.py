"""Fixtures for all rooms."""

import os
from pathlib import Path

import pytest

from shared import wiring
from shared.settings import PROJECT, Settings
from tests.support import StillClock


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


@pytest.fixture
def parts(tmp_path: Path, clock: StillClock) -> wiring.Parts:
    """The laptop's real parts in a folder of their own, with a clock that stands still."""
    import dataclasses

    return dataclasses.replace(wiring.parts(Settings(data=tmp_path / "data")), clock=clock)
