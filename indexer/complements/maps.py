"""The learned maps: from where a product lies in a dense space to where its complements lie.

Ridge regression of the mean vector of a product's complements on its own, drawn towards the identity: what goes with a
thing shares its brand, style and colour (attribute-to-feature mapping for cold products: Gantner et al., ICDM 2010).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.behaviour import BehaviourModel
from indexer.clusters import unit_rows
from shared.domain.spaces import Matrix

_FEWEST = 50
"""Products with complements. From fewer nothing is learnt that would hold for others."""

_RIDGE = 10.0
"""In variances of one dimension. On the validation weeks of Online Retail 10 was better than 1, and that than 0.1;
drawn towards nothing instead of the identity, all three were several times worse."""


def map_of(model: BehaviourModel, ids: Sequence[str], vectors: Matrix) -> NDArray[np.float32] | None:
    """The map, shape (d, d), of the ``vectors`` (n, d) of ``ids``, in order, rows of zeros where there are none; None
    where too few of them have complements."""
    places = np.searchsorted(np.array(ids), np.array(model.products)) if model.products else np.zeros(0, np.int64)
    seeds = places[model.sources]
    targets = np.repeat(places, np.diff(model.indptr))
    known: NDArray[np.bool_] = np.any(vectors != 0, axis=1)
    inside = known[seeds] & known[targets]
    seeds, targets, weights = seeds[inside], targets[inside], model.weights[inside]
    order = np.argsort(seeds, kind="stable")
    seeds, targets, weights = seeds[order], targets[order], weights[order]
    asked, begins = np.unique(seeds, return_index=True)
    if len(asked) < _FEWEST:
        return None
    sums = np.stack(
        [
            weights[begin:end] @ vectors[targets[begin:end]]
            for begin, end in zip(begins, [*begins[1:], len(seeds)], strict=True)
        ]
    )
    return _ridge(vectors[asked], unit_rows(sums))


def _ridge(own: Matrix, wanted: Matrix) -> NDArray[np.float32]:
    """The M that brings the rows ``own`` @ M.T near ``wanted`` and is near the identity."""
    rows, dimensions = own.shape
    doubt = _RIDGE * rows / dimensions * np.eye(dimensions)
    gram = own.T.astype(np.float64) @ own + doubt
    return np.asarray(np.linalg.solve(gram, own.T.astype(np.float64) @ wanted + doubt).T, dtype=np.float32)
