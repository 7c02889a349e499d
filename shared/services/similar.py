"""Similar products: what is like this one in meaning, in look, or in both."""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from shared.domain import explain
from shared.domain.errors import NotFound
from shared.domain.fusion import contributions
from shared.domain.recommendations import ReasonKind, Recommendation
from shared.domain.rules import Scenario
from shared.domain.spaces import Space
from shared.domain.taste import Taste
from shared.services.candidates import gather
from shared.services.pages import Question, Ranked, answer, index_of, popularity_of, start
from shared.services.personal import as_candidates
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop


class By(StrEnum):
    ALL = "all"
    TEXT = "text"
    IMAGE = "image"


def similar(shop: Shop, product_id: str, by: By, question: Question, user_id: str = "") -> Recommendation:
    """Products like ``product_id``, without itself and its variants; with a user, without what is not for that one.

    ``by`` image says "looks alike": a product without a picture has none. Raises NotFound for an unknown product.
    """
    begin = start(shop, Scenario.SIMILAR, question, product_id, by.value, user_id)
    index, popularity = index_of(shop, begin), popularity_of(shop, begin)
    vectors = index.vectors([product_id])
    seed = shop.products.get([product_id]).get(product_id)
    if product_id not in vectors or seed is None:
        raise NotFound(f"No product '{product_id}' is in the catalogue: check the id, or index a feed that has it.")
    weights, likeness = _weights(by, index.manifest.tuning.similar), index.manifest.likeness

    def rank(depth: int) -> Ranked:
        asked = Taste(weights={product_id: 1.0})
        evidence, cut_off = gather(index, asked, vectors, begin.condition, depth, {product_id}, weights)
        parts = contributions(evidence, weights, likeness)
        total = np.sum(list(parts.values()), axis=0) if parts else np.zeros(len(evidence.ids))
        ranking = as_candidates(evidence, total, [product_id] * len(evidence.ids), parts)
        return Ranked(reranked(shop, begin, index, popularity, ranking), cut_off)

    excluded = {product_id} | (shop.events.standing(user_id).excluded if user_id else frozenset())
    reason = explain.alike(ReasonKind.LOOKS_LIKE if by is By.IMAGE else ReasonKind.SIMILAR_TO, seed)
    return answer(shop, begin, rank, excluded, lambda shown: [rule_reason(each) or reason for each in shown])


def _weights(by: By, tuned: Mapping[Space, float]) -> Mapping[Space, float]:
    match by:
        case By.IMAGE:
            return {Space.IMAGE: 1.0}
        case By.TEXT:
            return {space: weight for space, weight in tuned.items() if space is not Space.IMAGE}
        case By.ALL:
            return tuned
