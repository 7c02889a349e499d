"""The shop's popular products: an answer of their own, and the end of a list that personal sources did not fill."""

from collections.abc import Sequence

from shared.domain import explain
from shared.domain.popularity import BEST_DAYS, LONGEST_LIST, Scored
from shared.domain.recommendations import Candidate, Reason, ReasonKind, Recommendation
from shared.domain.rules import Scenario
from shared.services.listing import Listing, answered
from shared.services.pages import Question, Ranked, Start, start
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop

_REASONS = {
    ReasonKind.TRENDING_IN_COUNTRY: explain.trending_in_country(),
    ReasonKind.TRENDING: explain.trending(),
    ReasonKind.LATELY: explain.lately(),
    ReasonKind.MOST_VIEWED: explain.most_viewed(BEST_DAYS),
    ReasonKind.CATALOGUE: explain.catalogue(),
}


def trending(shop: Shop, question: Question, country: str = "", user_id: str = "") -> Recommendation:
    """What the shop's visitors turn to more than they used to; with a ``country``, first what those from there do.

    With a user, without what is not for that one. It goes on with what is popular, which says so in its source: there
    are weeks without a trend, and none is found in a shop's first.
    """
    begin = start(shop, Scenario.TRENDING, question, country, user_id)
    return answered(shop, begin, trending_listing(begin, country), begin.events.standing(user_id).excluded)


def trending_listing(begin: Start, country: str = "") -> Listing:
    """As :func:`trending`, for anybody."""
    popularity = begin.popularity
    risen = in_turn(
        (ReasonKind.TRENDING_IN_COUNTRY, popularity.trending_in(country)), (ReasonKind.TRENDING, popularity.trending)
    )
    ordered = reranked(begin, [*risen, *popular_candidates(begin, risen)])

    def fill(ranked: Sequence[Candidate]) -> Sequence[Candidate]:
        """A filter for one of many categories leaves little of what is popular in all of them."""
        return in_turn((ReasonKind.MOST_VIEWED, popularity.most_viewed), after=ranked)

    return Listing(
        lambda _: Ranked(ordered, cut_off=False),
        lambda _, shown: [rule_reason(candidate) or explain_popularity(candidate) for candidate in shown],
        fill,
    )


def in_turn(*lists: tuple[ReasonKind, Scored], after: Sequence[Candidate] = ()) -> list[Candidate]:
    """What each of the lists adds to those before it and to ``after``; scores go on falling from list to list."""
    seen = {candidate.product_id for candidate in after}
    ceiling = after[-1].score if after else 1.0
    candidates: list[Candidate] = []
    for kind, scored in lists:
        added = [(product_id, score) for product_id, score in scored if product_id not in seen]
        for product_id, score in added:
            share = ceiling * score / added[0][1]
            candidates.append(Candidate(product_id, share, sources={kind.value: share}))
        seen.update(product_id for product_id, _ in added)
        ceiling = candidates[-1].score if candidates else ceiling
    return candidates


def popular_candidates(begin: Start, after: Sequence[Candidate]) -> list[Candidate]:
    """What is popular, and all the more what is so lately, for the end of a ranking that has the others.

    A product's score is the sum of its shares of the best one in both lists: in a shop of few events what happened in
    the last two days is mostly chance, and must not have every other place. Scores go on falling from the last one of
    ``after``, so that the whole stays in order.
    """
    popularity = begin.popularity
    ceiling = after[-1].score if after else 1.0
    seen = {candidate.product_id for candidate in after}
    shares = {
        kind: {product_id: score / ranked[0][1] for product_id, score in ranked}
        for kind, ranked in ((ReasonKind.LATELY, popularity.lately), (ReasonKind.POPULAR, popularity.popular))
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
    if begin.popularity.lately or begin.popularity.popular:
        return []
    scores = ((product_id, 1 / (place + 1)) for place, product_id in enumerate(begin.products.newest(LONGEST_LIST)))
    return [Candidate(each, score, sources={ReasonKind.CATALOGUE.value: score}) for each, score in scores]


def explain_popularity(candidate: Candidate) -> Reason:
    return next((reason for kind, reason in _REASONS.items() if kind.value in candidate.sources), explain.popular())
