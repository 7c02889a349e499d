"""The shop's popular products: an answer of their own, and the end of a list that personal sources did not fill."""

from collections.abc import Sequence

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
    """What is popular, and all the more what is trending too, for the end of a ranking that has the others.

    A product's score is the sum of its shares of the best one in both lists: in a shop of few events what happened in
    the last two days is mostly chance, and must not have every other place. Scores go on falling from the last one of
    ``after``, so that the whole stays in order.
    """
    ceiling = after[-1].score if after else 1.0
    seen = {candidate.product_id for candidate in after}
    shares = {
        kind: {product_id: score / ranked[0][1] for product_id, score in ranked}
        for kind, ranked in ((ReasonKind.TRENDING, popularity.trending), (ReasonKind.POPULAR, popularity.popular))
    }
    total: dict[str, float] = {}
    for each in shares.values():
        for product_id, share in each.items():
            total[product_id] = total.get(product_id, 0.0) + share / len(shares)
    candidates = []
    for product_id in sorted(total.keys() - seen, key=lambda each: (-total[each], each)):
        kind = max(shares, key=lambda kind: shares[kind].get(product_id, 0.0))
        score = ceiling * total[product_id]
        candidates.append(Candidate(product_id, score, sources={kind.value: score}))
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
