"""What is learnt after an erasure is what a shop would have learnt that never knew the person; and old events go."""

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared import wiring
from shared.domain.events import Event, EventType
from shared.domain.spaces import LEARNT_SPACES
from shared.services.popularity import refresh_popularity
from shared.services.privacy import erase
from shared.services.retention import forget_old
from shared.settings import Settings
from tests.support import NOW, StillClock, event, reindex, write_small_feed


def crowd(users: int, seed: int) -> list[Event]:
    """Who look for kinds of things, look at some, and buy some again after a month."""
    chance = random.Random(seed)
    events = []
    for user in range(users):
        at = NOW - timedelta(days=chance.uniform(40, 80))
        for step in range(chance.randint(4, 9)):
            number = chance.randint(1, 50)
            events += [
                event(f"u{user}", EventType.SEARCH, at=at, event_id=f"s{seed}-{user}-{step}", query="red mug"),
                event(f"u{user}", EventType.VIEW, f"p{number}", at + timedelta(minutes=1)),
                event(f"u{user}", EventType.PURCHASE, f"p{number}", at + timedelta(minutes=2)),
            ]
            at += timedelta(days=chance.uniform(2, 8))
    return events


def heavy_user() -> list[Event]:
    """Whose deeds change everything that is learnt."""
    steps = [(f"p{number}", NOW - timedelta(days=60 - number)) for number in range(1, 50)]
    deeds = [event("gone", EventType.PURCHASE, product, at) for product, at in steps for _ in range(1)]
    looks = [event("gone", EventType.VIEW, product, at - timedelta(hours=1)) for product, at in steps]
    words = [event("gone", EventType.SEARCH, at=at, query="purple unicorn") for _, at in steps]
    again = [event("gone", EventType.PURCHASE, "p5", NOW - timedelta(days=days)) for days in (3, 13, 23, 33)]
    return [*deeds, *looks, *words, *again]


def learnt(parts: wiring.Parts) -> dict[str, object]:
    """The rows of every learnt space, every fact, and the popular products.

    Not how the version compares with the one before: that tells versions apart, and only one of the shops has two.
    """
    version = parts.versions.live() or ""
    index = parts.versions.open(version)
    ids = [f"p{number}" for number in range(1, 61)]
    vectors = index.vectors(ids, LEARNT_SPACES)
    rows = {
        f"{product} {space} {place}": float(value)
        for product, of_it in vectors.items()
        for space, vector in of_it.items()
        for place, value in zip(vector.indices, vector.values, strict=True)
    }
    folder = f"facts/{version}/"
    facts = {name.removeprefix(folder): parts.blobs.get(name) for name in parts.blobs.names(folder.rstrip("/"))}
    facts.pop("comparison")
    popularity = refresh_popularity(parts.events, parts.blobs, NOW)
    index.close()
    return {"rows": rows, "facts": facts, "popularity": replace(popularity, snapshot="", as_of=NOW)}


@pytest.fixture(scope="module")
def shop_of(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("forgetting")
    feed, images = write_small_feed(folder / "feed")

    def make(name: str, events: Sequence[Event]) -> tuple[wiring.Parts, object]:
        parts = wiring.parts(Settings(data=folder / name), StillClock())
        parts.events.add(events)

        def fit() -> None:
            shutil.rmtree(folder / f"work-{name}", ignore_errors=True)
            reindex(parts, feed, folder / f"work-{name}", images=images)

        fit()
        return parts, fit

    return make


def test_the_next_fit_leaves_the_erased_out(shop_of) -> None:  # type: ignore[no-untyped-def]
    others = crowd(60, seed=3)
    knew, fit_again = shop_of("knew", [*others, *heavy_user()])
    never_knew, _ = shop_of("never-knew", others)
    expected = learnt(never_knew)
    before = learnt(knew)
    assert all(before[what] != expected[what] for what in expected), "the user must matter, or nothing is tested"
    assert b"purple unicorn" not in repr(expected).encode()
    erase(wiring.people(knew), "gone")
    fit_again()
    after = learnt(knew)
    assert after["rows"] == pytest.approx(expected["rows"], rel=1e-5)  # sums in another order
    assert after["facts"] == expected["facts"]
    assert after["popularity"] == expected["popularity"]


def test_events_are_kept_for_as_long_as_the_settings_say(tmp_path: Path, clock: StillClock) -> None:
    parts = wiring.parts(Settings(data=tmp_path / "data", retention_days=30), clock)
    parts.events.add(crowd(20, seed=1))
    clock.forward(days=20)
    parts.events.add([event("new", EventType.VIEW, "p1", NOW)])
    assert forget_old(parts.upkeep) == 0
    clock.forward(days=11)
    assert forget_old(parts.upkeep) == len(crowd(20, seed=1))
    assert forget_old(parts.upkeep) == 0
    assert [each.user_id for each in parts.events.everything("new", 9)] == ["new"]
    assert forget_old(None) == 0
