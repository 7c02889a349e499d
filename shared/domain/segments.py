"""A kept segment: users who are likely to want something, best first, as they were found at one moment."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.choices import Choices, Consent, may
from shared.domain.errors import InvalidInput

SEGMENT = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""A segment's name is a folder's too."""
CHUNK_USERS = 10_000
MOST_DAYS = 90
"""Who wants a thing now is not who wants it next season; campaigns look back on as many days, unless told otherwise."""
_NAME = re.compile(SEGMENT)
_MARK = re.compile(r"(\d{8}T\d{6})-[0-9a-f]{16}")
_MOMENT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Segment:
    """``places`` users, in chunks of ``chunk_users``; a place stays where it is when its user is taken out.

    ``mark`` has the moment and a digest of the users: no other segment of the name has it. What people did was read at
    ``made_at``.
    """

    name: str
    mark: str
    made_at: datetime
    expires_at: datetime
    places: int
    chunk_users: int = CHUNK_USERS

    @property
    def chunks(self) -> range:
        return range(-(-self.places // self.chunk_users))


def require_segment_name(name: str) -> str:
    """Raises InvalidInput for what can be no segment's."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:80]!r} is no name of a segment: take 1 to 64 letters, digits, dots, dashes and underscores, a "
            "letter or digit first."
        )
    return name


def mark_of(users: Iterable[str], made_at: datetime) -> str:
    digest = hashlib.sha256()
    for user_id in users:
        digest.update(f"{len(user_id)}:{user_id}".encode("utf-8", "surrogatepass"))
    return f"{made_at.astimezone(UTC).strftime(_MOMENT)}-{digest.hexdigest()[:16]}"


def is_left_over(mark: str, now: datetime) -> bool:
    """Whether a segment that nothing points to is so old that nobody can be writing it any more."""
    found = _MARK.fullmatch(mark)
    return found is None or now - datetime.strptime(found[1], _MOMENT).replace(tzinfo=UTC) > timedelta(days=1)


def belongs(choices: Choices, default: Consent, made_at: datetime) -> bool:
    """Whether a user may stand in a segment that was made then: of who is left out of the histories that segments are
    made of, or has begun anew since, nothing may be read off an older one."""
    consent = may(choices, default)
    anew = choices.forgotten_at is not None and choices.forgotten_at >= made_at
    return consent.personalise and consent.analytics and not anew


def segment_record(segment: Segment) -> dict[str, Any]:
    """JSON-ready; :func:`segment_from_record` takes it back."""
    moments = {"made_at": segment.made_at.isoformat(), "expires_at": segment.expires_at.isoformat()}
    return asdict(segment) | moments


def segment_from_record(record: Mapping[str, Any]) -> Segment:
    moments = {name: datetime.fromisoformat(record[name]) for name in ("made_at", "expires_at")}
    return Segment(**{**record, **moments})
