"""For you: the products that a user's recent events ask for, live, with a reason for each."""

from collections.abc import Sequence

from shared.domain.events import TELLING_TYPES, Event
from shared.domain.recommendations import Candidate, Recommendation
from shared.domain.rules import Scenario
from shared.services.pages import Question, Ranked, answer, start
from shared.services.personal import FRESH, known_products, rank_personal, taste_of
from shared.services.reasons import reasons
from shared.services.reranking import reranked
from shared.services.session import NO_SESSION, Session
from shared.services.shop import Shop
from shared.services.trending import popular_candidates

RECENT_EVENTS = 200


def for_you(shop: Shop, user_id: str, question: Question, session: Session = NO_SESSION) -> Recommendation:
    """What ``user_id`` would like now; never what is bought, in the cart, disliked or sold out.

    Nor what the user has looked at lately: that is known already, and what speaks for all the rest.

    ``session`` is what the visitor did that no store knows of, and counts beside the stored events; an event that is
    in both counts once. A guest has an empty ``user_id``, and a taste of the session alone. The next page wants the
    same session again.

    The end of the ranking is filled from the shop's popular products, and each of those says so in its source: for
    a user without events, and where the index is down, that is all of it.
    """
    begin = start(shop, Scenario.FOR_YOU, question, user_id, session.digest())
    deeds = begin.events.deeds(user_id, RECENT_EVENTS, begin.as_of, shop.clock.now() - FRESH)
    events = [*deeds.recent, *_unstored(session.events(user_id, begin.as_of), deeds.recent)]
    taste, vectors = taste_of(begin.index, events, begin.as_of)
    known = known_products(events, begin.as_of)

    def rank(depth: int) -> Ranked:
        ranked = rank_personal(begin.index, taste, vectors, begin.popularity, begin.condition, depth, known)
        return Ranked(reranked(begin, ranked.candidates, taste.liked), ranked.cut_off)

    def fill(personal: Sequence[Candidate]) -> Sequence[Candidate]:
        return popular_candidates(begin, personal)

    # What is known by now is more than what the ranking was frozen on: bought on page one, gone from page two.
    excluded = known | deeds.excluded
    return answer(shop, begin, rank, excluded, lambda shown: reasons(begin, taste, vectors, shown), fill)


def _unstored(session: Sequence[Event], stored: Sequence[Event]) -> list[Event]:
    known = {event.event_id for event in stored}
    return [event for event in session if event.type in TELLING_TYPES and event.event_id not in known]
