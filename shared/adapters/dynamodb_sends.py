"""Sends in DynamoDB, in the table of the events.

A send is two items, written together and removed together: itself, among its user's, and one by its ref that says whose
it is. Both are gone when :data:`shared.domain.send_records.KEPT` is over, or the table's retention where that is less.
"""

from collections.abc import Callable, Sequence
from contextvars import copy_context
from datetime import datetime, timedelta
from random import SystemRandom
from time import sleep
from typing import Any, TypeVar

from shared.adapters.aws import Connections, ask, code_of
from shared.adapters.dynamodb import Item, items, many
from shared.adapters.dynamodb_catalogue import in_parallel
from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable
from shared.domain.moments import from_micros, to_micros
from shared.domain.send_records import KEPT, packed, unpacked
from shared.domain.sends import Send, SendState
from shared.ports import Clock

_MOST_SENDS = 50
"""Of a transaction: it holds at most 100 items."""
_ATTEMPTS = 7
_PAUSE_SECONDS = 0.01
"""Doubled for every attempt made, and then any part of it: about 0.6 s in all."""
_FAILED = "ConditionalCheckFailed"
_PASSING = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})

_Operations = tuple[dict[str, Any], dict[str, Any]]
"""On a send's two items, its own first: an item to be put, or a key to be deleted."""
_T = TypeVar("_T")
_R = TypeVar("_R")


class DynamoSends:
    """A :class:`shared.ports.SendStore`; reads are strongly consistent."""

    def __init__(self, connections: Connections, table: str, clock: Clock, retention_days: int) -> None:
        self._connections = connections
        self._table = table
        self._clock = clock
        self._kept = min(KEPT, timedelta(days=retention_days))

    def add(self, sends: Sequence[Send]) -> list[Send]:
        waiting: dict[tuple[str, str], Send] = {}
        for send in sends:
            waiting.setdefault((send.user_id, send.campaign), send)
        kept = dict(waiting)
        expires = {"N": str(int((self._clock.now() + self._kept).timestamp()))}
        puts = {each: self._puts(send, expires) for each, send in waiting.items()}
        for each, there in self._commit(puts).items():
            kept[each] = _send(there)  # where an answer was lost, it is the very one that was to be added
        return [kept[send.user_id, send.campaign] for send in sends]

    def of(self, user_ids: Sequence[str], campaign: str) -> dict[str, Send]:
        keys = [_key(user_id, campaign) for user_id in dict.fromkeys(user_ids)]
        return {(send := _send(item)).user_id: send for item in many(self._client().batch_get_item, self._table, keys)}

    def recent(self, user_ids: Sequence[str], channel: str, since: datetime) -> dict[str, list[Send]]:
        def sent(user_id: str) -> list[Send]:
            own = [each for each in self._own(user_id) if each.channel == channel and each.state is SendState.SENT]
            own.sort(key=lambda send: (-to_micros(send.at), send.campaign))
            return [send for send in own if send.at >= since]

        distinct = list(dict.fromkeys(user_ids))
        found = zip(distinct, _side_by_side(sent, distinct), strict=True)
        return {user_id: sends for user_id, sends in found if sends}

    def by_ref(self, ref: str) -> Send | None:
        item = self._item(_ref_key(ref))
        there = self._item({"pk": item["of"], "sk": item["of_sk"]}) if item else None
        send = _send(there) if there else None
        return send if send and send.ref == ref else None

    def mark(self, campaign: str, user_ids: Sequence[str], state: SendState, at: datetime) -> int:
        def mark_one(user_id: str) -> bool:
            return self._update(
                _key(user_id, campaign),
                UpdateExpression="SET #state = :state, #at = :at",
                ConditionExpression="attribute_exists(pk) AND #state <> :state",
                ExpressionAttributeNames={"#state": "state", "#at": "at"},
                ExpressionAttributeValues={":state": {"S": state.value}, ":at": {"N": str(to_micros(at))}},
            )

        return sum(_side_by_side(mark_one, list(dict.fromkeys(user_ids))))

    def show(self, ref: str, place: int, product_id: str) -> None:
        item = self._item(_ref_key(ref))
        if item is None:
            return
        self._update(
            {"pk": item["of"], "sk": item["of_sk"]},
            UpdateExpression="SET #shown.#place = :product",
            ConditionExpression="#ref = :ref",
            ExpressionAttributeNames={"#shown": "shown", "#place": str(place), "#ref": "ref"},
            ExpressionAttributeValues={":product": {"S": product_id}, ":ref": {"S": ref}},
        )

    def remove(self, campaign: str, user_ids: Sequence[str]) -> int:
        return self._remove(list(self.of(user_ids, campaign).values()))

    def everything(self, user_id: str) -> list[Send]:
        return sorted(self._own(user_id), key=lambda send: (send.at, send.campaign))

    def forget(self, user_id: str) -> int:
        return self._remove(self._own(user_id))

    def _own(self, user_id: str) -> list[Send]:
        asked = {":pk": {"S": f"u#{user_id}"}, ":sends": {"S": _SENDS}}
        found = items(
            self._client().query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sends)",
            ExpressionAttributeValues=asked,
            ConsistentRead=True,
        )
        return [_send(item) for item in found]

    def _remove(self, sends: Sequence[Send]) -> int:
        """Each with its ref. One that is not there any more, or another's by now, is left as it is."""
        self._commit({(send.user_id, send.campaign): self._deletes(send) for send in sends})
        return len(sends)

    def _puts(self, send: Send, expires: dict[str, str]) -> _Operations:
        own = {"Item": {**_item(send), "expires_at": expires}, "ConditionExpression": "attribute_not_exists(pk)"}
        key = _key(send.user_id, send.campaign)
        by_ref = {"Item": {**_ref_key(send.ref), "of": key["pk"], "of_sk": key["sk"], "expires_at": expires}}
        return (
            {"TableName": self._table, "ReturnValuesOnConditionCheckFailure": "ALL_OLD", **own},
            {"TableName": self._table, **by_ref},
        )

    def _deletes(self, send: Send) -> _Operations:
        own = {
            "Key": _key(send.user_id, send.campaign),
            "ConditionExpression": "#ref = :ref",
            "ExpressionAttributeNames": {"#ref": "ref"},
            "ExpressionAttributeValues": {":ref": {"S": send.ref}},
        }
        return (
            {"TableName": self._table, **own},
            {"TableName": self._table, "Key": _ref_key(send.ref)},
        )

    def _commit(self, operations: dict[tuple[str, str], _Operations]) -> dict[tuple[str, str], Item]:
        """Do all whose condition holds; of the others, what is there.

        Raises Unavailable where busy, or out of time: what has been done by then stays so.
        """
        left = dict(operations)
        there: dict[tuple[str, str], Item] = {}
        while left:
            batch = dict(list(left.items())[:_MOST_SENDS])
            there |= self._commit_batch(batch)
            left = {each: operation for each, operation in left.items() if each not in batch}
        return there

    def _commit_batch(self, batch: dict[tuple[str, str], _Operations]) -> dict[tuple[str, str], Item]:
        there: dict[tuple[str, str], Item] = {}
        for attempt in range(_ATTEMPTS):
            if remaining() == 0:
                raise Unavailable("The events table is too slow for so many sends: try again in a moment.")
            if attempt:
                sleep(SystemRandom().uniform(0, _PAUSE_SECONDS * 2**attempt))
            reasons = self._refused(batch)
            refused = dict(zip(batch, reasons[::2], strict=False))
            there |= {each: why.get("Item", {}) for each, why in refused.items() if why["Code"] == _FAILED}
            batch = {each: batch[each] for each in refused if each not in there}
            if not batch:
                return there
        raise Unavailable("The events table is busy with other writes: try again in a moment.")

    def _refused(self, batch: dict[tuple[str, str], _Operations]) -> list[dict[str, Any]]:
        """Do all in one transaction; where that was refused, why, two reasons a send, else none."""
        from botocore.exceptions import ClientError

        wanted = [operation for pair in batch.values() for operation in pair]
        try:
            ask(
                self._client().transact_write_items,
                TransactItems=[{"Put": each} if "Item" in each else {"Delete": each} for each in wanted],
            )
        except ClientError as error:
            reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])
            codes = {reason["Code"] for reason in reasons}
            if code_of(error) != "TransactionCanceledException" or len(reasons) != len(wanted):
                raise
            if not codes & {*_PASSING, _FAILED} or codes - {*_PASSING, _FAILED, "None"}:
                raise
            return reasons
        return []

    def _update(self, key: Item, **asked: Any) -> bool:
        """Change an item where the condition holds; whether it is there."""
        from botocore.exceptions import ClientError

        try:
            ask(
                self._client().update_item,
                TableName=self._table,
                Key=key,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **asked,
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return "Item" in error.response
        return True

    def _item(self, key: Item) -> Item | None:
        answer = ask(self._client().get_item, TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _client(self) -> Any:
        return self._connections.client("dynamodb")


_SENDS = "x#"


def _side_by_side(call: Callable[[_T], _R], parts: Sequence[_T]) -> list[_R]:
    """In bounded threads, each with the request's deadline."""
    contexts = [(copy_context(), part) for part in parts]
    return in_parallel(lambda each: each[0].run(call, each[1]), contexts)


def _key(user_id: str, campaign: str) -> Item:
    return {"pk": {"S": f"u#{user_id}"}, "sk": {"S": f"{_SENDS}{campaign}"}}


def _ref_key(ref: str) -> Item:
    return {"pk": {"S": f"r#{ref}"}, "sk": {"S": "-"}}


def _item(send: Send) -> Item:
    return {
        **_key(send.user_id, send.campaign),
        "channel": {"S": send.channel},
        "state": {"S": send.state.value},
        "at": {"N": str(to_micros(send.at))},
        "ref": {"S": send.ref},
        "record": {"B": packed(send)},
        "shown": {"M": {str(place): {"S": product_id} for place, product_id in send.shown.items()}},
    }


def _send(item: Item) -> Send:
    return Send(
        user_id=item["pk"]["S"].removeprefix("u#"),
        campaign=item["sk"]["S"].removeprefix(_SENDS),
        channel=item["channel"]["S"],
        state=SendState(item["state"]["S"]),
        at=from_micros(int(item["at"]["N"])),
        ref=item["ref"]["S"],
        shown={int(place): product_id["S"] for place, product_id in item["shown"]["M"].items()},
        **unpacked(item["record"]["B"]),
    )
