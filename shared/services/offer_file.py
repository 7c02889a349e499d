"""Files of changed offers, smaller and more frequent than a feed: CSV, TSV or JSON Lines, each also gzipped."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from shared.domain.deadline import remaining
from shared.domain.errors import FeedRejected, Unavailable
from shared.domain.offers import OFFER_FIELDS
from shared.ports import Clock, ProductStore
from shared.services.feed_files.delimited import read_delimited
from shared.services.feed_files.json_lines import DECODER
from shared.services.feed_files.limits import HEAD, MAX_RECORD
from shared.services.feed_files.lines import lines
from shared.services.feed_files.names import ALIASES, canonical
from shared.services.feed_files.records import BrokenFeed, Reject
from shared.services.feed_files.sniff import Format, delimiter_of, sniff
from shared.services.feed_files.text import words
from shared.services.feed_files.unpack import require_file, unpacked
from shared.services.offers import FIELDS, LARGEST_BATCH, OffersChanged, RejectedOffer, change_offers

MOST_BYTES = 256 << 20
"""Of the file as it is sent. What changes more than that is a feed."""
MOST_ROWS = 1_000_000
MOST_LISTED = 1_000
"""Rejected rows, and ids of unknown products, that are named; all are counted."""

_ALIASES: Mapping[str, tuple[str, ...]] = {
    **{field: aliases for field, aliases in ALIASES.items() if field in FIELDS},
    "at": words("at updatedat changedat modifiedat lastmodified timestamp"),
}
_NONE = ("none", "null")


@dataclass(frozen=True, slots=True)
class OfferFileTaken:
    """Counts of a file's rows. Of the ids and rejects, the first :data:`MOST_LISTED`; a reject's index is its line."""

    changed: int = 0
    unknown: int = 0
    rejected: int = 0
    unknown_ids: tuple[str, ...] = ()
    rejects: tuple[RejectedOffer, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """``said`` is what an offer may say, or the reason why the line is none."""

    line: int
    said: Mapping[str, object] | str


def change_offers_from(
    store: ProductStore, clock: Clock, path: Path, at: datetime, advance: Callable[[int], None] = lambda _: None
) -> OfferFileTaken:
    """Take in the changes that the local file ``path`` lists; a row without a time of its own is true since ``at``.

    Nothing is held whole, and rows count as they are read: of a file that breaks off, what stands before is taken in.
    The same file may be sent again. Raises NotFound without a file, FeedRejected for one without a row that could be
    used, without its columns, too large or broken, and Unavailable when the store is or the time is up.
    """
    if require_file(path).stat().st_size > MOST_BYTES:
        raise FeedRejected(f"The file has more than {MOST_BYTES >> 20} MiB: send it in parts, or a whole feed.")
    taken, read = OfferFileTaken(), 0
    rows = _rows(path)
    while batch := _next(rows, read):
        _require_room(read + len(batch))
        taken = _added(taken, _taken(store, clock, batch, at))
        read += len(batch)
        advance(len(batch))
    if read == 0:
        raise FeedRejected("The file has no rows: check that it is the right one.")
    if taken.rejected == read:
        first = taken.rejects[0]
        raise FeedRejected(f"None of the file's {read:,} rows could be used; line {first.index}: {first.reason}.")
    return taken


def _next(rows: Iterator[_Row], read: int) -> list[_Row]:
    try:
        return list(islice(rows, LARGEST_BATCH))
    except BrokenFeed as broken:
        raise FeedRejected(
            f"The file breaks off ({broken.reason}): its first {read:,} rows are taken in, send all of it again."
        ) from broken


def _require_room(read: int) -> None:
    if read > MOST_ROWS:
        raise FeedRejected(
            f"The file has more than {MOST_ROWS:,} rows: the first of them are taken in, send the rest in parts."
        )
    if remaining() == 0:
        raise Unavailable(f"The time was up before row {read:,} of the file: send it again in smaller parts.")


def _taken(store: ProductStore, clock: Clock, batch: list[_Row], at: datetime) -> OffersChanged:
    """``batch`` through the same door as the API's changes; an index is then the line."""
    good = [row for row in batch if not isinstance(row.said, str)]
    changed = change_offers(store, clock, [row.said for row in good], at)
    unreadable = [RejectedOffer(row.line, row.said) for row in batch if isinstance(row.said, str)]
    refused = [replace(each, index=good[each.index].line) for each in changed.rejected]
    rejected = tuple(sorted((*unreadable, *refused), key=lambda each: each.index))
    return OffersChanged(changed.changed, changed.unknown, rejected)


def _added(taken: OfferFileTaken, batch: OffersChanged) -> OfferFileTaken:
    ids = dict.fromkeys([*taken.unknown_ids, *batch.unknown])
    return OfferFileTaken(
        taken.changed + batch.changed,
        taken.unknown + len(batch.unknown),
        taken.rejected + len(batch.rejected),
        tuple(ids)[:MOST_LISTED],
        (*taken.rejects, *batch.rejected)[:MOST_LISTED],
    )


def _rows(path: Path) -> Iterator[_Row]:
    with unpacked(path) as stream:
        head = stream.peek(HEAD)[:HEAD]
        match sniff(head, path.name):
            case Format.DELIMITED:
                yield from _table(stream, delimiter_of(head))
            case Format.JSON_LINES | Format.JSON if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
                yield from _objects(stream)
            case _:
                raise FeedRejected("The file is neither CSV nor TSV nor JSON Lines: save it as one of these.")


def _table(stream: BinaryIO, delimiter: str) -> Iterator[_Row]:
    """An empty cell says nothing; yet beside a price, an empty sale price says that there is none."""
    columns: dict[str, str] = {}
    for record in read_delimited(stream, delimiter):
        if isinstance(record, Reject):
            yield _Row(record.line, record.reason)
            continue
        if not columns:
            columns = _columns(record.fields)
            _require_columns(columns)
        cells = {field: str(record.fields[name]).strip() for field, name in columns.items()}
        said: dict[str, object] = {field: _said(field, cell) for field, cell in cells.items() if cell}
        if said.get("price") and "sale_price" in columns:
            said.setdefault("sale_price", None)
        said.setdefault("id", "")
        yield _Row(record.line, said)


def _objects(stream: BinaryIO) -> Iterator[_Row]:
    for line in lines(stream):
        text = line.text.strip()
        if line.too_long:
            yield _Row(line.number, f"is longer than {MAX_RECORD:,} bytes")
        elif text:
            yield _Row(line.number, _object(text))


def _object(text: str) -> Mapping[str, object] | str:
    try:
        thing = DECODER.decode(text)
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg} at character {error.pos + 1}"
    except (RecursionError, ValueError):
        return "is nested too deep"
    if not isinstance(thing, dict):
        return "is not a JSON object"
    return {field: _said(field, thing[name]) for field, name in _columns(thing).items()}


def _said(field: str, value: object) -> object:
    return None if field not in ("id", "at") and isinstance(value, str) and value.lower() in _NONE else value


def _columns(names: Iterable[str]) -> dict[str, str]:
    """The name, among ``names``, of each field that one of them means."""
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(canonical(name), name)
    found = {
        field: next((by_plain[alias] for alias in aliases if alias in by_plain), None)
        for field, aliases in _ALIASES.items()
    }
    return {field: name for field, name in found.items() if name is not None}


def _require_columns(columns: Mapping[str, str]) -> None:
    if "id" not in columns:
        raise FeedRejected("No column of the file looks like the product's id: name one id.")
    if not set(columns) & set(OFFER_FIELDS):
        raise FeedRejected(f"No column of the file is one of {', '.join(OFFER_FIELDS)}: name them so.")
