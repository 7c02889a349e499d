"""The catalogue in DynamoDB; :mod:`shared.adapters.dynamodb_catalogue` says how it lies there."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.adapters.aws import Connections, ask
from shared.adapters.dynamodb import Item
from shared.adapters.dynamodb_catalogue import NEWEST, POINTER, Pointer, key_of, read, shown
from shared.adapters.dynamodb_movements import read_moved
from shared.adapters.dynamodb_offers import Offered, OfferWriter
from shared.adapters.dynamodb_replacement import Replacement
from shared.domain.movements import Movement, MovementKind
from shared.domain.offers import KnownOffer, OfferChange, merged
from shared.domain.products import Product
from shared.ports import Clock


class DynamoProducts:
    """A :class:`shared.ports.ProductStore`. Answers may be a second behind what was written last."""

    def __init__(self, connections: Connections, table: str, clock: Clock) -> None:
        self._connections = connections
        self._table = table
        self._clock = clock

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        pointer, found = self._read(product_ids, ("record", "group"))
        return {product_id: offered.now() for product_id, offered in _offered(product_ids, found, pointer)}

    def change(self, changes: Sequence[OfferChange]) -> list[bool]:
        ids = [change.product_id for change in changes]
        pointer, found = self._read(ids, ("record",), consistent=True)
        there = dict(_offered(ids, found, pointer))
        known: dict[str, KnownOffer] = {}
        for change in changes:
            if change.product_id in there:
                known[change.product_id] = merged(known.get(change.product_id, {}), change)
        writer = OfferWriter(self._client(), self._table, self._clock)
        writer.write_all([(there[product_id], offer) for product_id, offer in known.items()])
        return [each in there for each in ids]

    def groups(self, product_ids: Sequence[str]) -> frozenset[str]:
        pointer, found = self._read(product_ids, ("group",))
        groups = (shown(item, pointer.generation, "group") for item in found.values())
        return frozenset(group for group in groups if group is not None)

    def newest(self, count: int) -> list[str]:
        pointer, found = read(self._client(), self._table, [NEWEST], ("record",))
        ids: list[str] = json.loads(shown(found.get(NEWEST, {}), pointer.generation, "record") or "[]")
        return ids[:count]

    def replace(self, version: str, as_of: datetime, products: Iterable[Product], fence: int = 0) -> None:
        Replacement(self._client(), self._table, version, as_of, fence, self._clock).run(products)

    def moved(self, kind: MovementKind, until: datetime, count: int) -> list[Movement]:
        return read_moved(self._client(), self._table, kind, until, count)

    def version(self) -> str | None:
        return self._pointer().version

    def count(self) -> int:
        return self._pointer().count

    def _pointer(self) -> Pointer:
        answer = ask(self._client().get_item, TableName=self._table, Key={"id": {"S": POINTER}}, ConsistentRead=True)
        return Pointer.of(answer.get("Item", {}))

    def _read(
        self, product_ids: Sequence[str], attributes: Sequence[str], consistent: bool = False
    ) -> tuple[Pointer, dict[str, Item]]:
        return read(self._client(), self._table, map(key_of, product_ids), attributes, consistent)

    def _client(self) -> Any:
        return self._connections.client("dynamodb")


def _offered(product_ids: Iterable[str], found: Mapping[str, Item], pointer: Pointer) -> Iterator[tuple[str, Offered]]:
    """Those that are in the catalogue."""
    for product_id in dict.fromkeys(product_ids):
        offered = Offered.of(found.get(key_of(product_id), {}), pointer)
        if offered is not None:
            yield product_id, offered
