"""For you: the products that a user's recent events ask for, live, with a reason for each."""

from collections.abc import Mapping, Sequence

from shared.domain import explain
from shared.domain.events import TELLING_TYPES, Event, EventType
from shared.domain.recommendations import Candidate, Reason, ReasonKind, Recommendation
from shared.domain.rules import Scenario
from shared.domain.searches import MOST_SEARCHES
from shared.services import declared
from shared.services.context import in_context, referred
from shared.services.declared import said_by, with_liked
from shared.services.pages import Question, Ranked, answer, start
from shared.services.personal import FRESH, known_products, rank_personal, taste_of
from shared.services.reasons import reasons
from shared.services.reranking import reranked
from shared.services.session import NO_SESSION, Session
from shared.services.shop import Shop
from shared.services.trending import popular_candidates

RECENT_EVENTS = 200
_GENERAL = frozenset(
    {ReasonKind.FOR_YOU, ReasonKind.LATELY, ReasonKind.TRENDING, ReasonKind.POPULAR, ReasonKind.CATALOGUE}
)
"""What is said of a product where nothing is known that speaks for this very one."""


def for_you(
    shop: Shop,
    user_id: str,
    question: Question,
    session: Session = NO_SESSION,
    scenario: Scenario = Scenario.FOR_YOU,
) -> Recommendation:
    """What ``user_id`` would like now; never what is bought, in the cart, disliked or sold out.

    Nor what the user has looked at lately: that is known already, and what speaks for all the rest.

    ``session`` is what the visitor did that no store knows of, and counts beside the stored events; an event that is
    in both counts once. A guest has an empty ``user_id``, and a taste of the session alone. The next page wants the
    same session again. What was declared, in it or before, has a part that falls with every deed. The words of a search
    that deeds came of have a part beside those deeds.

    The end of the ranking is filled from the shop's popular products, and each of those says so in its source: for
    a user without events, and where the index is down, that is all of it. ``scenario`` says whose rules hold.
    """
    begin = start(shop, scenario, question, user_id, session.digest())
    searched = begin.events.searched(user_id, MOST_SEARCHES, begin.as_of)
    deeds = begin.events.deeds(user_id, RECENT_EVENTS, begin.as_of, shop.clock.now() - FRESH)
    brought = session.events(user_id, begin.as_of)
    events = [*deeds.recent, *unstored(brought, deeds.recent)]
    searches = with_unstored(searched(), brought)
    events += referred(session.context, events, user_id, begin.as_of)
    said = said_by(shop, begin, user_id, session.declared, len(events))
    taste, vectors = taste_of(begin.index, events, begin.as_of, said=said, searches=searches)
    known = known_products(events, begin.as_of)
    why: dict[str, Reason] = {}

    def rank(depth: int) -> Ranked:
        ranked = rank_personal(begin.index, taste, vectors, begin.popularity, begin.condition, depth, known)
        candidates = with_liked(begin, said, declared.marked(ranked.candidates, said), depth)
        candidates, liked = declared.raised(begin, said, candidates)
        why.update(liked)
        return Ranked(reranked(begin, candidates, taste.liked), ranked.cut_off)

    def fill(personal: Sequence[Candidate]) -> Sequence[Candidate]:
        popular, there = in_context(begin, session.context, popular_candidates(begin, personal))
        popular, liked = declared.raised(begin, said, popular)
        why.update(there | liked)
        return popular

    # What is known by now is more than what the ranking was frozen on: bought on page one, gone from page two.
    excluded = known | deeds.excluded | said.turned_down
    return answer(
        shop, begin, rank, excluded, lambda shown: _specific(shown, reasons(begin, taste, vectors, shown), why), fill
    )


def unstored(session: Sequence[Event], stored: Sequence[Event]) -> list[Event]:
    """What of ``session`` tells something and is not among ``stored``."""
    known = {event.event_id for event in stored}
    return [event for event in session if event.type in TELLING_TYPES and event.event_id not in known]


def with_unstored(stored: Sequence[Event], session: Sequence[Event]) -> list[Event]:
    """The searches that are ``stored``, and those of the ``session`` that are not."""
    known = {event.event_id for event in stored}
    return [*stored, *(each for each in session if each.type is EventType.SEARCH and each.event_id not in known)]


def _specific(shown: Sequence[Candidate], said: Sequence[Reason], why: Mapping[str, Reason]) -> list[Reason]:
    """The reasons ``said``, with those of ``why`` in place of general ones."""

    def reason(candidate: Candidate, general: Reason) -> Reason:
        if general.kind not in _GENERAL:
            return general
        only_declared = candidate.sources.keys() == {declared.SOURCE}
        return why.get(candidate.product_id) or (explain.asked_for() if only_declared else general)

    return [reason(candidate, general) for candidate, general in zip(shown, said, strict=True)]
