"""A cursor: where the next page starts in one frozen ranking.

A ranking is not stored. It is made again from what the cursor names: the index version, the popularity snapshot, the
rule book and the moment whose events count. None of these ever changes, so neither does the ranking, and page two
cannot repeat page one however busy the shopper was in between.
"""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.domain.errors import CursorExpired, InvalidInput

LIFETIME = timedelta(hours=1)
DEPTHS = (100, 1_000)
"""Candidates asked of each space. The second is for a first page that the first could not fill: where a design has
dozens of variants, or much is sold out."""

MOST_STEPS = 50
_LONGEST = 1_024
_NAME = re.compile(r"[A-Za-z0-9-]{0,64}")
_ID = re.compile(r"[A-Za-z0-9_-]{0,64}")
_FLAGS = re.compile(r"[A-Za-z0-9_-]{0,334}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """``position`` is the place in the ranking where the next page starts; ``question`` a digest of what was asked.

    ``depth`` is how many candidates each query was asked for; ``step`` how far a search was relaxed to find anything.
    ``done`` has a bit for each candidate that has been shown, where not all that the order goes by is frozen.
    """

    recommendation_id: str
    version: str
    snapshot: str
    rules: str
    as_of: datetime
    position: int
    depth: int
    question: str
    step: int = 0
    done: str = ""


def question_digest(*parts: str) -> str:
    """What a cursor may continue: the same user, product, filter and scenario, and nothing else."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def encode_cursor(cursor: Cursor) -> str:
    micros = (cursor.as_of - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    names = [cursor.recommendation_id, cursor.version, cursor.snapshot, cursor.rules, cursor.question]
    fields = json.dumps(
        [*names, micros, cursor.position, cursor.depth, cursor.step, cursor.done], separators=(",", ":")
    )
    return base64.urlsafe_b64encode(fields.encode()).rstrip(b"=").decode()


def decode_cursor(text: str, question: str, now: datetime) -> Cursor:
    """Raises InvalidInput for anything :func:`encode_cursor` did not make, CursorExpired for an old one."""
    cursor = _parse(text)
    if cursor is None:
        raise InvalidInput("The cursor is not one that Vitrine gave out: pass it on as it came, or leave it out.")
    if cursor.question != question:
        raise InvalidInput("The cursor belongs to another request: keep user, product and filter as they were.")
    if not timedelta(0) <= now - cursor.as_of <= LIFETIME:
        raise expired()
    return cursor


def expired() -> CursorExpired:
    return CursorExpired("The cursor has expired: ask for the first page again.")


def _parse(text: str) -> Cursor | None:
    if len(text) > _LONGEST:
        return None
    try:
        fields = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        recommendation_id, version, snapshot, rules, question, micros, position, depth, step, done = fields
        as_of = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        return None
    names = (version, snapshot, rules, question)
    if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        return None
    if not (isinstance(recommendation_id, str) and _ID.fullmatch(recommendation_id)):
        return None
    if any(type(number) is not int for number in (position, depth, step)):
        return None
    if not (isinstance(done, str) and _FLAGS.fullmatch(done)):
        return None
    if not (0 < position <= 100_000 and depth in DEPTHS and 0 <= step <= MOST_STEPS):
        return None
    return Cursor(recommendation_id, version, snapshot, rules, as_of, position, depth, question, step, done)
