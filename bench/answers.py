"""Warm for-you on the 8,000 fashion products, beside the bare engine's time for the same queries."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np

from indexer.jobs import jobs
from local.output import bars
from shared import wiring
from shared.domain.cursor import DEPTHS
from shared.domain.events import Event, EventType
from shared.domain.recommendations import Hit, SpaceQuery
from shared.domain.spaces import Space, Vectors
from shared.http.steady import keep_for_good
from shared.ports import ProductIndex
from shared.services.pages import Question
from shared.services.personal import known_products, rank_personal, taste_of
from shared.services.popularity import refresh_popularity
from shared.services.recommend import RECENT_EVENTS, for_you
from shared.settings import Settings

_USERS = 300
_EVENTS_EACH = 30


def measure(_: Path, work: Path) -> dict[str, Any]:
    parts = wiring.parts(Settings(data=work / "fashion"))
    users = _add_users(parts, work / "work")
    shop = wiring.shop(parts)
    index = shop.live.live()
    batches = {user: _batches_of(parts, index, user) for user in users}
    keep_for_good()  # as whatever serves does when it starts
    answer = _times(users, lambda user: for_you(shop, user, Question(limit=12)))
    engine = _times(users, lambda user: [index.search(batch) for batch in batches[user]])
    return {
        "users": len(users),
        "events a user": _EVENTS_EACH,
        "engine queries an answer, mean": float(np.mean([sum(map(len, each)) for each in batches.values()])),
        "for-you p50, ms": answer[0],
        "for-you p99, ms": answer[1],
        "bare engine, same queries, p50, ms": engine[0],
        "bare engine, same queries, p99, ms": engine[1],
        "for-you p50 over engine p50": answer[0] / engine[0],
        "for-you p99 over engine p99": answer[1] / engine[1],
    }


class _Listener:
    """An index that remembers what it was asked."""

    def __init__(self, index: ProductIndex) -> None:
        self._index = index
        self.manifest = index.manifest
        self.asked: list[Sequence[SpaceQuery]] = []

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        self.asked.append(queries)
        return self._index.search(queries)

    def vectors(self, product_ids: Sequence[str], spaces: Sequence[Space] = tuple(Space)) -> dict[str, Vectors]:
        return self._index.vectors(product_ids, spaces)


def _batches_of(parts: wiring.Parts, index: ProductIndex, user: str) -> list[Sequence[SpaceQuery]]:
    """The batches of queries that an answer for ``user`` asks."""
    now = parts.clock.now()
    events = parts.events.recent(user, RECENT_EVENTS, now)
    listener = cast(ProductIndex, _Listener(index))
    taste, vectors = taste_of(listener, events, now)
    without = known_products(events, now)
    rank_personal(listener, taste, vectors, wiring.shop(parts).popularity.newest(), None, DEPTHS[0], without)
    return cast(_Listener, listener).asked


def _add_users(parts: wiring.Parts, work: Path) -> list[str]:
    """Shoppers with two or three favourite corners of the catalogue; a corner is a product and what is like it."""
    rng = random.Random(3)
    index = wiring.shop(parts).live.live()
    vectors = {}
    ids = sorted(product.id for product in _catalogue(parts))
    for first in range(0, len(ids), 500):
        vectors |= index.vectors(ids[first : first + 500])
    now = parts.clock.now()
    for number in range(_USERS):
        corners = rng.sample(ids, rng.randint(2, 3))
        spaces = [next(iter(vectors[corner])) for corner in corners]
        near = index.search(
            [SpaceQuery(space, vectors[each][space], 20) for each, space in zip(corners, spaces, strict=True)]
        )
        pool = [hit.product_id for hits in near for hit in hits]
        types = [EventType.VIEW] * 8 + [EventType.CLICK, EventType.ADD_TO_CART, EventType.PURCHASE]
        parts.events.add(
            [
                Event(f"{number}-{place}", f"user-{number}", rng.choice(types), at, now, rng.choice(pool))
                for place in range(_EVENTS_EACH)
                for at in [now - timedelta(hours=rng.uniform(0, 500))]
            ]
        )
    refresh_popularity(parts.events, parts.blobs, now)
    with bars(quiet=True) as progress:
        jobs(parts, progress).retrain().run(work)
    return [f"user-{number}" for number in range(_USERS)]


def _catalogue(parts: wiring.Parts) -> Any:
    from shared.services.kept_catalogue import catalogue_products

    return catalogue_products(parts.blobs, parts.versions.live() or "")


def _times(users: list[str], ask: Callable[[str], object]) -> tuple[float, float]:
    """(p50, p99) in milliseconds, after one warm-up round."""
    for user in users[:20]:
        ask(user)
    taken = []
    for _ in range(3):
        for user in users:
            started = time.perf_counter()
            ask(user)
            taken.append((time.perf_counter() - started) * 1_000)
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 99))
