"""The ranking of a search: candidates of all its spaces in one order."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shared.domain import explain
from shared.domain.cursor import DEPTHS
from shared.domain.exact import EXACT
from shared.domain.filters import Filter, all_of
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
from shared.services.sorting import shown_as, sorted_by
from shared.services.trending import explain_popularity
from shared.services.wanted import Wanted
from shared.services.wish_ranking import browse_unlike, gather_wishes, rated
from shared.services.wishes import Wishes
from shared.services.word_ranking import ranked_by_words, read_out_of_words, titled, with_more

_MATCHED_BY = (Space.KEYWORDS, Space.TEXT, Space.IMAGE, Space.BEHAVIOUR)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to read a search: ``constraints`` are those that hold in it.

    ``begin`` has the conditions of the ``firm`` ones; the rest, read out of words, a product may meet by its title.
    ``found`` keeps what was found at each depth: the list, its order and its facets are of the same candidates.
    """

    begin: Start
    wanted: Wanted
    wishes: Wishes
    constraints: tuple[Constraint, ...]
    found: dict[int, Ranked] = field(default_factory=dict, compare=False, repr=False)

    @property
    def firm(self) -> tuple[Constraint, ...]:
        alone = self.wanted.words_alone
        return tuple(each for each in self.constraints if not (alone and read_out_of_words(each)))

    @property
    def strictest(self) -> Start:
        """``begin`` with the conditions of all of them."""
        return narrowed(self.begin, [each.condition for each in self.constraints if each not in self.firm])

    def holds(self, product: Product) -> bool:
        now = self.wishes.now
        return all(holds(each, product) and holds(now.get(each, each), product) for each in self.constraints)

    def firmly_holds(self, product: Product) -> bool:
        return all(holds(constraint, product) for constraint in self.firm)


def rank(shop: Shop, attempt: Attempt, depth: int) -> Ranked:
    """What matches, best first to the user's taste and by the shop's rules, or in the order that was asked for.

    Who asks for an order gets that one: neither taste nor boosts have a part in it. What a rule hides stays hidden.
    """
    begin, wanted = attempt.begin, attempt.wanted
    if wanted.sort is not Sort.RELEVANCE:
        return sorted_by(begin, all_candidates_of(attempt, depth), wanted.sort)
    found = candidates_of(attempt, depth)
    strength = USUAL_STRENGTH if wanted.personal is None else wanted.personal
    candidates = to_taste(shop, begin, wanted.user_id, strength, found.candidates)
    return shown_as(begin, found, reranked(begin, candidates))


def candidates_of(attempt: Attempt, depth: int) -> Ranked:
    """What matches, best first, the same for everybody."""
    if depth not in attempt.found:
        found = _found(attempt, depth)
        candidates = [each for each in found.candidates if each.product_id not in attempt.wishes.left_out]
        attempt.found[depth] = replace(found, candidates=candidates)
    return attempt.found[depth]


def all_candidates_of(attempt: Attempt, depth: int) -> Ranked:
    """As :func:`candidates_of`, to the end of what matches: the cheapest of the best hundred is not the cheapest.

    What is like a product or a picture has no such end, and is what a list of ``depth`` has of it.
    """
    found = candidates_of(attempt, depth)
    has_end = attempt.wanted.words_alone or not attempt.wishes.asked
    return candidates_of(attempt, DEPTHS[-1]) if found.cut_off and has_end else found


def narrowed(begin: Start, conditions: Sequence[Filter | None]) -> Start:
    """``begin`` with further conditions that must all hold."""
    return replace(begin, condition=all_of(begin.condition, *conditions))


def _by_words(attempt: Attempt, depth: int) -> Ranked:
    """What the words find; a title that has all of them is what they ask for, whatever else was read out of them."""
    begin, wishes, text = attempt.strictest, attempt.wishes, attempt.wanted.text
    evidence, cut_off = gather_wishes(begin.index, wishes, begin.condition, depth)
    by_title = titled(attempt.begin, text, wishes) if attempt.firm != attempt.constraints else frozenset[str]()
    evidence = with_more(begin, wishes, evidence, by_title)
    total, parts = rated(evidence, wishes, begin.index.manifest)
    by_relevance = attempt.wanted.sort is Sort.RELEVANCE
    found = ranked_by_words(begin, text, evidence, total, parts, cut_off, depth, by_relevance)
    named = by_title.union(each.product_id for each in found.candidates if EXACT in each.sources)

    def admitted(product: Product) -> bool:
        return attempt.holds(product) or (product.id in named and attempt.firmly_holds(product))

    return replace(found, holds=admitted)


def _found(attempt: Attempt, depth: int) -> Ranked:
    begin, wishes = attempt.strictest, attempt.wishes
    if wishes.asked and attempt.wanted.words_alone:
        return _by_words(attempt, depth)
    if wishes.asked:
        evidence, cut_off = gather_wishes(begin.index, wishes, begin.condition, depth)
        total, parts = rated(evidence, wishes, begin.index.manifest)
        return Ranked(as_candidates(evidence, total, parts), cut_off, attempt.holds)
    if attempt.wanted.picture is not None and not attempt.wanted.text.strip():
        return Ranked([], cut_off=False)  # a picture that nobody could look at is no wish for what is popular
    if wishes.against:
        return replace(browse_unlike(begin, wishes, depth), holds=attempt.holds)
    return replace(browse(begin, begin.condition, depth), holds=attempt.holds)


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
