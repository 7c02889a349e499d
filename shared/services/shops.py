"""The register of a deployment's shops: a record of the first shop's state store, which has no line there itself.

Nothing is done for a shop that is not in it: no app is opened, no folder and no table comes to be.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from shared.domain.errors import InvalidInput, NotFound, StateConflict, Unavailable
from shared.ports import Clock, StateStore

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
MOST_SHOPS = 500
"""What a record of the state store holds with room to spare."""
LONGEST_LABEL = 200
LONGEST_FEED = 2_000

EVERY = timedelta(minutes=1)
"""How often the register is read again by who finds in it what is asked for."""
EVERY_UNKNOWN = timedelta(seconds=5)
"""How often by who does not: a shop that was added a moment ago is soon known, and strangers' names cost nothing."""

_RECORD = "shops"
_READABLE = ("https://", "http://", "s3://")
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class ShopEntry:
    """A shop besides the first; ``feed`` is what the schedule reads, empty where feeds are only dropped."""

    name: str
    label: str
    feed: str
    created_at: datetime


class Shops:
    """Safe to use from several threads; a process has one, which remembers what it read."""

    def __init__(self, open_state: Callable[[], StateStore], clock: Clock) -> None:
        """``open_state`` opens the first shop's store; it is called at the first question, not before."""
        self._open_state = open_state
        self._clock = clock
        self._reading = threading.Lock()
        self._read: tuple[datetime, Mapping[str, ShopEntry]] | None = None

    @cached_property
    def _state(self) -> StateStore:
        return self._open_state()

    def known(self, name: str) -> str:
        """``name``, empty for the first shop. Raises NotFound where the register has none of that name."""
        if not self.is_known(name):
            raise NotFound(f"There is no shop '{name[:40]}' here: add it by vitrine shops add, or check its name.")
        return name

    def is_known(self, name: str) -> bool:
        """Raises Unavailable where the register cannot be read and what was read last does not say it either."""
        if not name:
            return True
        if not NAME.fullmatch(name):
            return False
        return name in self._entries(name)

    def names(self) -> tuple[str, ...]:
        """Of all shops as they are now, the first one's, which is empty, before the others, sorted."""
        return ("", *sorted(self._look()))

    def all(self) -> tuple[ShopEntry, ...]:
        """Those besides the first as they are now, by name."""
        found = self._look()
        return tuple(found[name] for name in sorted(found))

    def feed(self, name: str) -> str:
        """The feed of a shop besides the first. Raises NotFound."""
        return self._entries(self.known(name))[name].feed

    def add(self, name: str, label: str = "", feed: str = "") -> ShopEntry:
        """Enter a shop, whose place is made already. One that is in it keeps what is not said anew.

        Raises InvalidInput for what is no name, and Unavailable.
        """
        check_shop(name, label, feed)
        entry = ShopEntry(name, label or name, feed, self._clock.now())
        for _ in range(_ATTEMPTS):
            found = self._state.get(_RECORD)
            entries = _entries(found.value if found else {})
            if known := entries.get(name):
                entry = replace(known, label=label or known.label, feed=feed or known.feed)
            elif len(entries) >= MOST_SHOPS:
                raise InvalidInput(f"There are {MOST_SHOPS} shops already: give the next one a deployment of its own.")
            try:
                self._state.put(_RECORD, _record(entries | {name: entry}), found.revision if found else 0)
            except StateConflict:
                continue
            self._look()
            return entry
        raise Unavailable("The register of shops is being changed by others: try again in a moment.")

    def _entries(self, name: str) -> Mapping[str, ShopEntry]:
        """As they were read lately enough for whoever asks for ``name``: who asks for a shop that is known does not
        wait for those who have the register read again by asking for others."""
        if (entries := self._lately(name)) is not None:
            return entries
        with self._reading:
            if (entries := self._lately(name)) is not None:
                return entries
            try:
                return self._look()
            except Unavailable:
                if self._read is not None and name in self._read[1]:
                    return self._read[1]
                raise

    def _lately(self, name: str) -> Mapping[str, ShopEntry] | None:
        if self._read is None:
            return None
        at, entries = self._read
        is_late = not timedelta(0) <= self._clock.now() - at < (EVERY if name in entries else EVERY_UNKNOWN)
        return None if is_late else entries

    def _look(self) -> Mapping[str, ShopEntry]:
        found = self._state.get(_RECORD)
        entries = _entries(found.value if found else {})
        self._read = self._clock.now(), entries
        return entries


def check_shop(name: str, label: str = "", feed: str = "") -> None:
    """Raises InvalidInput where a shop cannot be called so."""
    if not NAME.fullmatch(name):
        raise InvalidInput(
            f"'{name[:40]}' cannot be a shop's name: take 1 to 31 of a-z, 0-9 and -, the first one no hyphen."
        )
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise InvalidInput(f"The label has {len(label)} characters: give at most {LONGEST_LABEL}, on one line.")
    if len(feed) > LONGEST_FEED or not feed.isprintable():
        raise InvalidInput(f"The feed's name has {len(feed)} characters: give at most {LONGEST_FEED}, on one line.")
    if "://" in feed and not feed.lower().startswith(_READABLE):
        raise InvalidInput(f"The feed '{feed[:80]}' cannot be read: give an address that starts with https://.")


def _entries(record: Mapping[str, Any]) -> dict[str, ShopEntry]:
    rows = record.get("shops", ())
    entries = (ShopEntry(**{**row, "created_at": datetime.fromisoformat(row["created_at"])}) for row in rows)
    return {entry.name: entry for entry in entries}


def _record(entries: Mapping[str, ShopEntry]) -> dict[str, Any]:
    return {"shops": [asdict(each) | {"created_at": each.created_at.isoformat()} for each in entries.values()]}
