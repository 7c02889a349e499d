"""How the catalogue lies in its DynamoDB table.

A product's item has two entries. ``live`` is the product as it was; ``next`` is the product as it is from some
generation on, and counts from the moment at which the pointer item names that very generation. So a catalogue that is
written item by item changes all at once. An entry without a record says that the product is not in the catalogue. The
list of the newest products has an item of the same kind. Changed offers stand beside the entries, and outlive them.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self, TypeVar

from shared.adapters.aws import ask
from shared.adapters.dynamodb import Item
from shared.domain.errors import Unavailable

POINTER = "-"
NEWEST = "newest"
THREADS = 16
_MOST_KEYS = 99
"""Of a BatchGetItem, which takes a hundred: each also brings the pointer that its items are to be read by."""
_ATTEMPTS = 6
_PAUSE_SECONDS = 0.02
"""Before the second attempt; twice as long before each further one, 0.6 s in all."""

_T = TypeVar("_T")
_R = TypeVar("_R")


def key_of(product_id: str) -> str:
    return f"p#{product_id}"


@dataclass(frozen=True, slots=True)
class Pointer:
    """``generation`` is the one that counts, ``sequence`` the last that a replacement has taken for its own."""

    generation: int = 0
    sequence: int = 0
    version: str | None = None
    as_of: int = 0
    """Microseconds since 1970."""
    count: int = 0

    @classmethod
    def of(cls, item: Item) -> Self:
        def number(name: str) -> int:
            return int(item[name]["N"]) if name in item else 0

        version = item["version"]["S"] if "version" in item else None
        return cls(number("generation"), number("sequence"), version, number("as_of"), number("count"))


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be shown under a key: a product's record as JSON, with its group, or the list of the newest."""

    record: str
    group: str = ""

    @property
    def digest(self) -> str:
        return sha256(self.record.encode()).hexdigest()[:32]


def entry_value(since: int, entry: Entry | None) -> dict[str, Any]:
    """``entry`` as the wire has it, or that there is none, from the generation ``since`` on."""
    value: dict[str, Any] = {"since": {"N": str(since)}}
    if entry is not None:
        value |= {"record": {"S": entry.record}, "group": {"S": entry.group}, "digest": {"S": entry.digest}}
    return {"M": value}


def since_of(item: Item) -> int | None:
    """From which generation on the ``next`` entry counts; None without one."""
    return int(item["next"]["M"]["since"]["N"]) if "next" in item else None


def shown(item: Item, generation: int, attribute: str) -> str | None:
    """``record``, ``group`` or ``digest`` of the entry that counts; None where nothing is shown."""
    entry = item.get("next") if since_of(item) == generation else item.get("live")
    value: str | None = entry["M"].get(attribute, {}).get("S") if entry else None
    return value


def read(
    client: Any, table: str, keys: Iterable[str], attributes: Sequence[str], consistent: bool = False
) -> tuple[Pointer, dict[str, Item]]:
    """The pointer, and those of the items that are there, with these ``attributes`` of their entries and the offers.

    Reads are eventually consistent, at half the price, unless ``consistent`` is asked for: what was written a second
    ago may not be seen yet.
    """
    distinct = list(dict.fromkeys(keys))
    batches = [distinct[start : start + _MOST_KEYS] for start in range(0, len(distinct), _MOST_KEYS)]
    wanted = {"live": "live", "next": "next", "since": "since", "id": "id", "offer": "offer"}
    wanted |= {name: name for name in (*attributes, "generation", "as_of")}
    paths = ["#id", "#generation", "#as_of", "#offer", "#next.#since"]
    paths += [f"#{entry}.#{attribute}" for entry in ("live", "next") for attribute in attributes]
    asked: dict[str, Any] = {
        "ConsistentRead": consistent,
        "ProjectionExpression": ", ".join(paths),
        "ExpressionAttributeNames": {f"#{name}": path for name, path in wanted.items()},
    }
    found: dict[str, Item] = {}
    pointers = []
    for items in in_parallel(lambda batch: read_batch(client, table, batch, asked), batches):
        pointers.append(Pointer.of(items.pop(POINTER, {})))
        found |= items
    # Batches on both sides of a switch are all read as before it: their live entries are still what was shown then.
    return min(pointers, key=lambda pointer: pointer.generation, default=Pointer()), found


def read_batch(client: Any, table: str, keys: Sequence[str], asked: Mapping[str, Any]) -> dict[str, Item]:
    """Those of up to 99 items that are there, and the pointer; ``asked`` is what else the call says."""
    left = [{"id": {"S": key}} for key in (*keys, POINTER)]
    found: dict[str, Item] = {}
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
        answer = ask(client.batch_get_item, RequestItems={table: {"Keys": left, **asked}})
        found |= {item["id"]["S"]: item for item in answer["Responses"].get(table, [])}
        left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        if not left:
            return found
    raise Unavailable("The products table is too busy to be read: try again in a moment.")


def in_parallel(function: Callable[[_T], _R], parts: Sequence[_T]) -> list[_R]:
    if len(parts) < 2:
        return [function(part) for part in parts]
    with ThreadPoolExecutor(min(len(parts), THREADS)) as pool:
        return list(pool.map(function, parts))
