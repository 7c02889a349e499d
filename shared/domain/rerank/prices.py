"""What a user usually pays, and how far from it a product's price is."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.domain.products import Product

_LEAST_PRODUCTS = 2
"""A single price says little of what somebody usually pays."""

_USUAL_SPREAD = math.log(2)
_USUAL_SPREAD_COUNTS = 2.0
"""Two equal prices are no proof of an iron habit: the spread is shrunk towards a factor of two, which counts as this
many products (the variance of a normal distribution under a conjugate prior)."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The weighted mean and the spread of log prices."""

    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class PriceAffinity:
    """What a user pays, for each currency and broadest category of which enough is known.

    What somebody pays for shoes says nothing of what they would pay for socks.
    """

    usual: Mapping[tuple[str, str], Usual] = field(default_factory=dict)

    def loss(self, product: Product) -> float:
        """How far ``product`` is from the usual price: 0 at it, or where nothing is known; towards 1 far from it."""
        price, usual = _log_price(product), self.usual.get(_kind(product))
        if price is None or usual is None:
            return 0.0
        return 1 - math.exp(-0.5 * ((price - usual.mean) / usual.spread) ** 2)


def price_affinity(liked: Iterable[tuple[Product, float]]) -> PriceAffinity:
    """From the products of a taste, each with its weight; those without a price or a positive weight say nothing."""
    prices: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for product, weight in liked:
        price = _log_price(product)
        if price is not None and 0 < weight < math.inf:
            prices.setdefault(_kind(product), []).append((price, weight))
    return PriceAffinity({kind: _usual(each) for kind, each in prices.items() if len(each) >= _LEAST_PRODUCTS})


def _usual(prices: list[tuple[float, float]]) -> Usual:
    heaviest = max(weight for _, weight in prices)
    weights = [weight / heaviest for _, weight in prices]
    total = math.fsum(weights)
    mean = math.fsum(weight * price for weight, (price, _) in zip(weights, prices, strict=True)) / total
    variance = math.fsum(w * (price - mean) ** 2 for w, (price, _) in zip(weights, prices, strict=True)) / total
    count = total**2 / math.fsum(weight**2 for weight in weights)  # Kish's effective sample size
    shrunk = (count * variance + _USUAL_SPREAD_COUNTS * _USUAL_SPREAD**2) / (count + _USUAL_SPREAD_COUNTS)
    return Usual(mean, math.sqrt(shrunk))


def _kind(product: Product) -> tuple[str, str]:
    return product.currency.upper(), product.categories[0].casefold() if product.categories else ""


def _log_price(product: Product) -> float | None:
    price = product.effective_price
    return math.log(price) if price is not None and 0 < price < math.inf else None
