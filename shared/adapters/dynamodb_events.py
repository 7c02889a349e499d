"""Events in DynamoDB.

An event is two items, written together: a marker by its id, which makes it count once, and the event itself among its
user's, in order of time within four classes: those that decide a standing, the other telling ones, searches, and the
rest. What is asked of a user is then one Query for each class that matters. Events are gone after the table's
retention, and with them the memory of their ids.
"""

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from random import SystemRandom
from secrets import token_hex
from time import sleep
from typing import Any

from shared.adapters.aws import Connections, ask, code_of
from shared.adapters.dynamodb import Item, items, many, pages
from shared.adapters.dynamodb_activity import DailyCounts, day_key, type_of
from shared.adapters.dynamodb_erasure import Erasure, marker_of, place_of
from shared.adapters.dynamodb_merging import Moves
from shared.adapters.dynamodb_withholding import Withholding, is_private
from shared.adapters.histories import HistoryRow, distinct, histories_of, in_order
from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable
from shared.domain.event_records import event_from_record, event_json
from shared.domain.events import (
    TELLING_TYPES,
    Activity,
    Event,
    EventType,
    is_nobody,
    names_collection,
)
from shared.domain.moments import from_micros, to_micros
from shared.domain.outcomes import Outcome
from shared.domain.standing import STANDING_TYPES, Standing, fold
from shared.ports import MOST_FORGOTTEN, MOST_MERGED, Clock

_MOST_EVENTS = 50
"""Of a transaction: it holds at most 100 items."""
_ATTEMPTS = 7
_PAUSE_SECONDS = 0.01
"""Doubled for every attempt made, and then any part of it: about 0.6 s in all."""
_STANDING = "s"
_TELLING = "t"
_SEARCH = "q"
_OTHER = "o"
_CLASSES = (_STANDING, _TELLING, _SEARCH, _OTHER)
_PASSING = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})

_chance = SystemRandom()  # functions that wake from one snapshot would else all wait for the same time


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event and its record as JSON, made before anything is written: one that cannot be stored stops its batch."""

    event: Event
    record: str

    @property
    def marker(self) -> str:
        return marker_of(self.event.event_id)

    def item(self, received: datetime) -> Item:
        event = self.event
        item: Item = {
            "pk": {"S": f"u#{event.user_id}"},
            "sk": {"S": f"{_class_of(event.type)}#{to_micros(event.occurred_at):020}#{event.event_id}"},
            "type": {"S": type_of(event)},
            "product_id": {"S": event.product_id},
            "occurred_at": {"N": str(to_micros(event.occurred_at))},
            "received_at": {"N": str(to_micros(received))},
            "record": {"S": self.record},
        }
        if event.private:
            item["private"] = {"BOOL": True}
        elif event.product_id:  # what is of no product is not counted, and has no place in the index
            item["day"] = {"S": day_key(event.event_id, received)}
        return item


def _class_of(type_: EventType) -> str:
    if type_ in STANDING_TYPES:
        return _STANDING
    if type_ in TELLING_TYPES:
        return _TELLING
    return _SEARCH if type_ is EventType.SEARCH else _OTHER


@dataclass(frozen=True, slots=True)
class _Refusals:
    """Why a transaction was not done: ids that are known, with who wrote them; and whether it was in another's way."""

    known: dict[str, str]
    busy: bool


def _refusals(error: Exception, entries: Sequence[_Entry]) -> _Refusals:
    """Raises ``error`` where it is anything that trying again does not mend."""
    response: dict[str, Any] = getattr(error, "response", {})
    reasons = response.get("CancellationReasons", [])
    if code_of(error) != "TransactionCanceledException" or len(reasons) != 2 * len(entries):
        raise error
    codes = {reason["Code"] for reason in reasons} - {"None"}
    if not codes or codes - _PASSING - {"ConditionalCheckFailed"}:
        raise error
    known = {
        entry.event.event_id: reason.get("Item", {}).get("by", {}).get("S", "")
        for entry, reason in zip(entries, reasons[::2], strict=True)
        if reason["Code"] == "ConditionalCheckFailed"
    }
    return _Refusals(known, busy=bool(codes & _PASSING))


def _event(item: Item) -> Event:
    return event_from_record(json.loads(item["record"]["S"]), from_micros(int(item["received_at"]["N"])))


class DynamoEvents:
    """An :class:`shared.ports.EventStore`."""

    def __init__(self, connections: Connections, table: str, clock: Clock, retention_days: int) -> None:
        self._connections = connections
        self._table = table
        self._clock = clock
        self._retention = timedelta(days=retention_days)
        self._activity = DailyCounts(connections, table, clock, retention_days)

    def add(self, events: Sequence[Event]) -> list[bool]:
        entries: dict[str, _Entry] = {}
        for event in events:
            entries.setdefault(event.event_id, _Entry(event, event_json(event)))
        waiting = list(entries.values())
        writer = token_hex(8)
        stored: set[str] = set()
        for start in range(0, len(waiting), _MOST_EVENTS):
            stored |= self._store(waiting[start : start + _MOST_EVENTS], writer)
        answer = []
        for event in events:
            answer.append(event.event_id in stored)
            stored.discard(event.event_id)
        return answer

    def known(self, event_ids: Sequence[str]) -> frozenset[str]:
        ids = {marker_of(event_id): event_id for event_id in event_ids}
        keys = [{"pk": {"S": marker}, "sk": {"S": "-"}} for marker in ids]
        there = many(self._connections.client("dynamodb").batch_get_item, self._table, keys)
        return frozenset(ids[item["pk"]["S"]] for item in there)

    def recent(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        newest = heapq.merge(
            *(self._newest(user_id, class_, limit, received_until) for class_ in (_STANDING, _TELLING)),
            key=place_of,
            reverse=True,
        )
        return [_event(item) for item in islice(newest, limit)]

    def searched(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        return [_event(item) for item in islice(self._newest(user_id, _SEARCH, limit, received_until), limit)]

    def touched(self, user_id: str, since: datetime) -> frozenset[str]:
        return frozenset(
            item["product_id"]["S"]
            for class_ in (_STANDING, _TELLING)
            for item in self._own(user_id, class_, since=since, ProjectionExpression="product_id")
        )

    def standing(self, user_id: str) -> Standing:
        return fold(_event(item) for item in self._own(user_id, _STANDING))

    def activity(self, since: date) -> Iterator[Activity]:
        return self._activity.since(since)

    def outcomes(self, since: date) -> Iterator[Outcome]:
        return self._activity.outcomes_since(since)

    def histories(self, until: datetime) -> Iterator[list[Event]]:
        return histories_of(in_order(self._tellings(until)))

    def searches(self, since: datetime) -> Iterator[tuple[str, str]]:
        """Reads the whole table, as :meth:`histories` does."""
        for item in items(
            self._connections.client("dynamodb").scan,
            TableName=self._table,
            FilterExpression="occurred_at >= :since AND begins_with(sk, :search)",
            ExpressionAttributeValues={":since": {"N": str(to_micros(since))}, ":search": {"S": f"{_SEARCH}#"}},
            ProjectionExpression="#record, received_at",
            ExpressionAttributeNames={"#record": "record"},
        ):
            event = _event(item)
            if not event.private:
                yield event.user_id, event.query

    def merge(self, from_user: str, to_user: str) -> int:
        moves = Moves(self._connections.client("dynamodb"), self._table, self._clock, to_user)
        own = chain.from_iterable(self._own(from_user, class_, ScanIndexForward=False) for class_ in _CLASSES)
        found = list(islice(own, MOST_MERGED))
        moves.run(found)
        return len(found)

    def users(self, since: datetime) -> Iterator[str]:
        """Reads the whole table, as :meth:`histories` does."""
        found = items(
            self._connections.client("dynamodb").scan,
            TableName=self._table,
            FilterExpression="occurred_at >= :since AND begins_with(pk, :user)",
            ExpressionAttributeValues={":since": {"N": str(to_micros(since))}, ":user": {"S": "u#"}},
            ProjectionExpression="pk",
        )
        ids = (item["pk"]["S"].removeprefix("u#") for item in found)
        return distinct(user_id for user_id in ids if not is_nobody(user_id))

    def withhold(self, user_id: str) -> int:
        own = chain.from_iterable(self._own(user_id, class_) for class_ in _CLASSES)
        found = [item for item in own if not is_private(item)]
        return Withholding(self._connections, self._table, self._activity).run(found)

    def everything(self, user_id: str, limit: int, after: tuple[datetime, str] | None = None) -> list[Event]:
        since, last = (after[0], f"{to_micros(after[0]):020}#{after[1]}") if after else (None, "")
        # One more than wanted: the one that the last call ended with is asked for again.
        own = [self._own(user_id, class_, since=since, Limit=limit + 1) for class_ in _CLASSES]
        in_order = (item for item in heapq.merge(*own, key=place_of) if place_of(item) > last)
        return [_event(item) for item in islice(in_order, limit)]

    def forget(self, user_id: str) -> int:
        asked: dict[str, Any] = {
            "ProjectionExpression": "pk, sk, #day",
            "ExpressionAttributeNames": {"#day": "day"},
            "Limit": MOST_FORGOTTEN,
        }
        own = chain.from_iterable(self._own(user_id, class_, **asked) for class_ in _CLASSES)
        return Erasure(self._connections, self._table, self._activity).run(list(islice(own, MOST_FORGOTTEN)))

    def count(self) -> int:
        """Reads the whole table, as no service does: DynamoDB's own figure is hours old."""
        asked = {"FilterExpression": "begins_with(pk, :marker)", "ExpressionAttributeValues": {":marker": {"S": "e#"}}}
        scan = self._connections.client("dynamodb").scan
        return sum(page["Count"] for page in pages(scan, TableName=self._table, Select="COUNT", **asked))

    def _store(self, entries: Sequence[_Entry], writer: str) -> set[str]:
        """In one transaction; returns the ids that were not known. Raises Unavailable where busy, or out of time."""
        from botocore.exceptions import ClientError

        stored: set[str] = set()
        busy = False
        for attempt in range(_ATTEMPTS):
            if remaining() == 0:
                raise Unavailable("The events table is too slow for so many events: try again in a moment.")
            if busy:
                sleep(_chance.uniform(0, _PAUSE_SECONDS * 2**attempt))
            try:
                self._commit(entries, writer)
                return stored | {entry.event.event_id for entry in entries}
            except ClientError as error:
                refused = _refusals(error, entries)
            # Where an answer was lost, the marker that is in the way is the one that this very call has written.
            stored |= {event_id for event_id, written_by in refused.known.items() if written_by == writer}
            entries = [entry for entry in entries if entry.event.event_id not in refused.known]
            if not entries:
                return stored
            busy = refused.busy
        raise Unavailable("The events table is busy with other writes: try again in a moment.")

    def _commit(self, entries: Sequence[_Entry], writer: str) -> None:
        client = self._connections.client("dynamodb")
        now = self._clock.now()
        expires = {"N": str(int((now + self._retention).timestamp()))}
        puts: list[dict[str, Any]] = []
        for entry in entries:
            marker = {"pk": {"S": entry.marker}, "sk": {"S": "-"}, "by": {"S": writer}, "expires_at": expires}
            puts.append(
                {
                    "Item": marker,
                    "ConditionExpression": "attribute_not_exists(pk)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            )
            puts.append({"Item": {**entry.item(now), "expires_at": expires}})
        ask(client.transact_write_items, TransactItems=[{"Put": {"TableName": self._table, **put}} for put in puts])

    def _newest(self, user_id: str, class_: str, limit: int, received_until: datetime) -> Iterator[Item]:
        """Those of one class that were received by then, newest first, in pages of ``limit``."""
        until = {":until": {"N": str(to_micros(received_until))}}
        asked: dict[str, Any] = {"FilterExpression": "received_at <= :until", "Limit": max(limit, 1)}
        return self._own(user_id, class_, until, ScanIndexForward=False, **asked)

    def _own(
        self, user_id: str, class_: str, values: Item | None = None, since: datetime | None = None, **asked: Any
    ) -> Iterator[Item]:
        """A user's events of one class, those of a second ago among them."""
        first = f"{class_}#{to_micros(since):020}" if since else f"{class_}#"
        return items(
            self._connections.client("dynamodb").query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": f"u#{user_id}"},
                ":first": {"S": first},
                ":last": {"S": f"{class_}$"},
                **(values or {}),
            },
            ConsistentRead=True,
            **asked,
        )

    def _tellings(self, until: datetime) -> Iterator[HistoryRow]:
        """Of all users, in the order of the table's partitions, which is none."""
        for item in items(
            self._connections.client("dynamodb").scan,
            TableName=self._table,
            FilterExpression="occurred_at < :until AND (begins_with(sk, :standing) OR begins_with(sk, :telling))",
            ExpressionAttributeValues={
                ":until": {"N": str(to_micros(until))},
                ":standing": {"S": f"{_STANDING}#"},
                ":telling": {"S": f"{_TELLING}#"},
            },
            ProjectionExpression="#record, received_at",
            ExpressionAttributeNames={"#record": "record"},
        ):
            event = _event(item)
            if not (event.private or is_nobody(event.user_id) or names_collection(event.product_id)):
                yield (
                    event.user_id, to_micros(event.occurred_at), event.event_id, event.type.value, event.product_id,
                    event.value, json.dumps(dict(event.properties)),
                )  # fmt: skip
