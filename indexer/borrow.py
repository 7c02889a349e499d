"""Rows for products that nobody has touched: what speaks for their nearest neighbours speaks for them.

The idea is that of attribute-to-feature mappings for cold products (Gantner et al., ICDM 2010), with the products'
own neighbourhoods in ``text``, ``image`` and ``keywords`` as the mapping.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np

from indexer.behaviour import BehaviourModel
from shared.domain.fusion import comparable
from shared.domain.recommendations import Hit, IndexPoint, SpaceQuery
from shared.domain.spaces import Space, SparseVector, Vectors
from shared.domain.sparse import largest, sparse_mean
from shared.ports import IndexBuilder

NEIGHBOURS = 10
"""Products with a row of their own that lend it."""

_LOOKED_AT = 40
_LONGEST_ROW = 200
_WEIGHTS: Mapping[Space, float] = {Space.KEYWORDS: 1.0, Space.TEXT: 0.5, Space.IMAGE: 0.5}


def with_borrowed_rows(
    builder: IndexBuilder,
    points: Sequence[IndexPoint],
    model: BehaviourModel,
    background: Mapping[Space, float],
) -> list[IndexPoint]:
    """Those of ``points`` that could borrow a row, with it; all of them are in ``builder`` already."""
    asked = [(place, space) for place, point in enumerate(points) for space in _WEIGHTS if space in point.vectors]
    answers = builder.search([SpaceQuery(space, points[place].vectors[space], _LOOKED_AT) for place, space in asked])
    found: list[dict[Space, Sequence[Hit]]] = [{} for _ in points]
    for (place, space), hits in zip(asked, answers, strict=True):
        found[place][space] = hits
    borrowed = []
    for point, near in zip(points, found, strict=True):
        if row := _borrowed(point.product.id, near, model, background):
            vectors: Vectors = {**point.vectors, Space.BEHAVIOUR: row}
            borrowed.append(IndexPoint(point.product, vectors))
    return borrowed


def _borrowed(
    product_id: str,
    near: Mapping[Space, Sequence[Hit]],
    model: BehaviourModel,
    background: Mapping[Space, float],
) -> SparseVector | None:
    """The mean of the nearest neighbours' rows, weighted by likeness."""
    closeness: dict[str, float] = {}
    for space, hits in near.items():
        others = [hit for hit in hits if hit.product_id != product_id]
        alike = comparable(np.array([hit.score for hit in others]), background.get(space, 0.0))
        for hit, score in zip(others, alike.tolist(), strict=True):
            closeness[hit.product_id] = closeness.get(hit.product_id, 0.0) + _WEIGHTS[space] * score
    lenders = sorted(closeness, key=lambda each: (-closeness[each], each))
    known = ((row, closeness[each]) for each in lenders if closeness[each] > 0 and (row := model.row(each)))
    rows = list(islice(known, NEIGHBOURS))
    return largest(sparse_mean(rows), _LONGEST_ROW) if rows else None
