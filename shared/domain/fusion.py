"""Fusion: the answers of several spaces to several interests become one ranking."""

from collections.abc import Iterable, Mapping, Sequence

from shared.domain.recommendations import Candidate, Hit
from shared.domain.spaces import Space

DEFAULT_WEIGHTS: Mapping[Space, float] = {Space.TEXT: 1.0, Space.KEYWORDS: 0.7, Space.IMAGE: 0.5}
AGAINST_WEIGHT = 0.6
"""The share of its score that the product nearest to something disliked loses."""

_REFERENCE_RANK = 10
_FLAT = 1e-6


def comparable(hits: Sequence[Hit], depth: int) -> dict[str, float]:
    """Scores of one result list on a common scale: its tenth best is 1; of a list cut off at ``depth``, the last is 0.

    Cosines of different encoders and BM25 sums have nothing in common but their order and their shape; anchoring
    at a fixed rank keeps the shape. Zero at the cut makes a product that just missed the list equal to one that just
    made it. A list that holds all there is has its zero at zero, and one of fewer than ten its 1 at its best.
    """
    if not hits:
        return {}
    reference = hits[_REFERENCE_RANK - 1 if len(hits) >= _REFERENCE_RANK else 0].score
    floor = hits[-1].score if len(hits) >= depth else 0.0
    scale = reference - floor
    if scale <= _FLAT:  # nothing but the order is left to go by
        return {hit.product_id: 1.0 / (1 + place) for place, hit in enumerate(hits)}
    return {hit.product_id: max((hit.score - floor) / scale, 0.0) for hit in hits}


def fuse(
    parts: Mapping[Space, Sequence[Hit]],
    seed: str,
    depth: int,
    weights: Mapping[Space, float] = DEFAULT_WEIGHTS,
    penalty: Mapping[str, float] | None = None,
) -> list[Candidate]:
    """What the spaces answered for one seed as one ranking, best first, ties by product id.

    A product scores the weighted sum of its comparable scores, less the share that is its ``penalty``. ``depth`` is
    what each space was asked for.
    """
    sources: dict[str, dict[str, float]] = {}
    for space, hits in parts.items():
        if weight := weights.get(space, 0.0):
            for product_id, score in comparable(hits, depth).items():
                sources.setdefault(product_id, {})[space.value] = weight * score
    penalty = penalty or {}
    return _ranked(
        Candidate(product_id, sum(scores.values()) * (1 - penalty.get(product_id, 0.0)), seed, scores)
        for product_id, scores in sources.items()
    )


def penalties(against: Sequence[Sequence[Hit]], depth: int) -> dict[str, float]:
    """The share each product loses for being near to something disliked; ``against`` is what lies around each."""
    penalty: dict[str, float] = {}
    for hits in against:
        for product_id, score in comparable(hits, depth).items():
            penalty[product_id] = max(penalty.get(product_id, 0.0), AGAINST_WEIGHT * min(score, 1.0))
    return penalty


def share_out(rankings: Sequence[tuple[float, Sequence[Candidate]]]) -> list[Candidate]:
    """One ranking of several, each given with its weight; each product once, where it scores best.

    The n-th candidate of a ranking of weight w counts w / (2n + 1) of its score: Sainte-Laguë's divisors share the
    places out by weight, so a small interest keeps its places beside a large one (the idea of calibrated
    recommendations, Steck, RecSys 2018).
    """
    best: dict[str, Candidate] = {}
    for weight, ranking in rankings:
        for place, candidate in enumerate(ranking):
            score = weight * candidate.score / (2 * place + 1)
            if candidate.product_id not in best or score > best[candidate.product_id].score:
                best[candidate.product_id] = Candidate(candidate.product_id, score, candidate.seed, candidate.sources)
    return _ranked(best.values())


def _ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.product_id))
