"""The filter of a request as a tree, and its meaning for a product.

The text form is parsed in ``shared.services.filter_language``; adapters translate the tree to their
engine. Both must agree with :func:`matches`, which the contract suite holds them to.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.domain.products import Product


class FilterField(StrEnum):
    """What a filter may speak of. ``category`` is any level of the path; ``price`` is what a shopper pays now."""

    CATEGORY = "category"
    BRAND = "brand"
    COLOUR = "colour"
    GENDER = "gender"
    MATERIAL = "material"
    SIZE = "size"
    PRICE = "price"
    AVAILABILITY = "availability"
    ADDED_AT = "added_at"


class Comparison(StrEnum):
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field's value is one of these, compared without case."""

    field: FilterField
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InRange:
    """The field compares so; a product without a value never does. Datetimes are aware."""

    field: FilterField
    comparison: Comparison
    bound: float | datetime


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Filter"


RANGE_FIELDS = (FilterField.PRICE, FilterField.ADDED_AT)
"""The fields that :class:`InRange` may name; :class:`OneOf` may name the others."""

Filter: TypeAlias = OneOf | InRange | AllOf | AnyOf | Not


def all_of(*conditions: Filter | None) -> Filter | None:
    """The filter that admits what each of ``conditions`` does; None where none of them is one."""
    parts = tuple(condition for condition in conditions if condition is not None)
    return AllOf(parts) if len(parts) > 1 else next(iter(parts), None)


def words_of(product: Product, field: FilterField) -> tuple[str, ...]:
    """The values of a word field, casefolded: what an index stores for it."""
    if field in RANGE_FIELDS:
        raise ValueError(f"{field.value} is no word field")
    if field is FilterField.CATEGORY:
        words: tuple[str, ...] = product.categories
    elif field is FilterField.AVAILABILITY:
        words = (product.availability.value,)
    else:
        words = (str(getattr(product, field.value)),)
    return tuple(word.casefold() for word in words if word)


def number_of(product: Product, field: FilterField) -> float | datetime | None:
    """The value of a range field."""
    if field not in RANGE_FIELDS:
        raise ValueError(f"{field.value} is no range field")
    return product.added_at if field is FilterField.ADDED_AT else product.effective_price


def matches(condition: Filter, product: Product) -> bool:
    """Whether ``product`` is one that ``condition`` asks for."""
    match condition:
        case OneOf(field, values):
            return not {value.casefold() for value in values}.isdisjoint(words_of(product, field))
        case InRange(field, comparison, bound):
            return _compares(number_of(product, field), comparison, bound)
        case AllOf(parts):
            return all(matches(part, product) for part in parts)
        case AnyOf(parts):
            return any(matches(part, product) for part in parts)
        case Not(part):
            return not matches(part, product)


def _compares(value: float | datetime | None, comparison: Comparison, bound: float | datetime) -> bool:
    if value is None or isinstance(value, datetime) is not isinstance(bound, datetime):
        return False
    left, right = (x.timestamp() if isinstance(x, datetime) else x for x in (value, bound))
    match comparison:
        case Comparison.LESS:
            return left < right
        case Comparison.AT_MOST:
            return left <= right
        case Comparison.MORE:
            return left > right
        case Comparison.AT_LEAST:
            return left >= right
