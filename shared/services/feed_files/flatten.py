"""Nested objects as one level of dotted names: {"offers": {"price": 5}} becomes offers.price."""

from collections.abc import Mapping
from typing import Any

from shared.services.feed_files.limits import MAX_COLUMNS, MAX_DEPTH
from shared.services.feed_files.records import Value

MAX_LIST = 100
WRAPPERS = ("node", "item")
"""Keys that hold the product itself: GraphQL's edges, schema.org's list items."""


def flatten(thing: Mapping[str, Any]) -> dict[str, Value]:
    """The cells of an object. Of a list of objects the first one counts; what is nested too deep is left out."""
    for wrapper in WRAPPERS:
        if isinstance(inner := thing.get(wrapper), dict):
            thing = inner
    cells: dict[str, Value] = {}
    _into(cells, thing, "", 1)
    return cells


def text_of(value: object) -> str:
    """A scalar as a feed would write it."""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _into(cells: dict[str, Value], thing: Mapping[str, Any], prefix: str, depth: int) -> None:
    for key, value in thing.items():
        if len(cells) > MAX_COLUMNS:
            return
        name = prefix + str(key)
        if isinstance(value, list):
            plain = [text_of(x) for x in value[:MAX_LIST] if not isinstance(x, list | dict)]
            if plain or not value:
                cells[name] = tuple(filter(None, plain))
                continue
            value = value[0]
        if not isinstance(value, list | dict):
            cells[name] = text_of(value)
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            _into(cells, value, name + ".", depth + 1)
