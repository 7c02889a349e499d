"""What to show where a filter is all that was asked for: the shop's popular products that meet it, then the others."""

from collections.abc import Sequence

import numpy as np

from shared.domain.filters import Filter
from shared.domain.recommendations import Candidate, Part, ReasonKind, SpaceQuery
from shared.domain.spaces import DenseVector, Space
from shared.services.pages import Ranked, Start
from shared.services.trending import popular_candidates

_TASTE_OF = 50
"""Popular products whose middle in ``text`` says what the shop is about."""


def browse(begin: Start, condition: Filter | None, depth: int) -> Ranked:
    """Products that meet ``condition``, those that are popular first, then by how typical of the shop they are.

    Where there is no index, only the popular ones, and nothing has looked at ``condition`` yet.
    """
    popular = popular_candidates(begin, ())
    encoder = begin.index.manifest.encoders.get(Space.TEXT)
    if encoder is None:
        return Ranked(popular, cut_off=False)
    among = tuple(sorted(candidate.product_id for candidate in popular))
    middle = _middle(begin, popular, encoder.dimensions)
    queries = [SpaceQuery(Space.TEXT, middle, depth, condition)]
    if among:
        queries.append(SpaceQuery(Space.TEXT, middle, len(among), condition, among))
    typical, *of_popular = begin.index.search(queries)
    if begin.troubles.has(Part.INDEX):
        return Ranked(popular, cut_off=False)
    meeting = {hit.product_id for hits in of_popular for hit in hits}
    first = [candidate for candidate in popular if candidate.product_id in meeting]
    ceiling = first[-1].score if first else 1.0
    others = [hit.product_id for hit in typical if hit.product_id not in meeting]
    rest = [_of_range(product_id, ceiling / (place + 2)) for place, product_id in enumerate(others)]
    return Ranked([*first, *rest], len(typical) >= depth)


def _middle(begin: Start, popular: Sequence[Candidate], dimensions: int) -> DenseVector:
    """The mean of what is most popular; where nothing is, one direction is as good as another."""
    best = [candidate.product_id for candidate in popular[:_TASTE_OF]]
    held = begin.index.vectors(best, (Space.TEXT,)) if best else {}
    rows = [np.asarray(each[Space.TEXT], dtype=np.float32) for each in held.values() if Space.TEXT in each]
    if not rows:
        return np.ones(dimensions, dtype=np.float32)
    middle: DenseVector = np.mean(rows, axis=0)
    return middle


def _of_range(product_id: str, score: float) -> Candidate:
    return Candidate(product_id, score, {ReasonKind.CATALOGUE.value: score})
