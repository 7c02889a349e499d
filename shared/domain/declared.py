"""Declared taste: what somebody says to like, before deeds have said it; and how deeds take over from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from shared.domain.filters import FilterField, words_of
from shared.domain.products import Product

ENOUGH_DEEDS = 30
"""From so many deeds on, what was declared has no part in an answer, and is not even read."""

AS_MUCH_AS = 5.0
"""A declared taste counts as so many deeds: with five real ones it would have half of the taste."""

_BESIDE_PICKED = 0.35
"""What a product that stands beside a picked one in its quiz option weighs, the picked one being 1."""

_TURNED_DOWN = -0.5
_BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Budget:
    """Prices in ``currency`` (ISO 4217; empty for whatever the shop sells in), both ends included."""

    least: float | None = None
    most: float | None = None
    currency: str = ""

    def admits(self, product: Product) -> bool:
        price = product.effective_price
        if price is None or (self.currency and product.currency and self.currency != product.currency.upper()):
            return False
        return (self.least is None or price >= self.least) and (self.most is None or price <= self.most)


@dataclass(frozen=True, slots=True)
class Declared:
    """What was said. None is a field of which nothing was said, empty one that was taken back.

    ``picked`` and ``turned_down`` are products, the others the catalogue's own words.
    """

    picked: tuple[str, ...] | None = None
    turned_down: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    brands: tuple[str, ...] | None = None
    colours: tuple[str, ...] | None = None
    sizes: tuple[str, ...] | None = None
    budget: Budget | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    @property
    def likes(self) -> dict[FilterField, tuple[str, ...]]:
        """The words said to be liked, by what they are of; fields without any are left out."""
        said = {
            FilterField.CATEGORY: self.categories,
            FilterField.BRAND: self.brands,
            FilterField.COLOUR: self.colours,
            FilterField.SIZE: self.sizes,
        }
        return {where: words for where, words in said.items() if words}

    @property
    def has_likes(self) -> bool:
        """Whether anything was said besides products."""
        return bool(self.likes or self.budget)

    def over(self, earlier: "Declared") -> "Declared":
        """This, and of what it says nothing of, what was said ``earlier``."""
        silent = {each.name: getattr(earlier, each.name) for each in fields(self) if getattr(self, each.name) is None}
        return replace(self, **silent)


NOTHING_DECLARED = Declared()


def declared_share(deeds: int) -> float:
    """The declared taste's share of a taste beside ``deeds`` real ones: 1 for none, .42 for five, 0 from thirty on."""
    return max(1 - deeds / ENOUGH_DEEDS, 0.0) * AS_MUCH_AS / (AS_MUCH_AS + deeds)


@dataclass(frozen=True, slots=True)
class Said:
    """A declared taste as it counts beside real deeds: ``share`` is that of all that speaks for a product.

    ``beside`` are the products that stand for the same as a picked one, in the quiz.
    """

    declared: Declared = NOTHING_DECLARED
    share: float = 0.0
    beside: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.share > 0 and bool(self.declared)

    @property
    def picked_for(self) -> dict[str, str]:
        """Each product that what was picked speaks for, with the picked one."""
        picked = self.declared.picked or ()
        beside = {other: each for each in reversed(picked) for other in self.beside.get(each, ())}
        return beside | {each: each for each in picked}

    @property
    def turned_down(self) -> frozenset[str]:
        """What is not to be offered for as long as this counts."""
        return frozenset(self.declared.turned_down or ()) if self else frozenset()

    def added_to(self, weights: Mapping[str, float]) -> dict[str, float]:
        """``weights`` of deeds, and of what was picked and turned down.

        Deeds come first: they are newer in a taste. What has a deed of its own is spoken for by that.
        """
        if not self:
            return dict(weights)
        said: dict[str, float] = {}
        for product_id in self.declared.picked or ():
            said[product_id] = said.get(product_id, 0.0) + 1.0
            for other in self.beside.get(product_id, ()):
                said[other] = said.get(other, 0.0) + _BESIDE_PICKED
        said |= dict.fromkeys(self.declared.turned_down or (), _TURNED_DOWN)
        said = {product_id: weight for product_id, weight in said.items() if product_id not in weights}
        of_deeds = sum(weight for weight in weights.values() if weight > 0)
        of_said = sum(weight for weight in said.values() if weight > 0) or 1.0
        scale = self.share / (1 - self.share) * of_deeds / of_said if of_deeds and self.share < 1 else 1.0
        return {**weights, **{product_id: weight * scale for product_id, weight in said.items()}}


NOTHING_SAID = Said()


def liked_words(product: Product, declared: Declared) -> dict[FilterField, str]:
    """Of each kind of like that ``product`` meets, the word as it was said."""
    met = {}
    for where, words in declared.likes.items():
        has = set(words_of(product, where))
        if word := next((each for each in words if each.casefold() in has), ""):
            met[where] = word
    return met


def fit(product: Product, declared: Declared) -> float:
    """The share of the kinds of likes, budget among them, that ``product`` meets, in [0, 1]."""
    asked = len(declared.likes) + (declared.budget is not None)
    if not asked:
        return 0.0
    within = declared.budget is not None and declared.budget.admits(product)
    return (len(liked_words(product, declared)) + within) / asked


def known_only(
    declared: Declared, products: Collection[str], words: Mapping[FilterField, Mapping[str, str]]
) -> Declared:
    """``declared`` without what the catalogue does not have, each word as the catalogue writes it.

    ``words`` holds, by field, what the catalogue has, casefolded, with its spelling; a field that it lacks is not
    checked.
    """

    def spelt(where: FilterField, said: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if said is None or where not in words:
            return said
        known = words[where]
        return tuple(dict.fromkeys(known[each.casefold()] for each in said if each.casefold() in known))

    def there(said: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if said is None else tuple(dict.fromkeys(each for each in said if each in products))

    return replace(
        declared,
        picked=there(declared.picked),
        turned_down=there(declared.turned_down),
        categories=spelt(FilterField.CATEGORY, declared.categories),
        brands=spelt(FilterField.BRAND, declared.brands),
        colours=spelt(FilterField.COLOUR, declared.colours),
        sizes=spelt(FilterField.SIZE, declared.sizes),
    )


def declared_record(declared: Declared) -> dict[str, Any]:
    """JSON-ready; what nothing was said of is left out."""
    record: dict[str, Any] = {}
    for each in fields(declared):
        value = getattr(declared, each.name)
        if isinstance(value, Budget):
            record[each.name] = {"least": value.least, "most": value.most, "currency": value.currency}
        elif value is not None:
            record[each.name] = list(value)
    return record


def declared_from_record(record: Mapping[str, Any]) -> Declared:
    """The inverse of :func:`declared_record`. Raises TypeError for any other record."""
    words = {name: tuple(value) for name, value in record.items() if name != _BUDGET}
    budget = record.get(_BUDGET)
    return Declared(**words, budget=None if budget is None else Budget(**budget))
