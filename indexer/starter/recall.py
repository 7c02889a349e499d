"""How often an encoder finds the one right answer among all of a pool."""

from collections.abc import Sequence

import numpy as np

from shared.domain.spaces import Matrix

CUTS = (1, 5, 10)


def recall(queries: Matrix, pool: Matrix, cuts: Sequence[int] = CUTS) -> tuple[float, ...]:
    """The share of queries whose own row of ``pool`` (same number) is among the nearest 1, 5 and 10."""
    scores = queries @ pool.T
    own = np.diagonal(scores)[:, None]
    rank = np.sum(scores > own, axis=1)
    return tuple(float(np.mean(rank < cut)) for cut in cuts)


def same_label_share(vectors: Matrix, labels: Sequence[str], nearest: int = 10) -> tuple[float, float]:
    """The share of the ``nearest`` other rows that have a row's own label, and what chance would give."""
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    near = np.argpartition(-scores, nearest, axis=1)[:, :nearest]
    named = np.asarray(labels)
    found = float(np.mean(named[near] == named[:, None]))
    _, counts = np.unique(named, return_counts=True)
    chance = float(np.sum(counts * (counts - 1)) / (len(named) * (len(named) - 1)))
    return found, chance
