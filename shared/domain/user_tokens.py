"""The user's signature: a token by which a shop's server tells a browser's requests whose they are.

It is ``v1.KEY_ID.EXPIRES.USER.MAC``: the id of a secret key, seconds since 1970, the user id in base64url, and the
HMAC-SHA256 of all that stands before it, in base64url without padding. It is made with the signer of the key, which is
HMAC-SHA256(key, "vitrine user tokens"): a server needs the key alone, what is kept here can sign and cannot call, and
no other use of the key has the same code. A key is of one shop, and so are its signatures.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import InvalidInput, KeyRefused

LONGEST_TOKEN = 4_096
"""Characters; identity providers' JWTs have 500 to 2,000."""
LONGEST_LIFE = timedelta(days=30)
"""A token in a browser's storage outlives its session; a signature for longer is refused whoever made it."""
SKEW = timedelta(seconds=60)
"""By how much the clocks of two servers may differ."""
LONGEST_USER = 128

_VERSION = "v1"
_PURPOSE = b"vitrine user tokens"
_NOBODYS = hashlib.sha256(b"nobody's").hexdigest()
_MALFORMED = "The user's signature cannot be read: send it whole, as X-User-Token, and as your server made it."


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who makes a shop's JWTs: its name (``iss``), for whom (``aud``), and which claim is the user.

    Its public keys are behind ``url``, or else are ``keys``, each a JSON Web Key (RFC 7517).
    """

    name: str
    audience: str
    claim: str = "sub"
    url: str = ""
    keys: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not self.name or not self.audience or not self.claim:
            raise InvalidInput("JWTs are taken by their issuer, audience and user's claim: say each of them.")
        if bool(self.url) == bool(self.keys):
            raise InvalidInput("The issuer's public keys are either behind a URL or in a file: say one of them.")
        if self.url and not self.url.startswith("https://"):
            raise InvalidInput("The issuer's keys are behind an address without https: give one that nobody can alter.")


def signer_of(key_text: str) -> str:
    """In hex. Of a secret key's text."""
    return hmac.new(key_text.encode(), _PURPOSE, hashlib.sha256).hexdigest()


def sign_user(signer: str, key_id: str, user_id: str, expires_at: datetime) -> str:
    """The token. Raises InvalidInput for what is no user id."""
    if not _is_user(user_id):
        raise InvalidInput(f"A user id has 1 to {LONGEST_USER} printable characters: sign one of those.")
    signed = f"{_VERSION}.{key_id}.{int(expires_at.timestamp())}.{_text(user_id.encode())}"
    return f"{signed}.{_mac(signer, signed)}"


def signed_user(token: str, signer_of_key: Callable[[str], str], now: datetime) -> str:
    """The user id that a token proves. ``signer_of_key`` says a key's signer by its id, empty where there is none.

    Raises KeyRefused; that a token has expired is told to those alone who have a genuine one.
    """
    signed, _, mac = token.rpartition(".")
    parts = signed.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 4 or parts[0] != _VERSION:
        raise KeyRefused(_MALFORMED)
    _, key_id, expires, user = parts
    signer = signer_of_key(key_id)
    same = hmac.compare_digest(_mac(signer or _NOBODYS, signed).encode(), mac.encode())
    if not (signer and same):
        raise KeyRefused(
            "The user's signature was not made with a secret key of this shop that is good now: have your server sign "
            "again, with the key that it calls with."
        )
    return _in_time(expires, user, now)


def looks_signed(token: str) -> bool:
    """Whether it is meant as a signature of this kind, and not as a JWT."""
    return token.startswith(f"{_VERSION}.")


def _in_time(expires: str, user: str, now: datetime) -> str:
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        raise KeyRefused(_MALFORMED)
    left = int(expires) - now.timestamp()
    if left < -SKEW.total_seconds():
        raise KeyRefused("The user's signature has expired: have your server sign again.")
    if left > (LONGEST_LIFE + SKEW).total_seconds():
        raise KeyRefused(f"The user's signature is for more than {LONGEST_LIFE.days} days: sign for a shorter time.")
    try:
        user_id = base64.b64decode(user + "=" * (-len(user) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise KeyRefused(_MALFORMED) from None
    return require_user(user_id)


def require_user(user_id: object) -> str:
    """What a proof says of the user. Raises KeyRefused for what is no user id."""
    if not isinstance(user_id, str) or not _is_user(user_id):
        raise KeyRefused(f"What was signed is no user id: one has 1 to {LONGEST_USER} printable characters.")
    return user_id


def _is_user(user_id: str) -> bool:
    return 0 < len(user_id) <= LONGEST_USER and user_id.isprintable() and user_id == user_id.strip()


def _mac(signer: str, signed: str) -> str:
    return _text(hmac.new(bytes.fromhex(signer), signed.encode(), hashlib.sha256).digest())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
