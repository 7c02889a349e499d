"""Runs the indexer on this machine, with the parts that the settings name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from indexer.encode import Encoders
from indexer.images import ImageSource
from indexer.jobs import jobs
from indexer.progress import Progress
from indexer.reindex import MOST_BAD_ROWS, Job, Report
from shared import wiring
from shared.intake.fetch import FetchPolicy
from shared.ports import Clock, Turn
from shared.services.popularity import refresh_popularity
from shared.settings import Settings

_WORK = "work"


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
    """Index ``feed`` (a path or an http(s) URL), make it live, and rank the popular products again."""
    parts = wiring.parts(settings, clock, patient=True)
    encoders = load_encoders(settings)
    job = job_for(settings.data, feed, options, f"{parts.clock.now().astimezone(UTC):%Y%m%dT%H%M%S%fZ}")
    with parts.turns.take("reindex") as turn:
        report = run_job(turn, parts, encoders, job, options.images, progress)
    refresh_popularity(parts.events, parts.blobs, parts.clock.now())
    return report


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
