"""A JSON document: an array of products, an object that holds one, or a single product."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from indexer.feeds.columns import is_title
from indexer.feeds.json_text import BrokenValue, JsonText
from shared.services.feed_files.flatten import flatten
from shared.services.feed_files.limits import MAX_BROKEN, MAX_DEPTH
from shared.services.feed_files.names import canonical
from shared.services.feed_files.records import BrokenFeed, Record, Reject
from shared.services.feed_files.text import words

ROW_KEYS = frozenset(
    words(
        "products product items entries data results catalog catalogue rows hits records graph itemlistelement "
        "hasvariant edges"
    )
)
"""What the array of products is called where it is not the only one."""


def read_json_document(stream: BinaryIO) -> Iterator[Record | Reject]:
    text = JsonText(stream)
    while first := text.peek():
        if first == "{":
            single = _whole(text)
            if single is not None:
                line = text.line
                text.value()
                yield Record(line, flatten(single))
                continue
            _enter_rows(text, 1)
        else:
            text.take("[")
        yield from _elements(text)
        return  # whatever stands behind the array is not products


def _whole(text: JsonText) -> dict[str, Any] | None:
    """The object at the cursor if it is a product itself, not a container of some."""
    try:
        thing = text.value(keep=True)
    except BrokenValue:
        return None
    return thing if isinstance(thing, dict) and not _holds_rows(thing, 1) else None


def _holds_rows(thing: dict[str, Any], depth: int) -> bool:
    lists = {canonical(key) for key, value in thing.items() if isinstance(value, list) and _has_objects(value)}
    if lists & ROW_KEYS or (lists and not any(is_title(key) for key in thing)):
        return True
    inner = (value for key, value in thing.items() if isinstance(value, dict))
    return depth < MAX_DEPTH and not any(map(is_title, thing)) and any(_holds_rows(x, depth + 1) for x in inner)


def _has_objects(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], dict)


def _enter_rows(text: JsonText, depth: int) -> bool:
    """Bring the cursor into the first array that holds objects; False past an object without one."""
    text.take("{")
    while text.peek() != "}":
        _skimmed(text)
        text.take(":")
        opening = text.peek()
        if opening == "[":
            text.take("[")
            if text.peek() == "{":
                return True
            _leave_array(text)
        elif opening != "{" or depth == MAX_DEPTH:
            _skimmed(text)
        elif _enter_rows(text, depth + 1):
            return True
        if text.peek() != "}":
            text.take(",")
    text.take("}")
    if depth == 1:
        raise BrokenFeed(text.line, "the JSON object holds no array of products")
    return False


def _leave_array(text: JsonText) -> None:
    while text.peek() != "]":
        _skimmed(text)
        if text.peek() != "]":
            text.take(",")
    text.take("]")


def _skimmed(text: JsonText) -> Any:
    try:
        return text.value()
    except BrokenValue as error:
        raise BrokenFeed(text.line, f"a value in front of the products {error}") from error


def _elements(text: JsonText) -> Iterator[Record | Reject]:
    broken = 0
    if text.peek() == "]":
        return
    while True:
        text.peek()
        line = text.line
        try:
            thing = text.value()
        except BrokenValue as error:
            broken += 1
            yield Reject(line, str(error))
            if broken > MAX_BROKEN or not text.skip_to_next_object():
                raise BrokenFeed(line, "the JSON is broken and no next product was found") from error
            continue
        yield Record(line, flatten(thing)) if isinstance(thing, dict) else Reject(line, "is not a JSON object")
        try:
            if text.take(",", "]") == "]":
                return
        except BrokenFeed as error:
            broken += 1
            if broken > MAX_BROKEN or not text.skip_to_next_object():
                raise
            yield Reject(error.line, error.reason)
