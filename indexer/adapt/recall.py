"""How often an encoder finds the one right answer among all of a pool."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.domain.spaces import Matrix

CUTS = (1, 5, 10)


def recall(queries: Matrix, pool: Matrix, cuts: Sequence[int] = CUTS) -> tuple[float, ...]:
    """The share of queries whose own row of ``pool`` (same number) is among the nearest 1, 5 and 10."""
    rows = [str(row) for row in range(len(pool))]
    rank = ranks(queries @ pool.T, rows, rows)
    return tuple(float(np.mean(rank < cut)) for cut in cuts)


def ranks(scores: Matrix, wanted: Sequence[str], names: Sequence[str]) -> NDArray[np.intp]:
    """How many rows stand before the best one that has the wanted name, for each query.

    ``scores`` is (queries, pool); ``wanted`` names each query's answer, ``names`` each row of the pool. A row that
    scores minus infinity is not in the pool; a query without an answer in it gets the pool's size. Ties count half
    of the wrong rows that stand level, so that a constant score finds no more than chance does.
    """
    right = (np.asarray(wanted, dtype=object)[:, None] == np.asarray(names, dtype=object)[None]) & np.isfinite(scores)
    best = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)
    before = np.sum(scores > best, axis=1) + np.sum((scores == best) & ~right, axis=1) // 2
    found: NDArray[np.intp] = np.where(right.any(axis=1), before, scores.shape[1])
    return found


def same_label_share(scores: Matrix, labels: Sequence[str], nearest: int = 10) -> tuple[float, float]:
    """The share of the ``nearest`` other rows that have a row's own label, and what chance would give.

    ``scores`` is (n, n): how near each row is to each.
    """
    scores = np.array(scores)
    np.fill_diagonal(scores, -np.inf)
    near = np.argpartition(-scores, nearest, axis=1)[:, :nearest]
    named = np.asarray(labels)
    found = float(np.mean(named[near] == named[:, None]))
    _, counts = np.unique(named, return_counts=True)
    chance = float(np.sum(counts * (counts - 1)) / (len(named) * (len(named) - 1)))
    return found, chance
