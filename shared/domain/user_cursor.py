"""A cursor over users: those who are still to come, of a list that is told once; or a place in a kept segment.

Of a list it holds their ids, so that nothing is kept for it and no list has to be sent twice. It travels in bodies
between two servers alone, and whoever may send one may name any user anyway: it is damaged or not, and needs no
signature.
"""

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Sequence

from shared.domain.errors import InvalidInput

MOST_USERS = 1_000
LONGEST_ID = 128
LONGEST = 800_000
"""Characters, of as many ids of characters that do not compress."""
_LONGEST_UNPACKED = MOST_USERS * (LONGEST_ID * 12 + 3) + 100
"""Bytes; JSON writes the rarest characters with twelve."""
_DIGEST = 8
_PLACE = re.compile("[0-9]{1,12}")


def encode_users(users: Sequence[str], asked: str) -> str:
    """``asked`` is a digest of all that must be asked again in the same way."""
    packed = zlib.compress(json.dumps([asked, *users], separators=(",", ":")).encode(), 6)
    check = hashlib.sha256(packed).digest()[:_DIGEST]
    return base64.urlsafe_b64encode(check + packed).rstrip(b"=").decode()


def decode_users(text: str, asked: str) -> list[str]:
    """Raises InvalidInput for what :func:`encode_users` did not make, or made for another question."""
    if len(text) > LONGEST:
        raise _broken()
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        check, packed = content[:_DIGEST], content[_DIGEST:]
        if hashlib.sha256(packed).digest()[:_DIGEST] != check:
            raise _broken()
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(packed, _LONGEST_UNPACKED)
        if unpacking.unconsumed_tail:
            raise _broken()
        record = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise _broken() from None
    if not (isinstance(record, list) and 2 <= len(record) <= MOST_USERS + 1 and all(map(_is_id, record))):
        raise _broken()
    if record[0] != asked:
        raise InvalidInput("The cursor is of another question: send it with the campaign and blocks of the first call.")
    return list(record[1:])


def encode_place(mark: str, place: int, asked: str) -> str:
    """``mark`` is that of the segment, whose name is asked again."""
    return encode_users([mark, str(place)], asked)


def decode_place(text: str, asked: str) -> tuple[str, int]:
    """Mark and place. Raises InvalidInput as :func:`decode_users`."""
    match decode_users(text, asked):
        case [mark, place] if _PLACE.fullmatch(place):
            return mark, int(place)
    raise _broken()


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()


def _broken() -> InvalidInput:
    return InvalidInput("The cursor cannot be read: send it as it came, with the same body beside it.")
