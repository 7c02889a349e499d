"""What the dashboard's reports take over a large catalogue: seconds and memory, without an index: they ask none."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from indexer.catalogue import keep_catalogue
from indexer.staging import Staging
from shared import wiring
from shared.domain.events import Event, EventType
from shared.domain.products import Product
from shared.domain.versions import Manifest
from shared.services.catalogue_report import catalogue_report
from shared.services.drift import drift
from shared.services.shop import Shop
from shared.settings import Settings

_PRODUCTS = 100_000
_EVENTS = 500_000
_BATCH = 5_000
_VERSION = "bench"
_TYPES = (EventType.IMPRESSION, EventType.VIEW, EventType.CLICK, EventType.ADD_TO_CART, EventType.PURCHASE)
_SHARES = (0.7, 0.2, 0.06, 0.03, 0.01)


class _Live:
    """Of a version that has a catalogue and nothing else."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    def manifest(self) -> Manifest:
        return self._manifest


def measure(data: Path, work: Path) -> dict[str, Any]:  # noqa: ARG001
    parts = wiring.parts(Settings(data=work / "reports"))
    shop = _shop(parts, work)
    figures: dict[str, Any] = {"products": _PRODUCTS, "events": _EVENTS}
    for name, job in (
        ("catalogue", lambda: catalogue_report(shop, parts.blobs, 7)),
        ("drift", lambda: drift(shop, parts.blobs, 7)),
    ):
        figures[name] = _timed(job)
    return figures


def _timed(job: Callable[[], object]) -> dict[str, float]:
    """Seconds of a run of its own: counting memory slows it down."""
    started, busy = time.perf_counter(), time.process_time()
    job()
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    tracemalloc.start()
    job()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"seconds": round(seconds, 2), "cpu_seconds": round(busy, 2), "peak_mb": round(peak / 1e6)}


def _shop(parts: wiring.Parts, work: Path) -> Shop:
    now = datetime.now(UTC)
    staging = Staging(work / "reports.sqlite")
    for product in _products():
        staging.add(product, "")
    staging.settle()
    keep_catalogue(parts.blobs, _VERSION, staging.all())
    staging.close()
    parts.products.replace(_VERSION, now, _products())
    for batch in _events(now):
        parts.events.add(batch)
    manifest = Manifest(_VERSION, "", now, _PRODUCTS, {})
    return replace(wiring.shop(parts), live=_Live(manifest))  # type: ignore[arg-type]


def _products() -> Iterator[Product]:
    for number in range(_PRODUCTS):
        yield Product(
            f"product-{number:06}",
            f"A product of the name number {number}",
            description="What it is made of, what it is for, and how it wants to be washed. " * 3,
            brand=f"Brand {number % 500}",
            categories=("Shop", f"Room {number % 12}", f"Kind {number % 300}"),
            price=5.0 + number % 90,
            currency="EUR",
            image=f"{number}.jpg",
        )


def _events(now: datetime) -> Iterator[list[Event]]:
    draw = np.random.default_rng(1)
    for start in range(0, _EVENTS, _BATCH):
        products = (draw.pareto(0.6, _BATCH) * 50).astype(np.int64) % _PRODUCTS
        types = draw.choice(len(_TYPES), _BATCH, p=_SHARES)
        ages = draw.uniform(0, 60, _BATCH)
        yield [
            Event(
                f"e{start + i}",
                f"u{(start + i) % 20_000}",
                _TYPES[types[i]],
                now - timedelta(days=float(ages[i])),
                now,
                f"product-{products[i]:06}",
            )
            for i in range(_BATCH)
        ]
