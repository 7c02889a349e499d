"""Drift: what moved is told, and what may be chance is not called a move."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from shared import wiring
from shared.domain.drift import BEFORE, FEWEST_EVENTS, Tally, js_distance, said_of_catalogue, shift
from shared.domain.events import EventType
from shared.domain.spaces import Space
from shared.services.drift import drift
from tests.support import NOW, StillClock, event, reindex, small_feed_rows, write_small_feed

TODAY = NOW.date()


def tally(days: int, shares: dict[str, list[int]]) -> Tally:
    """``shares`` has counts by day, today first, by kind."""
    counted = Tally(TODAY, days)
    for kind, counts in shares.items():
        for age, count in enumerate(counts):
            counted.add(TODAY - timedelta(days=age), kind, count)
    return counted


def test_the_distance_is_a_metric_between_nothing_and_one() -> None:
    draw = np.random.default_rng(1)
    rows = draw.integers(1, 50, (30, 6)).astype(float)
    for a, b, c in rows.reshape(10, 3, 6):
        assert js_distance(a, b) == pytest.approx(js_distance(b, a))
        assert 0 < js_distance(a, b) < 1
        assert js_distance(a, c) <= js_distance(a, b) + js_distance(b, c) + 1e-12
        assert js_distance(a, 3 * a) == pytest.approx(0, abs=1e-7)
    assert js_distance(np.array([5.0, 0]), np.array([0, 7.0])) == pytest.approx(1)
    assert js_distance(np.array([1.0, 1]), np.array([1, 0.0])) == pytest.approx(0.3112781**0.5, abs=1e-6)


def test_what_moved_is_told_with_what_grew_and_what_shrank() -> None:
    found = tally(7, {"tents": [20] * 7 + [2] * 28, "mugs": [5] * 7 + [20] * 28, "hats": [3] * 35}).drift()
    assert found.distance is not None
    assert found.distance > 0.3
    assert found.chance is not None
    assert found.chance < 0.01
    assert "tents" in found.verdict
    assert [each.kind for each in found.kinds] == ["tents", "mugs", "hats"]
    assert [each.now > each.before for each in found.kinds] == [True, False, False]
    assert (found.now_events, found.before_events) == (7 * 28, 28 * 25)


def test_days_that_do_not_differ_are_seldom_called_a_move() -> None:
    """Twenty events at once on one kind, as visits are: tested event by event, nearly all of these would be moves."""
    draw = np.random.default_rng(7)
    alarms = 0
    for _ in range(60):
        shares = {kind: (draw.integers(0, 4, 35) * 20).tolist() for kind in ("tents", "mugs", "hats", "shoes")}
        alarms += (tally(7, shares).drift().chance or 0) < 0.01
    assert alarms <= 3


def test_few_events_say_nothing() -> None:
    found = tally(7, {"tents": [1] * 7, "mugs": [0] * 7 + [40] * 28}).drift()
    assert (found.distance, found.chance, list(found.kinds)) == (None, None, [])
    assert found.verdict.startswith("7 events now and 1,120 before: too few to tell")
    assert tally(7, {}).drift().now_events == 0


def test_one_day_can_never_be_sure() -> None:
    found = tally(1, {"tents": [FEWEST_EVENTS] + [0] * BEFORE, "mugs": [0] + [FEWEST_EVENTS] * BEFORE}).drift()
    assert found.distance == pytest.approx(1)
    assert "chance" in found.verdict


def test_rare_kinds_count_as_one() -> None:
    many = {f"kind-{number}": [1] * 10 for number in range(300)}
    found = tally(2, many).drift()
    assert found.distance == pytest.approx(0, abs=1e-6)
    assert found.now_events == 600


def test_a_shift_is_in_units_of_the_spread() -> None:
    points = np.random.default_rng(3).normal(size=(4_000, 8)).astype(np.float32)
    assert shift(points, points) == 0
    moved = points + np.array([1.0] + [0.0] * 7, dtype=np.float32)
    assert shift(points, moved) == pytest.approx(1 / 8**0.5, rel=0.05)
    assert shift(2 * points, 2 * moved) == pytest.approx(shift(points, moved), rel=1e-3)
    assert shift(np.ones((5, 3), np.float32), np.zeros((5, 3), np.float32)) == 0


@pytest.mark.parametrize(
    ("counts", "shifts", "says"),
    [
        ((100, 0, 0, 0), {}, "is what it was"),
        ((100, 2, 1, 3), {"text": 0.01}, "a little"),
        ((100, 20, 10, 0), {"text": 0.02}, "30% of the products differ"),
        ((100, 20, 10, 0), {"text": 0.3, "image": 0.2}, "moved in text and image"),
    ],
)
def test_what_is_said_of_a_catalogue(counts: tuple[int, int, int, int], shifts: dict[str, float], says: str) -> None:
    assert says in said_of_catalogue(*counts, shifts)


def test_a_shops_drift(small_shop: wiring.Parts, clock: StillClock, tmp_path: Path) -> None:
    """Mugs before and shoes now, and a feed without toys and with one new title."""
    first = small_shop.versions.live() or ""
    shop = wiring.shop(small_shop)
    assert "no version before" in drift(shop, small_shop.blobs, 7).verdict
    events = [event(f"a{n}", EventType.VIEW, "p6", NOW - timedelta(days=7 + n % 28)) for n in range(112)]
    events += [event(f"b{n}", EventType.VIEW, "p7", NOW - timedelta(days=n % 7)) for n in range(70)]
    events += [event(f"c{n}", EventType.VIEW, "gone", NOW) for n in range(50)]
    events += [event(f"d{n}", EventType.IMPRESSION, "p8", NOW) for n in range(50)]
    small_shop.events.add(events)
    rows = [row for row in small_feed_rows() if row["id"] not in ("p5", "p11")]
    rows[0]["title"] = "Golden wheelbarrow"
    rows.append(rows[0] | {"id": "p61", "item_group_id": "g61"})
    clock.forward(minutes=1)
    feed, images = write_small_feed(tmp_path / "feed", rows)
    reindex(small_shop, feed, tmp_path / "work", images=images)
    shop = wiring.shop(small_shop)
    found = drift(shop, small_shop.blobs, 7)
    assert (found.tastes.before_events, found.tastes.now_events) == (112, 70)
    assert found.tastes.distance == pytest.approx(1)
    assert [each.kind for each in found.tastes.kinds] == ["running shoe", "stoneware mug"]
    assert "running shoe" in found.tastes.verdict or "stoneware mug" in found.tastes.verdict
    assert found.compared is not None
    assert found.compared.previous == first
    change = found.compared.change
    assert change is not None
    assert (change.before, change.added, change.removed, change.changed) == (60, 1, 2, 1)
    assert set(change.shifts) == {Space.TEXT, Space.IMAGE}
    assert 0 < change.shifts[Space.TEXT] < 0.1
    assert found.verdict == "The catalogue changed a little."
