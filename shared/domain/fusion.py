"""Fusion: the answers of several spaces to several interests become one ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.recommendations import Candidate, Hit
from shared.domain.spaces import Space

DEFAULT_WEIGHTS: Mapping[Space, float] = {Space.TEXT: 1.0, Space.KEYWORDS: 0.7, Space.IMAGE: 0.5}
AGAINST_WEIGHT = 0.6
"""How much being next to something disliked takes away, against 1 for being the nearest in the text space."""

_REFERENCE_RANK = 10


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one space answered for one seed (an interest's medoid, or the product of a "similar" request)."""

    seed: str
    seed_weight: float
    space: Space
    hits: Sequence[Hit]


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
    retrieved: Sequence[Retrieved],
    against: Sequence[Sequence[Hit]] = (),
    weights: Mapping[Space, float] = DEFAULT_WEIGHTS,
) -> list[Candidate]:
    """One ranking of everything ``retrieved``, best first, ties by product id; each product once.

    Within a seed, a product scores the weighted sum over spaces. Between seeds, the n-th product of a seed of weight
    w counts w / (2n + 1) of its score: Sainte-Laguë's divisors share the places out by weight, so a small interest
    keeps its place on the list beside a large one (the idea of calibrated recommendations, Steck, RecSys 2018).
    """
    penalty: dict[str, float] = {}
    for hits in against:
        for product_id, score in comparable(hits).items():
            penalty[product_id] = max(penalty.get(product_id, 0.0), AGAINST_WEIGHT * min(score, 1.0))
    best: dict[str, Candidate] = {}
    for seed, (seed_weight, sources) in _by_seed(retrieved, weights).items():
        scores = {
            product_id: sum(parts.values()) - penalty.get(product_id, 0.0) for product_id, parts in sources.items()
        }
        order = sorted((p for p, score in scores.items() if score > 0), key=lambda p: (-scores[p], p))
        for place, product_id in enumerate(order):
            score = seed_weight * scores[product_id] / (2 * place + 1)
            if product_id not in best or score > best[product_id].score:
                best[product_id] = Candidate(product_id, score, seed, sources[product_id])
    return sorted(best.values(), key=lambda candidate: (-candidate.score, candidate.product_id))


def _by_seed(
    retrieved: Sequence[Retrieved], weights: Mapping[Space, float]
) -> dict[str, tuple[float, dict[str, dict[str, float]]]]:
    """{seed: (weight, {product: {space: weighted score}})}"""
    seeds: dict[str, tuple[float, dict[str, dict[str, float]]]] = {}
    for part in retrieved:
        weight = weights.get(part.space, 0.0)
        if not weight:
            continue
        _, products = seeds.setdefault(part.seed, (part.seed_weight, {}))
        for product_id, score in comparable(part.hits).items():
            products.setdefault(product_id, {})[part.space.value] = weight * score
    return seeds
