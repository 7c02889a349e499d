"""Files of past events: JSON Lines in any known format, or CSV with plain columns; either may be gzipped."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from shared.domain.errors import InvalidInput, NotFound

_GZIP = b"\x1f\x8b"
LONGEST_LINE = 1_000_000
_COLUMNS = {
    "userid": "user_id",
    "user": "user_id",
    "itemid": "product_id",
    "item": "product_id",
    "productid": "product_id",
    "product": "product_id",
    "timestamp": "occurred_at",
    "time": "occurred_at",
    "occurredat": "occurred_at",
    "eventtype": "type",
    "event": "type",
    "type": "type",
    "eventid": "event_id",
    "eventvalue": "value",
    "value": "value",
    "rating": "value",
    "query": "query",
}
"""Amazon Personalize's interactions and what others call the same, without case and underscores."""


def read_events_file(path: Path) -> Iterator[tuple[int, object]]:
    """(line number, raw event) pairs; a line that is no JSON comes as its text, for the reader of events to reject."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}: give the path of a JSON Lines or CSV file of events.")
    with ExitStack() as opened:
        start: Any = opened.enter_context(path.open("rb"))
        content = opened.enter_context(gzip.open(start)) if start.peek(2)[:2] == _GZIP else start
        lines = opened.enter_context(io.TextIOWrapper(content, encoding="utf-8-sig", errors="replace", newline=""))
        try:
            yield from _csv(lines) if ".csv" in path.suffixes else _json_lines(lines)
        except (OSError, EOFError, zlib.error, csv.Error) as error:
            raise InvalidInput(f"{path} cannot be read to its end ({error}): check the file.") from None


def _json_lines(lines: IO[str]) -> Iterator[tuple[int, object]]:
    number = 0
    while line := lines.readline(LONGEST_LINE):
        number += 1
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError):
            yield number, line[:100]


def _csv(lines: IO[str]) -> Iterator[tuple[int, object]]:
    rows = csv.DictReader(lines)
    names = {name: _COLUMNS.get(name.casefold().replace("_", "").replace(" ", "")) for name in rows.fieldnames or ()}
    if missing := {"user_id", "type", "occurred_at"} - set(names.values()):
        raise InvalidInput(f"The CSV file has no column for {', '.join(sorted(missing))}: name them in its first row.")
    for row in rows:
        raw = {names[name]: value for name, value in row.items() if names.get(name) and value}
        yield rows.line_num, raw
