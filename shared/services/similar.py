"""Similar products: what is like this one in meaning, in look, or in both."""

from collections.abc import Mapping
from enum import StrEnum

from shared.domain import explain
from shared.domain.errors import NotFound
from shared.domain.fusion import DEFAULT_WEIGHTS, fuse
from shared.domain.recommendations import ReasonKind, Recommendation, SpaceQuery
from shared.domain.spaces import Space
from shared.services.pages import Question, Ranked, answer, start
from shared.services.recommend import index_of
from shared.services.shop import Shop


class By(StrEnum):
    ALL = "all"
    TEXT = "text"
    IMAGE = "image"


_WEIGHTS: Mapping[By, Mapping[Space, float]] = {
    By.ALL: DEFAULT_WEIGHTS,
    By.TEXT: {space: weight for space, weight in DEFAULT_WEIGHTS.items() if space is not Space.IMAGE},
    By.IMAGE: {Space.IMAGE: 1.0},
}


def similar(shop: Shop, product_id: str, by: By, question: Question, user_id: str = "") -> Recommendation:
    """Products like ``product_id``, without itself and its variants; with a user, without what is not for that one.

    ``by`` image says "looks alike": a product without a picture has none. Raises NotFound for an unknown product.
    """
    begin = start(shop, question, "similar", product_id, by.value, user_id)
    index = index_of(shop, begin)
    vectors = index.vectors([product_id]).get(product_id)
    seed = shop.products.get([product_id]).get(product_id)
    if vectors is None or seed is None:
        raise NotFound(f"No product '{product_id}' is in the catalogue: check the id, or index a feed that has it.")
    spaces = [space for space in _WEIGHTS[by] if space in vectors]

    def rank(depth: int) -> Ranked:
        hits = index.search([SpaceQuery(space, vectors[space], depth, begin.condition) for space in spaces])
        ranking = fuse(dict(zip(spaces, hits, strict=True)), product_id, depth, _WEIGHTS[by])
        return Ranked(ranking, cut_off=any(len(each) >= depth for each in hits))

    excluded = {product_id} | (shop.events.standing(user_id).excluded if user_id else frozenset())
    reason = explain.alike(ReasonKind.LOOKS_LIKE if by is By.IMAGE else ReasonKind.SIMILAR_TO, seed)
    return answer(shop, begin, rank, excluded, lambda shown: [reason] * len(shown))
