"""The reason of each personal pick, true to what raised it."""

from collections.abc import Mapping, Sequence
from heapq import nlargest

from shared.domain import explain
from shared.domain.attribution import Deeds, added_by_deeds, deeds_of, strongest_deed
from shared.domain.keywords import keyword_vector
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Reason, SpaceQuery
from shared.domain.rerank.gains import FRESHNESS
from shared.domain.searches import in_words
from shared.domain.spaces import TASTE_SPACES, Space, Vectors
from shared.domain.taste import Taste
from shared.services.pages import Start
from shared.services.reranking import rule_reason
from shared.services.trending import explain_popularity

_SPOKEN_OF = 12
"""Deeds, the heaviest ones, that a reason may speak of: what weighs less raised nothing."""

_QUERIES = 5
"""Searches, the heaviest ones, that a reason may speak of."""


def reasons(begin: Start, taste: Taste, vectors: Mapping[str, Vectors], shown: Sequence[Candidate]) -> list[Reason]:
    """One for each candidate: the shop's own rule, its newness, or the deed or search that added most to its score."""
    personal = [candidate for candidate in shown if _is_personal(candidate)]
    offered = begin.index.vectors([candidate.product_id for candidate in personal], TASTE_SPACES) if personal else {}
    liked = dict(nlargest(_SPOKEN_OF, taste.liked.items(), key=lambda deed: deed[1]))
    known = deeds_of(liked, vectors)
    searched = _searched(begin, taste, vectors, personal, offered, known) if taste.searches and personal else {}
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
    spoken_of = {deed for deed, _ in deeds.values()}
    picks = (taste.picked[each] for each in spoken_of if each in taste.picked)
    wanted = spoken_of.union(picks, fresh, liked if fresh else ())
    products = begin.products.get(sorted(wanted)) if wanted else {}
    brands = {products[each].brand for each in liked if each in products} if fresh else set()
    return [_reason(candidate, taste, deeds, searched, products, brands) for candidate in shown]


def _searched(
    begin: Start,
    taste: Taste,
    vectors: Mapping[str, Vectors],
    personal: Sequence[Candidate],
    offered: Mapping[str, Vectors],
    deeds: Deeds,
) -> dict[str, str]:
    """The query, for each candidate to which a search's words add more than any deed does.

    How rare a word is, only the index knows, so it is asked: once, of what is shown, for users who have searched.
    """
    asked = nlargest(_QUERIES, taste.searches.items(), key=lambda each: each[1])
    of_liked = [w for each, w in taste.liked.items() if vectors.get(each, {}).get(Space.KEYWORDS)]
    total = sum(of_liked) + sum(taste.searches.values())
    wanted = [*((keyword_vector(query), weight) for query, weight in asked)]
    if (whole := in_words(taste.liked, vectors, taste.searches)) is not None:
        wanted.append((whole, total))
    ids = tuple(sorted(candidate.product_id for candidate in personal))
    found = begin.index.search([SpaceQuery(Space.KEYWORDS, vector, len(ids), among=ids) for vector, _ in wanted])
    scores = [{hit.product_id: hit.score * w for hit in hits} for hits, (_, w) in zip(found, wanted, strict=True)]
    queries: dict[str, str] = {}
    for candidate in personal:
        *own, whole_score = [each.get(candidate.product_id, 0.0) for each in scores]
        if whole_score <= 0 or not any(own):
            continue
        amount = candidate.sources.get(Space.KEYWORDS.value, 0.0)
        rest = {**candidate.sources, Space.KEYWORDS.value: amount * max(1 - sum(own) / whole_score, 0.0)}
        held = offered.get(candidate.product_id, {})
        by_deed = added_by_deeds(rest, held, deeds, begin.index.manifest.likeness).sum(axis=0)
        strongest = max(range(len(own)), key=own.__getitem__)
        if amount * own[strongest] / whole_score > by_deed.max(initial=0.0):
            queries[candidate.product_id] = asked[strongest][0]
    return queries


def _reason(
    candidate: Candidate,
    taste: Taste,
    deeds: Mapping[str, tuple[str, Space]],
    searched: Mapping[str, str],
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
    if candidate.product_id in searched:
        return explain.searched(searched[candidate.product_id])
    if candidate.product_id not in deeds:
        return explain.for_you() if _is_personal(candidate) else explain_popularity(candidate)
    deed, space = deeds[candidate.product_id]
    if space is Space.BEHAVIOUR:
        return explain.often_after(products.get(deed), deed)
    if deed not in taste.deeds:
        seed = taste.picked.get(deed, deed)
        return explain.picked(products.get(seed), seed)
    return explain.because_of(taste.deeds[deed], products.get(deed), deed)


def _is_personal(candidate: Candidate) -> bool:
    return any(space.value in candidate.sources for space in TASTE_SPACES)
