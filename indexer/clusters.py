"""Clusters of unit vectors: spherical k-means (Dhillon & Modha 2001) from k-means++ (Arthur & Vassilvitskii 2007)."""

import numpy as np
from numpy.typing import NDArray

from shared.domain.spaces import Matrix

_ROUNDS = 30


def k_means(rows: Matrix, count: int, seed: int = 0) -> tuple[Matrix, NDArray[np.intp]]:
    """Centres of length 1, shape (k, d), and the centre of each row, shape (n,); the same for the same arguments.

    ``rows`` have length 1, or 0 for what is known nothing of. There are ``count`` clusters, or fewer where there are
    not as many different rows; none is empty.
    """
    nearest = np.zeros(len(rows), dtype=np.intp)
    if not len(rows):
        return rows, nearest
    centres = _spread(rows, count, np.random.default_rng(seed))
    for _ in range(_ROUNDS):
        found = np.asarray(np.argmax(rows @ centres.T, axis=1), dtype=np.intp)
        used, found = np.unique(found, return_inverse=True)
        sums = np.zeros((len(used), rows.shape[1]), dtype=np.float32)
        np.add.at(sums, found, rows)
        centres = unit_rows(sums)
        if np.array_equal(found, nearest):
            break
        nearest = found.astype(np.intp)
    return centres, nearest


def unit_rows(rows: NDArray[np.float32]) -> Matrix:
    """Each row divided by its length; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _spread(rows: Matrix, count: int, rng: np.random.Generator) -> Matrix:
    """Rows drawn by their squared distance from those drawn before."""
    chosen = [int(rng.integers(len(rows)))]
    far = np.full(len(rows), np.inf)
    while len(chosen) < count:
        far = np.minimum(far, np.maximum(2 - 2 * (rows @ rows[chosen[-1]]).astype(np.float64), 0.0))
        far[far < 1e-6] = 0.0  # equal to one that was drawn, but for rounding
        if not far.any():
            break
        chosen.append(int(rng.choice(len(rows), p=far / far.sum())))
    return rows[chosen]
