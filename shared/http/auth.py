"""Secret keys: who may write the catalogue and the rules, start a reindex and pull picks."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Annotated

from fastapi import Header

from shared.domain.errors import KeyRefused

_SCHEME = "bearer"
_Given = Annotated[str, Header(include_in_schema=False)]


def secret_required(digests: Callable[[], Sequence[str]]) -> Callable[..., Awaitable[None]]:
    """A route's dependency: raises KeyRefused for a call without one of the keys whose SHA-256 ``digests`` these are.

    ``digests`` is called at the first request, not before; where it has none, whoever can connect may call.
    """
    known = cache(digests)

    async def require(authorization: _Given = "", x_api_key: _Given = "") -> None:
        if not known():
            return
        key = _bearer(authorization) or x_api_key
        if not key:
            raise KeyRefused("This call needs a secret key: send it as Authorization: Bearer KEY, or as X-API-Key.")
        if not matches(key, known()):
            raise KeyRefused("The secret key is not one of this shop's: check that it is the whole key, and not older.")

    return require


def digest_of(key: str) -> str:
    """What is kept of a key. Keys are random and long, so that one round of SHA-256 hides them."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def matches(key: str, digests: Sequence[str]) -> bool:
    """In the same time whichever of them it is, and however much of one it resembles."""
    given = digest_of(key)
    return sum(hmac.compare_digest(given, digest) for digest in digests) > 0


def _bearer(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == _SCHEME else ""
