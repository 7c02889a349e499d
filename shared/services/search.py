"""Search: the products that match words, a picture, or a product that they are to be like but for a change."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.cursor import DEPTHS
from shared.domain.facets import Facet
from shared.domain.filters import Filter
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason, Recommendation
from shared.domain.rules import Scenario
from shared.domain.sorting import Sort
from shared.domain.understanding.parsing import understand
from shared.domain.understanding.relaxing import relaxed
from shared.domain.understanding.understood import Constraint, Understood
from shared.domain.understanding.word_query import spelt
from shared.services.details import Detail, detail_of, words_to_mark
from shared.services.facets import all_shown, count_facets
from shared.services.matching import without_pins
from shared.services.pages import Question, Ranked, Start, page, start, tell
from shared.services.query_encoders import QueryEncoders
from shared.services.search_ranking import Attempt, all_candidates_of, narrowed, rank, reason_for
from shared.services.shop import Shop
from shared.services.understanding import VOCABULARY
from shared.services.wanted import Wanted
from shared.services.wishes import Seeds, Wishes, seeds_of, wishes_for


@dataclass(frozen=True, slots=True)
class Found:
    """``constraints`` are what was understood, and of the product like which is asked for, what is to stay as it is.

    ``given_up`` are those that were dropped, because nothing met them all.
    """

    list: Recommendation
    understood: Understood
    constraints: tuple[Constraint, ...] = ()
    given_up: tuple[Constraint, ...] = ()
    facets: tuple[Facet, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)


def search(shop: Shop, encoders: QueryEncoders, wanted: Wanted, question: Question) -> Found:
    """Products for what is ``wanted``, without what its user dislikes; bought before is no reason against one.

    What was understood of the text limits the answer. Where nothing meets all of it, it gives way one by one, in the
    order that :mod:`shared.domain.understanding.relaxing` states, and the answer says what did; filters never do.

    Where an encoder is missing, broken or not the index's own, the spaces that are left are searched, the keywords in
    any case, and the answer says so; where the index is down, nothing is found, and that is said too. Raises
    InvalidInput where nothing is asked for, and NotFound for a product that is not there.
    """
    wanted.check(has_filter=bool(question.filter.strip()))
    begin = without_pins(start(shop, Scenario.SEARCH, question, *wanted.digest()))
    unfiltered, begin = begin, narrowed(begin, [wanted.filters])
    seeds = seeds_of(begin, wanted)
    understood = _understood(begin, wanted, seeds)
    if wanted.sort is Sort.RELEVANCE:
        wanted = replace(wanted, sort=understood.sort)
    wishes = wishes_for(begin, encoders, wanted, understood, seeds)
    constraints = (*understood.constraints, *wishes.implied)
    excluded = begin.events.standing(wanted.user_id).disliked | wishes.excluded
    ranked: dict[str, Candidate] = {}

    def explained(shown: Sequence[Candidate]) -> list[Reason]:
        ranked.update({each.product_id: each for each in shown})
        return [reason_for(each, seeds.like) for each in shown]

    for attempt in _attempts(begin, wanted, wishes, constraints):
        found = page(shop, attempt.begin, _ranking(shop, attempt), excluded, explained)
        if found.items or begin.goes_on or begin.troubles.has(Part.INDEX):
            break
    given_up = tuple(each for each in constraints if each.applied and each not in attempt.constraints)
    words = words_to_mark(understood, begin.fact(VOCABULARY).speller.variants) if wanted.text.strip() else ()
    products = [item.product for item in found.items]
    details = {each.id: detail_of(ranked[each.id], each, words, constraints) for each in products}
    facets = _facets(shop, attempt, unfiltered, excluded)
    found = replace(found, degraded=begin.troubles.parts)  # facets are part of the answer, and come after its page
    tell(shop, begin, found)
    return Found(found, understood, constraints, given_up, facets, details)


def _understood(begin: Start, wanted: Wanted, seeds: Seeds) -> Understood:
    """What the text says; where that is not wanted, it is nothing but words, which may be misspelt all the same."""
    text = wanted.text.strip()
    if not text:
        return Understood("")
    vocabulary = begin.fact(VOCABULARY)
    if wanted.understand:
        return understand(text, vocabulary, seeds.like)
    words, corrections = spelt(text, vocabulary.speller)
    return Understood(words, corrections=corrections)


def _attempts(begin: Start, wanted: Wanted, wishes: Wishes, constraints: Sequence[Constraint]) -> Iterator[Attempt]:
    """With all constraints, then with ever fewer; a later page goes on with those of the first."""
    step = begin.at.step
    left: tuple[Constraint, ...] | None = relaxed(constraints, step)
    if left is None:  # the facts are down since the first page, and there is less to give up than it gave up
        left = ()
    while left is not None:
        attempt = Attempt(replace(begin, at=replace(begin.at, step=step)), wanted, wishes, left)
        yield replace(attempt, begin=narrowed(attempt.begin, [each.condition for each in attempt.firm]))
        step += 1
        left = relaxed(constraints, step)


def _facets(shop: Shop, attempt: Attempt, unfiltered: Start, excluded: Collection[str]) -> tuple[Facet, ...]:
    """Of what meets the constraints of ``attempt`` and, but for each facet's own, the filters."""
    conditions = [each.condition for each in attempt.firm]
    depth = max(attempt.found, default=DEPTHS[0])

    def listed(filters: Filter | None) -> Sequence[Product]:
        other = attempt
        if filters != attempt.wanted.filters:
            other = replace(attempt, begin=narrowed(unfiltered, [filters, *conditions]), found={})
        return all_shown(other.begin, all_candidates_of(other, depth), excluded)

    with shop.telemetry.stage("facets"):
        return count_facets(attempt.wanted.facets, attempt.wanted.filters, listed)


def _ranking(shop: Shop, attempt: Attempt) -> Callable[[int], Ranked]:
    return lambda depth: rank(shop, attempt, depth)
