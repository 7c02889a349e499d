"""Consent: what asking for a person's choices adds to "for you", in the stores of the laptop and of AWS."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from shared import wiring
from shared.domain.events import Event, EventType
from shared.ports import State, StateStore
from shared.services.choices import change
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.shop import Shop
from shared.settings import Settings
from tests.aws_stand_in import aws_stand_in
from tests.support import NOW, StillClock, reindex, write_small_feed

_ROUNDS = 200
_WARM = 40
_EVENTS = 30


class _Unasked:
    """Says of everybody, at once, that nothing was chosen; all else is asked of the store."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, name: str) -> State | None:
        return None if name.startswith("person-") else self._store.get(name)


def measure(_: Path, work: Path) -> dict[str, Any]:
    """60 products: what is measured is the stores' part, and the index's is small. Both arms take turns."""
    figures: dict[str, float] = {}
    for name, settings in (("SQLite", None), ("DynamoDB's stand-in", "aws")):
        with aws_stand_in() if settings else nullcontext() as aws:
            folder = work / name.split("'")[0]
            clock = StillClock()
            parts = wiring.parts(Settings(data=folder / "data", aws=aws.make() if aws else None), clock)
            feed, images = write_small_feed(folder / "feed")
            reindex(parts, feed, folder / "work", images=images)
            parts.events.add(
                [
                    Event(f"e{number}", "u", EventType.VIEW, NOW - timedelta(hours=number), NOW, f"p{number + 1}")
                    for number in range(_EVENTS)
                ]
            )
            change(parts.state, "u", NOW, lambda each: replace(each, removed={"p1": NOW}))
            clock.forward(seconds=1)
            shop = wiring.shop(parts)
            figures |= _compared(name, shop, replace(shop, state=_Unasked(shop.state)))  # type: ignore[arg-type]
    return figures


def _compared(name: str, asked: Shop, unasked: Shop) -> dict[str, float]:
    arms: dict[str, Callable[[], object]] = {
        "with choices": lambda: for_you(asked, "u", Question()),
        "without": lambda: for_you(unasked, "u", Question()),
    }
    taken: dict[str, list[float]] = {arm: [] for arm in arms}
    for turn in range(_ROUNDS + _WARM):
        for arm, ask in arms.items():
            began = time.perf_counter()
            ask()
            if turn >= _WARM:
                taken[arm].append((time.perf_counter() - began) * 1000)
    found: dict[str, float] = {}
    for share in (50, 99):
        whole, bare = (float(np.percentile(taken[arm], share)) for arm in arms)
        found |= {f"{name}: p{share}, ms": whole, f"{name}: p{share} over that without": whole / bare}
    return found
