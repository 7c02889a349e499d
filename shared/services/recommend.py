"""For you: the products that a user's recent events ask for, live, with a reason for each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from shared.domain import explain
from shared.domain.cursor import expired
from shared.domain.errors import NotFound
from shared.domain.events import Event
from shared.domain.filters import Filter
from shared.domain.fusion import DEFAULT_WEIGHTS, fuse, penalties, share_out
from shared.domain.recommendations import Candidate, Reason, Recommendation, SpaceQuery
from shared.domain.spaces import Space, Vectors
from shared.domain.taste import Taste, build_taste, nearest_deed, products_to_look_up
from shared.ports import ProductIndex
from shared.services.pages import Question, Ranked, Start, answer, popularity_of, start
from shared.services.shop import Shop
from shared.services.trending import explain_popularity, popular_candidates

RECENT_EVENTS = 200
FRESH = timedelta(days=14)
"""How long something looked at is not offered again. Then it may be: many a thing is bought at the second look."""


def for_you(shop: Shop, user_id: str, question: Question) -> Recommendation:
    """What ``user_id`` would like now; never what is bought, in the cart, disliked or sold out.

    Nor what the user has looked at lately: that is known already, and what speaks for all the rest.

    The end of the ranking is filled from the shop's popular products, and each of those says so in its source: for
    a user without events that is all of it.
    """
    begin = start(shop, question, "for-you", user_id)
    index = index_of(shop, begin)
    popularity = popularity_of(shop, begin)
    standing = shop.events.standing(user_id)
    events = shop.events.recent(user_id, RECENT_EVENTS, begin.as_of)
    taste, vectors = taste_of(index, events, begin.as_of)
    excluded = standing.excluded | shop.events.touched(user_id, shop.clock.now() - FRESH)
    return answer(
        shop,
        begin,
        lambda depth: rank(index, taste, begin.condition, depth),
        excluded,
        lambda shown: reasons(shop, index, taste, vectors, shown),
        fill=lambda personal: popular_candidates(shop, popularity, personal),
    )


def index_of(shop: Shop, begin: Start) -> ProductIndex:
    """The version that the ranking was frozen on. Raises CursorExpired when it has been removed since."""
    try:
        return shop.live.at(begin.at.version)
    except NotFound:
        raise expired() from None


def taste_of(index: ProductIndex, events: Sequence[Event], now: datetime) -> tuple[Taste, dict[str, Vectors]]:
    """The taste that ``events`` show, in the spaces of ``index``, and the vectors that it was made of."""
    wanted = products_to_look_up(events, now)
    vectors = index.vectors(wanted) if wanted else {}
    return build_taste(events, vectors, now, index.manifest.likeness), vectors


def reasons(
    shop: Shop, index: ProductIndex, taste: Taste, vectors: Mapping[str, Vectors], shown: Sequence[Candidate]
) -> list[Reason]:
    """For each product the deed that is nearest to it, among those of the interest that proposed it."""
    interests = {interest.medoid: interest for interest in taste.interests}
    personal = [candidate.product_id for candidate in shown if candidate.seed]
    offered = index.vectors(personal) if personal else {}
    deeds = {
        candidate.product_id: nearest_deed(interests[candidate.seed], offered[candidate.product_id], vectors)
        for candidate in shown
        if candidate.seed
    }
    products = shop.products.get(sorted(set(deeds.values())))

    def reason(candidate: Candidate) -> Reason:
        if not candidate.seed:
            return explain_popularity(candidate)
        interest, deed = interests[candidate.seed], deeds[candidate.product_id]
        if candidate.product_id in interest.deeds:
            return explain.seen_before(candidate.product_id)
        return explain.because_of(interest.deeds[deed], products.get(deed), deed)

    return [reason(candidate) for candidate in shown]


def rank(index: ProductIndex, taste: Taste, condition: Filter | None, depth: int) -> Ranked:
    """All interests in all spaces, in one batched query, fused. What is next to something disliked sinks."""
    spaces = [[space for space in DEFAULT_WEIGHTS if space in interest.vectors] for interest in taste.interests]
    queries = [
        SpaceQuery(space, interest.vectors[space], depth, condition)
        for interest, asked in zip(taste.interests, spaces, strict=True)
        for space in asked
    ]
    if not queries:
        return Ranked((), cut_off=False)
    queries += [
        SpaceQuery(Space.TEXT, vectors[Space.TEXT], depth, condition)
        for vectors in taste.against
        if Space.TEXT in vectors
    ]
    # One stream of answers: each interest takes as many as it asked for, what is left is of the disliked ones.
    answers = iter(index.search(queries))
    found = [dict(zip(asked, answers, strict=False)) for asked in spaces]
    penalty = penalties(list(answers), depth)
    candidates = share_out(
        [
            (interest.weight, fuse(parts, interest.medoid, depth, penalty=penalty))
            for interest, parts in zip(taste.interests, found, strict=True)
        ]
    )
    return Ranked(candidates, cut_off=any(len(hits) >= depth for parts in found for hits in parts.values()))
