"""Re-rank: a list that somebody has made already, in the order in which one user would like it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain import explain
from shared.domain.errors import InvalidInput
from shared.domain.events import Event
from shared.domain.filters import matches
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason, ReasonKind, Recommendation, RecommendedProduct
from shared.domain.rules import RuleKind, Scenario, hidden_products
from shared.domain.spaces import Vectors
from shared.domain.standing import fold
from shared.domain.taste import Taste
from shared.services import declared
from shared.services.pages import Question, Start, start, tell
from shared.services.personal import FRESH, rank_given, taste_of
from shared.services.reasons import reasons
from shared.services.recommend import RECENT_EVENTS
from shared.services.reranking import reranked, rule_reason
from shared.services.session import NO_SESSION, Session
from shared.services.shop import Shop

MOST_PRODUCTS = 500


@dataclass(frozen=True, slots=True)
class Reordered:
    """Every product that was given is in one of the three.

    ``unknown`` are no products of the catalogue. ``left_out`` are hidden by the shop's rules or outside of the filter,
    or cannot be shown because parts are down.
    """

    recommendation: Recommendation
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]


def rerank(
    shop: Shop, product_ids: Sequence[str], user_id: str = "", session: Session = NO_SESSION, filter: str = ""
) -> Reordered:
    """``product_ids``, each once, in the order that "for you" would give them.

    It is the caller's list, so what is sold out, bought already or a variant of another one stays in it. Those of which
    nothing says whether the user would like them follow in the order given, and last, also in that order, what the
    user has bought, put in the cart or disliked: all of these have ``given`` among their sources. Of a user about whom
    nothing is known, that is the whole list.

    The shop's rules for ``rerank`` hold: they hide, boost and bury, and pin what is in the list. Raises InvalidInput.
    """
    asked = list(dict.fromkeys(product_ids))
    if not 1 <= len(product_ids) <= MOST_PRODUCTS:
        raise InvalidInput(f"product_ids holds {len(product_ids):,} products: send 1 to {MOST_PRODUCTS}.")
    begin = start(shop, Scenario.RERANK, Question(filter=filter))
    products = begin.products.get(asked)
    kept = _shown(begin, products)
    listed = [product_id for product_id in asked if product_id in kept]
    begin = _pinning_only(begin, kept)
    deeds = begin.events.deeds(user_id, RECENT_EVENTS, begin.as_of, begin.as_of - FRESH)
    events = [*deeds.recent, *deeds.unstored(session.events(user_id, begin.as_of))]
    said = declared.said_by(shop, begin, user_id, session.declared, len(events))
    taste, vectors = taste_of(begin.index, events, begin.as_of, said=said)
    with shop.telemetry.stage("rank"):
        settled = fold(events).excluded | deeds.standing.excluded | said.turned_down
        moved = declared.marked(rank_given(begin.index, taste, vectors, begin.popularity, kept - settled), said)
        whole, liked = declared.raised(begin, said, [*moved, *_as_given(listed, moved, settled)])
        ranking = reranked(begin, whole, taste.liked)
    why = _reasons(begin, taste, vectors, ranking, _lately(events, begin.as_of), liked)
    items = [
        RecommendedProduct(products[each.product_id], each.score, "+".join(each.sources), reason)
        for each, reason in zip(ranking, why, strict=True)
    ]
    troubles = begin.troubles
    found = Recommendation(begin.at.recommendation_id, tuple(items), begin.at.version, degraded=troubles.parts)
    tell(shop, begin, found)
    missing = tuple(product_id for product_id in asked if product_id not in products)
    left_out = tuple(product_id for product_id in asked if product_id in products and product_id not in kept)
    if troubles.has(Part.PRODUCTS) and troubles.has(Part.INDEX):  # then nobody can say what is known
        return Reordered(found, left_out + missing, ())
    return Reordered(found, left_out, missing)


def _shown(begin: Start, products: Mapping[str, Product]) -> frozenset[str]:
    hidden = hidden_products(begin.rules, list(products.values()))
    return frozenset(
        product.id
        for product in products.values()
        if product.id not in hidden and (begin.condition is None or matches(begin.condition, product))
    )


def _pinning_only(begin: Start, product_ids: Collection[str]) -> Start:
    """A pin may move what is in the list, and bring nothing into it."""
    narrowed = [
        replace(rule, products=tuple(each for each in rule.products if each in product_ids))
        if rule.kind is RuleKind.PIN
        else rule
        for rule in begin.rules
    ]
    return replace(begin, rules=tuple(narrowed))


def _as_given(listed: Sequence[str], moved: Sequence[Candidate], settled: Collection[str]) -> list[Candidate]:
    """The rest of the list, with scores that go on falling from the last one of ``moved``."""
    done = {candidate.product_id for candidate in moved}
    rest = sorted((each for each in listed if each not in done), key=settled.__contains__)
    ceiling = moved[-1].score if moved else 1.0
    scores = (ceiling / (place + 2) for place in range(len(rest)))
    return [Candidate(each, score, {ReasonKind.GIVEN.value: score}) for each, score in zip(rest, scores, strict=True)]


def _lately(events: Sequence[Event], as_of: datetime) -> dict[str, datetime]:
    """What the user has turned to lately, and when: "for you" would leave it out, and has no reason for it."""
    lately: dict[str, datetime] = {}
    for event in sorted(events, key=lambda event: event.occurred_at):
        if event.product_id and event.occurred_at >= as_of - FRESH:
            lately[event.product_id] = min(event.occurred_at, as_of)
    return lately


def _reasons(
    begin: Start,
    taste: Taste,
    vectors: Mapping[str, Vectors],
    ranking: Sequence[Candidate],
    lately: Mapping[str, datetime],
    liked: Mapping[str, Reason],
) -> list[Reason]:
    """Those of "for you"; what has none is ``liked`` for what was declared, or stands as it was given."""
    given = {each.product_id for each in ranking if ReasonKind.GIVEN.value in each.sources}
    personal = [each for each in ranking if each.product_id not in given and each.product_id not in lately]
    said = iter(reasons(begin, taste, vectors, personal))

    def reason(candidate: Candidate) -> Reason:
        if candidate.product_id in given:
            return rule_reason(candidate) or liked.get(candidate.product_id) or explain.given()
        if candidate.product_id in lately:
            return rule_reason(candidate) or explain.recently_viewed(begin.as_of - lately[candidate.product_id])
        return next(said)

    return [reason(candidate) for candidate in ranking]
