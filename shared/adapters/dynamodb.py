"""What the stores in DynamoDB share: reading page by page."""

from collections.abc import Callable, Iterator
from typing import Any

from shared.adapters.aws import ask

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
