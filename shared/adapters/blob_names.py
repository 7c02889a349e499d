"""What a blob may be called, the same in every store, so that a shop can move from one to another."""

import re

from shared.adapters.durable_files import UNFINISHED
from shared.domain.errors import InvalidInput

_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}(/[A-Za-z0-9._-]{1,255}){0,15}")
_LONGEST = 1_000
"""S3's keys end at 1,024, the store's own folder included."""


def parts_of(name: str) -> list[str]:
    """The parts of a blob's name. Raises :class:`InvalidInput` for what is none."""
    parts = name.split("/")
    if (
        len(name) > _LONGEST
        or not _NAME.fullmatch(name)
        or any(set(part) == {"."} for part in parts)
        or name.endswith(UNFINISHED)
    ):
        raise InvalidInput(
            f"{name[:80]!r} is not a blob name: use parts of letters, digits, dots, dashes and underscores joined by "
            f"'/', none of them only dots, not the ending {UNFINISHED!r}, and at most {_LONGEST:,} characters in all."
        )
    return parts
