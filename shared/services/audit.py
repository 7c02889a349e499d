"""The audit log: who has erased, exported or changed what, and when; and nothing of a person.

An entry is a blob of its own that is written once, named by its moment and a random mark: two who write at once do not
meet, and nobody has to be able to read or change what is there in order to add to it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex

from shared.domain.errors import InvalidInput
from shared.ports import BlobStore

_FOLDER = "audit"
_LONGEST = timedelta(days=800)

Fact = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Entry:
    """``facts`` are such as the key's id, a count, the request's id: never a person's id, or what stands for one."""

    at: datetime
    action: str
    facts: Mapping[str, Fact]


def note(blobs: BlobStore, now: datetime, action: str, **facts: Fact) -> None:
    """Add an entry; empty facts are left out. ``action`` is such as ``erase``, ``key-created``. Raises Unavailable."""
    record = {"at": now.isoformat(), "action": action, **{name: fact for name, fact in facts.items() if fact != ""}}
    name = f"{now.astimezone(UTC):%Y/%m/%d/%H%M%S%f}-{token_hex(8)}"
    blobs.put(f"{_FOLDER}/{name}.json", json.dumps(record, ensure_ascii=False).encode())


def entries(blobs: BlobStore, first: date, last: date) -> Iterator[Entry]:
    """Those of the days (UTC) from ``first`` to ``last``, oldest first. Raises InvalidInput for more than two years."""
    if last - first > _LONGEST:
        raise InvalidInput(f"From {first} to {last} is more than {_LONGEST.days} days: ask for fewer at a time.")
    for days in range((last - first).days + 1):
        day = first + timedelta(days=days)
        for name in blobs.names(f"{_FOLDER}/{day:%Y/%m/%d}"):
            if content := blobs.get(name):
                yield _entry(json.loads(content))


def _entry(record: dict[str, Fact]) -> Entry:
    return Entry(datetime.fromisoformat(str(record.pop("at"))), str(record.pop("action")), record)
