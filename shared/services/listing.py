"""A list that is the same for whoever asks: ranked once, and walked down for each."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from shared.domain.cursor import DEPTHS
from shared.domain.recommendations import Candidate, Reason, Recommendation
from shared.services.pages import Ranked, Start, answer, page, pictured
from shared.services.shop import Shop
from shared.services.walk import Walk


@dataclass(frozen=True, slots=True)
class Listing:
    """``rank``, ``fill`` and ``explain`` as :func:`shared.services.pages.page` has them; the reasons are those of the
    products as the Start that is given finds them. ``excluded`` is what nobody gets, such as the seed. It is ``cold``
    where nothing is known of whom it is for."""

    rank: Callable[[int], Ranked]
    explain: Callable[[Start, Sequence[Candidate]], Sequence[Reason]]
    fill: Callable[[Sequence[Candidate]], Sequence[Candidate]] = lambda _: ()
    excluded: frozenset[str] = frozenset()
    cold: bool = False


def answered(shop: Shop, begin: Start, listing: Listing, excluded: Collection[str]) -> Recommendation:
    """The page of ``listing`` that starts at ``begin``, told to the operators."""
    left_out = listing.excluded | frozenset(excluded)
    return answer(shop, begin, listing.rank, left_out, lambda shown: listing.explain(begin, shown), listing.fill)


def paged(shop: Shop, begin: Start, listing: Listing, excluded: Collection[str]) -> Recommendation:
    """As :func:`answered`, of many pages of one answer: not told one by one."""
    left_out = listing.excluded | frozenset(excluded)
    return page(shop, begin, listing.rank, left_out, lambda shown: listing.explain(begin, shown), listing.fill)


def narrowed(begin: Start, listing: Listing) -> Listing:
    """``listing`` as deep as it goes, of what meets the condition and the rules of ``begin`` and may be shown now.

    For many who ask the same within seconds: each of them then walks past little that is for nobody.
    """
    ranked = listing.rank(DEPTHS[-1])
    candidates = [*ranked.candidates, *listing.fill(ranked.candidates)]
    holds = pictured(ranked.holds) if begin.pictured else ranked.holds
    walk = Walk(begin.products, candidates, lambda _: (), 0, listing.excluded, begin.condition, begin.rules, holds)
    left = {product.id for product in walk.all_left()}
    kept = replace(ranked, candidates=[each for each in candidates if each.product_id in left], cut_off=False)
    return replace(listing, rank=lambda _: kept, fill=lambda _: ())
