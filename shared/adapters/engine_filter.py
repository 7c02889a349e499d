"""A filter tree in the words of an engine: one walk for all, the leaves made by each."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.adapters.point_payload import NUMBER_FIELDS, as_number, encodable, point_id
from shared.domain.errors import InvalidInput
from shared.domain.filters import AllOf, AnyOf, Comparison, Filter, FilterField, InRange, Not, OneOf

_RANGE_KEYS = {
    Comparison.LESS: "lt",
    Comparison.AT_MOST: "lte",
    Comparison.MORE: "gt",
    Comparison.AT_LEAST: "gte",
}


@dataclass(frozen=True, slots=True)
class FilterParts:
    """An engine's constructors.

    ``group`` takes ``must``, ``should`` and ``must_not``, each a list of conditions; ``one_of`` a key and words;
    ``in_range`` a key and one of ``lt``, ``lte``, ``gt``, ``gte``; ``has_id`` point ids; ``nothing`` is a condition no
    point meets.
    """

    group: Callable[..., Any]
    one_of: Callable[[str, list[str]], Any]
    in_range: Callable[[str, dict[str, float]], Any]
    has_id: Callable[[Sequence[UUID]], Any]

    def nothing(self) -> Any:
        return self.has_id(())


def engine_filter(condition: Filter | None, among: tuple[str, ...] | None, parts: FilterParts) -> Any:
    """The engine's filter object that admits, of the products ``among``, exactly what
    ``shared.domain.filters.matches`` does; None where neither is given.

    Raises:
        InvalidInput: a word is asked of a number field, or a comparison of a word field.
    """
    must = [] if condition is None else [_condition(condition, parts)]
    if among is not None:
        must.append(parts.has_id([point_id(name) for name in among]))
    return parts.group(must=must) if must else None


def _condition(condition: Filter, parts: FilterParts) -> Any:
    match condition:
        case OneOf(field, values):
            _require(field, field not in NUMBER_FIELDS, "compare it with <, <=, > or >=")
            words = sorted({encodable(value.casefold()) for value in values})
            return parts.one_of(field.value, words) if words else parts.nothing()
        case InRange(field, comparison, bound):
            _require(field, field in NUMBER_FIELDS, "ask for its values instead")
            return _range(field, comparison, bound, parts)
        case AllOf(inner):
            return parts.group(must=[_condition(part, parts) for part in inner])
        case AnyOf(inner):
            # An engine reads an empty "should" as no condition at all, not as one that fails.
            return parts.group(should=[_condition(part, parts) for part in inner]) if inner else parts.nothing()
        case Not(part):
            return parts.group(must_not=[_condition(part, parts)])


def _range(field: FilterField, comparison: Comparison, bound: float | datetime, parts: FilterParts) -> Any:
    is_time = isinstance(bound, datetime)
    if is_time is not (field is FilterField.ADDED_AT):
        return parts.nothing()
    number = as_number(bound)
    if number is None or math.isnan(number):
        return parts.nothing()
    if math.isinf(number):
        return _beyond_every_number(field, comparison, number, parts)
    return parts.in_range(field.value, {_RANGE_KEYS[comparison]: number})


def _beyond_every_number(field: FilterField, comparison: Comparison, bound: float, parts: FilterParts) -> Any:
    """JSON has no infinity: any number is below it, or none is above."""
    upward = comparison in (Comparison.MORE, Comparison.AT_LEAST)
    if upward is (bound > 0):
        return parts.nothing()
    return parts.in_range(field.value, {"gte": -sys.float_info.max})


def _require(field: FilterField, fits: bool, advice: str) -> None:
    if not fits:
        raise InvalidInput(f"The field {field.value} cannot be filtered so: {advice}.")
