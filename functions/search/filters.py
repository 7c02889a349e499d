"""The structured ``filters`` of a search: by field, the values to choose from, and for the price a range."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from shared.domain.errors import InvalidInput
from shared.domain.facets import FACET_FIELDS, PATH
from shared.domain.filters import AllOf, AnyOf, Comparison, Filter, FilterField, InRange, OneOf


def _with_facet(field: FilterField) -> FilterField:
    if field not in FACET_FIELDS:
        raise ValueError(f"{field.value} has no facet: ask for {', '.join(FACET_FIELDS)}")
    return field


FacetField = Annotated[FilterField, AfterValidator(_with_facet)]

MOST_WORDS = 50
"""Values of one field."""
LONGEST_WORD = 200
_BOUNDS = {"from": Comparison.AT_LEAST, "to": Comparison.AT_MOST, "below": Comparison.LESS}
_FIELDS = {"color": FilterField.COLOUR} | {field.value: field for field in FACET_FIELDS}


def filters_of(body: Mapping[str, Any]) -> Filter | None:
    """All fields must hold, each by any of its values; None for a body that asks for nothing.

    A category may be any level of a path, or a path as facets tell it. Raises InvalidInput in one sentence.
    """
    asked: dict[FilterField, Filter] = {}
    for name, wanted in body.items():
        field = _FIELDS.get(name)
        if field is None:
            raise InvalidInput(
                f"filters cannot have '{name[:40]}': use {', '.join(each.value for each in FACET_FIELDS)}."
            )
        if field in asked:
            raise InvalidInput(f"filters has {field.value} twice: say it once.")
        if (condition := _price(wanted) if field is FilterField.PRICE else _words(field, wanted)) is not None:
            asked[field] = condition
    return AllOf(tuple(asked[field] for field in FACET_FIELDS if field in asked)) if asked else None


def _words(field: FilterField, wanted: Any) -> Filter | None:
    words = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        raise InvalidInput(f'filters has no list of words for {field.value}: write "{field.value}": ["…"].')
    if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
        raise InvalidInput(
            f"filters has too much for {field.value}: give up to {MOST_WORDS} values of {LONGEST_WORD} characters each."
        )
    if not words:
        return None
    if field is FilterField.CATEGORY:
        return AnyOf(tuple(map(_category, words)))
    return OneOf(field, tuple(words))


def _category(path: str) -> Filter:
    levels = [level.strip() for level in path.split(PATH) if level.strip()] or [path]
    return AllOf(tuple(OneOf(FilterField.CATEGORY, (level,)) for level in levels))


def _price(wanted: Any) -> Filter | None:
    if not isinstance(wanted, dict) or not wanted.keys() <= _BOUNDS.keys():
        raise InvalidInput(
            'filters has no range for price: write "price": {"from": 10, "to": 50}, or "below" for "to".'
        )
    bounds = {name: bound for name, bound in wanted.items() if bound is not None}
    for name, bound in bounds.items():
        is_number = isinstance(bound, int | float) and not isinstance(bound, bool)
        if not (is_number and 0 <= bound <= sys.float_info.max):
            raise InvalidInput(f"filters has {str(bound)[:40]!r} as price {name}: give a number from 0.")
    ends = [float(bounds[name]) for name in ("to", "below") if name in bounds]
    if "from" in bounds and ends and bounds["from"] > min(ends):
        raise InvalidInput(f"filters has a price from {bounds['from']:g} to {min(ends):g}: put the lower one first.")
    parts = tuple(InRange(FilterField.PRICE, _BOUNDS[name], float(bounds[name])) for name in _BOUNDS if name in bounds)
    return AllOf(parts) if parts else None
