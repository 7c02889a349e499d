"""A share token: a collection as somebody saw it, in a form that fits into a link.

It holds the slug of the theme and the ids of the products, in their order, and nothing of whoever shared it. Nothing is
stored for it, so it costs nothing and never runs out. The digest in it finds what was damaged on the way; it is no
signature, and needs none: what a made-up token can show are products of this shop that may be bought, under the title
of a theme of this shop, and anybody can see these anyway.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.errors import InvalidInput
from shared.domain.themes import LARGEST, SLUG

LONGEST_TOKEN = 8_400
"""Characters: as many as the twelve longest ids come to, of characters of four bytes each."""
_LONGEST_ID = 128
_FORMAT = "1"
_DIGEST = 6
"""Bytes; a damaged token passes once in 2⁴⁸ times."""


@dataclass(frozen=True, slots=True)
class SharedSet:
    """The theme's slug and 1 to 12 different product ids, as they were shown."""

    slug: str
    product_ids: tuple[str, ...]


def encode_share(shared: SharedSet) -> str:
    """Letters, digits, dashes and underscores; the first one names the format."""
    body = json.dumps([shared.slug, *shared.product_ids], ensure_ascii=False, separators=(",", ":")).encode()
    packed = base64.urlsafe_b64encode(_digest(body) + body).rstrip(b"=")
    return _FORMAT + packed.decode()


def decode_share(token: str) -> SharedSet:
    """Raises InvalidInput for anything :func:`encode_share` did not make."""
    shared = _parse(token) if len(token) <= LONGEST_TOKEN else None
    if shared is None or encode_share(shared) != token:
        raise InvalidInput("The link to the collection is damaged: copy the whole of it, or ask for a new one.")
    return shared


def _parse(token: str) -> SharedSet | None:
    if not token.isascii() or not token.startswith(_FORMAT):
        return None
    packed = token.removeprefix(_FORMAT)
    try:
        content = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        digest, body = content[:_DIGEST], content[_DIGEST:]
        if digest != _digest(body):
            return None
        slug, *ids = json.loads(body)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return None
    if not isinstance(slug, str) or not SLUG.fullmatch(slug) or not _are_ids(ids):
        return None
    return SharedSet(slug, tuple(ids))


def _are_ids(values: Sequence[object]) -> bool:
    known = {each for each in values if isinstance(each, str) and 0 < len(each) <= _LONGEST_ID and each.isprintable()}
    return 0 < len(values) == len(known) <= LARGEST


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_DIGEST]
