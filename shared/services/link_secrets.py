"""The secrets that a shop's links in emails are signed with: the newest signs, and all are believed while any token
that they signed may still be about."""

import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

from shared.domain.errors import LinkExpired, NotFound, StateConflict, Unavailable
from shared.domain.slot_tokens import Slot, is_genuine, parsed, signed
from shared.ports import Clock, StateStore

RECORD = "link-secrets"
LIFE = timedelta(days=60)
"""Of a token: who opens an email later than that finds neither its prices nor its products as they were."""
RENEWED = timedelta(days=90)
"""How long a secret signs."""
EVERY = timedelta(minutes=1)
EVERY_UNKNOWN = timedelta(seconds=5)
"""How often the record is read again at most: for what was signed with a secret that is not known, sooner."""
_ATTEMPTS = 8
_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Secret:
    id: str
    made_at: datetime
    value: bytes


class LinkSecrets:
    """Signs and verifies slot tokens of one shop. Safe to use from several threads.

    ``draw`` makes the secrets, out of the system's own randomness: never out of a state that a frozen process keeps.
    """

    def __init__(
        self, state: StateStore, clock: Clock, shop: str = "", draw: Callable[[int], bytes] = token_bytes
    ) -> None:
        self._state = state
        self._clock = clock
        self._shop = shop
        self._draw = draw
        self._lock = threading.Lock()
        self._known: tuple[_Secret, ...] = ()
        self._read_at: datetime | None = None

    def token(self, ref: str) -> str:
        """For the send ``ref``, good for :data:`LIFE`. Makes a secret where there is none, or it has signed for long.

        Raises Unavailable.
        """
        now = self._clock.now()
        with self._lock:
            if not self._is_read(EVERY):
                self._read()
            if not self._signs(now):
                self._renew(now)
            return signed(self._known[-1].value, self._shop, ref, now + LIFE)

    def verified(self, token: str) -> str:
        """The ref of the send. Raises NotFound for what this shop has not signed, LinkExpired, and Unavailable."""
        slot = parsed(token)
        if slot is None or slot.shop != self._shop or not self._is_genuine(slot):
            raise NotFound("There is nothing at this address: copy the whole of it out of the email.")
        if slot.expires <= self._clock.now():
            raise LinkExpired(f"This link was good until {slot.expires:%d %B %Y}: look for the product in the shop.")
        return slot.ref

    def _is_genuine(self, slot: Slot) -> bool:
        with self._lock:
            if not self._is_read(EVERY):
                self._read()
            if is_genuine(slot, self._values()):
                return True
            if self._is_read(EVERY_UNKNOWN):
                return False
            self._read()
            return is_genuine(slot, self._values())

    def _values(self) -> list[bytes]:
        return [secret.value for secret in self._known]

    def _signs(self, now: datetime) -> bool:
        return bool(self._known) and now - self._known[-1].made_at < RENEWED

    def _is_read(self, lately: timedelta) -> bool:
        return self._read_at is not None and timedelta(0) <= self._clock.now() - self._read_at < lately

    def _read(self) -> int:
        """Returns the revision that was read."""
        record = self._state.get(RECORD)
        self._known = _secrets(record.value) if record else ()
        self._read_at = self._clock.now()
        return record.revision if record else 0

    def _renew(self, now: datetime) -> None:
        for _ in range(_ATTEMPTS):
            revision = self._read()
            if self._signs(now):
                return
            new = _Secret(self._draw(4).hex(), now, self._draw(_BYTES))
            secrets = (*_still_believed(self._known, now), new)
            try:
                self._state.put(RECORD, _record(secrets), revision)
            except StateConflict:
                continue  # another process has made one
            self._known = secrets
            return
        raise Unavailable("The secrets of links are being changed by others: try again in a moment.")


def _still_believed(secrets: Sequence[_Secret], now: datetime) -> list[_Secret]:
    """The newest one signs until now; one before it did until the next was made and other processes had seen it."""
    ended = [*(later.made_at + EVERY for later in secrets[1:]), now]
    return [secret for secret, end in zip(secrets, ended, strict=False) if now - end < LIFE]


def _secrets(record: Mapping[str, Any]) -> tuple[_Secret, ...]:
    return tuple(
        _Secret(each["id"], datetime.fromisoformat(each["made_at"]), b64decode(each["secret"]))
        for each in record["secrets"]
    )


def _record(secrets: Sequence[_Secret]) -> dict[str, Any]:
    """The oldest first."""
    return {
        "secrets": [
            {"id": each.id, "made_at": each.made_at.isoformat(), "secret": b64encode(each.value).decode()}
            for each in secrets
        ]
    }
