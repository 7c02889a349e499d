"""The reason of each personal pick, true to what raised it."""

from collections.abc import Mapping, Sequence
from heapq import nlargest

from shared.domain import explain
from shared.domain.attribution import deeds_of, strongest_deed
from shared.domain.keywords import keyword_vector
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Reason
from shared.domain.rerank.gains import FRESHNESS
from shared.domain.spaces import TASTE_SPACES, Space, Vectors
from shared.domain.taste import Taste
from shared.services.pages import Start
from shared.services.reranking import rule_reason
from shared.services.trending import explain_popularity

_SPOKEN_OF = 12
"""Deeds, the heaviest ones, that a reason may speak of: what weighs less raised nothing."""

_SEARCHED = "\n"
"""Before a query, among deeds that are products: no product's id begins so."""


def reasons(begin: Start, taste: Taste, vectors: Mapping[str, Vectors], shown: Sequence[Candidate]) -> list[Reason]:
    """One for each candidate: the shop's own rule, its newness, or the deed or search that added most to its score."""
    personal = [candidate for candidate in shown if _is_personal(candidate)]
    offered = begin.index.vectors([candidate.product_id for candidate in personal], TASTE_SPACES) if personal else {}
    liked = dict(nlargest(_SPOKEN_OF, taste.liked.items(), key=lambda deed: deed[1]))
    queries = {f"{_SEARCHED}{query}": query for query in taste.searches}
    said = {key: {Space.KEYWORDS: keyword_vector(query)} for key, query in queries.items()}
    known = deeds_of(liked | {key: taste.searches[query] for key, query in queries.items()}, {**vectors, **said})
    deeds = {
        candidate.product_id: deed
        for candidate in personal
        if (
            deed := strongest_deed(
                candidate.sources, offered.get(candidate.product_id, {}), known, begin.index.manifest.likeness
            )
        )
    }
    fresh = [candidate.product_id for candidate in shown if FRESHNESS in candidate.sources]
    spoken_of = {deed for deed, _ in deeds.values()} - queries.keys()
    picks = (taste.picked[each] for each in spoken_of if each in taste.picked)
    wanted = spoken_of.union(picks, fresh, liked if fresh else ())
    products = begin.products.get(sorted(wanted)) if wanted else {}
    brands = {products[each].brand for each in liked if each in products} if fresh else set()
    return [_reason(candidate, taste, deeds, products, brands) for candidate in shown]


def _reason(
    candidate: Candidate,
    taste: Taste,
    deeds: Mapping[str, tuple[str, Space]],
    products: Mapping[str, Product],
    liked_brands: set[str],
) -> Reason:
    raised_by_shop = rule_reason(candidate)
    if raised_by_shop:
        return raised_by_shop
    if candidate.product_id in taste.weights:
        picked = taste.picked.get(candidate.product_id, "")
        if candidate.product_id in taste.deeds or not picked:
            return explain.seen_before(candidate.product_id)
        if picked == candidate.product_id:
            return explain.picked_itself(picked)
    product = products.get(candidate.product_id)
    if FRESHNESS in candidate.sources and product:
        return explain.new(product, bool(product.brand) and product.brand in liked_brands)
    if candidate.product_id not in deeds:
        return explain.for_you() if _is_personal(candidate) else explain_popularity(candidate)
    deed, space = deeds[candidate.product_id]
    if deed.startswith(_SEARCHED):
        return explain.searched(deed.removeprefix(_SEARCHED))
    if space is Space.BEHAVIOUR:
        return explain.often_after(products.get(deed), deed)
    if deed not in taste.deeds:
        seed = taste.picked.get(deed, deed)
        return explain.picked(products.get(seed), seed)
    return explain.because_of(taste.deeds[deed], products.get(deed), deed)


def _is_personal(candidate: Candidate) -> bool:
    return any(space.value in candidate.sources for space in TASTE_SPACES)
