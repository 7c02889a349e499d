"""The demo shop on disk: feed, pictures, events and the list of shoppers."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from local.demo_shop.catalogue import PRODUCTS_PER_KIND, SEED, ShopProduct, catalogue
from local.demo_shop.designs import Design
from local.demo_shop.drawing import picture
from local.demo_shop.sessions import simulate
from local.demo_shop.shoppers import SHOPPERS, Shopper, shoppers
from shared.domain.events import Event

GENERATOR = "1"
"""Raise it with every change of what the shop holds: folders of another generator are built again."""

PICTURE_SIZE = 320
_STAMP = "stamp.json"
_ABANDONED_AFTER_S = 3600.0
_MOST_WORKERS = 8
_PICTURES_A_TASK = 16


@dataclass(frozen=True, slots=True)
class DemoShop:
    """Where the shop lies: ``feed`` and ``events`` are JSON Lines, ``images`` the folder that the feed refers to.

    ``built_at`` is the ``now`` of the first build, which every date in the shop is relative to.
    """

    feed: Path
    images: Path
    events: Path
    shoppers: tuple[Shopper, ...]
    built_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a shop to build; the default is the one a newcomer sees."""

    per_kind: int = PRODUCTS_PER_KIND
    shoppers: int = SHOPPERS
    picture_size: int = PICTURE_SIZE

    def stamp(self, built_at: datetime) -> dict[str, str | int]:
        return {
            "generator": GENERATOR,
            "seed": SEED,
            "products_per_kind": self.per_kind,
            "shoppers": self.shoppers,
            "picture_size": self.picture_size,
            "built_at": built_at.isoformat(),
        }


def build(
    folder: Path, now: datetime, on_progress: Callable[[int, int], None] | None = None, plan: Plan | None = None
) -> DemoShop:
    """The demo shop in ``folder``, made if it is not there yet.

    ``now`` is aware and in UTC; it counts only for a folder without a complete shop, so that building again changes
    nothing. ``on_progress`` hears how many of how many pictures are drawn. A shop appears whole or not at all: it is
    made in a folder beside, which then takes its name. Same ``now`` and plan, same bytes.
    """
    plan = plan or Plan()
    if (built_at := _built_at(folder, plan)) is None:
        built_at = now.replace(microsecond=0)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
        workplace = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
        try:
            _write(workplace, plan, built_at, on_progress)
            built_at = _put_in_place(workplace, folder, plan, built_at)
        finally:
            shutil.rmtree(workplace, ignore_errors=True)
    return DemoShop(
        feed=folder / "products.jsonl",
        images=folder / "images",
        events=folder / "events.jsonl",
        shoppers=shoppers(plan.shoppers),
        built_at=built_at,
    )


def _built_at(folder: Path, plan: Plan) -> datetime | None:
    """When the complete shop in ``folder`` was built; None when there is none, or one of another plan."""
    try:
        stamp = json.loads((folder / _STAMP).read_text("utf-8"))
        built_at = datetime.fromisoformat(stamp["built_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return built_at if stamp == plan.stamp(built_at) else None


def _prefix(folder: Path) -> str:
    return f".{folder.name}-building-"


def _clear_abandoned(folder: Path) -> None:
    """Remove what killed builds left behind, but not what another process is at work on."""
    for left in folder.parent.glob(f"{_prefix(folder)}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER_S:
                shutil.rmtree(left, ignore_errors=True)


def _put_in_place(workplace: Path, folder: Path, plan: Plan, built_at: datetime) -> datetime:
    """Give the finished shop its name; if another process was faster, its shop stays."""
    if (theirs := _built_at(folder, plan)) is not None:
        return theirs
    if folder.exists():
        shutil.rmtree(folder)
    workplace.chmod(0o755)
    try:
        workplace.rename(folder)
    except OSError:
        if (theirs := _built_at(folder, plan)) is None:
            raise
        return theirs
    return built_at


def _write(folder: Path, plan: Plan, now: datetime, on_progress: Callable[[int, int], None] | None) -> None:
    products, people = catalogue(plan.per_kind), shoppers(plan.shoppers)
    _write_lines(folder / "products.jsonl", (product.row(now) for product in products))
    _write_lines(folder / "events.jsonl", (event_row(event) for event in simulate(people, products, now)))
    listed = [{"id": who.id, "name": who.name, "about": who.about, "showcase": who.showcase} for who in people]
    (folder / "shoppers.json").write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", "utf-8")
    images = folder / "images"
    images.mkdir()
    for done, (product, drawn) in enumerate(_pictures(products, plan.picture_size), 1):
        (images / f"{product.id}.jpg").write_bytes(drawn)
        if on_progress:
            on_progress(done, len(products))
    (folder / _STAMP).write_text(json.dumps(plan.stamp(now), indent=1) + "\n", "utf-8")


def event_row(event: Event) -> dict[str, str | float]:
    """An event in Vitrine's own JSON form; what it does not have is left out."""
    row: dict[str, str | float] = {
        "event_id": event.event_id,
        "user_id": event.user_id,
        "type": event.type.value,
        "occurred_at": event.occurred_at.isoformat(),
    }
    if event.product_id:
        row["product_id"] = event.product_id
    if event.value is not None:
        row["value"] = event.value
    if event.query:
        row["query"] = event.query
    return row


def _write_lines(path: Path, rows: Iterator[dict[str, str | int]] | Iterator[dict[str, str | float]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for row in rows:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def _pictures(products: tuple[ShopProduct, ...], size: int) -> Iterator[tuple[ShopProduct, bytes]]:
    """Every product with its picture, in order, drawn by a process a core: the renderer keeps Python's lock."""
    workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    designs = [product.design for product in products]
    draw = partial(_draw, size=size)
    if workers == 1:
        yield from zip(products, map(draw, designs), strict=True)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from zip(products, pool.map(draw, designs, chunksize=_PICTURES_A_TASK), strict=True)


def _draw(design: Design, size: int) -> bytes:
    return picture(design, size)
