"""Search: the products that match a shopper's words, by the words themselves, by meaning and by look."""

from collections.abc import Mapping

from shared.domain import explain
from shared.domain.errors import InvalidInput
from shared.domain.recommendations import Candidate, Reason, Recommendation
from shared.domain.rules import Scenario
from shared.domain.spaces import Space, Vector
from shared.services.candidates import gather_asked
from shared.services.matching import WEIGHTS, matches, queries_for, without_pins
from shared.services.pages import Question, Ranked, Start, answer, start
from shared.services.personal import as_candidates
from shared.services.query_encoders import QueryEncoders
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop

LONGEST_TEXT = 500


def search(shop: Shop, encoders: QueryEncoders, text: str, question: Question, user_id: str = "") -> Recommendation:
    """Products for the words of ``text``, without what ``user_id`` dislikes; bought before is no reason against one.

    Where an encoder is missing, broken or not the index's own, the spaces that are left are searched, the keywords in
    any case, and the answer says so; where the index is down, nothing is found, and that is said too. Raises
    InvalidInput for a text without anything in it.
    """
    words = text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise InvalidInput(f"text has {len(words)} characters: search for 1 to {LONGEST_TEXT}.")
    begin = without_pins(start(shop, Scenario.SEARCH, question, words, user_id))
    (asked,) = queries_for(begin, encoders, [words])

    def rank(depth: int) -> Ranked:
        ranked = _matching(begin, asked, depth)
        return Ranked(reranked(begin, ranked.candidates), ranked.cut_off)

    disliked = begin.events.standing(user_id).disliked
    return answer(shop, begin, rank, disliked, lambda shown: [_reason(candidate) for candidate in shown])


def _matching(begin: Start, asked: Mapping[Space, Vector], depth: int) -> Ranked:
    evidence, cut_off = gather_asked(begin.index, asked, begin.condition, depth)
    total, parts = matches(evidence, begin.index.manifest)
    return Ranked(as_candidates(evidence, total, parts), cut_off)


def _reason(candidate: Candidate) -> Reason:
    if raised_by_shop := rule_reason(candidate):
        return raised_by_shop
    return explain.matches(max(WEIGHTS, key=lambda space: candidate.sources.get(space.value, 0.0)))
