"""How movements lie in the products table.

Those of a feed stand in a list for each kind, which is an item of the catalogue as that of the newest products: it
counts from the moment at which the feed's catalogue does. Those of changed offers stand in logs, each written in one
transaction with the change itself: an item for each kind, day and shard, with an attribute for each movement, so that
nothing is looked for and a shop's busy day ends at some thousands. Logs expire.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from shared.adapters.dynamodb import Item
from shared.adapters.dynamodb_catalogue import Pointer, read_batch, shown
from shared.domain.moments import from_micros, to_micros
from shared.domain.movements import KEPT, Movement, MovementKind, latest

SHARDS = 3
"""So many logs of a day that those of a month, with a kind's list, are read in one call."""
MOST_IN_A_LOG = 600
"""With the longest ids it stays below the 400 KB of an item."""
MOST_KNOWN = 1_000_000
"""More than the list and the logs of a kind can hold."""
_LIST_BYTES = 150_000
_LOG = "log#"


def shard_of(product_id: str) -> int:
    return crc32(product_id.encode()) % SHARDS


def is_log(key: str) -> bool:
    return key.startswith(_LOG)


def list_key(kind: MovementKind) -> str:
    return f"moved#{kind.value}"


def _log_key(kind: MovementKind, day: date, shard: int) -> str:
    return f"{_LOG}{kind.value}#{day.isoformat()}#{shard}"


def logged(table: str, movement: Movement) -> dict[str, Any]:
    """The update that takes ``movement`` into its log; its condition fails where the log is full."""
    day = movement.at.date()
    expires = datetime(day.year, day.month, day.day, tzinfo=movement.at.tzinfo) + 2 * KEPT
    return {
        "TableName": table,
        "Key": {"id": {"S": _log_key(movement.kind, day, shard_of(movement.product_id))}},
        "UpdateExpression": "SET #movement = :prices, #expires = :expires ADD #count :one",
        "ConditionExpression": "attribute_not_exists(#count) OR #count < :most",
        "ExpressionAttributeNames": {
            "#movement": f"{to_micros(movement.at)}#{movement.product_id}",
            "#expires": "expires_at",
            "#count": "count",
        },
        "ExpressionAttributeValues": {
            ":prices": {"S": json.dumps([movement.before, movement.after])},
            ":expires": {"N": str(int(expires.timestamp()))},
            ":one": {"N": "1"},
            ":most": {"N": str(MOST_IN_A_LOG)},
        },
    }


def read_moved(client: Any, table: str, kind: MovementKind, until: datetime, count: int) -> list[Movement]:
    """As :meth:`shared.ports.ProductStore.moved`, in one call."""
    days = [until.date() - timedelta(days=age) for age in range(KEPT.days + 1)]
    keys = [list_key(kind), *(_log_key(kind, day, shard) for day in days for shard in range(SHARDS))]
    found = read_batch(client, table, keys, {})
    generation = Pointer.of(found.pop("-", {})).generation
    moved = listed(kind, shown(found.pop(list_key(kind), {}), generation, "record"))
    moved += [movement for log in found.values() for movement in _in_log(kind, log)]
    return latest(moved, until, count)


def listed(kind: MovementKind, record: str | None) -> list[Movement]:
    """The movements of a list's record."""
    rows = json.loads(record or "[]")
    return [Movement(product_id, kind, from_micros(at), before, after) for product_id, at, before, after in rows]


def list_record(moved: Sequence[Movement]) -> str:
    """The inverse of :func:`listed`, of as many of the first ones as an item has room for, twice."""
    rows: list[str] = []
    size = 2
    for each in moved:
        row = json.dumps([each.product_id, to_micros(each.at), each.before, each.after], ensure_ascii=False)
        size += len(row.encode()) + 2
        if size > _LIST_BYTES:
            break
        rows.append(row)
    return f"[{', '.join(rows)}]"


def _in_log(kind: MovementKind, log: Item) -> Iterator[Movement]:
    for name, value in log.items():
        at, mark, product_id = name.partition("#")
        if mark:
            yield Movement(product_id, kind, from_micros(int(at)), *json.loads(value["S"]))
