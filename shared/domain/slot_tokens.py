"""Slot tokens: which send a picture in an email belongs to, signed, in a form that fits into an address.

``<shop or ->.<ref>.<expires>.<signature>``. The ref was drawn at random and says nothing of whose email it is; who has
the address sees what the email shows, and nothing else of its user. The signature is HMAC-SHA256 (RFC 2104), cut to
128 bits: it cannot be guessed at any rate at which a server answers.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

LONGEST_TOKEN = 160
"""Characters."""
_FIRST_SHOP = "-"
_TOKEN = re.compile(r"(-|[a-z0-9][a-z0-9-]{0,30})\.([A-Za-z0-9_-]{16,64})\.([1-9][0-9]{8,10})\.([A-Za-z0-9_-]{22})")
_SIGNATURE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Slot:
    """A token as it reads; ``shop`` is empty for the first one. Nothing of it is true before it was verified."""

    shop: str
    ref: str
    expires: datetime
    signature: str


def signed(secret: bytes, shop: str, ref: str, expires: datetime) -> str:
    """The token of a send of ``shop``. Raises ValueError for a ref that is none."""
    body = f"{shop or _FIRST_SHOP}.{ref}.{int(expires.timestamp())}"
    token = f"{body}.{_signature(secret, body)}"
    if not _TOKEN.fullmatch(token):
        raise ValueError("A ref has 16 to 64 letters, digits, dashes and underscores.")
    return token


def parsed(token: str) -> Slot | None:
    """None for what no token looks like."""
    match = _TOKEN.fullmatch(token) if len(token) <= LONGEST_TOKEN else None
    if match is None:
        return None
    shop, ref, expires, signature = match.groups()
    return Slot("" if shop == _FIRST_SHOP else shop, ref, datetime.fromtimestamp(int(expires), UTC), signature)


def is_genuine(slot: Slot, secrets: Iterable[bytes]) -> bool:
    """Whether it was signed with one of ``secrets``; takes as long for a wrong one as for a right one."""
    body = f"{slot.shop or _FIRST_SHOP}.{slot.ref}.{int(slot.expires.timestamp())}"
    return any(hmac.compare_digest(_signature(secret, body), slot.signature) for secret in secrets)


def _signature(secret: bytes, body: str) -> str:
    digest = hmac.new(secret, b"vitrine-slot\n" + body.encode(), sha256).digest()
    return urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).rstrip(b"=").decode()
