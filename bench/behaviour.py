"""The behaviour model of a made-up shop of 200,000 products and 5 million events; then 1,000 events more."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from indexer.behaviour import BehaviourModel, BehaviourSettings, fit
from shared import wiring
from shared.domain.events import Event, EventType
from shared.settings import Settings

_PRODUCTS = 200_000
_EVENTS = 5_000_000
_MORE = 1_000
_CLUSTERS = 2_000
_SESSION = 8
_BATCH = 20_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_UNTIL = _START + timedelta(days=365)
_TYPES = (EventType.VIEW,) * 8 + (EventType.ADD_TO_CART, EventType.PURCHASE)


def measure(_: Path, work: Path) -> dict[str, Any]:
    data = work / "behaviour"
    started = time.perf_counter()
    _store(data, _shop(seed=1), _EVENTS)
    filled = time.perf_counter() - started
    first = _in_a_process(data)
    _store(data, _shop(seed=2), _MORE)
    again = _in_a_process(data)
    return {
        "products": first["products"],
        "events": _EVENTS,
        "seconds to store the events": filled,
        "seconds to train": first["seconds"],
        "weights a product": first["weights"] / first["products"],
        "model, MB": first["model_mb"],
        "peak memory, MB": first["own_mb"],
        "peak memory of the largest worker, MB": first["worker_mb"],
        "workers": first["workers"],
        f"after {_MORE} events more: seconds": again["seconds"],
        f"after {_MORE} events more: rows solved": again["solved"],
    }


def _shop(seed: int) -> Iterator[Event]:
    """Endless sessions within clusters of products; popularity is Zipf's in the shop and flatter within a cluster."""
    rng = np.random.default_rng(seed)
    products = np.random.default_rng(0).permutation(_PRODUCTS)
    popularity = np.cumsum(1 / np.arange(1, _PRODUCTS + 1))
    in_cluster = np.cumsum(1 / np.arange(1, _PRODUCTS // _CLUSTERS + 1) ** 0.5)
    number = 0
    while True:
        user, at = f"{seed}-{number}", _START + timedelta(minutes=float(rng.uniform(0, 300 * 1_440)))
        for _ in range(min(1 + rng.geometric(0.3), 12)):
            ranks = np.searchsorted(popularity, rng.uniform(0, popularity[-1], _SESSION))
            inside = np.searchsorted(in_cluster, rng.uniform(0, in_cluster[-1], _SESSION))
            # Clusters are met as often as the product that the session began with is popular.
            ranks[1:] = np.where(
                rng.random(_SESSION - 1) < 0.2, ranks[1:], inside[1:] * _CLUSTERS + ranks[0] % _CLUSTERS
            )
            for rank in ranks.tolist():
                at += timedelta(minutes=1)
                type_ = _TYPES[number * 7 % len(_TYPES)]
                number += 1
                yield Event(f"{seed}-{number}", user, type_, at, at, str(products[rank]))
            at += timedelta(days=2)


def _store(data: Path, events: Iterator[Event], count: int) -> None:
    store = wiring.parts(Settings(data=data)).events
    wanted = islice(events, count)
    while batch := list(islice(wanted, _BATCH)):
        store.add(batch)


def _in_a_process(data: Path) -> dict[str, Any]:
    """So that its peak memory, and its workers', are its own."""
    code = "import sys; from pathlib import Path; from bench.behaviour import train; train(Path(sys.argv[1]))"
    ran = subprocess.run([sys.executable, "-c", code, str(data)], check=True, capture_output=True, text=True)
    return dict(json.loads(ran.stdout))


def train(data: Path) -> None:
    """Train on the events below ``data``, with the model of the last time if there is one; prints figures."""
    kept = data / "behaviour.npz"
    previous = BehaviourModel.from_bytes(kept.read_bytes()) if kept.exists() else None
    started = time.perf_counter()
    histories = wiring.parts(Settings(data=data)).events.histories(_UNTIL)
    fitted = fit(histories, BehaviourSettings(), data / "work", previous)
    seconds = time.perf_counter() - started
    kept.write_bytes(fitted.model.to_bytes())
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    figures = {
        "products": len(fitted.model.products),
        "weights": len(fitted.model.weights),
        "solved": fitted.solved,
        "seconds": seconds,
        "model_mb": kept.stat().st_size // 1024**2,
        "own_mb": int(peak.split()[1]) // 1024,
        "worker_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "workers": os.cpu_count(),
    }
    print(json.dumps(figures))
