"""The shop's popular products: an answer of their own, and the end of a list that personal sources did not fill."""

from collections.abc import Sequence
from itertools import zip_longest

from shared.domain import explain
from shared.domain.popularity import LONGEST_LIST, Popularity
from shared.domain.recommendations import Candidate, Reason, ReasonKind, Recommendation
from shared.domain.rules import Scenario
from shared.services.pages import Question, Ranked, answer, index_of, popularity_of, start
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop


def trending(shop: Shop, question: Question) -> Recommendation:
    """What the shop's visitors turn to now, the same for everybody."""
    begin = start(shop, Scenario.TRENDING, question)
    popularity = popularity_of(shop, begin)
    best = popularity.trending[0][1] if popularity.trending else 1.0
    ranking = [
        Candidate(product_id, score / best, sources={ReasonKind.TRENDING.value: score / best})
        for product_id, score in popularity.trending
    ] or _range_of(shop, popularity)
    ordered = reranked(shop, begin, index_of(shop, begin), popularity, ranking)
    return answer(
        shop,
        begin,
        lambda _: Ranked(ordered, cut_off=False),
        (),
        lambda shown: [rule_reason(candidate) or explain_popularity(candidate) for candidate in shown],
    )


def popular_candidates(shop: Shop, popularity: Popularity, after: Sequence[Candidate]) -> list[Candidate]:
    """Trending and popular products in turn, each once, for the end of a ranking that has the others.

    Their scores go on falling from the last one of ``after``, so that the whole stays in order.
    """
    ceiling = after[-1].score if after else 1.0
    seen = {candidate.product_id for candidate in after}
    candidates: list[Candidate] = []
    for pair in zip_longest(popularity.trending, popularity.popular):
        for kind, ranked in zip((ReasonKind.TRENDING, ReasonKind.POPULAR), pair, strict=True):
            if ranked and ranked[0] not in seen:
                seen.add(ranked[0])
                score = ceiling / (len(candidates) + 1)
                candidates.append(Candidate(ranked[0], score, sources={kind.value: score}))
    return candidates or ([] if after else _range_of(shop, popularity))


def _range_of(shop: Shop, popularity: Popularity) -> list[Candidate]:
    """The newest products, for a shop that has seen no event yet; none for one that has."""
    if popularity.trending or popularity.popular:
        return []
    scores = ((product_id, 1 / (place + 1)) for place, product_id in enumerate(shop.products.newest(LONGEST_LIST)))
    return [Candidate(each, score, sources={ReasonKind.CATALOGUE.value: score}) for each, score in scores]


def explain_popularity(candidate: Candidate) -> Reason:
    if ReasonKind.CATALOGUE in candidate.sources:
        return explain.catalogue()
    return explain.trending() if ReasonKind.TRENDING in candidate.sources else explain.popular()
