"""Re-ranking: from what scores best to what is best shown, by a scenario's settings and the shop's rules."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shared.domain.recommendations import Candidate
from shared.domain.rerank.diversity import Cap, diversified
from shared.domain.rerank.exploration import Exposure, explored, exposure
from shared.domain.rerank.gains import weigh
from shared.domain.rerank.likeness import likeness
from shared.domain.rerank.pins import places, with_pins
from shared.domain.rerank.prices import PriceAffinity, price_affinity
from shared.domain.rerank.scene import Scene
from shared.domain.rerank.settings import Reranking
from shared.domain.rules import Rule, RuleKind, pinned_products, rulings

__all__ = [
    "EXPLORATION",
    "HEAD",
    "Exposure",
    "PriceAffinity",
    "Reranking",
    "Scene",
    "exposure",
    "price_affinity",
    "rerank",
]

HEAD = 100
"""How many of the best are put in a new order; the rest follows as it was."""

EXPLORATION = "exploration"
"""The source of a product that exploration raised; see :mod:`shared.domain.rerank.gains` for the others."""


def rerank(
    candidates: Sequence[Candidate], settings: Reranking, rules: Sequence[Rule], scene: Scene
) -> list[Candidate]:
    """``candidates`` as they are to be shown, best first; ``rules`` as :func:`shared.domain.rules.in_force` gives them.

    What a rule hides is taken out. The head is ordered anew: scores gain and lose by boost, bury, freshness and price,
    then diversity and the caps decide place by place, then exploration raises its few, then pins take their places,
    which count in the whole ranking, not on a page. Neither the caps nor the likeness look at what the last two moved.

    Every other candidate is kept, once, with its sources; what a pin, a boost, freshness or exploration
    raised has that among its sources. Scores never rise from place to place and are finite: those that come in as NaN
    or infinite count as the lowest. Ties are broken by product id.
    """
    known = _in_order(candidates)
    asked = dict.fromkeys([*(candidate.product_id for candidate in known), *pinned_products(rules)])
    products = [scene.products[product_id] for product_id in asked if product_id in scene.products]
    decided = rulings(rules, products)
    out = {each for each, rule in decided.items() if rule.kind in (RuleKind.HIDE, RuleKind.PIN)}
    ranking = [candidate for candidate in known if candidate.product_id not in out]
    ranking = _reordered(ranking[:HEAD], settings, decided, scene) + ranking[HEAD:]
    pins = places(rules, decided)
    if pins:
        proposed = {candidate.product_id: candidate for candidate in known}
        pinned = {place: _pinned(each, proposed) for place, each in pins.items()}
        ranking = with_pins(
            ranking, pinned, lambda each: scene.products[each].group if each in scene.products else each
        )
    return _descending(ranking)


def _in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Best first, each product once, every score a finite number."""
    finite = [candidate.score for candidate in candidates if math.isfinite(candidate.score)]
    lowest = min(finite, default=0.0)
    mended = (each if math.isfinite(each.score) else replace(each, score=lowest) for each in candidates)
    best: dict[str, Candidate] = {}
    for candidate in sorted(mended, key=lambda each: (-each.score, each.product_id)):
        best.setdefault(candidate.product_id, candidate)
    return list(best.values())


def _reordered(
    head: Sequence[Candidate], settings: Reranking, decided: Mapping[str, Rule], scene: Scene
) -> list[Candidate]:
    if not head:
        return []
    ids = [candidate.product_id for candidate in head]
    weighed = weigh(ids, np.array([candidate.score for candidate in head]), settings, decided, scene)
    best_first = sorted(range(len(ids)), key=lambda i: (-weighed.scores[i], ids[i]))
    order = _diversified(best_first, ids, weighed.relevance, settings, scene)
    share, budget = settings.exploration, settings.exploration_budget
    order, risen = explored(order, weighed.relevance.tolist(), ids, scene.exposure, share, budget, scene.seed)
    for i in risen:
        weighed.raised[i][EXPLORATION] = 1.0
    return [Candidate(ids[i], float(weighed.scores[i]), {**head[i].sources, **weighed.raised[i]}) for i in order]


def _diversified(
    order: Sequence[int], ids: Sequence[str], relevance: NDArray[np.float64], settings: Reranking, scene: Scene
) -> list[int]:
    """``order`` by diversity and the caps; as it is where all of them are off."""
    best_first = [ids[i] for i in order]
    products = [scene.products.get(product_id) for product_id in best_first]
    caps = []
    if settings.most_per_brand:
        caps.append(Cap([each.brand.casefold() if each else "" for each in products], settings.most_per_brand))
    if settings.most_per_category:
        kinds = [each.categories[-1].casefold() if each and each.categories else "" for each in products]
        caps.append(Cap(kinds, settings.most_per_category))
    if not caps and not settings.diversity:
        return list(order)
    alike = None
    if settings.diversity:
        alike = likeness([scene.vectors.get(product_id, {}) for product_id in best_first], scene.likeness)
    chosen = diversified(relevance[np.array(order)], alike, settings.diversity, caps)
    return [order[i] for i in chosen]


def _pinned(product_id: str, proposed: Mapping[str, Candidate]) -> Candidate:
    candidate = proposed.get(product_id) or Candidate(product_id, -math.inf)
    return replace(candidate, sources={**candidate.sources, RuleKind.PIN.value: 1.0})


def _descending(ranking: Sequence[Candidate]) -> list[Candidate]:
    """What was put before a better one gets that one's score: places count, and scores follow them."""
    lowest = min((each.score for each in ranking if math.isfinite(each.score)), default=0.0)
    scores = np.maximum.accumulate(np.array([max(each.score, lowest) for each in reversed(ranking)]))[::-1]
    return [
        each if each.score == score else Candidate(each.product_id, score, each.sources)
        for each, score in zip(ranking, scores.tolist(), strict=True)
    ]
