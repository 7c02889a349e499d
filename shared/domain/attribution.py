"""Which of a user's deeds speaks most for a candidate, and in which space: what a reason may truly say."""

from collections.abc import Mapping

import numpy as np

from shared.domain.behaviour import dimension
from shared.domain.spaces import DENSE_SPACES, Space, SparseVector, Vector, Vectors


def strongest_deed(
    sources: Mapping[str, float],
    candidate: Vectors,
    liked: Mapping[str, float],
    vectors: Mapping[str, Vectors],
    background: Mapping[Space, float],
) -> tuple[str, Space] | None:
    """The product of ``liked`` (with its weight) that adds most to the candidate's score, and the space it does so in.

    A space's contribution in ``sources`` is shared out among the deeds as their own weighted scores are: every space
    is a sum over deeds, so this is where the score comes from. None where no deed says anything in any space.
    """
    shares: dict[tuple[str, Space], float] = {}
    for space in Space:
        amount = sources.get(space.value, 0.0)
        if amount > 0 and space in candidate:
            says = {
                deed: weight * _says(space, deed, candidate[space], vectors.get(deed, {}), background)
                for deed, weight in liked.items()
            }
            total = sum(says.values())
            if total > 0:
                shares |= {(deed, space): amount * each / total for deed, each in says.items() if each > 0}
    if not shares:
        return None
    of_deed: dict[str, float] = {}
    for (deed, _), share in shares.items():
        of_deed[deed] = of_deed.get(deed, 0.0) + share
    strongest = max(of_deed, key=lambda deed: (of_deed[deed], deed))
    return max((key for key in shares if key[0] == strongest), key=lambda key: (shares[key], key[1]))


def _says(space: Space, deed: str, candidate: Vector, known: Vectors, background: Mapping[Space, float]) -> float:
    if space is Space.BEHAVIOUR:
        return _value_at(candidate, dimension(deed))
    if space not in known:
        return 0.0
    if space in DENSE_SPACES:
        cosine = float(np.dot(np.asarray(candidate), np.asarray(known[space])))
        return max(cosine - background.get(space, 0.0), 0.0)
    return _dot(candidate, known[space])


def _value_at(vector: Vector, wanted: int) -> float:
    if not isinstance(vector, SparseVector):
        return 0.0
    place = int(np.searchsorted(vector.indices, wanted))
    found = place < vector.indices.size and vector.indices[place] == wanted
    return float(vector.values[place]) if found else 0.0


def _dot(one: Vector, other: Vector) -> float:
    if not isinstance(one, SparseVector) or not isinstance(other, SparseVector):
        return 0.0
    _, mine, its = np.intersect1d(one.indices, other.indices, assume_unique=True, return_indices=True)
    return float(one.values[mine] @ other.values[its])
