"""Complete the look: a product for each kind that goes with this one, all of them chosen to go together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from shared.domain.companions import kind_title
from shared.domain.errors import InvalidInput
from shared.domain.filters import AllOf, Comparison, Filter, FilterField, InRange
from shared.domain.money import totals
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Recommendation
from shared.domain.rules import Scenario
from shared.services.complements import Seed, complement_reason
from shared.services.pages import Question, Ranked, Start, answer, start
from shared.services.pieces import in_places, pool_of, seed_for
from shared.services.shop import Shop

MOST_SLOTS = 8
LARGEST_PRICE = 1e9


@dataclass(frozen=True, slots=True)
class Band:
    """What a piece may cost at ``least`` and at ``most``, and all of them ``together``; None is any price.

    A piece without a price is out of every band. ``together`` is in the currency of the product that the look is for,
    and its own price is not in it. Raises InvalidInput for a band that no price is in.
    """

    least: float | None = None
    most: float | None = None
    together: float | None = None

    def __post_init__(self) -> None:
        for name, bound in (("price_min", self.least), ("price_max", self.most), ("max_total", self.together)):
            if bound is not None and not 0 <= bound <= LARGEST_PRICE:
                raise InvalidInput(f"{name} is {bound:g}: give a price from 0 to {LARGEST_PRICE:,.0f}.")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise InvalidInput(
                f"price_min is {self.least:g} and price_max {self.most:g}: give a lowest price that is not above the"
                " highest."
            )

    def within(self, condition: Filter | None) -> Filter | None:
        """``condition`` with the bounds on single prices."""
        bounds = ((Comparison.AT_LEAST, self.least), (Comparison.AT_MOST, self.most))
        ranges = [InRange(FilterField.PRICE, comparison, bound) for comparison, bound in bounds if bound is not None]
        return AllOf((*([condition] if condition else []), *ranges)) if ranges else condition


@dataclass(frozen=True, slots=True)
class CompletedLook:
    """``slots`` names the kind of each item, by product id; ``totals`` is what the items cost now, by currency."""

    recommendation: Recommendation
    slots: Mapping[str, str]
    totals: Mapping[str, Decimal]


def look(
    shop: Shop, product_id: str, slots: int = 4, band: Band | None = None, filter: str = "", user_id: str = ""
) -> CompletedLook:
    """A set around ``product_id``: a product a slot, ``slots`` at most; with a user, without what is not for that one.

    Slots are the kinds that go with the product's own, as baskets taught them. There are fewer where fewer can be
    filled, and none in a shop that has sold nothing together. The whole set is the answer: it has no next page.
    Raises NotFound for an unknown product, InvalidInput for ``slots`` out of bounds or a wrong filter.
    """
    if not 1 <= slots <= MOST_SLOTS:
        raise InvalidInput(f"slots is {slots}: ask for 1 to {MOST_SLOTS}.")
    band = band or Band()
    begin = start(shop, Scenario.LOOK, Question(slots, filter), product_id, user_id, str(slots), repr(band))
    begin = replace(begin, condition=band.within(begin.condition))
    product, seed = seed_for(begin, product_id)
    excluded = {product_id} | begin.events.standing(user_id).excluded
    pieces, kinds = _composed(begin, seed, excluded, slots, band) if seed else ([], {})
    found = answer(
        shop,
        begin,
        lambda _: Ranked(pieces, cut_off=False),
        excluded,
        lambda shown: [complement_reason(each, product) for each in shown],
    )
    shown = [item.product for item in found.items]
    return CompletedLook(found, {each.id: kind_title(kinds[each.id]) for each in shown}, totals(shown))


def _composed(
    begin: Start, seed: Seed, excluded: set[str], slots: int, band: Band
) -> tuple[list[Candidate], dict[str, str]]:
    """The pieces chosen, as they are to be shown, and the kind of each."""

    def admitted(product: Product) -> bool:
        return band.together is None or product.currency.upper() == seed.product.currency.upper()

    pool = pool_of(begin, seed, excluded, admitted, slots)
    chosen = pool.best(slots, None if band.together is None else Decimal(repr(band.together)))
    shares = zip(chosen.places, chosen.shares, strict=True)
    pieces = in_places(begin, [(pool.candidates[at], pool.products[at], share) for at, share in shares])
    return pieces, {pool.pieces[at].product_id: pool.pieces[at].slot for at in chosen.places}
