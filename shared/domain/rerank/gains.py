"""What a candidate's score gains and loses: by a rule's boost or bury, by being new, by its price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.products import Product
from shared.domain.rerank.scene import Scene
from shared.domain.rerank.settings import Reranking
from shared.domain.rules import Rule, RuleKind

FRESHNESS = "freshness"
_SECONDS_A_DAY = 86_400.0
_LARGEST = 1e100
"""Scores beyond are as good as this: a product of two must not be infinite."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Scores after gains and losses, and as shares of the best one in [0, 1], both of shape (n,).

    ``raised`` says for each candidate what raised it, with the score it gained.
    """

    scores: NDArray[np.float64]
    relevance: NDArray[np.float64]
    raised: list[dict[str, float]]


def weigh(
    ids: Sequence[str], scores: NDArray[np.float64], settings: Reranking, decided: Mapping[str, Rule], scene: Scene
) -> Weighed:
    """Multiply each score, counted from 0 or from the lowest where that is less, by all factors that apply to it.

    A factor above 1 is named as having raised a product only if it would stand behind some other without it.
    """
    products = [scene.products.get(product_id) for product_id in ids]
    rules = [decided.get(product_id) for product_id in ids]
    raising = {
        RuleKind.BOOST.value: np.array([_factor(rule, RuleKind.BOOST) for rule in rules]),
        FRESHNESS: 1 + settings.freshness * _freshness(products, settings.fresh_half_life, scene),
    }
    factors = np.array([_factor(rule, RuleKind.BURY) for rule in rules])
    for gain in raising.values():
        factors = factors * gain
    if settings.price_affinity:
        losses = np.array([scene.paid.loss(product) if product else 0.0 for product in products])
        factors = factors * (1 - settings.price_affinity * losses)
    floor = min(float(scores.min(initial=0.0)), 0.0)
    counted = np.clip(scores, -_LARGEST, _LARGEST) - max(floor, -_LARGEST)
    weighed = counted * factors
    raised: list[dict[str, float]] = [{} for _ in ids]
    for source, factor in raising.items():
        for i in _passed_another(weighed, factor).tolist():
            raised[i][source] = float(weighed[i] - weighed[i] / factor[i])
    best = float(weighed.max(initial=0.0))
    return Weighed(scores + counted * (factors - 1), weighed / best if best > 0 else weighed, raised)


def _factor(rule: Rule | None, kind: RuleKind) -> float:
    return rule.factor if rule is not None and rule.kind is kind else 1.0


def _freshness(products: Sequence[Product | None], half_life: float, scene: Scene) -> NDArray[np.float64]:
    """1 for what was added now or is announced, halved every ``half_life`` days, 0 where no date is known."""
    now = scene.now.timestamp()
    added = [now - each.added_at.timestamp() if each and each.added_at else np.inf for each in products]
    return np.asarray(np.exp2(-np.maximum(added, 0.0) / (half_life * _SECONDS_A_DAY)))


def _passed_another(scores: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.intp]:
    """The places of those that, divided by their ``factor``, would be behind one more than they are."""
    ascending = np.sort(scores)
    behind = np.searchsorted(ascending, scores, side="left")  # how many have less
    behind_without = np.searchsorted(ascending, scores / factor, side="left")
    return np.flatnonzero((factor > 1) & (behind_without < behind))
