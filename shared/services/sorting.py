"""Sorting what a search has found by what is true of the products now, with pages that repeat and skip nothing."""

from collections.abc import Sequence
from dataclasses import replace

from shared.domain.sorting import MOST_SORTED, Sort, flags_from_text, flags_to_text, in_order
from shared.services.pages import Ranked, Start


def sorted_by(begin: Start, ranked: Ranked, sort: Sort) -> Ranked:
    """``ranked`` in the order of ``sort``.

    A price may change between two pages, and which products there are may not. So the cursor does not say where in
    the order the next page starts, but which candidates have been shown; the rest is sorted by what is true by then.
    Nothing comes twice, nothing is passed over, and every page is in order as of its own moment.
    """
    frozen = ranked.candidates[:MOST_SORTED]
    done = flags_from_text(begin.at.done, len(frozen))
    shown = [each for each, is_done in zip(frozen, done, strict=True) if is_done]
    left = {each.product_id: each for each, is_done in zip(frozen, done, strict=True) if not is_done}
    products = begin.products.get([each.product_id for each in frozen])
    order = in_order(sort, list(left), products, begin.popularity.shares)

    def onward(_: int, taken: Sequence[str]) -> tuple[int, str]:
        flags = [is_done or each.product_id in taken for each, is_done in zip(frozen, done, strict=True)]
        return len(shown) + len(taken), flags_to_text(flags)

    return replace(ranked, candidates=[*shown, *(left[each] for each in order)], onward=onward)
