"""What another shop costs a process that serves several: memory, its first answer, and the first shop's answers."""

import gc
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from functions.recommend.app import create_app
from shared import wiring
from shared.domain.access import Caller
from shared.domain.events import EventType
from shared.http.gate import Gate
from shared.services.open_shops import KEPT
from shared.services.popularity import refresh_popularity
from shared.settings import Settings
from tests.support import NOW, StillClock, event, reindex, small_feed_rows, write_small_feed

_SHOPS = 2 * KEPT
_ASK = "/v1/users/u/recommendations?limit=12"
_ANSWERS = 200
_PRODUCTS = 2_000


class _ByHeader:
    def caller(self, headers: Mapping[str, str], path: str) -> Caller:  # noqa: ARG002
        return Caller(shop=headers.get("x-shop", ""))

    def origins(self) -> frozenset[str]:
        return frozenset()

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:  # noqa: ARG002
        return True


def measure(data: Path, work: Path) -> dict[str, Any]:  # noqa: ARG001
    settings, clock = Settings(data=work / "shops"), StillClock()
    names = [f"shop-{number}" for number in range(_SHOPS)]
    for name in ("", *names):
        _publish(wiring.parts(settings.of_shop(name), clock), work)

    def open_app(name: str) -> ASGIApp:
        shop = wiring.shop(wiring.parts(settings.of_shop(name), clock))
        return create_app(lambda: shop)

    one, several = (TestClient(Gate(_ByHeader(), open_app)) for _ in range(2))
    return {"products of each shop": _PRODUCTS, **_opened(several, names), **_beside(one, several, names)}


def _opened(client: TestClient, names: list[str]) -> dict[str, float]:
    """Each of the other shops asked for the first time, which from one on lets another one go."""
    _many(client, 50)
    memory, seconds = [_megabytes()], []
    for name in names:
        seconds.append(_seconds(client, name))
        memory.append(_megabytes())
    return {
        "one shop, MB": memory[0],
        "each further one that is kept, MB": (memory[KEPT] - memory[0]) / KEPT,
        "each one after those, MB": (memory[-1] - memory[KEPT]) / (len(names) - KEPT),
        "first answer of another shop: median, ms": 1_000 * median(seconds),
    }


def _beside(one: TestClient, several: TestClient, names: list[str]) -> dict[str, float]:
    """The first shop's answers, in turn, of a process with nothing else, and of one that serves others in between."""
    _many(one, 50)
    alone, beside = [], []
    for turn in range(_ANSWERS):
        alone.append(_seconds(one))
        beside.append(_seconds(several))
        _seconds(several, names[-1 - turn % KEPT])
    return {
        "first shop alone: median, ms": 1_000 * median(alone),
        "first shop beside others: median, ms": 1_000 * median(beside),
        "beside others, over alone": median(beside) / median(alone),
    }


def _many(client: TestClient, times: int) -> None:
    for _ in range(times):
        _seconds(client)


def _seconds(client: TestClient, shop: str = "") -> float:
    started = time.perf_counter()
    answer = client.get(_ASK, headers={"x-shop": shop})
    seconds = time.perf_counter() - started
    answer.raise_for_status()
    return seconds


def _megabytes() -> float:
    """Of the process, resident, without what is garbage."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _publish(parts: wiring.Parts, folder: Path) -> None:
    rows = small_feed_rows()
    many = [rows[n % len(rows)] | {"id": f"p{n}", "item_group_id": f"g{n}"} for n in range(_PRODUCTS)]
    feed, images = write_small_feed(folder / "feed", many)
    parts.events.add([event(f"u{n}", EventType.VIEW, f"p{n % _PRODUCTS}") for n in range(500)])
    parts.events.add([event("u", EventType.VIEW, f"p{n}") for n in range(5)])
    reindex(parts, feed, folder / "work", images=images)
    refresh_popularity(parts.events, parts.blobs, NOW)
