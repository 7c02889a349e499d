"""Warm for-you on the 8,000 fashion products, beside the bare engine's time for the same vectors."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from shared import wiring
from shared.domain.cursor import DEPTHS
from shared.domain.events import Event, EventType
from shared.domain.fusion import DEFAULT_WEIGHTS
from shared.domain.recommendations import SpaceQuery
from shared.services.pages import Question
from shared.services.popularity import refresh_popularity
from shared.services.recommend import RECENT_EVENTS, for_you, taste_of
from shared.settings import Settings

_USERS = 300
_EVENTS_EACH = 30


def measure(_: Path, work: Path) -> dict[str, Any]:
    parts = wiring.parts(Settings(data=work / "fashion"))
    users = _add_users(parts)
    shop = wiring.shop(parts)
    index = shop.live.live()

    def queries_of(user: str) -> list[SpaceQuery]:
        now = parts.clock.now()
        taste, _ = taste_of(index, parts.events.recent(user, RECENT_EVENTS, now), now)
        return [
            SpaceQuery(space, interest.vectors[space], DEPTHS[0])
            for interest in taste.interests
            for space in DEFAULT_WEIGHTS
            if space in interest.vectors
        ]

    batches = {user: queries_of(user) for user in users}
    answer = _times(users, lambda user: for_you(shop, user, Question(limit=12)))
    engine = _times(users, lambda user: index.search(batches[user]))
    return {
        "users": len(users),
        "events a user": _EVENTS_EACH,
        "engine queries an answer, mean": float(np.mean([len(batch) for batch in batches.values()])),
        "for-you p50, ms": answer[0],
        "for-you p99, ms": answer[1],
        "bare engine, same vectors, p50, ms": engine[0],
        "bare engine, same vectors, p99, ms": engine[1],
        "for-you p50 over engine p50": answer[0] / engine[0],
        "for-you p99 over engine p99": answer[1] / engine[1],
    }


def _add_users(parts: wiring.Parts) -> list[str]:
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
    return [f"user-{number}" for number in range(_USERS)]


def _catalogue(parts: wiring.Parts) -> Any:
    from indexer.catalogue import catalogue_products

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
