"""What the learned ranker sees of a candidate: every space's score under every view, and what is known besides."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.domain.fusion import Evidence, Scores, View, comparable
from shared.domain.spaces import TASTE_SPACES, Space

_SIGNALS = tuple((space, view) for space in TASTE_SPACES for view in View)
FEATURES = (*(f"{space.value}_{view.value}" for space, view in _SIGNALS), "popularity", "length", "rank", "sum")

DIRECTIONS = {**{f"{space.value}_{view.value}": 1 for space, view in _SIGNALS}, "rank": -1, "sum": 1}
"""Which way a feature may move a score: being nearer to what somebody did never makes a product worse. Popularity and
length are free: for some shoppers the well known is what they have had enough of."""


def features(
    evidence: Evidence,
    background: Mapping[Space, float],
    popularity: Mapping[str, float],
    length: int,
    total: Scores,
    chosen: NDArray[np.intp],
) -> NDArray[np.float32]:
    """A row for each of the ``chosen`` candidates, best first by ``total``; shape (len(chosen), len(FEATURES)).

    Scores are on the common scale of all candidates. ``popularity`` is in [0, 1], the best product's 1; ``length`` is
    the number of products that the user touched.
    """
    columns: list[NDArray[np.float64]] = []
    for space, view in _SIGNALS:
        scores = evidence.scores.get((space, view))
        columns.append(
            np.zeros(len(chosen)) if scores is None else comparable(scores, background.get(space, 0.0))[chosen]
        )
    columns.append(_known(popularity, [evidence.ids[i] for i in chosen]))
    columns.append(np.full(len(chosen), float(length)))
    columns.append(np.arange(len(chosen), dtype=np.float64))
    columns.append(total[chosen])
    return np.stack(columns, axis=1).astype(np.float32)


def _known(popularity: Mapping[str, float], product_ids: Sequence[str]) -> NDArray[np.float64]:
    return np.array([popularity.get(product_id, 0.0) for product_id in product_ids])
