"""The shop's popular products: an answer of their own, and the end of a list that personal sources did not fill."""

from collections.abc import Collection
from itertools import zip_longest

from shared.domain import explain
from shared.domain.popularity import Popularity
from shared.domain.recommendations import Candidate, Reason, ReasonKind, Recommendation
from shared.services.pages import Question, answer, popularity_of, start
from shared.services.shop import Shop


def trending(shop: Shop, question: Question) -> Recommendation:
    """What the shop's visitors turn to now, the same for everybody."""
    begin = start(shop, question, "trending")
    popularity = popularity_of(shop, begin)
    ranking = _scaled(popularity.trending, ReasonKind.TRENDING)
    return answer(shop, begin, ranking, (), explain_popularity)


def popular_candidates(popularity: Popularity, known: Collection[str]) -> list[Candidate]:
    """Trending and popular products in turn, each once, without the ``known`` ones."""
    seen = set(known)
    candidates = []
    lists = (_scaled(popularity.trending, ReasonKind.TRENDING), _scaled(popularity.popular, ReasonKind.POPULAR))
    for pair in zip_longest(*lists):
        for candidate in filter(None, pair):
            if candidate.product_id not in seen:
                seen.add(candidate.product_id)
                candidates.append(candidate)
    return candidates


def explain_popularity(candidate: Candidate) -> Reason:
    return explain.trending() if ReasonKind.TRENDING in candidate.sources else explain.popular()


def _scaled(ranked: tuple[tuple[str, float], ...], kind: ReasonKind) -> list[Candidate]:
    best = ranked[0][1] if ranked else 1.0
    return [Candidate(product_id, score / best, sources={kind.value: score / best}) for product_id, score in ranked]
