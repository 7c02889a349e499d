"""Fusion: the answers of several spaces to several interests become one ranking."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shared.domain.recommendations import Candidate, Hit
from shared.domain.spaces import Space

DEFAULT_WEIGHTS: Mapping[Space, float] = {Space.TEXT: 1.0, Space.KEYWORDS: 0.7, Space.IMAGE: 0.5}
AGAINST_WEIGHT = 0.6
"""How much being next to something disliked takes away, against 1 for being the nearest in the text space."""

_REFERENCE_RANK = 10


def comparable(hits: Sequence[Hit]) -> dict[str, float]:
    """Scores of one result list on a common scale: its tenth best is 1, its last is 0.

    Cosines of different encoders and BM25 sums have nothing in common but their order and their shape; anchoring
    at a fixed rank keeps the shape. Zero at the end makes a product that just missed the list equal to one that just
    made it. A list too short for that is anchored at its best score, with zero at zero.
    """
    if not hits:
        return {}
    reference = hits[min(_REFERENCE_RANK, len(hits)) - 1].score
    floor = hits[-1].score if len(hits) > _REFERENCE_RANK else 0.0
    scale = reference - floor
    if scale <= 1e-9:
        return {hit.product_id: 1.0 for hit in hits}
    return {hit.product_id: max((hit.score - floor) / scale, 0.0) for hit in hits}


def fuse(
    parts: Mapping[Space, Sequence[Hit]],
    seed: str,
    weights: Mapping[Space, float] = DEFAULT_WEIGHTS,
    penalty: Mapping[str, float] | None = None,
) -> list[Candidate]:
    """What the spaces answered for one seed as one ranking, best first, ties by product id.

    A product scores the weighted sum of its comparable scores, less its ``penalty``; what falls to zero is dropped.
    """
    sources: dict[str, dict[str, float]] = {}
    for space, hits in parts.items():
        if weight := weights.get(space, 0.0):
            for product_id, score in comparable(hits).items():
                sources.setdefault(product_id, {})[space.value] = weight * score
    penalty = penalty or {}
    candidates = (
        Candidate(product_id, sum(scores.values()) - penalty.get(product_id, 0.0), seed, scores)
        for product_id, scores in sources.items()
    )
    return _ranked(candidate for candidate in candidates if candidate.score > 0)


def penalties(against: Sequence[Sequence[Hit]]) -> dict[str, float]:
    """What each product loses for being near to something disliked; ``against`` is what lies around each of those."""
    penalty: dict[str, float] = {}
    for hits in against:
        for product_id, score in comparable(hits).items():
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
                best[candidate.product_id] = replace(candidate, score=score)
    return _ranked(best.values())


def _ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.product_id))
