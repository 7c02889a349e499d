"""What tests share: a clock that stands still, encoders that count, products and events in one line."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from indexer.encode import Encoders
from indexer.fetch import FetchPolicy
from indexer.images import ImageSource
from indexer.progress import Silent
from indexer.publish import Publisher
from indexer.reindex import Job, Reindex, Report
from shared.domain.events import Event, EventType
from shared.domain.keywords import terms
from shared.domain.spaces import EncoderInfo, Matrix, RgbImage
from shared.wiring import Parts

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass
class StillClock:
    """Time, moved by hand."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class WordEncoder:
    """Texts that share words lie close together. Counts what it is asked."""

    info: EncoderInfo = field(default_factory=lambda: EncoderInfo("words", "1", 64))
    encoded: int = 0

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        self.encoded += len(texts)
        rows = [np.sum([_direction(term, self.info.dimensions) for term in terms(text)], axis=0) for text in texts]
        return _unit(np.array(rows, dtype=np.float32).reshape(len(texts), self.info.dimensions))


@dataclass
class ColourEncoder:
    """Pictures of one mean colour lie close together. Counts what it is asked."""

    info: EncoderInfo = field(default_factory=lambda: EncoderInfo("colours", "1", 8))
    image_size: int = 16
    encoded: int = 0

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        raise NotImplementedError

    def encode_images(self, images: Sequence[RgbImage]) -> Matrix:
        self.encoded += len(images)
        rows = np.zeros((len(images), 8), dtype=np.float32)
        for row, image in zip(rows, images, strict=True):
            row[:3] = image.reshape(-1, 3).mean(0) / 255 - 0.5
            row[3] = 0.1
        return _unit(rows)


def _direction(term: str, dimensions: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=dimensions)


def _unit(rows: np.ndarray) -> Matrix:
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def reindex(
    parts: Parts,
    feed: Path,
    work: Path,
    encoders: Encoders | None = None,
    images: Path | None = None,
    **job: object,
) -> Report:
    """One run of the real indexer with small encoders."""
    publisher = Publisher(parts.versions, parts.products, parts.blobs)
    encoders = encoders or Encoders(WordEncoder(), ColourEncoder())
    source = ImageSource(images, feed.parent, FetchPolicy(), encoders.image.image_size)
    return Reindex(publisher, encoders, source, parts.clock, Silent()).run(
        Job(str(feed), work, work / "rejects.jsonl", **job)
    )


def event(
    user: str,
    type_: EventType,
    product: str = "",
    at: datetime = NOW,
    event_id: str = "",
    received_at: datetime | None = None,
    **more: object,
) -> Event:
    event_id = event_id or f"{user}-{type_}-{product}-{at.timestamp()}"
    return Event(event_id, user, type_, at, received_at or at, product, **more)
