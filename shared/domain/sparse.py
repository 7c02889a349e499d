"""Making sparse vectors."""

from collections.abc import Mapping, Sequence

import numpy as np

from shared.domain.spaces import SparseVector


def sparse(weights: Mapping[int, float]) -> SparseVector:
    """A sparse vector of {dimension: weight}, dimensions ascending."""
    dimensions = sorted(weights)
    return SparseVector(
        np.array(dimensions, dtype=np.uint32),
        np.array([weights[dimension] for dimension in dimensions], dtype=np.float32),
    )


def sparse_mean(parts: Sequence[tuple[SparseVector, float]]) -> SparseVector:
    """The weighted mean of at least one vector; the weights are positive."""
    total = sum(weight for _, weight in parts)
    indices = np.concatenate([vector.indices for vector, _ in parts])
    values = np.concatenate([vector.values * np.float32(weight / total) for vector, weight in parts])
    dimensions, places = np.unique(indices, return_inverse=True)
    return SparseVector(dimensions, np.bincount(places, values, len(dimensions)).astype(np.float32))


def largest(vector: SparseVector, most: int) -> SparseVector:
    """The ``most`` dimensions of the greatest values, the lower ones of equals."""
    if vector.indices.size <= most:
        return vector
    kept = np.sort(np.argsort(-vector.values, kind="stable")[:most])
    return SparseVector(vector.indices[kept], vector.values[kept])
