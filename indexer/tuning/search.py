"""Weights by coordinate ascent (Metzler & Croft, Information Retrieval 2007): NDCG@10 itself is what is climbed."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.tuning.examples import SPACES, VIEWS, Example
from shared.domain.fusion import View
from shared.domain.spaces import Space

GRID = (0.0, 0.15, 0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
"""Weights that are tried, those of ``fixed`` spaces apart: half an octave apart, finer than the noise of a shop."""

_CUT_OFF = 10
_ROUNDS = 3
Gains: TypeAlias = NDArray[np.float64]
"""NDCG@10 of each case, shape (cases,)."""

_GAINS = 1 / np.log2(np.arange(2, _CUT_OFF + 2))


def ndcg(scores: Sequence[NDArray[np.float32]], cases: Sequence[Example]) -> float:
    """Mean NDCG@10 of the orders that ``scores`` put the cases' candidates in; ties count against the target."""
    return float(np.mean([_ndcg(each, case) for each, case in zip(scores, cases, strict=True)])) if cases else 0.0


def _ndcg(scores: NDArray[np.float32], case: Example) -> float:
    if not case.relevant or not case.wanted:
        return 0.0
    relevant = list(case.relevant)
    places = [int(np.count_nonzero(scores >= scores[row])) - 1 for row in relevant]
    return float(sum(_GAINS[place] for place in places if place < _CUT_OFF) / _GAINS[: case.wanted].sum())


class Weighing:
    """The cases' scores side by side, padded, so that one weighting of all of them is a few array operations."""

    def __init__(self, cases: Sequence[Example], view: View) -> None:
        most = max((len(case.scores) for case in cases), default=0)
        self._scores = np.zeros((len(SPACES), len(cases), most), dtype=np.float32)
        self._factor = np.zeros((len(cases), most), dtype=np.float32)
        targets = [(number, row) for number, case in enumerate(cases) for row in case.relevant]
        self._targets = np.array(targets, dtype=np.intp).reshape(len(targets), 2)
        self._ideal = np.array([_GAINS[: max(case.wanted, 1)].sum() for case in cases])
        for number, case in enumerate(cases):
            self._scores[:, number, : len(case.scores)] = case.scores[:, :, VIEWS.index(view)].T
            self._factor[number, : len(case.scores)] = 1 - case.penalty

    def ndcg(self, weights: Mapping[Space, float]) -> Gains:
        """NDCG@10 of each case; ties count against the target."""
        gains = np.zeros(len(self._ideal))
        if not len(self._targets):
            return gains
        cases, rows = self._targets.T
        total = np.tensordot(np.array([weights.get(space, 0.0) for space in SPACES], np.float32), self._scores, 1)
        total *= self._factor
        own = total[cases, rows]
        places = np.count_nonzero(total[cases] >= own[:, None], axis=1) - 1
        hit = (places < _CUT_OFF) & (own > 0)
        np.add.at(gains, cases[hit], _GAINS[places[hit]] / self._ideal[cases[hit]])
        return gains


def beats(gains: Gains, standing: Gains) -> bool:
    """Whether the mean gain is higher by more than the standard error of the difference.

    Of thirty weights tried on a few hundred users, some always come out better by chance.
    """
    difference = gains - standing
    return bool(difference.mean() > difference.std() / np.sqrt(max(len(difference), 1)))


def ascend(
    objective: Callable[[Mapping[Space, float]], Gains], start: Mapping[Space, float], fixed: Space
) -> tuple[dict[Space, float], Gains]:
    """The best weights found from ``start``, changing one at a time, and what they reach; ``fixed`` is the unit."""
    weights, standing = dict(start), objective(start)
    for _ in range(_ROUNDS):
        before = dict(weights)
        for space in (each for each in start if each is not fixed):
            tries = [{**weights, space: value} for value in GRID if value != weights[space]]
            reached, tried = max(
                ((objective(each), each) for each in tries), key=lambda attempt: float(attempt[0].mean())
            )
            if beats(reached, standing):
                weights, standing = tried, reached
        if weights == before:
            break
    return weights, standing
