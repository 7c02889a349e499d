"""The order of what a search has found, to one user's taste."""

from collections.abc import Sequence

from shared.domain.declared import NOTHING_DECLARED
from shared.domain.exact import EXACT
from shared.domain.recommendations import Candidate
from shared.services.declared import said_by
from shared.services.pages import Start
from shared.services.personal import FRESH, rank_given, taste_of
from shared.services.recommend import RECENT_EVENTS
from shared.services.shop import Shop
from shared.services.theme_ranking import TASTE

USUAL_STRENGTH = 0.5
"""Where a user is known and the request says nothing: what is liked best passes what matches half as well again, and
not more. docs/measurements.md has what other strengths do."""

_HALVED_AT = 10
"""The eleventh best by taste gains half of what the best does."""


def to_taste(
    shop: Shop, begin: Start, user_id: str, strength: float, candidates: Sequence[Candidate]
) -> list[Candidate]:
    """``candidates``, best first, in the order that is also to the user's taste; of strength 0 as they are.

    A score s becomes s (1 + strength × liking) / (1 + strength), with a liking from 0 to 1: taste can only weigh what
    matches, what does not match at all stays at nothing, and no score rises above what it was. What taste adds is among
    the sources, so that they still add up to the score. What the words name stays before the rest, as it was.

    A guest, a user without a taste, and one whose events cannot be had get the order as it is.
    """
    if not user_id or strength <= 0 or not candidates:
        return list(candidates)
    liking = _likings(shop, begin, user_id, [each.product_id for each in candidates])
    if not liking:
        return list(candidates)
    first = [each for each in candidates if EXACT in each.sources]
    rest = [
        _mixed(each, strength, liking.get(each.product_id, 0.0)) for each in candidates if EXACT not in each.sources
    ]
    return [*first, *sorted(rest, key=lambda each: (-each.score, each.product_id))]


def _likings(shop: Shop, begin: Start, user_id: str, product_ids: Sequence[str]) -> dict[str, float]:
    """By place, not by score: what the learned ranker and the shares of interests give compares in order alone."""
    deeds = begin.events.deeds(user_id, RECENT_EVENTS, begin.as_of, begin.as_of - FRESH)
    said = said_by(shop, begin, user_id, NOTHING_DECLARED, len(deeds.recent))
    taste, vectors = taste_of(begin.index, deeds.recent, begin.as_of, said=said)
    if not taste.weights:
        return {}
    ranked = rank_given(begin.index, taste, vectors, begin.popularity, product_ids)
    return {each.product_id: _HALVED_AT / (_HALVED_AT + place) for place, each in enumerate(ranked)}


def _mixed(candidate: Candidate, strength: float, liking: float) -> Candidate:
    kept = candidate.score / (1 + strength)
    gained = kept * strength * liking
    sources = {source: part / (1 + strength) for source, part in candidate.sources.items()}
    return Candidate(candidate.product_id, kept + gained, sources | ({TASTE: gained} if gained > 0 else {}))
