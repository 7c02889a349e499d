"""Sorting what a search has found by what is true of the products now, with pages that repeat and skip nothing."""

from collections.abc import Sequence
from dataclasses import replace

from shared.domain.cursor import DEPTHS
from shared.domain.recommendations import Candidate
from shared.domain.sorting import MOST_SORTED, Sort, flags_from_text, flags_to_text, in_order
from shared.services.pages import Ranked, Start


def at_full_depth(begin: Start) -> Start:
    """The cheapest of the best hundred is not the cheapest: a sorted list is of all that a search can find."""
    return begin if begin.goes_on else replace(begin, at=replace(begin.at, depth=DEPTHS[-1]))


def sorted_by(begin: Start, ranked: Ranked, sort: Sort) -> Ranked:
    """``ranked`` in the order of ``sort``; by relevance, as it is.

    A price may change between two pages, and which products there are may not. So the cursor does not say where in the
    order the next page starts, but which candidates are done with; the rest is sorted by what is true by then. Nothing
    comes twice, nothing is passed over, and every page is in order as of its own moment.
    """
    if sort is Sort.RELEVANCE:
        return ranked
    frozen = list(ranked.candidates[:MOST_SORTED])
    done = flags_from_text(begin.at.done, len(frozen))
    earlier = [each for each, is_done in zip(frozen, done, strict=True) if is_done]
    later = {each.product_id: each for each, is_done in zip(frozen, done, strict=True) if not is_done}
    products = begin.products.get([each.product_id for each in frozen])
    order = in_order(sort, list(later), products, begin.popularity.shares)
    ranking = [*earlier, *(later[each] for each in order)]
    return replace(ranked, candidates=ranking, done=lambda position: _done(frozen, ranking[:position]))


def _done(frozen: Sequence[Candidate], passed: Sequence[Candidate]) -> str:
    ids = {each.product_id for each in passed}
    return flags_to_text([each.product_id in ids for each in frozen])
