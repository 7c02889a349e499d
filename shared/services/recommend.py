"""For you: the products that a user's recent events ask for, live, with a reason for each."""

from collections.abc import Mapping, Sequence

from shared.domain import explain
from shared.domain.events import Event, EventType, is_known
from shared.domain.recommendations import Candidate, Part, Reason, ReasonKind, Recommendation
from shared.domain.rules import Scenario
from shared.domain.searches import MOST_SEARCHES
from shared.services import declared
from shared.services.context import in_context, referred
from shared.services.declared import said_by, with_liked
from shared.services.listing import Listing, answered
from shared.services.pages import Question, Ranked, Start, start
from shared.services.personal import FRESH, known_products, rank_personal, taste_of
from shared.services.reasons import reasons
from shared.services.reranking import reranked
from shared.services.session import NO_SESSION, Session
from shared.services.shop import Shop
from shared.services.trace import Trace
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
    listing = personal_listing(shop, begin, user_id, session)
    if not begin.troubles.has(Part.EVENTS):
        shop.telemetry.count("cold", float(listing.cold))
    return answered(shop, begin, listing, ())


def personal_listing(
    shop: Shop, begin: Start, user_id: str, session: Session = NO_SESSION, trace: Trace | None = None
) -> Listing:
    """As :func:`for_you`; without its ``fill``, what the user's own deeds and words speak for, and no more.

    How its rankings come about goes into a ``trace``.
    """
    searched = begin.events.searched(user_id, MOST_SEARCHES, begin.as_of)
    deeds = begin.events.deeds(user_id, RECENT_EVENTS, begin.as_of, shop.clock.now() - FRESH)
    brought = session.events(user_id, begin.as_of)
    events = [*deeds.recent, *deeds.unstored(brought)]
    searches = with_unstored(searched(), brought)
    events += referred(session.context, events, user_id, begin.as_of)
    said = said_by(shop, begin, user_id, session.declared, len(events))
    taste, vectors = taste_of(begin.index, events, begin.as_of, said=said, searches=searches)
    known = known_products(events, begin.as_of)
    why: dict[str, Reason] = {}
    if trace is not None:
        trace.events, trace.standing, trace.touched, trace.known = events, deeds.standing, deeds.touched, known
        trace.said, trace.taste, trace.vectors = said, taste, vectors

    def rank(depth: int) -> Ranked:
        ranked = rank_personal(begin.index, taste, vectors, begin.popularity, begin.condition, depth, known, trace)
        candidates = with_liked(begin, said, declared.marked(ranked.candidates, said), depth)
        candidates, liked = declared.raised(begin, said, candidates)
        why.update(liked)
        shown = reranked(begin, candidates, taste.liked)
        if trace is not None:
            trace.personal, trace.declared, trace.reranked = ranked.candidates, candidates, shown
        return Ranked(shown, ranked.cut_off)

    def fill(personal: Sequence[Candidate]) -> Sequence[Candidate]:
        popular, there = in_context(begin, session.context, popular_candidates(begin, personal))
        popular, liked = declared.raised(begin, said, popular)
        why.update(there | liked)
        return popular

    def explained(_: Start, shown: Sequence[Candidate]) -> Sequence[Reason]:
        return _specific(shown, reasons(begin, taste, vectors, shown), why)

    # What is known by now is more than what the ranking was frozen on: bought on page one, gone from page two.
    left_out = known | deeds.excluded | said.turned_down
    return Listing(rank, explained, fill, left_out, cold=not (events or searches or said))


def with_unstored(stored: Sequence[Event], session: Sequence[Event]) -> list[Event]:
    """The searches that are ``stored``, and those of the ``session`` that are not."""
    known = {event.event_id for event in stored}
    searches = (each for each in session if each.type is EventType.SEARCH)
    return [*stored, *(each for each in searches if not is_known(each.event_id, known))]


def _specific(shown: Sequence[Candidate], said: Sequence[Reason], why: Mapping[str, Reason]) -> list[Reason]:
    """The reasons ``said``, with those of ``why`` in place of general ones."""

    def reason(candidate: Candidate, general: Reason) -> Reason:
        if general.kind not in _GENERAL:
            return general
        only_declared = candidate.sources.keys() == {declared.SOURCE}
        return why.get(candidate.product_id) or (explain.asked_for() if only_declared else general)

    return [reason(candidate, general) for candidate, general in zip(shown, said, strict=True)]
