"""What tests share: a clock that stands still, encoders that count, products and events in one line."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI
from PIL import Image
from starlette.types import ASGIApp

from functions.dashboard.app import create_app as create_dashboard
from functions.picks.app import create_app as create_picks
from functions.picks.post import Post
from indexer.encode import Encoders
from indexer.images import ImageSource
from indexer.jobs import jobs
from indexer.reindex import Job, Report
from shared import wiring
from shared.adapters.durable_files import copy_tree_sparsely
from shared.domain.access import OPEN, Caller
from shared.domain.events import Event, EventType
from shared.domain.keywords import terms
from shared.domain.spaces import EncoderInfo, Matrix, RgbImage
from shared.http.gate import Gate
from shared.intake.fetch import FetchPolicy
from shared.ports import Clock, PictureReader
from shared.services.query_encoders import QueryEncoders
from shared.services.themes import apply_themes
from shared.settings import PROJECT, Settings
from shared.wiring import Parts, keeping, profiles
from shared.wiring import pictures as pictures_for

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass
class StillClock:
    """Time, moved by hand."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


class NoStarter:
    """Hears of the jobs that would be started."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def start(self, request_id: str) -> str:
        self.started.append(request_id)
        return "no job"


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        pass

    def advance(self, steps: int = 1) -> None:
        pass


@dataclass
class WordEncoder:
    """Texts that share words lie close together. Counts what it is asked."""

    info: EncoderInfo = field(default_factory=lambda: EncoderInfo("words", "1", 64))
    encoded: int = 0

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        self.encoded += len(texts)
        nothing = np.zeros(self.info.dimensions)
        rows = [sum((_direction(term, self.info.dimensions) for term in terms(text)), nothing) for text in texts]
        return _unit(np.array(rows, dtype=np.float32).reshape(len(texts), self.info.dimensions))


@dataclass
class ColourEncoder:
    """Pictures of one mean colour lie close together. Counts what it is asked."""

    info: EncoderInfo = field(default_factory=lambda: EncoderInfo("colours", "1", 8))
    image_size: int = 16
    encoded: int = 0

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """As a picture all of the colour that is named, or of none."""
        self.encoded += len(texts)
        named = [[COLOURS[term] for term in terms(text) if term in COLOURS] for text in texts]
        return _unit(np.array([_hue(np.mean(colours or [(127.5,) * 3], axis=0)) for colours in named]))

    def encode_images(self, images: Sequence[RgbImage]) -> Matrix:
        self.encoded += len(images)
        return _unit(np.array([_hue(image.reshape(-1, 3).mean(0)) for image in images]).reshape(len(images), 8))


def query_encoders(clock: Clock) -> QueryEncoders:
    """Those that :func:`reindex` uses."""
    return QueryEncoders(WordEncoder, ColourEncoder, clock)


def pictures() -> PictureReader:
    """For a search to which nobody sends an address."""
    return pictures_for(Settings(fetch_photos=False))


def _hue(colour: np.ndarray) -> np.ndarray:
    return np.array([*(colour / 255 - 0.5), 0.1, 0, 0, 0, 0], dtype=np.float32)


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
    encoders = encoders or Encoders(WordEncoder(), ColourEncoder())
    with ImageSource(images, feed.parent, FetchPolicy(), encoders.image.image_size) as source:
        return jobs(parts, Silent()).reindex(encoders, source).run(Job(str(feed), work, work / "rejects.jsonl", **job))


def copied(source: Path, target: Path) -> Path:
    """``target``, a copy of a shop's folder: quick, for an index reserves much more room than it fills."""
    copy_tree_sparsely(source, target)
    return target


class OpenAccess:
    """Keys are off: whoever can connect may do everything."""

    def caller(self, headers: Mapping[str, str], path: str) -> Caller | None:
        return OPEN

    def origins(self) -> frozenset[str]:
        return frozenset()

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:
        return True


def opened(app: ASGIApp) -> ASGIApp:
    """``app`` behind a gate where keys are off."""
    return Gate(OpenAccess(), lambda _: app)


def picks_app(parts: Parts) -> ASGIApp:
    """The picks function's app over ``parts``, without a gate."""
    post = Post(wiring.slots(parts, wiring.shop(parts)), parts.blobs)
    return create_picks(lambda: post, lambda: wiring.slot_images(parts.clock), lambda: wiring.people(parts))


def dashboard_app(parts: Parts) -> FastAPI:
    """The dashboard function's app over ``parts``, without a gate."""
    return create_dashboard(
        lambda: (wiring.traffic_reader(Settings(), parts.clock), parts.clock),
        lambda: (parts.events, parts.clock),
        lambda: (wiring.shop(parts), parts.blobs),
        lambda: (parts.versions, parts.blobs, parts.state, parts.clock),
    )


def collect_parts(parts: Parts) -> tuple[Callable[[], Any], ...]:
    """What the collect function's app is made of."""
    return (
        lambda: keeping(parts),
        lambda: (parts.blobs, parts.clock),
        lambda: (parts.products, parts.clock),
        lambda: profiles(parts),
        lambda: (parts.events, parts.state, parts.blobs, parts.clock),
    )


def apply_sample_themes(parts: Parts) -> None:
    """The themes that the sample invocations speak of."""
    sample = json.loads((PROJECT / "events" / "collections_book_replace.json").read_text())
    apply_themes(parts.blobs, json.loads(sample["body"]), NOW)


def event(
    user: str,
    type_: EventType,
    product: str = "",
    at: datetime = NOW,
    event_id: str = "",
    **more: object,
) -> Event:
    event_id = event_id or f"{user}-{type_}-{product}-{at.timestamp()}"
    return Event(event_id, user, type_, at, NOW, product, **more)


KINDS = ("stoneware mug", "running shoe", "linen shirt", "garden spade", "wool scarf", "toy train")
COLOURS = {"red": (200, 40, 40), "blue": (40, 60, 200), "green": (40, 160, 60), "grey": (120, 120, 120)}


def small_feed_rows() -> list[dict[str, object]]:
    """60 products: six kinds in turn, four colours in turn; p55 to p60 are variants of p1 to p6; p12 is sold out."""
    rows: list[dict[str, object]] = []
    for number in range(1, 61):
        kind, colour = KINDS[number % 6], list(COLOURS)[number % 4]
        rows.append(
            {
                "id": f"p{number}",
                "title": f"{colour.title()} {kind} {number}",
                "brand": "Acme" if number % 2 else "Bolt",
                "category": f"Shop > {kind}",
                "color": colour,
                "price": f"{5 + number}.00 EUR",
                "availability": "out_of_stock" if number == 12 else "in_stock",
                "image": f"p{number}.png",
                "item_group_id": f"g{number - 54 if number > 54 else number}",
                "added_at": (NOW - timedelta(days=number)).isoformat(),
            }
        )
    return rows


def write_small_feed(folder: Path, rows: list[dict[str, object]] | None = None) -> tuple[Path, Path]:
    """A JSON Lines feed and its pictures; returns both paths."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    rows = small_feed_rows() if rows is None else rows
    for row in rows:
        path = images / str(row["image"])
        if not path.exists():
            Image.new("RGB", (24, 24), COLOURS[str(row["color"])]).save(path)
    feed = folder / "feed.jsonl"
    feed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return feed, images
