"""The ranking of a search: candidates of all its spaces in one order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain import explain
from shared.domain.exact import EXACT
from shared.domain.filters import AllOf, Filter
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Reason, ReasonKind
from shared.domain.sorting import Sort
from shared.domain.spaces import Space
from shared.domain.understanding.understood import Constraint, holds
from shared.services.browsing import browse
from shared.services.pages import Ranked, Start
from shared.services.personal import as_candidates
from shared.services.personal_order import USUAL_STRENGTH, to_taste
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop
from shared.services.sorting import sorted_by
from shared.services.trending import explain_popularity
from shared.services.wanted import Wanted
from shared.services.wish_ranking import gather_wishes, popular_unlike, rated
from shared.services.wishes import Wishes
from shared.services.word_ranking import ranked_by_words

_MATCHED_BY = (Space.KEYWORDS, Space.TEXT, Space.IMAGE)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to read a search: ``constraints`` are those that hold in it, and ``begin`` has their conditions."""

    begin: Start
    wanted: Wanted
    wishes: Wishes
    constraints: tuple[Constraint, ...]

    def holds(self, product: Product) -> bool:
        return all(holds(constraint, product) for constraint in self.constraints)


def rank(shop: Shop, attempt: Attempt, depth: int) -> Ranked:
    """What matches, best first to the user's taste and by the shop's rules, or in the order that was asked for.

    Who asks for an order gets that one: neither taste nor boosts have a part in it. What a rule hides stays hidden.
    """
    begin, wanted = attempt.begin, attempt.wanted
    found = candidates_of(attempt, depth)
    if wanted.sort is not Sort.RELEVANCE:
        return sorted_by(begin, found, wanted.sort)
    strength = USUAL_STRENGTH if wanted.personal is None else wanted.personal
    candidates = to_taste(shop, begin, wanted.user_id, strength, found.candidates)
    return replace(found, candidates=reranked(begin, candidates))


def candidates_of(attempt: Attempt, depth: int) -> Ranked:
    """What matches, best first, the same for everybody."""
    found = _found(attempt, depth)
    candidates = [each for each in found.candidates if each.product_id not in attempt.wishes.left_out]
    return Ranked(candidates, found.cut_off, attempt.holds)


def narrowed(begin: Start, conditions: Sequence[Filter | None]) -> Start:
    """``begin`` with further conditions that must all hold."""
    asked = tuple(each for each in (begin.condition, *conditions) if each is not None)
    return replace(begin, condition=AllOf(asked) if len(asked) > 1 else next(iter(asked), None))


def _found(attempt: Attempt, depth: int) -> Ranked:
    begin, wishes = attempt.begin, attempt.wishes
    if wishes.asked:
        evidence, cut_off = gather_wishes(begin.index, wishes, begin.condition, depth)
        total, parts = rated(evidence, wishes, begin.index.manifest)
        if attempt.wanted.words_alone:
            return ranked_by_words(begin, attempt.wanted.text, evidence, total, parts, cut_off, depth)
        return Ranked(as_candidates(evidence, total, parts), cut_off)
    if attempt.wanted.picture is not None and not attempt.wanted.text.strip():
        return Ranked([], cut_off=False)  # a picture that nobody could look at is no wish for what is popular
    if wishes.against:
        return Ranked(popular_unlike(begin, wishes), cut_off=False)
    return browse(begin, begin.condition, depth)


def reason_for(candidate: Candidate, seed: Product | None) -> Reason:
    """Why a search shows ``candidate``; ``seed`` is the product like which it is to be."""
    if raised_by_shop := rule_reason(candidate):
        return raised_by_shop
    if EXACT in candidate.sources:
        return explain.exact()
    by = max(_MATCHED_BY, key=lambda space: candidate.sources.get(space.value, 0.0))
    if not candidate.sources.get(by.value):
        return explain_popularity(candidate)
    if seed is not None:
        return explain.alike(ReasonKind.LOOKS_LIKE if by is Space.IMAGE else ReasonKind.SIMILAR_TO, seed)
    return explain.matches(by)
