"""Export: all that is kept of a person, readable, in pages.

It comes in one order: what was chosen and declared, then the sends, then the events, those of the person before those
of the guests that became this person and have not been moved yet, each oldest first. A cursor says how far it has come,
and has in it no id: an event is found again by its moment and a digest.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from shared.domain.choices import Choices
from shared.domain.declared import declared_record
from shared.domain.errors import InvalidInput
from shared.domain.event_records import event_record
from shared.domain.events import Event
from shared.domain.moments import from_micros, to_micros
from shared.domain.sends import Send
from shared.services.choices import choices_of
from shared.services.event_formats.bounds import identifier
from shared.services.privacy import People, as_guest
from shared.services.profiles import declared_by
from shared.services.segment_erasure import segments_with

MOST_BYTES = 2_000_000
"""Of a page, as JSON; the last thing on it may go beyond. A function of AWS's answers six million at most."""
MOST_EVENTS = 5_000
"""Of a page."""
_READ_AT_ONCE = 500
_SENDS, _EVENTS = "sends", "events"

NOT_INCLUDED = (
    "Counts that everybody's events add up to, such as how often a product was viewed on a day: nobody is in them.",
    "What was learnt from everybody's events together: it holds no person, and is learnt anew without those erased.",
    "Lines of an access log with the moment and the kind of a request: they name nobody.",
    "Whether somebody of this id was erased before: for that a digest of the id is kept, which what comes late meets.",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was chosen and declared, and the names of kept segments that the person is in. ``consent`` is None where
    nothing was said, or all has been erased since."""

    consent: dict[str, bool] | None
    removed: dict[str, str]
    guests: list[str]
    declared: list[dict[str, Any]]
    segments: list[str]

    def record(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ExportPage:
    """``kept`` is on the first page alone; ``cursor`` is None on the last one."""

    kept: Kept | None
    sends: Sequence[dict[str, Any]]
    events: Sequence[dict[str, Any]]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """How far it has come: ``done`` sends, or events of ``whose`` (a place among the ids), the last one given at ``at``
    with a digest ``mark``."""

    part: str = _SENDS
    done: int = 0
    whose: int = 0
    at: int = -1
    mark: str = ""


def export(people: People, user_id: str, cursor: str = "") -> ExportPage:
    """A page. Of who is not known, or was erased, it is empty. Raises InvalidInput for a cursor that is none of this
    user's, and Unavailable."""
    user_id = identifier(user_id, "user_id")
    place = _read(cursor, user_id) if cursor else _Place()
    choices = choices_of(people.state, [user_id])[user_id]
    ids = [user_id, *map(as_guest, choices.merged)]
    kept = None if cursor else _kept(people, ids, choices)
    sends: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    size = 0
    for record, after in _everything(people, ids, place):
        if size >= MOST_BYTES or len(events) == MOST_EVENTS:
            return ExportPage(kept, sends, events, _written(place, user_id))
        (sends if after.part == _SENDS else events).append(record)
        size += len(json.dumps(record, ensure_ascii=False).encode())
        place = after
    return ExportPage(kept, sends, events, None)


def _kept(people: People, ids: list[str], choices: Choices) -> Kept:
    now = people.clock.now()
    declared = ((each, declared_by(people.state, each, now)) for each in ids)
    consent = None if choices.erased else choices.consent
    return Kept(
        consent=asdict(consent) if consent else None,
        removed={product_id: at.isoformat() for product_id, at in choices.removed.items()},
        guests=ids[1:],
        declared=[{"user_id": each, **declared_record(said)} for each, said in declared if said],
        segments=segments_with(people.blobs, ids[0]),
    )


def _everything(people: People, ids: Sequence[str], place: _Place) -> Iterator[tuple[dict[str, Any], _Place]]:
    """What follows ``place``, each with the place that it is at."""
    if place.part == _SENDS:
        sends = (send for each in ids for send in people.sends.everything(each))
        for number, send in enumerate(islice(sends, place.done, None), place.done + 1):
            yield _send_record(send), _Place(_SENDS, number)
        place = _Place(_EVENTS)
    for whose in range(place.whose, len(ids)):
        own = place if whose == place.whose else _Place(_EVENTS)
        for event in _events_after(people, ids[whose], own):
            at = to_micros(event.occurred_at)
            yield _event_record(event), _Place(_EVENTS, 0, whose, at, _mark(event.event_id))


def _events_after(people: People, user_id: str, place: _Place) -> Iterator[Event]:
    """All of that very moment are read again, and those up to the one with the mark left out; where that has been
    erased meanwhile, none are: better one twice than one never."""
    if place.at < 0:
        yield from _events(people, user_id, None)
        return
    moment = from_micros(place.at)
    found = _events(people, user_id, (moment, ""))
    same: list[Event] = []
    later: Event | None = None
    for event in found:
        if event.occurred_at != moment:
            later = event
            break
        same.append(event)
        if _mark(event.event_id) == place.mark:
            same = []
    yield from same
    if later:
        yield later
        yield from found


def _events(people: People, user_id: str, after: tuple[datetime, str] | None) -> Iterator[Event]:
    while found := people.events.everything(user_id, _READ_AT_ONCE, after):
        yield from found
        after = found[-1].occurred_at, found[-1].event_id


def _event_record(event: Event) -> dict[str, Any]:
    return event_record(event) | {"received_at": event.received_at.isoformat()}


def _send_record(send: Send) -> dict[str, Any]:
    picks = [
        {"block": each.block, "product_id": each.product_id, "source": each.source, "reason": each.sentence}
        for each in send.picks
    ]
    shown = {str(place): product_id for place, product_id in sorted(send.shown.items())}
    about = {"user_id": send.user_id, "campaign": send.campaign, "channel": send.channel, "state": send.state.value}
    return about | {"at": send.at.isoformat(), "picks": picks, "shown_instead": shown}


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _written(place: _Place, user_id: str) -> str:
    fields = [_mark(user_id), place.part, place.done, place.whose, place.at, place.mark]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()


def _read(text: str, user_id: str) -> _Place:
    """Raises InvalidInput for what :func:`_written` did not make for this user."""
    try:
        whom, part, done, whose, at, mark = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidInput("The cursor is not one of an export: pass it on as it came, or leave it out.") from None
    numbers = (done, whose, at)
    if part not in (_SENDS, _EVENTS) or not isinstance(mark, str) or any(type(each) is not int for each in numbers):
        raise InvalidInput("The cursor is not one of an export: pass it on as it came, or leave it out.")
    if whom != _mark(user_id):
        raise InvalidInput("The cursor belongs to another user's export: ask for the first page of this one.")
    if not (0 <= done <= 10**9 and 0 <= whose <= 10**6 and -1 <= at < 2**52):
        raise InvalidInput("The cursor is not one of an export: pass it on as it came, or leave it out.")
    return _Place(part, done, whose, at, mark)
