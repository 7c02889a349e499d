"""Similar products: what is like this one in meaning, in look, or in both."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from shared.domain import explain
from shared.domain.errors import NotFound
from shared.domain.fusion import contributions
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason, ReasonKind, Recommendation
from shared.domain.rules import Scenario
from shared.domain.spaces import TASTE_SPACES, Space, Vectors
from shared.domain.taste import Taste
from shared.services.candidates import gather
from shared.services.listing import Listing, answered
from shared.services.pages import Question, Ranked, Start, start
from shared.services.personal import as_candidates
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop
from shared.services.trending import explain_popularity, popular_candidates

_POPULAR_LOOKED_AT = 200
"""Of the shop's popular products, how many may be of a product's kind where the index cannot say what is like it."""


class By(StrEnum):
    ALL = "all"
    TEXT = "text"
    IMAGE = "image"


def similar(shop: Shop, product_id: str, by: By, question: Question, user_id: str = "") -> Recommendation:
    """Products like ``product_id``, without itself and its variants; with a user, without what is not for that one.

    ``by`` image says "looks alike": a product without a picture has none. Where the index is down, it is popular
    products of the same category, or what is popular at all. Raises NotFound for an unknown product.
    """
    begin = start(shop, Scenario.SIMILAR, question, product_id, by.value, user_id)
    return answered(shop, begin, similar_listing(begin, product_id, by), begin.events.standing(user_id).excluded)


def similar_listing(begin: Start, product_id: str, by: By) -> Listing:
    """As :func:`similar`, for anybody. Raises NotFound."""
    vectors = begin.index.vectors([product_id], TASTE_SPACES)
    seed = begin.products.get([product_id]).get(product_id)
    unknown = seed is None or (product_id not in vectors and not begin.troubles.has(Part.INDEX))
    if unknown and not (begin.troubles.has(Part.INDEX) and begin.troubles.has(Part.PRODUCTS)):
        raise NotFound(f"No product '{product_id}' is in the catalogue: check the id, or index a feed that has it.")

    def rank(depth: int) -> Ranked:
        ranked = _alike(begin, product_id, by, vectors, depth)
        if begin.troubles.has(Part.INDEX):
            ranked = Ranked(_popular_of_its_kind(begin, seed), cut_off=False)
        return Ranked(reranked(begin, ranked.candidates), ranked.cut_off)

    def explained(candidate: Candidate) -> Reason:
        if raised_by_shop := rule_reason(candidate):
            return raised_by_shop
        if seed is None or not candidate.sources.keys() & set(Space):
            return explain_popularity(candidate)
        return explain.alike(ReasonKind.LOOKS_LIKE if by is By.IMAGE else ReasonKind.SIMILAR_TO, seed)

    return Listing(rank, lambda _, shown: [explained(each) for each in shown], excluded=frozenset({product_id}))


def _alike(begin: Start, product_id: str, by: By, vectors: Mapping[str, Vectors], depth: int) -> Ranked:
    manifest = begin.index.manifest
    weights = _weights(by, manifest.tuning.similar)
    asked = Taste(weights={product_id: 1.0})
    evidence, cut_off = gather(begin.index, asked, vectors, begin.condition, depth, {product_id}, weights)
    parts = contributions(evidence, weights, manifest.likeness)
    total = np.sum(list(parts.values()), axis=0) if parts else np.zeros(len(evidence.ids))
    return Ranked(as_candidates(evidence, total, parts), cut_off)


def _popular_of_its_kind(begin: Start, seed: Product | None) -> Sequence[Candidate]:
    """The popular products that share most of the seed's category path; all of them where none shares any."""
    popular = popular_candidates(begin, ())[:_POPULAR_LOOKED_AT]
    path = seed.categories if seed else ()
    products = begin.products.get([each.product_id for each in popular]) if path else {}
    for depth in range(len(path), 0, -1):
        of_kind = {each.id for each in products.values() if each.categories[:depth] == path[:depth]}
        if of_kind - {seed.id if seed else ""}:
            return [each for each in popular if each.product_id in of_kind]
    return popular


def _weights(by: By, tuned: Mapping[Space, float]) -> Mapping[Space, float]:
    match by:
        case By.IMAGE:
            return {Space.IMAGE: 1.0}
        case By.TEXT:
            return {space: weight for space, weight in tuned.items() if space is not Space.IMAGE}
        case By.ALL:
            return tuned
