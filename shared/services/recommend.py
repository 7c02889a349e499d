"""For you: the products that a user's recent events ask for, live, with a reason for each."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.events import TELLING_TYPES, Event
from shared.domain.recommendations import Candidate, Recommendation
from shared.domain.rules import Scenario
from shared.domain.standing import fold
from shared.services.pages import Question, Ranked, answer, index_of, popularity_of, start
from shared.services.personal import rank_personal, taste_of
from shared.services.reasons import reasons
from shared.services.reranking import reranked
from shared.services.shop import Shop
from shared.services.trending import popular_candidates

RECENT_EVENTS = 200
FRESH = timedelta(days=14)
"""How long something looked at is not offered again. Then it may be: many a thing is bought at the second look."""


def for_you(shop: Shop, user_id: str, question: Question, session: Sequence[Event] = ()) -> Recommendation:
    """What ``user_id`` would like now; never what is bought, in the cart, disliked or sold out.

    Nor what the user has looked at lately: that is known already, and what speaks for all the rest.

    ``session`` is what the visitor did that no store knows of, and counts beside the stored events; a guest has an
    empty ``user_id``, and a taste of the session alone. The next page wants the same session again.

    The end of the ranking is filled from the shop's popular products, and each of those says so in its source: for
    a user without events that is all of it.
    """
    begin = start(shop, Scenario.FOR_YOU, question, user_id, session_digest(session))
    index, popularity = index_of(shop, begin), popularity_of(shop, begin)
    stored = shop.events.recent(user_id, RECENT_EVENTS, begin.as_of) if user_id else []
    events = [*stored, *(event for event in session if event.type in TELLING_TYPES)]
    taste, vectors = taste_of(index, events, begin.as_of)
    known = _known(events, begin.as_of)

    def rank(depth: int) -> Ranked:
        ranked = rank_personal(index, taste, vectors, popularity.shares, begin.condition, depth, known)
        return Ranked(reranked(shop, begin, index, popularity, ranked.candidates, taste.liked), ranked.cut_off)

    def fill(personal: Sequence[Candidate]) -> Sequence[Candidate]:
        return popular_candidates(shop, popularity, personal)

    # What is known by now is more than what the ranking was frozen on: bought on page one, gone from page two.
    excluded = known
    if user_id:
        excluded = known | shop.events.standing(user_id).excluded
        excluded |= shop.events.touched(user_id, shop.clock.now() - FRESH)
    return answer(shop, begin, rank, excluded, lambda shown: reasons(shop, index, taste, vectors, shown), fill)


def session_digest(session: Sequence[Event]) -> str:
    """Stands for the session in a cursor; empty for none."""
    deeds = [f"{each.event_id}\x1f{each.type}\x1f{each.product_id}\x1f{each.occurred_at}" for each in session]
    return hashlib.sha256("\x1e".join(deeds).encode(errors="replace")).hexdigest() if deeds else ""


def _known(events: Sequence[Event], as_of: datetime) -> frozenset[str]:
    """What is not to be offered to who did this: it is not looked at when candidates are compared."""
    lately = frozenset(event.product_id for event in events if event.occurred_at >= as_of - FRESH)
    return (fold(events).excluded | lately) - {""}
