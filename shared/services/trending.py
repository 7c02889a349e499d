"""The shop's popular products: an answer of their own, and the end of a list that personal sources did not fill."""

from collections.abc import Sequence

from shared.domain import explain
from shared.domain.popularity import LONGEST_LIST
from shared.domain.recommendations import Candidate, Reason, ReasonKind, Recommendation
from shared.domain.rules import Scenario
from shared.services.pages import Question, Ranked, Start, answer, start
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop


def trending(shop: Shop, question: Question) -> Recommendation:
    """What the shop's visitors turn to now, the same for everybody."""
    begin = start(shop, Scenario.TRENDING, question)
    popularity = begin.popularity
    best = popularity.trending[0][1] if popularity.trending else 1.0
    ranking = [
        Candidate(product_id, score / best, sources={ReasonKind.TRENDING.value: score / best})
        for product_id, score in popularity.trending
    ] or _range_of(begin)
    ordered = reranked(begin, ranking)
    return answer(
        shop,
        begin,
        lambda _: Ranked(ordered, cut_off=False),
        (),
        lambda shown: [rule_reason(candidate) or explain_popularity(candidate) for candidate in shown],
    )


def popular_candidates(begin: Start, after: Sequence[Candidate]) -> list[Candidate]:
    """What is popular, and all the more what is trending too, for the end of a ranking that has the others.

    A product's score is the sum of its shares of the best one in both lists: in a shop of few events what happened in
    the last two days is mostly chance, and must not have every other place. Scores go on falling from the last one of
    ``after``, so that the whole stays in order.
    """
    popularity = begin.popularity
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
    return candidates or ([] if after else _range_of(begin))


def _range_of(begin: Start) -> list[Candidate]:
    """The newest products, for a shop that has seen no event yet; none for one that has."""
    if begin.popularity.trending or begin.popularity.popular:
        return []
    scores = ((product_id, 1 / (place + 1)) for place, product_id in enumerate(begin.products.newest(LONGEST_LIST)))
    return [Candidate(each, score, sources={ReasonKind.CATALOGUE.value: score}) for each, score in scores]


def explain_popularity(candidate: Candidate) -> Reason:
    if ReasonKind.CATALOGUE in candidate.sources:
        return explain.catalogue()
    return explain.trending() if ReasonKind.TRENDING in candidate.sources else explain.popular()
