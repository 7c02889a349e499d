"""CSV and its cousins, with tab, semicolon or bar between the fields."""

import csv
from collections import Counter, deque
from collections.abc import Iterator
from typing import BinaryIO

from shared.domain.errors import FeedRejected
from shared.services.feed_files.limits import MAX_COLUMNS, MAX_RECORD, MAX_REREAD
from shared.services.feed_files.lines import Line, lines
from shared.services.feed_files.records import Record, Reject, Value, shown


class _TooLong(Exception):
    """A record passed the limit while csv was still asking for more of it."""


class _Tape:
    """Feeds csv one physical line at a time, remembers which it took for a record, and can take them back."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._returned: deque[Line] = deque()
        self._reread = 0
        self._size = 0
        self.taken: list[Line] = []

    def __iter__(self) -> "_Tape":
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._source)
        self.taken.append(line)
        self._size += len(line.text)
        if line.too_long or self._size > MAX_RECORD:
            raise _TooLong
        return line.text

    def begin(self) -> None:
        """Start a record: forget what the last one took."""
        self.taken = []
        self._size = 0

    def keep_first_line_only(self) -> None:
        """Give back the lines behind the first: a stray quote swallowed them, and they are rows of their own."""
        if len(self.taken) > 1 and self._reread < MAX_REREAD:
            self._reread += self._size
            self._returned.extendleft(reversed(self.taken[1:]))


def read_delimited(stream: BinaryIO, delimiter: str) -> Iterator[Record | Reject]:
    """Records of a table with a header row. A column named twice gets a number behind its second name."""
    tape = _Tape(lines(stream))
    reader = csv.reader(tape, delimiter=delimiter, strict=True)
    header = _header(tape, reader)
    while True:
        tape.begin()
        try:
            values = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLong) as error:
            literal = _without_quoting(tape.taken[0], delimiter, len(header))
            outcome = _record(tape, literal, header) if literal else Reject(tape.taken[0].number, _explain(error))
            tape.keep_first_line_only()
        else:
            if not any(value.strip() for value in values):
                continue
            outcome = _record(tape, values, header)
            if isinstance(outcome, Reject):
                tape.keep_first_line_only()
        yield outcome


def _header(tape: _Tape, reader: Iterator[list[str]]) -> list[str]:
    names: list[str] = []
    try:
        while not any(names) or names[0].lower().startswith("sep="):  # Excel's own first line
            tape.begin()
            names = [name.strip() for name in next(reader)]
    except StopIteration:
        raise FeedRejected("The feed is empty.") from None
    except (csv.Error, _TooLong) as error:
        raise FeedRejected(f"The feed's first line is no header row, it {_explain(error)}.") from error
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise FeedRejected(f"The feed has {len(names):,} columns, and {MAX_COLUMNS:,} are allowed: leave some out.")
    for name in names:
        if not name.isprintable():
            raise FeedRejected(
                f"The feed's first line is no header row in UTF-8, it holds {shown(name)}: "
                "save the feed as UTF-8 text with the names of the columns in its first line."
            )
    seen: Counter[str] = Counter()
    for position, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[position] = f"{name} ({seen[name]})"
    return names


def _record(tape: _Tape, values: list[str], header: list[str]) -> Record | Reject:
    line = tape.taken[0].number
    while len(values) > len(header) and not values[-1].strip():
        values.pop()  # spreadsheets like to end every row with empty cells
    if len(values) != len(header):
        return Reject(line, f"has {len(values)} columns where the header has {len(header)}")
    fields: dict[str, Value] = dict(zip(header, values, strict=True))
    return Record(line, fields)


def _without_quoting(line: Line, delimiter: str, width: int) -> list[str] | None:
    """The cells of a tab-separated line read literally: many feeds never quote, and then a quote is an inch mark."""
    if delimiter != "\t" or line.too_long:
        return None
    cells = line.text.rstrip("\r\n").split("\t")
    return cells if len(cells) == width else None


def _explain(error: Exception) -> str:
    said = str(error)
    if isinstance(error, _TooLong):
        return f"is longer than {MAX_RECORD:,} bytes, or a quote in it is never closed"
    if "field limit" in said:
        return "has a value longer than 131,072 characters, or a quote in it is never closed"
    if "unexpected end" in said:
        return "has a quote that is never closed"
    if "expected after" in said:
        return "has text behind a closing quote"
    return "has broken quoting or a bare carriage return"
