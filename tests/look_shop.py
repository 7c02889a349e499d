"""The small shop, taught by hand what goes with its products, so that a test knows the right answer."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from indexer import teachers
from indexer.behaviour import BehaviourModel
from indexer.teaching import Fact, Material, Taught, teach_behaviour
from shared import wiring
from shared.domain.companions import Companions, companions_bytes
from shared.domain.spaces import Space
from shared.services.complements import COMPANIONS
from shared.settings import Settings
from tests.support import StillClock, reindex, small_feed_rows, write_small_feed

SHOE, SHIRT, SCARF, SPADE, MUG = (
    f"Shop > {kind}" for kind in ("running shoe", "linen shirt", "wool scarf", "garden spade", "stoneware mug")
)
GOES_WITH_SHOES = ((SHIRT, 0.9), (SCARF, 0.5), (SPADE, 0.2))
SPEAKS_FOR: Mapping[str, Mapping[str, float]] = {
    "p2": {"p1": 2.0},  # shirts; p56 is a variant of p2
    "p8": {"p1": 1.9, "p10": 2.0},  # red, and often bought with the scarf p10
    "p56": {"p1": 1.8},
    "p4": {"p1": 2.0},  # scarves
    "p10": {"p1": 1.8},
    "p3": {"p1": 0.4},  # a spade, in dollars
    "p7": {"p1": 1.0},  # another shoe: no complement of shoes, whatever a row says
    "p12": {"p10": 1.0},  # a mug, sold out
}


def rows(speaks_for: Mapping[str, Mapping[str, float]]) -> BehaviourModel:
    """For each product, those that speak for it."""
    products = tuple(sorted({*speaks_for, *(each for row in speaks_for.values() for each in row)}))
    entries = [sorted((products.index(each), w) for each, w in speaks_for.get(p, {}).items()) for p in products]
    return BehaviourModel(
        products,
        np.cumsum([0, *(len(row) for row in entries)], dtype=np.int64),
        np.array([place for row in entries for place, _ in row], dtype=np.int32),
        np.array([weight for row in entries for _, weight in row], dtype=np.float32),
        np.arange(len(products), dtype=np.uint64),
    )


def teach(_: Material) -> Taught:
    companions = Companions(kinds={SHOE: GOES_WITH_SHOES})
    facts = {COMPANIONS.name: Fact.of_events(companions_bytes(companions))}
    return Taught({Space.COMPLEMENT: rows(SPEAKS_FOR)}, facts)


def look_shop(folder: Path, clock: StillClock) -> wiring.Parts:
    """A shop of 60 products, published through the real indexer; p3 is priced in dollars."""
    feed_rows = small_feed_rows()
    feed_rows[2]["price"] = "8.00 USD"
    feed, images = write_small_feed(folder / "feed", feed_rows)
    parts = wiring.parts(Settings(data=folder / "data"), clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teachers, "TEACHERS", (teach_behaviour, teach))
        reindex(parts, feed, folder / "work", images=images)
    return parts
