"""Runs the indexer on this machine, with the parts that the settings name."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path

from indexer.encode import Encoders
from indexer.images import ImageSource
from indexer.jobs import jobs
from indexer.progress import Progress
from indexer.reindex import MOST_BAD_ROWS, Job, Report
from indexer.rejects import summary
from shared import wiring
from shared.domain.errors import Unavailable, VitrineError
from shared.intake.fetch import FetchPolicy
from shared.ports import Clock, Turn
from shared.services.popularity import refresh_popularity
from shared.services.reindexing import Outcome, Request, Run, note_run, shown
from shared.settings import Settings

_WORK = "work"
_COUNTS = (
    "products", "changed", "removed", "bad_rows", "bad_images", "without_picture", "encoded_texts", "encoded_images",
    "reused_vectors", "learnt_products",
)  # fmt: skip
_log = logging.getLogger("vitrine.index")


@dataclass(frozen=True, slots=True)
class IndexOptions:
    images: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    most_bad_rows: float = MOST_BAD_ROWS
    allow_private: bool = False
    allow_loss: bool = False


def work_folder(settings: Settings) -> Path:
    return settings.data / _WORK


def index_feed(
    settings: Settings, feed: str, options: IndexOptions, progress: Progress, clock: Clock | None = None
) -> Report:
    """Index ``feed`` (a path or an http(s) URL), make it live, and rank the popular products again.

    How it ended is written down beside the runs that were asked for.
    """
    parts = wiring.parts(settings, clock, patient=True)
    encoders = load_encoders(settings)
    began, started = parts.clock.now(), time.perf_counter()
    job = job_for(settings.data, feed, options, f"{began.astimezone(UTC):%Y%m%dT%H%M%S%fZ}")
    request = Request(job.rejects.stem, shown(feed), began)
    run = Run(job.rejects.stem, request, Outcome.SUCCEEDED, began, 0.0)
    with parts.turns.take("reindex") as turn:
        try:
            report = run_job(turn, parts, encoders, job, options.images, progress)
        except VitrineError as error:
            _note(parts, replace(run, outcome=Outcome.FAILED, error=str(error)), job.rejects, started)
            raise
    _note(parts, replace(run, version=report.version, counts=counts_of(report)), job.rejects, started)
    refresh_popularity(parts.events, parts.blobs, parts.clock.now())
    return report


def counts_of(report: Report) -> dict[str, int]:
    """What is kept of a run's numbers."""
    return {name: getattr(report, name) for name in _COUNTS}


def _note(parts: wiring.Parts, run: Run, rejects: Path, started: float) -> None:
    """A run does not fail for want of a place to write it down."""
    try:
        seconds = round(time.perf_counter() - started, 3)
        note_run(parts.state, replace(run, seconds=seconds, reasons=summary(rejects)))
    except Unavailable as error:
        _log.warning("how run %s ended could not be kept: %s", run.run, error)


def load_encoders(settings: Settings) -> Encoders:
    return Encoders(wiring.text_encoder(settings), wiring.image_encoder(settings), wiring.encoder_files(settings))


def job_for(data: Path, feed: str, options: IndexOptions, run: str) -> Job:
    """``run`` names the list of rejects."""
    return Job(
        feed=feed,
        work=data / _WORK,
        rejects=data / "rejects" / f"{run}.jsonl",
        fetch=FetchPolicy(allow_private=options.allow_private),
        columns=options.columns,
        most_bad_rows=options.most_bad_rows,
        allow_loss=options.allow_loss,
    )


def run_job(
    turn: Turn, parts: wiring.Parts, encoders: Encoders, job: Job, images: Path | None, progress: Progress
) -> Report:
    """One run within ``turn``. Pictures are those of the folder ``images``, beside the feed, or behind addresses."""
    feed_folder = None if "://" in job.feed else Path(job.feed).resolve().parent
    with ImageSource(images, feed_folder, job.fetch, encoders.image.image_size) as source:
        return jobs(parts, progress).reindex(encoders, source).run_within(turn, job)
