"""A product as the shop describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Availability(StrEnum):
    """Google Merchant's four values."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    PREORDER = "preorder"
    BACKORDER = "backorder"


@dataclass(frozen=True, slots=True)
class Product:
    """One sellable thing.

    ``categories`` is a path, broadest first. Prices are in units of ``currency`` (ISO 4217).
    ``image`` is the reference that the feed gave: a file name, a path or an http(s) URL.
    ``gtin`` is the number under the bar code (GTIN, EAN, UPC). ``attributes`` holds the feed's other columns that say
    something about the product.
    """

    id: str
    title: str
    description: str = ""
    brand: str = ""
    categories: tuple[str, ...] = ()
    colour: str = ""
    material: str = ""
    gender: str = ""
    size: str = ""
    price: float | None = None
    sale_price: float | None = None
    currency: str = ""
    availability: Availability = Availability.IN_STOCK
    stock: int | None = None
    link: str = ""
    image: str = ""
    item_group_id: str = ""
    gtin: str = ""
    added_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def effective_price(self) -> float | None:
        """What a shopper pays now: the sale price where there is one."""
        return self.price if self.sale_price is None else self.sale_price

    @property
    def can_be_bought(self) -> bool:
        return self.availability is not Availability.OUT_OF_STOCK and self.stock != 0

    @property
    def group(self) -> str:
        """The key that variants of one design share; a product without a group is its own."""
        return self.item_group_id or self.id

    def words(self) -> str:
        """What the ``keywords`` space is made of: the text, and the bar code's number, which has no meaning."""
        return ". ".join(filter(None, (self.text(), *bar_codes(self.gtin))))

    def text(self) -> str:
        """What the ``text`` space is made of: title, brand, category, attributes, description."""
        facts = (
            self.brand,
            *self.categories,
            self.colour,
            self.material,
            self.gender,
            *self.attributes.values(),
        )
        lines = (self.title, " ".join(dict.fromkeys(filter(None, facts))), self.description)
        return ". ".join(filter(None, lines))


def bar_codes(number: str) -> tuple[str, ...]:
    """``number`` as it may be written: a UPC is an EAN with a zero in front, and a GTIN-14 with two."""
    return tuple(dict.fromkeys(filter(None, (number, number.lstrip("0")))))
