"""The catalogue in DynamoDB; :mod:`shared.adapters.dynamodb_catalogue` says how it lies there."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.adapters.aws import Connections, ask, code_of
from shared.adapters.dynamodb import Item
from shared.adapters.dynamodb_catalogue import NEWEST, POINTER, Pointer, in_parallel, key_of, read, shown
from shared.adapters.dynamodb_replacement import Replacement
from shared.domain.moments import from_micros, to_micros
from shared.domain.offers import KnownOffer, KnownValue, OfferChange, merged, with_offer
from shared.domain.products import Product
from shared.domain.records import product_from_record


class DynamoProducts:
    """A :class:`shared.ports.ProductStore`. Answers may be a second behind what was written last."""

    def __init__(self, connections: Connections, table: str) -> None:
        self._connections = connections
        self._table = table

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        pointer, found = self._read(product_ids, ("record", "group"))
        as_of = from_micros(pointer.as_of)
        products = {}
        for product_id, item, record in _shown(product_ids, found, pointer, "record"):
            product = product_from_record(json.loads(record))
            products[product_id] = with_offer(product, _known(item), as_of)
        return products

    def change(self, changes: Sequence[OfferChange]) -> list[bool]:
        ids = [change.product_id for change in changes]
        pointer, found = self._read(ids, ("group",))
        there = {product_id for product_id, _, _ in _shown(ids, found, pointer, "group")}
        known: dict[str, KnownOffer] = {}
        for change in changes:
            if change.product_id in there:
                known[change.product_id] = merged(known.get(change.product_id, {}), change)
        in_parallel(lambda each: self._change(*each), list(known.items()))
        return [each in there for each in ids]

    def groups(self, product_ids: Sequence[str]) -> frozenset[str]:
        pointer, found = self._read(product_ids, ("group",))
        return frozenset(group for _, _, group in _shown(product_ids, found, pointer, "group"))

    def newest(self, count: int) -> list[str]:
        pointer, found = read(self._client(), self._table, [NEWEST], ("record",))
        ids: list[str] = json.loads(shown(found.get(NEWEST, {}), pointer.generation, "record") or "[]")
        return ids[:count]

    def replace(self, version: str, as_of: datetime, products: Iterable[Product], fence: int = 0) -> None:
        Replacement(self._client(), self._table, version, as_of, fence).run(products)

    def version(self) -> str | None:
        return self._pointer().version

    def count(self) -> int:
        return self._pointer().count

    def _pointer(self) -> Pointer:
        answer = ask(self._client().get_item, TableName=self._table, Key={"id": {"S": POINTER}}, ConsistentRead=True)
        return Pointer.of(answer.get("Item", {}))

    def _read(self, product_ids: Sequence[str], attributes: Sequence[str]) -> tuple[Pointer, dict[str, Item]]:
        return read(self._client(), self._table, map(key_of, product_ids), attributes)

    def _change(self, product_id: str, known: KnownOffer) -> None:
        """All fields at once; where one of them has a newer change already, each for itself."""
        if self._set(product_id, known) or len(known) == 1:
            return
        for field, value in known.items():
            self._set(product_id, {field: value})

    def _set(self, product_id: str, known: KnownOffer) -> bool:
        """Whether none of the fields had a newer change. Two at the same time cannot undo one another."""
        from botocore.exceptions import ClientError

        names = {"#offer": "offer", "#at": "at"} | {f"#{field}": field for field in known}
        values: Item = {}
        for field, each in known.items():
            at = {"N": str(to_micros(each.at))}
            values |= {f":{field}": {"M": {"value": {"S": json.dumps(each.value)}, "at": at}}, f":{field}_at": at}
        newer = [f"(attribute_not_exists(#offer.#{field}) OR #offer.#{field}.#at <= :{field}_at)" for field in known]
        try:
            ask(
                self._client().update_item,
                TableName=self._table,
                Key={"id": {"S": key_of(product_id)}},
                UpdateExpression="SET " + ", ".join(f"#offer.#{field} = :{field}" for field in known),
                ConditionExpression=" AND ".join(["attribute_exists(#offer)", *newer]),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _client(self) -> Any:
        return self._connections.client("dynamodb")


def _shown(
    product_ids: Iterable[str], found: Mapping[str, Item], pointer: Pointer, attribute: str
) -> Iterator[tuple[str, Item, str]]:
    """Those that are in the catalogue, with their item and what counts of its ``attribute``."""
    for product_id in dict.fromkeys(product_ids):
        item = found.get(key_of(product_id), {})
        value = shown(item, pointer.generation, attribute)
        if value is not None:
            yield product_id, item, value


def _known(item: Item) -> dict[str, KnownValue]:
    offer: Mapping[str, Any] = item.get("offer", {}).get("M", {})
    return {
        field: KnownValue(json.loads(each["M"]["value"]["S"]), from_micros(int(each["M"]["at"]["N"])))
        for field, each in offer.items()
    }
