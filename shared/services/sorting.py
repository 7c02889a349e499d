"""The order in which what a search has found is shown, with pages that repeat and skip nothing."""

from collections.abc import Sequence

from shared.domain.recommendations import Candidate
from shared.domain.sorting import MOST_SORTED, Sort, flags_from_text, flags_to_text, in_order
from shared.services.pages import Ranked, Start


def sorted_by(begin: Start, ranked: Ranked, sort: Sort) -> Ranked:
    """``ranked`` in the order of ``sort``, by what is true of the products now."""
    known = {each.product_id: each for each in ranked.candidates[:MOST_SORTED]}
    products = begin.products.get(list(known))
    order = in_order(sort, list(known), products, begin.popularity.shares)
    return shown_as(begin, ranked, [known[each] for each in order])


def shown_as(begin: Start, ranked: Ranked, order: Sequence[Candidate]) -> Ranked:
    """``ranked``, whose candidates do not change from page to page, with these in the ``order`` of this moment.

    A price may change between two pages, with it what a rule raises, and a variant may be sold out that was passed over
    for it. So the cursor does not say where in the order the next page starts, but which candidates have been shown;
    the rest is in the order that is true by then. Nothing comes twice, and nothing is passed over.
    """
    frozen = [each.product_id for each in ranked.candidates[:MOST_SORTED]]
    flags = flags_from_text(begin.at.done, len(frozen))
    done = {each for each, is_done in zip(frozen, flags, strict=True) if is_done}
    left = set(frozen) - done

    def onward(_: int, taken: Sequence[str]) -> tuple[int, str]:
        by_now = done.union(taken)
        return len(by_now), flags_to_text([each in by_now for each in frozen])

    shown = [each for each in order if each.product_id in done]
    return Ranked([*shown, *(each for each in order if each.product_id in left)], ranked.cut_off, ranked.holds, onward)
