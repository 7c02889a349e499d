"""Drift: whether what the shop's visitors turn to, and what the shop sells, is still what it was.

The distance between two distributions is the square root of the Jensen-Shannon divergence to base 2 (Lin, IEEE Trans.
Inf. Theory 1991), which is a metric (Endres & Schindelin, ibid. 2003): 0 for equal ones, 1 for those with nothing in
common.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from shared.domain.spaces import Matrix

BEFORE = 4
"""The period that the last days are held against, in as many days."""
FEWEST_EVENTS = 50
"""On either side: with fewer, nothing is said."""
MOST_KINDS = 200
"""Kinds that are told apart; the rarer ones count as one."""
_OTHER = "other kinds"
_DRAWS = 999
_SEED = 20_240_501
_SURE = 0.01
_SMALL = 0.1
"""A distance that is real and yet changes no shop: a tenth of events in another kind than before is about .2."""
_TOLD = 5
_NOTICEABLE_SHARE = 0.2
_NOTICEABLE_SHIFT = 0.1


@dataclass(frozen=True, slots=True)
class KindShift:
    """A kind of product with its share of all telling events, then and now."""

    kind: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class TasteDrift:
    """``chance`` is the probability of such a distance between days that do not differ; None where it is not asked.

    ``kinds`` are those that grew most, then those that shrank most.
    """

    distance: float | None
    chance: float | None
    before_events: int
    now_events: int
    kinds: Sequence[KindShift]
    verdict: str


class Tally:
    """Telling events by day and kind, of the days that a comparison looks at."""

    def __init__(self, today: date, days: int) -> None:
        self._today = today
        self._days = days
        self._counts: dict[tuple[int, str], int] = {}

    @property
    def since(self) -> date:
        """The first day that counts."""
        return self._today - timedelta(days=self._days * (BEFORE + 1) - 1)

    def add(self, day: date, kind: str, count: int) -> None:
        """Days after today count as today: a shop's clock may run ahead."""
        age = max((self._today - day).days, 0)
        if age < self._days * (BEFORE + 1):
            self._counts[age, kind] = self._counts.get((age, kind), 0) + count

    def drift(self) -> TasteDrift:
        """The last days against those before them.

        Whether a distance is chance is asked of the days, not of single events: who buys a tent looks at ten tents, and
        a test that takes these for ten people cries wolf every week. Which days are "now" is drawn anew, 999 times,
        and the distance counts that fewer than one in a hundred of these draws reaches (a permutation test; Good,
        Permutation, Parametric and Bootstrap Tests of Hypotheses, 2005).
        """
        kinds, table = self._table()
        now, before = table[: self._days].sum(axis=0), table[self._days :].sum(axis=0)
        of_now, of_before = int(now.sum()), int(before.sum())
        if min(of_now, of_before) < FEWEST_EVENTS:
            fewer = f"{of_now:,} events now and {of_before:,} before: too few to tell, {FEWEST_EVENTS} each are wanted."
            return TasteDrift(None, None, of_before, of_now, [], fewer)
        distance = js_distance(now, before)
        chance = _chance(table, self._days, distance)
        shifts = _most_shifted(kinds, before / of_before, now / of_now)
        return TasteDrift(distance, chance, of_before, of_now, shifts, _said(distance, chance, shifts))

    def _table(self) -> tuple[list[str], NDArray[np.float64]]:
        """Kinds, and counts of shape (days, kinds), the newest day first."""
        total: dict[str, int] = {}
        for (_, kind), count in self._counts.items():
            total[kind] = total.get(kind, 0) + count
        common = sorted(total, key=lambda kind: (-total[kind], kind))[:MOST_KINDS]
        kinds = common if len(total) <= MOST_KINDS else [*common, _OTHER]
        columns = {kind: column for column, kind in enumerate(common)}
        table = np.zeros((self._days * (BEFORE + 1), max(len(kinds), 1)))
        for (age, kind), count in self._counts.items():
            table[age, columns.get(kind, len(common))] += count
        return kinds, table


def js_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Of two rows of counts with a positive sum each, in [0, 1]."""
    return float(_js_distances(first[None, :], second[None, :])[0])


def _js_distances(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row by row, of shape (n, kinds)."""
    p, q = (each / np.maximum(each.sum(axis=1, keepdims=True), 1.0) for each in (first, second))
    middle = (p + q) / 2
    divergence = (_relative(p, middle) + _relative(q, middle)) / 2
    return np.asarray(np.sqrt(np.clip(divergence, 0.0, 1.0)))


def _relative(p: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(p > 0, p * np.log2(p / middle), 0.0)
    return np.asarray(parts.sum(axis=1))


def _chance(table: NDArray[np.float64], days: int, distance: float) -> float:
    """The share of draws, the real one among them, whose distance is as large."""
    draw = np.random.default_rng(_SEED)
    now = np.zeros((_DRAWS, len(table)))
    for row in now:
        row[draw.permutation(len(table))[:days]] = 1.0
    drawn = _js_distances(now @ table, (1.0 - now) @ table)
    return float((1 + np.count_nonzero(drawn >= distance - 1e-12)) / (_DRAWS + 1))


def _most_shifted(kinds: Sequence[str], before: NDArray[np.float64], now: NDArray[np.float64]) -> list[KindShift]:
    order = sorted(range(len(kinds)), key=lambda i: (before[i] - now[i], kinds[i]))
    grown = [i for i in order[:_TOLD] if now[i] > before[i]]
    shrunk = [i for i in order[::-1][:_TOLD] if now[i] < before[i]]
    return [KindShift(kinds[i], float(before[i]), float(now[i])) for i in (*grown, *shrunk)]


def _said(distance: float, chance: float, shifts: Sequence[KindShift]) -> str:
    if chance >= _SURE:
        return f"Within what chance does: days that are alike lie so far apart in {chance:.0%} of cases."
    if distance < _SMALL:
        return f"Tastes moved a little, and not by chance (p = {chance:.3f})."
    most = max(shifts, key=lambda each: abs(each.now - each.before))
    return (
        f"Tastes moved, and not by chance (p = {chance:.3f}): most of all {most.kind}, "
        f"from {most.before:.0%} to {most.now:.0%} of what people turn to."
    )


def shift(before: Matrix, now: Matrix) -> float:
    """By how much the mean of ``now`` lies off that of ``before``, in units of the latter's root mean square distance
    from its mean; both of shape (n, dimensions). 0 where nothing is spread."""
    centre = before.mean(axis=0)
    spread = float(np.sqrt(((before - centre) ** 2).sum(axis=1).mean()))
    return float(np.linalg.norm(now.mean(axis=0) - centre)) / spread if spread > 0 else 0.0


def said_of_catalogue(products: int, added: int, removed: int, changed: int, shifts: Mapping[str, float]) -> str:
    """``products`` is how many there were before."""
    share = (added + removed + changed) / max(products, 1)
    moved = [space for space, by in shifts.items() if by >= _NOTICEABLE_SHIFT]
    if moved:
        where = " and ".join(moved)
        return f"What the shop sells has moved in {where}: what was learnt of tastes may fit it less."
    if share >= _NOTICEABLE_SHARE:
        return f"{share:.0%} of the products differ, and their vectors lie where they lay."
    return "The catalogue is what it was." if not share else "The catalogue changed a little."
