"""Search: the products that match a shopper's words, by the words themselves, by meaning and by look."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from shared.domain import explain
from shared.domain.errors import InvalidInput
from shared.domain.fusion import background_of_words, contributions
from shared.domain.keywords import keyword_vector
from shared.domain.recommendations import Candidate, Part, Reason, Recommendation
from shared.domain.rules import RuleKind, Scenario
from shared.domain.spaces import DENSE_SPACES, Space, Vector
from shared.services.candidates import gather_asked
from shared.services.pages import Question, Ranked, Start, answer, start
from shared.services.personal import as_candidates
from shared.services.query_encoders import QueryEncoders
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop

LONGEST_TEXT = 500
WEIGHTS: Mapping[Space, float] = {Space.KEYWORDS: 1.0, Space.TEXT: 1.0, Space.IMAGE: 0.5}


def search(shop: Shop, encoders: QueryEncoders, text: str, question: Question, user_id: str = "") -> Recommendation:
    """Products for the words of ``text``, without what ``user_id`` dislikes; bought before is no reason against one.

    Where an encoder is missing, broken or not the index's own, the spaces that are left are searched, the keywords in
    any case, and the answer says so; where the index is down, nothing is found, and that is said too. Raises
    InvalidInput for a text without anything in it.
    """
    words = text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise InvalidInput(f"text has {len(words)} characters: search for 1 to {LONGEST_TEXT}.")
    begin = _without_pins(start(shop, Scenario.SEARCH, question, words, user_id))
    asked = _asked(begin, encoders, words)

    def rank(depth: int) -> Ranked:
        ranked = _matching(begin, asked, depth)
        return Ranked(reranked(begin, ranked.candidates), ranked.cut_off)

    disliked = begin.events.standing(user_id).disliked
    return answer(shop, begin, rank, disliked, lambda shown: [_reason(candidate) for candidate in shown])


def _without_pins(begin: Start) -> Start:
    """A pin gives its product a place in every list; what nobody searched for has none in a search."""
    return replace(begin, rules=tuple(rule for rule in begin.rules if rule.kind is not RuleKind.PIN))


def _asked(begin: Start, encoders: QueryEncoders, words: str) -> dict[Space, Vector]:
    """The query of each space. One encoder in trouble does not keep the other from being asked."""
    asked: dict[Space, Vector] = {}
    if by_words := keyword_vector(words):
        asked[Space.KEYWORDS] = by_words
    manifest = begin.index.manifest

    def encoding(space: Space) -> Callable[[], Vector | None]:
        return begin.troubles.begin(Part.ENCODER, lambda: encoders.encode(space, words, manifest), lambda: None)

    waiting = {space: encoding(space) for space in encoders.spaces(manifest)}
    return asked | {space: vector for space, get in waiting.items() if (vector := get()) is not None}


def _matching(begin: Start, asked: Mapping[Space, Vector], depth: int) -> Ranked:
    evidence, cut_off = gather_asked(begin.index, asked, begin.condition, depth)
    likeness = begin.index.manifest.likeness
    background = {
        space: background_of_words(scores, likeness.get(space))
        for (space, _), scores in evidence.scores.items()
        if space in DENSE_SPACES
    }
    parts = contributions(evidence, WEIGHTS, background)
    total = np.sum(list(parts.values()), axis=0) if parts else np.zeros(len(evidence.ids))
    return Ranked(as_candidates(evidence, total, parts), cut_off)


def _reason(candidate: Candidate) -> Reason:
    if raised_by_shop := rule_reason(candidate):
        return raised_by_shop
    return explain.matches(max(WEIGHTS, key=lambda space: candidate.sources.get(space.value, 0.0)))
