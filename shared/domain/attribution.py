"""Which of a user's deeds speaks most for a candidate, and in which space: what a reason may truly say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.behaviour import dimension
from shared.domain.spaces import DENSE_SPACES, TASTE_SPACES, Matrix, Space, SparseVector, Vectors


@dataclass(frozen=True, slots=True)
class Deeds:
    """k products that the user turned to, side by side, so that each candidate is compared with all of them at once.

    ``dense`` has shape (k, dimensions) in each space, zeros for a product without it. ``keywords`` holds all their
    terms, with ``owners`` saying whose each is. ``dimensions`` are theirs in ``behaviour``.
    """

    products: tuple[str, ...]
    weights: NDArray[np.float64]
    dense: Mapping[Space, Matrix]
    keywords: SparseVector
    owners: NDArray[np.intp]
    dimensions: NDArray[np.uint32]


def deeds_of(liked: Mapping[str, float], vectors: Mapping[str, Vectors]) -> Deeds:
    """``liked`` are products with their weights; ``vectors`` may lack some of them."""
    known = [vectors.get(product_id, {}) for product_id in liked]
    dense = {}
    for space in DENSE_SPACES:
        if size := next((np.asarray(each[space]).size for each in known if space in each), 0):
            dense[space] = np.stack([np.asarray(each.get(space, np.zeros(size)), dtype=np.float32) for each in known])
    terms = [each.get(Space.KEYWORDS) for each in known]
    sparse = [(owner, vector) for owner, vector in enumerate(terms) if isinstance(vector, SparseVector)]
    return Deeds(
        tuple(liked),
        np.array(list(liked.values())),
        dense,
        SparseVector(
            np.concatenate([np.zeros(0, np.uint32), *(vector.indices for _, vector in sparse)]),
            np.concatenate([np.zeros(0, np.float32), *(vector.values for _, vector in sparse)]),
        ),
        np.repeat([owner for owner, _ in sparse], [vector.indices.size for _, vector in sparse]).astype(np.intp),
        np.array([dimension(product_id) for product_id in liked], dtype=np.uint32),
    )


def strongest_deed(
    sources: Mapping[str, float], candidate: Vectors, deeds: Deeds, background: Mapping[Space, float]
) -> tuple[str, Space] | None:
    """The product of ``deeds`` that adds most to the candidate's score, and the space in which it does so most.

    None where no deed says anything in any space.
    """
    shares = added_by_deeds(sources, candidate, deeds, background)
    if not shares.any():
        return None
    strongest = int(np.argmax(shares.sum(axis=0)))
    return deeds.products[strongest], TASTE_SPACES[int(np.argmax(shares[:, strongest]))]


def added_by_deeds(
    sources: Mapping[str, float], candidate: Vectors, deeds: Deeds, background: Mapping[Space, float]
) -> NDArray[np.float64]:
    """What each of k deeds adds to the candidate's score in each of the taste's spaces, shape (spaces, k).

    A space's contribution in ``sources`` is shared out among the deeds as their own weighted scores are: every space
    is a sum over deeds, so this is where the score comes from.
    """
    shares = np.zeros((len(TASTE_SPACES), len(deeds.products)))
    for row, space in enumerate(TASTE_SPACES):
        amount = sources.get(space.value, 0.0)
        if amount > 0 and space in candidate:
            says = deeds.weights * _says(space, candidate, deeds, background.get(space, 0.0))
            if says.sum() > 0:
                shares[row] = amount * says / says.sum()
    return shares


def _says(space: Space, candidate: Vectors, deeds: Deeds, background: float) -> NDArray[np.float64]:
    """What each deed alone would score the candidate in ``space``, shape (k,)."""
    vector = candidate[space]
    if not isinstance(vector, SparseVector):
        if space not in deeds.dense:
            return np.zeros(len(deeds.products))
        return np.maximum(deeds.dense[space].astype(np.float64) @ np.asarray(vector) - background, 0.0)
    if space is Space.BEHAVIOUR:
        return _values_at(vector, deeds.dimensions)
    scores = deeds.keywords.values * _values_at(vector, deeds.keywords.indices)
    return np.bincount(deeds.owners, scores, len(deeds.products)).astype(np.float64)


def _values_at(vector: SparseVector, wanted: NDArray[np.uint32]) -> NDArray[np.float64]:
    """The vector's values at these dimensions, 0 where it has none."""
    if not vector:
        return np.zeros(len(wanted))
    places = np.minimum(np.searchsorted(vector.indices, wanted), vector.indices.size - 1)
    return np.where(vector.indices[places] == wanted, vector.values[places], 0.0).astype(np.float64)
