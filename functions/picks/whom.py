"""Whom a call is about: users that it names, those who were left of a call before, or a page of a kept segment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.picks.schemas import PicksBody
from shared.domain.errors import InvalidInput
from shared.domain.user_cursor import decode_place, decode_users, encode_place, encode_users
from shared.services.segments import Segments, page_of


@dataclass(frozen=True, slots=True)
class Whom:
    """``cursor`` is for those to come, once it is known who of ``users`` is not done; None where nobody is."""

    users: Sequence[str]
    cursor: Callable[[Sequence[str]], str | None]


def whom_of(segments: Segments, body: PicksBody, asked: str) -> Whom:
    """``asked`` is a digest of the question. Raises InvalidInput, and of a segment what :func:`page_of` raises."""
    if (body.users is not None) + bool(body.segment or body.cursor) != 1:
        raise InvalidInput(
            "For whom the picks are is not clear: send either users, or segment, or the cursor of the answer before."
        )
    if body.segment:
        return _of_segment(segments, body, asked)
    users = body.users if body.users is not None else decode_users(body.cursor, asked)
    return Whom(users, lambda not_done: encode_users(not_done, asked) if not_done else None)


def _of_segment(segments: Segments, body: PicksBody, asked: str) -> Whom:
    mark, place = decode_place(body.cursor, asked) if body.cursor else ("", 0)
    page = page_of(segments, body.segment, mark, place)

    def cursor(not_done: Sequence[str]) -> str | None:
        after = page.after(len(page.users) - len(not_done))
        return None if after is None else encode_place(page.segment.mark, after, asked)

    return Whom([user_id for _, user_id in page.users], cursor)
