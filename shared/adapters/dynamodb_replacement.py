"""One replacement of the catalogue in DynamoDB; :mod:`shared.adapters.dynamodb_catalogue` says how it lies there.

A replacement takes a generation of its own, looks what is there, writes where a product differs, and moves the pointer.
One that dies leaves ``next`` entries of a generation that never counts; the one after clears them away. One that goes
on although a later one has begun finds its conditions broken, and cannot move the pointer.
"""

import heapq
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from shared.adapters.aws import ask, code_of
from shared.adapters.dynamodb import Item, items
from shared.adapters.dynamodb_catalogue import (
    NEWEST,
    POINTER,
    Entry,
    Pointer,
    entry_value,
    in_parallel,
    key_of,
    read,
    shown,
    since_of,
)
from shared.adapters.dynamodb_movements import MOST_KNOWN, is_log, list_key, list_record, listed, read_moved
from shared.adapters.dynamodb_offers import Offered
from shared.domain.errors import TurnLost, Unavailable
from shared.domain.moments import to_micros
from shared.domain.movements import KEPT, MovementKind, News
from shared.domain.offers import with_offer
from shared.domain.products import Product
from shared.domain.records import product_record
from shared.ports import Clock

_BATCH = 500
_ATTEMPTS = 5
_NEWEST = 1_000
_NEWEST_BYTES = 150_000
"""Of the list of the newest: an item has room for 400 KB, and two of these lists."""
_FAILED = "ConditionalCheckFailedException"
_NAMES = {"#live": "live", "#next": "next", "#since": "since", "#offer": "offer"}


class _Seen(NamedTuple):
    """What an item held when it was looked at: the digest of what it shows, since when its ``next`` counts, and whether
    it has changed offers: those must be there when a rollback brings the product back."""

    digest: str | None
    since: int | None
    changed: bool


_NOTHING = _Seen(None, None, changed=False)


class Replacement:
    def __init__(self, client: Any, table: str, version: str, as_of: datetime, fence: int, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._version = version
        self._as_of = as_of
        self._fence = fence
        self._clock = clock
        self._pointer = Pointer()

    @property
    def _own(self) -> int:
        return self._pointer.sequence

    def run(self, products: Iterable[Product]) -> None:
        """Raises TurnLost where one with a greater fence, or a later one, has begun."""
        self._pointer = self._claimed()
        there = {item["id"]["S"]: self._seen(item) for item in self._scanned()}
        lists = {kind: there.pop(list_key(kind), _NOTHING) for kind in MovementKind}
        news = self._news()
        count, newest = 0, list[tuple[int, str]]()
        stream = iter(products)
        while batch := list(islice(stream, _BATCH)):
            if news:
                self._compare(batch, there, news)
            self._put([(key_of(product.id), _entry(product)) for product in batch], there)
            count += len(batch)
            newest = heapq.nsmallest(_NEWEST, newest + [_age(product) for product in batch])
        self._put([(NEWEST, Entry(json.dumps(_fitting(newest), ensure_ascii=False)))], there)
        gone = iter(list(there))
        while keys := list(islice(gone, _BATCH)):
            self._put([(key, None) for key in keys], there)
        self._tell(news, lists)
        self._move(count)

    def _news(self) -> News | None:
        """None for the first catalogue, and for an older one that is put back: in those nothing is new."""
        if self._pointer.version is None or to_micros(self._as_of) < self._pointer.as_of:
            return None
        now, arrived = self._clock.now(), MovementKind.ARRIVED
        return News(
            now, lambda: {each.product_id for each in read_moved(self._client, self._table, arrived, now, MOST_KNOWN)}
        )

    def _compare(self, batch: list[Product], there: dict[str, _Seen], news: News) -> None:
        """Tell ``news`` what the products were before, with their changed offers, and are now."""
        looked: dict[str, Product] = {}
        for product in batch:
            seen = there.get(key_of(product.id), _NOTHING)
            if seen.digest is None:
                news.compare(None, product)
            elif seen.changed or seen.digest != _entry(product).digest:
                looked[key_of(product.id)] = product
        _, found = read(self._client, self._table, looked, ("record",), consistent=True)
        for key, product in looked.items():
            before = Offered.of(found.get(key, {}), self._pointer)
            if before:
                news.compare(before.now(), with_offer(product, before.known, self._as_of))

    def _tell(self, news: News | None, lists: dict[MovementKind, _Seen]) -> None:
        """Put what is new before what was there; a list that is not settled yet must be, whatever is new."""
        now = self._clock.now()
        told = news.told(now) if news else {}
        for kind, seen in lists.items():
            if kind in told or seen.since is not None:
                key = list_key(kind)
                item = ask(self._client.get_item, TableName=self._table, Key={"id": {"S": key}}, ConsistentRead=True)
                record = shown(item.get("Item", {}), self._pointer.generation, "record")
                moved = [*told.get(kind, []), *(each for each in listed(kind, record) if each.at > now - 2 * KEPT)]
                self._put([(key, Entry(list_record(moved)))], {key: seen})

    def _claimed(self) -> Pointer:
        values = {":zero": {"N": "0"}, ":one": {"N": "1"}, ":fence": {"N": str(self._fence)}}
        answer = self._update(
            POINTER,
            "SET #sequence = if_not_exists(#sequence, :zero) + :one, #fence = :fence",
            "attribute_not_exists(#fence) OR #fence <= :fence",
            {"#sequence": "sequence", "#fence": "fence"},
            values,
        )
        if answer is None:
            raise self._too_late()
        return Pointer.of(answer["Attributes"])

    def _move(self, count: int) -> None:
        facts: Item = {
            "generation": {"N": str(self._own)},
            "version": {"S": self._version},
            "as_of": {"N": str(to_micros(self._as_of))},
            "count": {"N": str(count)},
        }
        answer = self._update(
            POINTER,
            "SET " + ", ".join(f"#{name} = :{name}" for name in facts),
            "#sequence = :sequence",
            {f"#{name}": name for name in (*facts, "sequence")},
            {f":{name}": value for name, value in facts.items()} | {":sequence": {"N": str(self._own)}},
        )
        if answer is None:
            raise self._too_late()

    def _scanned(self) -> Iterator[Item]:
        names = {f"#{name}": name for name in ("id", "live", "next", "since", "digest", "offer")}
        scanned = items(
            self._client.scan,
            TableName=self._table,
            ConsistentRead=True,
            ProjectionExpression="#id, #live.#digest, #next.#digest, #next.#since, #offer",
            ExpressionAttributeNames=names,
        )
        return (item for item in scanned if item["id"]["S"] != POINTER and not is_log(item["id"]["S"]))

    def _seen(self, item: Item) -> _Seen:
        since = since_of(item)
        if since is not None and since > self._own:
            raise self._too_late()
        changed = bool(item.get("offer", {}).get("M"))
        return _Seen(shown(item, self._pointer.generation, "digest"), since, changed)

    def _put(self, wanted: list[tuple[str, Entry | None]], there: dict[str, _Seen]) -> None:
        """Bring the items to what is wanted of them, and take them out of ``there``."""
        seen = [there.pop(key, _NOTHING) for key, _ in wanted]
        differing = [
            (key, entry, before)
            for (key, entry), before in zip(wanted, seen, strict=True)
            if before.since is not None or entry is None or entry.digest != before.digest
        ]
        in_parallel(lambda each: self._put_one(*each), differing)

    def _put_one(self, key: str, entry: Entry | None, seen: _Seen) -> None:
        for _ in range(_ATTEMPTS):
            if self._written(key, entry, seen):
                return
            item = ask(self._client.get_item, TableName=self._table, Key={"id": {"S": key}}, ConsistentRead=True)
            if "Item" not in item and entry is None:
                return
            seen = self._seen(item.get("Item", {}))
        raise Unavailable("An item of the catalogue is changed again and again: see that only one job replaces it.")

    def _written(self, key: str, entry: Entry | None, seen: _Seen) -> bool:
        """Whether nothing had to be done to the item, or it was as ``seen`` and is done."""
        counts = seen.since is not None and seen.since == self._pointer.generation
        unseen = "attribute_not_exists(#next)" if seen.since is None else "#next.#since = :seen"
        values: Item = {} if seen.since is None else {":seen": {"N": str(seen.since)}}
        write = partial(self._update, key, condition=unseen, names=_NAMES)
        if seen.digest == (entry.digest if entry else None):
            if entry is None and not seen.changed:
                return self._deleted(key, unseen, values)
            if seen.since is None:
                return True
            settled = "SET #live = #next REMOVE #next" if counts else "REMOVE #next"
            return write(settled, values=values) is not None
        update = "SET #next = :next, #offer = if_not_exists(#offer, :unchanged)"
        values |= {":next": entry_value(self._own, entry), ":unchanged": {"M": {}}}
        return write(f"{update}, #live = #next" if counts else update, values=values) is not None

    def _deleted(self, key: str, condition: str, values: Item) -> bool:
        return self._conditional(self._client.delete_item, key, condition, _NAMES, values) is not None

    def _update(
        self, key: str, update: str, condition: str, names: dict[str, str], values: Item
    ) -> dict[str, Any] | None:
        more = {"UpdateExpression": update, "ReturnValues": "ALL_NEW" if key == POINTER else "NONE"}
        return self._conditional(self._client.update_item, key, condition, names, values, **more)

    def _conditional(
        self, call: Any, key: str, condition: str, names: dict[str, str], values: Item, **more: Any
    ) -> dict[str, Any] | None:
        """The answer, or None where the condition does not hold."""
        from botocore.exceptions import ClientError

        text = f"{condition} {more.get('UpdateExpression', '')}"
        asked: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"id": {"S": key}},
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {name: path for name, path in names.items() if name in text},
            **more,
        }
        if values:
            asked["ExpressionAttributeValues"] = values
        try:
            answer: dict[str, Any] = ask(call, **asked)
        except ClientError as error:
            if code_of(error) != _FAILED:
                raise
            return None
        return answer

    def _too_late(self) -> TurnLost:
        return TurnLost(f"The catalogue of version {self._version} came too late: a later job has replaced it.")


def _entry(product: Product) -> Entry:
    return Entry(json.dumps(product_record(product), ensure_ascii=False), product.group)


def _age(product: Product) -> tuple[int, str]:
    """Smaller for what was added later."""
    return (-to_micros(product.added_at) if product.added_at else 0), product.id


def _fitting(newest: list[tuple[int, str]]) -> list[str]:
    ids, size = [], 0
    for _, product_id in newest:
        size += len(product_id.encode()) + 4
        if size > _NEWEST_BYTES:
            break
        ids.append(product_id)
    return ids
