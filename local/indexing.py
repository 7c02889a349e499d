"""Runs the indexer on this machine, with the parts that the settings name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from indexer.encode import Encoders
from indexer.fetch import FetchPolicy
from indexer.images import ImageSource
from indexer.jobs import jobs
from indexer.progress import Progress
from indexer.reindex import MOST_BAD_ROWS, Job, Report
from shared import wiring
from shared.ports import Clock
from shared.services.popularity import refresh_popularity
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class IndexOptions:
    images: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    most_bad_rows: float = MOST_BAD_ROWS
    allow_private: bool = False
    allow_loss: bool = False


def work_folder(settings: Settings) -> Path:
    return settings.data / "work"


def index_feed(
    settings: Settings, feed: str, options: IndexOptions, progress: Progress, clock: Clock | None = None
) -> Report:
    """Index ``feed`` (a path or an http(s) URL), make it live, and rank the popular products again."""
    parts = wiring.parts(settings, clock)
    encoders = Encoders(wiring.text_encoder(settings), wiring.image_encoder(settings))
    fetch = FetchPolicy(allow_private=options.allow_private)
    feed_folder = None if "://" in feed else Path(feed).resolve().parent
    started = parts.clock.now().astimezone(UTC)
    job = Job(
        feed=feed,
        work=work_folder(settings),
        rejects=settings.data / "rejects" / f"{started:%Y%m%dT%H%M%S%fZ}.jsonl",
        fetch=fetch,
        columns=options.columns,
        most_bad_rows=options.most_bad_rows,
        allow_loss=options.allow_loss,
    )
    with ImageSource(options.images, feed_folder, fetch, encoders.image.image_size) as images:
        report = jobs(parts, progress).reindex(encoders, images).run(job)
    refresh_popularity(parts.events, parts.blobs, parts.clock.now())
    return report
