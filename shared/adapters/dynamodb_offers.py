"""Changed offers in the products table.

A change that moves its product, such as back in stock, is written in one transaction with the log of the movement:
there is never one without the other. It holds only for a product that is as it was looked at, so what is told did
happen.
"""

import json
from collections.abc import Mapping, Sequence
from random import SystemRandom
from time import sleep
from typing import Any, NamedTuple

from shared.adapters.aws import ask, code_of
from shared.adapters.dynamodb import Item
from shared.adapters.dynamodb_catalogue import Pointer, in_parallel, key_of, read, shown
from shared.adapters.dynamodb_movements import logged, shard_of
from shared.domain.errors import Unavailable
from shared.domain.moments import from_micros, to_micros
from shared.domain.movements import Movement, movements
from shared.domain.offers import KnownOffer, KnownValue, OfferChange, merged, with_offer
from shared.domain.products import Product
from shared.domain.records import product_from_record
from shared.ports import Clock

_ATTEMPTS = 7
_PAUSE_SECONDS = 0.01
_FAILED = "ConditionalCheckFailed"
_PASSING = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})


class Offered(NamedTuple):
    """A product as the feed said, as of when, and what has changed since, also as the wire has it."""

    product: Product
    as_of: int
    known: KnownOffer
    wire: dict[str, Any]

    @classmethod
    def of(cls, item: Item, pointer: Pointer) -> "Offered | None":
        """None where the product is not in the catalogue."""
        record = shown(item, pointer.generation, "record")
        if record is None:
            return None
        return cls(product_from_record(json.loads(record)), pointer.as_of, known_offer(item), item.get("offer", {}))

    def now(self, known: KnownOffer | None = None) -> Product:
        """As it is to be shown, with ``known`` in the place of its own."""
        return with_offer(self.product, self.known if known is None else known, from_micros(self.as_of))

    def with_changes(self, changes: KnownOffer) -> dict[str, KnownValue]:
        known = dict(self.known)
        for field, each in changes.items():
            known = merged(known, OfferChange(self.product.id, each.at, {field: each.value}))
        return known


class OfferWriter:
    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def write_all(self, changes: Sequence[tuple[Offered, KnownOffer]]) -> None:
        """Side by side, but for those that are told of in one log: they would only be in one another's way."""
        turns: dict[object, list[tuple[Offered, KnownOffer]]] = {}
        for offered, known in changes:
            product_id = offered.product.id
            moved = movements(offered.now(), offered.now(offered.with_changes(known)), self._clock.now())
            turns.setdefault(shard_of(product_id) if moved else product_id, []).append((offered, known))
        in_parallel(self._in_turn, list(turns.values()))

    def _in_turn(self, changes: Sequence[tuple[Offered, KnownOffer]]) -> None:
        for offered, known in changes:
            self._write(offered, known)

    def _write(self, offered: Offered, changes: KnownOffer) -> None:
        """Raises Unavailable where others change the product, or write its log, again and again."""
        product_id, seen = offered.product.id, offered
        for attempt in range(_ATTEMPTS):
            known = seen.with_changes(changes)
            moved = movements(seen.now(), seen.now(known), self._clock.now())
            if not moved or not seen.wire:
                self._change(product_id, changes)
                return
            refused = self._refused(seen, known, moved)
            if not refused:
                return
            if _FAILED in refused[1:]:  # a log is full: the change counts all the same
                self._change(product_id, changes)
                return
            sleep(SystemRandom().uniform(0, _PAUSE_SECONDS * 2**attempt))
            pointer, found = read(self._client, self._table, [key_of(product_id)], ("record",), consistent=True)
            again = Offered.of(found.get(key_of(product_id), {}), pointer)
            if again is None:
                return
            seen = again
        raise Unavailable("An offer is changed again and again: try again in a moment.")

    def _refused(self, seen: Offered, known: KnownOffer, moved: Sequence[Movement]) -> list[str]:
        """Write both; the codes of what stood in the way, the offer's first, or none."""
        from botocore.exceptions import ClientError

        offer = {
            "TableName": self._table,
            "Key": {"id": {"S": key_of(seen.product.id)}},
            "UpdateExpression": "SET #offer = :offer",
            "ConditionExpression": "#offer = :seen",
            "ExpressionAttributeNames": {"#offer": "offer"},
            "ExpressionAttributeValues": {":offer": _wire(known), ":seen": seen.wire},
        }
        updates = [offer, *(logged(self._table, movement) for movement in moved)]
        try:
            ask(self._client.transact_write_items, TransactItems=[{"Update": update} for update in updates])
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            codes = [str(reason["Code"]) for reason in reasons]
            if len(codes) != len(updates) or set(codes) - _PASSING - {_FAILED, "None"}:
                raise
            return codes
        return []

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
        for field, value in _wire(known)["M"].items():
            values |= {f":{field}": value, f":{field}_at": value["M"]["at"]}
        newer = [f"(attribute_not_exists(#offer.#{field}) OR #offer.#{field}.#at <= :{field}_at)" for field in known]
        try:
            ask(
                self._client.update_item,
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


def known_offer(item: Item) -> dict[str, KnownValue]:
    offer: Mapping[str, Any] = item.get("offer", {}).get("M", {})
    return {
        field: KnownValue(json.loads(each["M"]["value"]["S"]), from_micros(int(each["M"]["at"]["N"])))
        for field, each in offer.items()
    }


def _wire(known: KnownOffer) -> dict[str, Any]:
    return {
        "M": {
            field: {"M": {"value": {"S": json.dumps(each.value)}, "at": {"N": str(to_micros(each.at))}}}
            for field, each in known.items()
        }
    }
