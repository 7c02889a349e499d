"""Shops made for one evaluation, on this machine, and the folder that they live in."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from indexer.evaluation.ours import ScratchShop, SetClock
from indexer.jobs import jobs
from indexer.progress import Progress
from indexer.reindex import Report
from local.indexing import IndexOptions, index_feed, work_folder
from shared import wiring
from shared.domain.errors import InvalidInput
from shared.domain.tuning import Tuning
from shared.services.shop import Shop
from shared.settings import Settings


def scratch_shop(
    settings: Settings, feed: Path, columns: Mapping[str, str], folder: Path, at: datetime, name: str
) -> ScratchShop:
    """An empty shop in ``folder`` / ``name``, with the parts and encoders of ``settings`` and a clock that is set."""
    own = replace(settings, data=folder / name, index="edge")
    clock = SetClock(at)
    parts = wiring.parts(own, clock)
    return ScratchShop(
        clock,
        parts.events,
        parts.blobs,
        partial(_reindex, own, clock, feed, columns),
        partial(_retune, own, parts),
        partial(_open, own),
    )


def _open(settings: Settings, at: datetime) -> Shop:
    return wiring.shop(wiring.parts(settings, SetClock(at)))


def _reindex(settings: Settings, clock: SetClock, feed: Path, columns: Mapping[str, str], progress: Progress) -> Report:
    return index_feed(settings, str(feed), IndexOptions(columns=columns), progress, clock)


def _retune(settings: Settings, parts: wiring.Parts, tuning: Tuning, progress: Progress) -> object:
    return jobs(parts, progress).retrain().run(work_folder(settings), tuning)


@contextmanager
def scratch_folder(keep: Path | None) -> Iterator[Path]:
    """Where the scratch shop lives; gone afterwards unless it is to be kept."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="vitrine-evaluate-") as folder:
            yield Path(folder)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise InvalidInput(f"--keep {keep} is there already: name a folder that is new or empty.")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep
