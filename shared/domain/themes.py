"""Themes: what a shop puts collections together around, and the line of text that stands above one.

A theme says in words, or with a product, what belongs to it; which products those are is found anew for every reader.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import Template

from shared.domain.filters import Filter
from shared.domain.money import price_of
from shared.domain.products import Product

SMALLEST, LARGEST = 3, 12
"""Products in a collection: fewer are no collection, and more are a list."""
ENOUGH_TO_TELL = 10
"""Purchases and shares below this number are not spoken of: few of them are chance, and might be known people."""
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
PLACEHOLDERS = ("title", "audience", "count", "lowest", "highest")
"""What a shop's own story may speak of."""


class Tone(StrEnum):
    PLAIN = "plain"
    WARM = "warm"
    PLAYFUL = "playful"


_STORIES = {
    Tone.PLAIN: Template("$count products$whom$from."),
    Tone.WARM: Template("$count things worth a closer look$whom$from."),
    Tone.PLAYFUL: Template("$count good finds$whom$from. Which one is yours?"),
}


@dataclass(frozen=True, slots=True)
class Theme:
    """``prompt`` says what belongs to it in words; the picture of ``product``, by its id, says so by its look.

    One of the two is there. ``filter`` is the text that ``condition`` was read from, and holds for every product.
    ``audience`` names in the story whom it is for, and keeps nobody out. ``story`` is the shop's own template, used in
    place of the one of ``tone``. ``size`` is how many products it has at most.
    """

    slug: str
    title: str
    prompt: str = ""
    product: str = ""
    filter: str = ""
    condition: Filter | None = None
    tone: Tone = Tone.PLAIN
    audience: str = ""
    story: str = ""
    size: int = LARGEST


def story_of(theme: Theme, products: Sequence[Product]) -> str:
    """The line for a collection of these ``products``; every number in it is of them.

    A story of the shop's own that speaks of prices gives way to the tone's where not all of ``products`` have one in
    the same currency.
    """
    prices = _prices(products)
    values = {"title": theme.title, "audience": theme.audience, "count": str(len(products))}
    if prices:
        values |= {"lowest": prices[0], "highest": prices[1]}
    if theme.story:
        own = Template(theme.story)
        if set(own.get_identifiers()) <= values.keys():
            return own.substitute(values)
    values["whom"] = f" for {theme.audience}" if theme.audience else ""
    values["from"] = f" from {prices[0]}" if prices else ""
    return _STORIES[theme.tone].substitute(values)


def _prices(products: Sequence[Product]) -> tuple[str, str] | None:
    """The lowest and the highest; None where they cannot be compared."""
    prices = [price_of(product) for product in products]
    known = [price for price in prices if price is not None]
    currencies = {product.currency.upper() for product in products}
    if not products or len(known) < len(products) or len(currencies) != 1:
        return None
    (currency,) = currencies
    return f"{min(known)} {currency}".rstrip(), f"{max(known)} {currency}".rstrip()


def proof_of_purchases(count: int) -> str:
    """What is said of ``count`` purchases of the last seven days; nothing below :data:`ENOUGH_TO_TELL`."""
    return f"Bought {count:,} times this week" if count >= ENOUGH_TO_TELL else ""
