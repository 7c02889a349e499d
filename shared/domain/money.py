"""Prices added up: exact to the smallest coin of their currency."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from shared.domain.products import Product

_WITHOUT_CENTS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
_IN_THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
"""Of ISO 4217, what does not have two decimals."""


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the smallest coin of ``currency``, halves up."""
    code = currency.upper()
    decimals = 0 if code in _WITHOUT_CENTS else 3 if code in _IN_THOUSANDTHS else 2
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def price_of(product: Product) -> Decimal | None:
    """What a shopper pays now, as it is printed: 19.99 is that, and not the binary fraction next to it."""
    price = product.effective_price
    return None if price is None else rounded(Decimal(repr(price)), product.currency)


def totals(products: Iterable[Product]) -> dict[str, Decimal]:
    """What ``products`` cost together, for each currency in alphabetical order; one without a price adds nothing."""
    sums: dict[str, Decimal] = {}
    for product in products:
        price = price_of(product)
        if price is not None:
            currency = product.currency.upper()
            sums[currency] = sums.get(currency, Decimal(0)) + price
    return dict(sorted(sums.items()))


def reduced(total: Decimal, percent: Decimal, currency: str) -> Decimal:
    """``total`` less ``percent`` of it."""
    return rounded(total * (100 - percent) / 100, currency)
