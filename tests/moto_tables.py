"""moto's DynamoDB made fit for tables of ten thousand items.

Its transactions copy the whole table for each of their items, so as to put it back if they fail, and its queries look
at and sort every item of the table: a batch of fifty events takes nine seconds where three thousand are stored. Here a
transaction keeps only the items that it names, and a query sees only its own partition.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_transact = DynamoDBBackend.transact_write_items
_query = Table.query


@contextmanager
def nimble_tables() -> Iterator[None]:
    """Both changes, to the moto of this process."""
    with (
        patch.object(DynamoDBBackend, "transact_write_items", _transact_named),
        patch.object(Table, "query", _query_own),
    ):
        yield


def _transact_named(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    named = [_place_of(backend, operation) for item in transact_items for operation in item.values()]
    before = [(table, keys, copy.deepcopy(table.get_item(*keys))) for table, keys in named]
    try:
        with patch.object(Table, "__deepcopy__", lambda table, memo: table, create=True):
            _transact(backend, transact_items)
    except BaseException:
        for table, keys, item in before:
            _put_back(table, keys, item)
        raise


def _place_of(backend: DynamoDBBackend, operation: dict[str, Any]) -> tuple[Table, list[DynamoType]]:
    table = backend.get_table(operation["TableName"])
    values = operation.get("Item") or operation["Key"]
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    return table, [DynamoType(values[name]) for name in names]


def _put_back(table: Table, keys: list[DynamoType], item: Item | None) -> None:
    if item is None:
        table.delete_item(keys[0], keys[1] if len(keys) > 1 else None)
    elif len(keys) > 1:
        table.items[keys[0]][keys[1]] = item
    else:
        table.items[keys[0]] = item


def _query_own(table: Table, hash_key: DynamoType | None, *args: Any, **kwargs: Any) -> Any:
    by_index = kwargs.get("index_name") or (len(args) > 6 and args[6])
    if by_index or hash_key is None:
        return _query(table, hash_key, *args, **kwargs)
    own = copy.copy(table)
    own.items = {hash_key: table.items[hash_key]} if hash_key in table.items else {}
    return _query(own, hash_key, *args, **kwargs)
