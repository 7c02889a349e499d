"""What the stores in DynamoDB share: reading page by page, and many items by their keys."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from shared.adapters.aws import ask
from shared.domain.errors import Unavailable

_MOST_KEYS = 100
"""Of a BatchGetItem."""
_ATTEMPTS = 6
_PAUSE_SECONDS = 0.02
"""Before the second attempt; twice as long before each further one, 0.6 s in all."""

Item = dict[str, dict[str, Any]]
"""An item as the wire has it: a type and a value by the attribute's name."""


def pages(call: Callable[..., dict[str, Any]], **asked: Any) -> Iterator[dict[str, Any]]:
    """The answers of a Query or a Scan, one after the other, each asked for when it is wanted."""
    while True:
        answer = ask(call, **asked)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def items(call: Callable[..., dict[str, Any]], **asked: Any) -> Iterator[Item]:
    """The items of all pages."""
    for answer in pages(call, **asked):
        yield from answer["Items"]


def many(batch_get_item: Callable[..., dict[str, Any]], table: str, keys: Sequence[Item]) -> Iterator[Item]:
    """Those of the items that are there, as last written, in no order; no key may come twice."""
    for start in range(0, len(keys), _MOST_KEYS):
        yield from _batch(batch_get_item, table, keys[start : start + _MOST_KEYS])


def _batch(call: Callable[..., dict[str, Any]], table: str, keys: Sequence[Item]) -> Iterator[Item]:
    left = list(keys)
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
        answer = ask(call, RequestItems={table: {"Keys": left, "ConsistentRead": True}})
        yield from answer["Responses"].get(table, [])
        left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        if not left:
            return
    raise Unavailable("The table is too busy to be read: try again in a moment.")
