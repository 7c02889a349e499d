"""Events by user, from an events file; whatever order and however often they stand in it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from indexer.events_file import read_events_file
from shared.domain.errors import InvalidInput
from shared.domain.events import TELLING_TYPES, Event, names_collection
from shared.services.event_formats import Rejected, Signal, read_events

MOST_EVENTS = 10_000_000
_AFTER_THE_TEST_BEGINS = timedelta(days=365)
"""Taken as the moment the file was received, so that a test of old data is not refused for its age."""


@dataclass(slots=True)
class Histories:
    """One list of events a user, and what had to be passed over."""

    users: list[list[Event]]
    unknown: int = 0
    repeated: int = 0
    rejected: int = 0
    first_reason: str = ""

    def about(self) -> dict[str, object]:
        return {
            "events": sum(map(len, self.users)),
            "events passed over as unknown to the items": self.unknown,
            "events passed over as repeated": self.repeated,
            "lines passed over as no events": f"{self.rejected:,}, the first: {self.first_reason}"
            if self.rejected
            else 0,
        }


def from_file(path: Path, test_from: datetime, known: Collection[str] | None) -> Histories:
    """The telling events of the file on ``known`` products (None: on any). Raises InvalidInput for what has none."""
    histories = Histories([])
    users: dict[str, list[Event]] = {}
    seen: set[str] = set()
    for _, raw in read_events_file(path):
        for read in read_events(raw, test_from + _AFTER_THE_TEST_BEGINS):
            if isinstance(read, Signal):
                continue
            if isinstance(read, Rejected):
                histories.rejected += 1
                histories.first_reason = histories.first_reason or read.reason
            elif read.event_id in seen:
                histories.repeated += 1
            elif read.type in TELLING_TYPES and not names_collection(read.product_id):
                seen.add(read.event_id)
                _keep(histories, users, read, known)
        if len(seen) > MOST_EVENTS:
            raise InvalidInput(f"{path} holds more than {MOST_EVENTS:,} events: evaluate on a sample of its users.")
    if not users:
        why = f" ({histories.first_reason})" if histories.first_reason else ""
        raise InvalidInput(f"{path} has no event on a known product{why}: check the file, and the ids of --items.")
    histories.users = list(users.values())
    return histories


def from_store(stream: Iterable[Sequence[Event]], known: Collection[str]) -> Histories:
    """The same of what an event store holds."""
    histories = Histories([])
    users: dict[str, list[Event]] = {}
    for number, event in enumerate(_each(stream), 1):
        if number > MOST_EVENTS:
            raise InvalidInput(
                f"The store holds more than {MOST_EVENTS:,} events: evaluate on a file with fewer of them."
            )
        _keep(histories, users, event, known)
    histories.users = list(users.values())
    return histories


def _each(stream: Iterable[Sequence[Event]]) -> Iterator[Event]:
    return (event for own in stream for event in own)


def _keep(histories: Histories, users: dict[str, list[Event]], event: Event, known: Collection[str] | None) -> None:
    if event.product_id and (known is None or event.product_id in known):
        users.setdefault(event.user_id, []).append(event)
    else:
        histories.unknown += 1
