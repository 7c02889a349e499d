"""Bundles: a product with a few that go with it and with each other, at one price."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from shared.domain.bundles import Bundle
from shared.domain.errors import InvalidInput
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Recommendation
from shared.domain.rules import Scenario, hidden_products
from shared.services.complements import Seed, complement_reason
from shared.services.pages import Question, Ranked, Start, answer, start
from shared.services.pieces import Pool, in_places, pool_of, seed_for
from shared.services.shop import Shop

SMALLEST, LARGEST = 2, 4
MOST_BUNDLES = 5
LARGEST_DISCOUNT = Decimal(50)
_KINDS = 4
"""Kinds that go with a product among which its bundles choose."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """``recommendation`` holds what is offered with the product, bundle after bundle."""

    recommendation: Recommendation
    bundles: tuple[Bundle, ...]


def bundles(
    shop: Shop,
    product_id: str,
    size: int = 3,
    discount: Decimal = Decimal(0),
    limit: int = 3,
    filter: str = "",
    user_id: str = "",
) -> Bundles:
    """Up to ``limit`` bundles of ``product_id`` and others, ``size`` products each or as many as there are, best first.

    They share nothing but the product itself. All of a bundle is of the product's currency and can be bought now; there
    is none for a product that cannot, or that has no price. ``discount``, in percent, is what the shop says that it
    grants: it is reckoned, not decided here. Raises NotFound for an unknown product, and InvalidInput.
    """
    if not SMALLEST <= size <= LARGEST:
        raise InvalidInput(f"size is {size}: ask for {SMALLEST} to {LARGEST} products in a bundle.")
    if not 1 <= limit <= MOST_BUNDLES:
        raise InvalidInput(f"limit is {limit}: ask for 1 to {MOST_BUNDLES} bundles.")
    if not discount.is_finite() or not 0 <= discount <= LARGEST_DISCOUNT:
        raise InvalidInput(f"discount is {discount}: give 0 to {LARGEST_DISCOUNT} percent.")
    begin = start(shop, Scenario.BUNDLES, Question(filter=filter), product_id, user_id, str(size), str(limit))
    product, seed = seed_for(begin, product_id)
    excluded = {product_id} | begin.events.standing(user_id).excluded
    composed = _composed(begin, seed, product, excluded, size - 1, limit) if product and seed else []
    place = {candidate.product_id: number for number, each in enumerate(composed) for candidate in each}
    pieces = [candidate for each in composed for candidate in each]
    found = answer(
        shop,
        replace(begin, limit=max(len(pieces), 1)),
        lambda _: Ranked(pieces, cut_off=False),
        excluded,
        lambda shown: [complement_reason(each, product) for each in shown],
    )
    return Bundles(found, _bundled(product, found, place, discount) if product else ())


def _composed(
    begin: Start, seed: Seed, product: Product, excluded: set[str], others: int, limit: int
) -> list[list[Candidate]]:
    """What goes into each bundle besides the product; nothing where the product itself may not be offered."""
    if not product.can_be_bought or product.effective_price is None or hidden_products(begin.rules, [product]):
        return []

    def admitted(other: Product) -> bool:
        return other.effective_price is not None and other.currency.upper() == product.currency.upper()

    pool: Pool = pool_of(begin, seed, excluded, admitted, _KINDS)
    composed: list[list[Candidate]] = []
    while len(composed) < limit and (chosen := pool.best(others)).places:
        shares = zip(chosen.places, chosen.shares, strict=True)
        composed.append(in_places(begin, [(pool.candidates[at], pool.products[at], share) for at, share in shares]))
        pool = pool.without({pool.pieces[at].group for at in chosen.places})
    return composed


def _bundled(
    product: Product, found: Recommendation, place: Mapping[str, int], discount: Decimal
) -> tuple[Bundle, ...]:
    numbers = sorted({place[item.product.id] for item in found.items})
    return tuple(
        Bundle(product, tuple(item for item in found.items if place[item.product.id] == number), discount)
        for number in numbers
    )
