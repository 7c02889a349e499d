"""A bundle: products that are offered together, what they cost together, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.domain.money import reduced, totals
from shared.domain.products import Product
from shared.domain.recommendations import Reason, ReasonKind, RecommendedProduct

_WHY = {
    ReasonKind.CHOSEN_WITH: "often chosen with {seed}: {others}",
    ReasonKind.GOES_WITH: "goes well with {seed}: {others}",
    ReasonKind.FEATURED: "featured by the shop: {others}",
    ReasonKind.DISCOVERY: "one that few have seen yet: {others}",
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """``seed`` and what is offered with it, all of one currency; ``discount`` is in percent of the total."""

    seed: Product
    items: tuple[RecommendedProduct, ...]
    discount: Decimal = Decimal(0)

    @property
    def currency(self) -> str:
        return self.seed.currency

    @property
    def total(self) -> Decimal:
        """What the products cost now, each on its own."""
        products = [self.seed, *(item.product for item in self.items)]
        return sum(totals(products).values(), Decimal(0))

    @property
    def reduced(self) -> Decimal:
        """What they cost with the discount."""
        return reduced(self.total, self.discount, self.currency)

    @property
    def reason(self) -> Reason:
        return why(self.seed, self.items)


def why(seed: Product, items: Sequence[RecommendedProduct]) -> Reason:
    """One sentence that says of each item what its own reason says, and no more: that two things are often chosen with
    a third says nothing of how often all three are."""
    titles = {kind: [item.product.title for item in items if item.reason.kind is kind] for kind in _WHY}
    said = {kind: _listed(named) for kind, named in titles.items() if named}
    parts = [
        _WHY[kind].format(seed="it" if place else seed.title, others=others)
        for place, (kind, others) in enumerate(said.items())
    ]
    sentence = "; ".join(parts)
    kind = next(iter(said), ReasonKind.GOES_WITH)
    return Reason(kind, sentence[:1].upper() + sentence[1:], seed.id)


def _listed(titles: Sequence[str]) -> str:
    return " and ".join([", ".join(titles[:-1]), titles[-1]]) if len(titles) > 1 else titles[0]
