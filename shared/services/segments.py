"""Kept segments: written once, read a page at a time, gone after a while.

A segment is replaced as a whole: the chunks of the new one are written aside, then what points to them, and those of
the old one go. Killed anywhere before that, the old one stays; what is left lying about goes with a later call. Places
do not move: a page goes on where the last one ended, whoever was taken out meanwhile.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.choices import Consent
from shared.domain.deadline import remaining
from shared.domain.errors import Busy, CursorExpired, InvalidInput, NotFound, Unavailable
from shared.domain.events import ANONYMOUS_PREFIX, NOBODY_PREFIX
from shared.domain.segments import (
    CHUNK_USERS,
    MOST_DAYS,
    Segment,
    belongs,
    is_left_over,
    mark_of,
    require_segment_name,
)
from shared.ports import BlobStore, Clock, StateStore, Turns
from shared.services import segment_files as files
from shared.services.campaign_turn import turn_at
from shared.services.choices import choices_of

MOST_SEGMENTS = 50
MOST_PLACES = 2_000_000
"""Of a shop, in all its segments: who withdraws is looked for in all of them, and waits for it."""
PAGE_USERS = 500
_LEAST_TIME = 1.0
"""Seconds that have to be left to go on looking where nobody of a page is there any more."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Where a shop's segments lie, and what its users have chosen."""

    blobs: BlobStore
    state: StateStore
    clock: Clock
    consent: Consent


@dataclass(frozen=True, slots=True)
class SegmentPage:
    """``users`` by their places; ``end`` is the place after all that was looked at."""

    segment: Segment
    users: Sequence[tuple[int, str]]
    end: int

    def after(self, done: int) -> int | None:
        """The place to go on from when the first ``done`` users are done; None where that was the whole segment."""
        place = self.users[done][0] if done < len(self.users) else self.end
        return place if place < self.segment.places else None


def keep_segment(
    segments: Segments,
    turns: Turns,
    name: str,
    users: Iterable[str],
    made_at: datetime,
    days: int = MOST_DAYS,
    chunk_users: int = CHUNK_USERS,
) -> Segment:
    """Keep ``users``, best first, under the name, in place of whom it had.

    ``made_at`` is before it was read what they did: who withdraws from then on does not stand in it.
    Guests, who have no address, are left out, and so is who may not be in it. It is kept for ``days``, and 90 at most.
    Raises InvalidInput, Busy where another call has kept the same name meanwhile, TurnLost and Unavailable: what the
    name had until then stays.
    """
    require_segment_name(name)
    expire_segments(segments, turns)
    whom = [each for each in dict.fromkeys(users) if not each.startswith((ANONYMOUS_PREFIX, NOBODY_PREFIX))]
    _require_room(segments.blobs, name, len(whom))
    until = made_at + timedelta(days=min(days, MOST_DAYS))
    segment = Segment(name, mark_of(whom, made_at), made_at, until, len(whom), chunk_users)
    for number in segment.chunks:
        _write(segments, turns, segment, number, whom[number * chunk_users : (number + 1) * chunk_users])
    _publish(segments.blobs, turns, segment)
    return segment


def find_segment(segments: Segments, name: str) -> Segment:
    """Raises InvalidInput, NotFound where it is not kept or its time is over, and Unavailable."""
    found = files.read_segment(segments.blobs, require_segment_name(name))
    if found is None or found.expires_at <= segments.clock.now():
        raise NotFound(
            f"No segment '{name}' is kept: keep one with vitrine segments --category CATEGORY --keep {name}."
        )
    return found


def page_of(segments: Segments, name: str, mark: str = "", place: int = 0, most: int = PAGE_USERS) -> SegmentPage:
    """Up to ``most`` users from ``place`` on, without who has refused since; with ``mark``, of the very segment.

    It may have none while there are more, where the request's time is nearly up. Raises as :func:`find_segment`, and
    CursorExpired where the segment with the mark was replaced.
    """
    segment = find_segment(segments, name)
    if mark not in ("", segment.mark):
        raise _replaced(name)
    users: list[tuple[int, str]] = []
    while not users and place < segment.places:
        end = min(place + most, (place // segment.chunk_users + 1) * segment.chunk_users, segment.places)
        chunk = files.read_chunk(segments.blobs, segment, place // segment.chunk_users)
        if chunk is None:
            raise _replaced(name)
        first = place - place % segment.chunk_users
        some = [(at, user) for at in range(place, end) if (user := chunk[at - first]) is not None]
        who = _belonging(segments, segment, [user for _, user in some])
        users = [(at, user) for at, user in some if user in who]
        place = end
        if (left := remaining()) is not None and left < _LEAST_TIME:
            break
    return SegmentPage(segment, users, place)


def users_of_segment(segments: Segments, name: str) -> Iterator[str]:
    """All of them, as a stream. Raises as :func:`find_segment`, and Unavailable where it is replaced meanwhile."""
    segment = find_segment(segments, name)
    for number in segment.chunks:
        chunk = files.read_chunk(segments.blobs, segment, number)
        if chunk is None:
            raise Unavailable(f"The segment '{name}' was replaced while it was read: do the same again.")
        users = [each for each in chunk if each is not None]
        who = _belonging(segments, segment, users)
        yield from (each for each in users if each in who)


def drop_segment(segments: Segments, turns: Turns, name: str) -> None:
    """Raises as :func:`find_segment`, Busy and TurnLost; called again, it goes on."""
    require_segment_name(name)
    names = _pointers_first(files.pointer_name(name), segments.blobs.names(files.folder_of(name)))
    if not names:
        find_segment(segments, name)
    _remove(segments.blobs, turns, names)


def expire_segments(segments: Segments, turns: Turns) -> int:
    """Remove those whose time is over, and what killed calls have left; returns how many blobs. Raises as
    :func:`drop_segment`."""
    gone = 0
    for name in sorted({files.segment_of(each) for each in files.all_names(segments.blobs)}):
        if _past(segments, name):
            with turn_at(turns, "segments") as turn:
                for each in _past(segments, name):  # as it is now: it may have been kept anew
                    turn.check()
                    segments.blobs.remove(each)
                    gone += 1
    return gone


def _require_room(blobs: BlobStore, name: str, places: int) -> None:
    others = {files.segment_of(each) for each in files.all_names(blobs)} - {name}
    kept = [segment for each in others if (segment := files.read_segment(blobs, each))]
    taken = sum(segment.places for segment in kept)
    if len(kept) >= MOST_SEGMENTS or taken + places > MOST_PLACES:
        raise InvalidInput(
            f"{len(kept)} segments with {taken:,} users are kept beside it, of {MOST_SEGMENTS} with {MOST_PLACES:,} at "
            "most: keep fewer users, or drop one with vitrine segments --drop NAME."
        )


def _past(segments: Segments, name: str) -> list[str]:
    now, segment = segments.clock.now(), files.read_segment(segments.blobs, name)
    names = segments.blobs.names(files.folder_of(name))
    if segment and segment.expires_at <= now:
        return _pointers_first(files.pointer_name(name), names)
    live = segment.mark if segment else ""
    return [each for each in names if (mark := files.mark_in(each)) not in ("", live) and is_left_over(mark, now)]


def _write(segments: Segments, turns: Turns, segment: Segment, number: int, users: Sequence[str]) -> None:
    """The name first: who is erased after this has asked what the users have chosen finds it."""
    name = files.chunk_name(segment, number)
    with turn_at(turns, "segments") as turn:
        turn.check()
        segments.blobs.put(name, files.BEGUN)
        who = _belonging(segments, segment, users)
        turn.check()
        files.put_chunk(segments.blobs, name, [each if each in who else None for each in users])


def _publish(blobs: BlobStore, turns: Turns, segment: Segment) -> None:
    with turn_at(turns, "segments") as turn:
        own = {files.chunk_name(segment, number) for number in segment.chunks}
        if not own.issubset(blobs.names(files.marked(segment))):
            raise Busy(f"The segment '{segment.name}' was kept by another call meanwhile: keep it again to replace it.")
        turn.check()
        files.put_segment(blobs, segment)
        for name in blobs.names(files.folder_of(segment.name)):
            if name not in own and name != files.pointer_name(segment.name):
                blobs.remove(name)


def _remove(blobs: BlobStore, turns: Turns, names: Iterable[str]) -> None:
    with turn_at(turns, "segments") as turn:
        for name in names:
            turn.check()
            blobs.remove(name)


def _pointers_first(pointer: str, names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: name != pointer)


def _belonging(segments: Segments, segment: Segment, users: Sequence[str]) -> frozenset[str]:
    choices = choices_of(segments.state, users)
    return frozenset(user for user, chosen in choices.items() if belongs(chosen, segments.consent, segment.made_at))


def _replaced(name: str) -> CursorExpired:
    return CursorExpired(f"The segment '{name}' was kept anew since the page before: ask for the first page again.")
