"""A JSON document read value by value, with the line each one stands on.

Streaming parsers give up a document at its first flaw and do not tell lines; here the standard decoder is asked for
one value at a time from a bounded window, so a broken element costs itself and names its line.
"""

import codecs
import json
import re
from typing import Any, BinaryIO

from shared.services.feed_files.json_lines import DECODER
from shared.services.feed_files.limits import HEAD, MAX_RECORD
from shared.services.feed_files.records import BrokenFeed

_SPACE = re.compile(r"[ \t\r\n]*")
_NEXT_OBJECT = re.compile(r"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")


class BrokenValue(Exception):
    """The value at the cursor is not JSON, or too large."""


class JsonText:
    """A window over the document and a cursor in it; ``line`` is the cursor's."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._window = ""
        self._cursor = 0
        self._ended = False
        self.line = 1

    def peek(self) -> str:
        """The next character that is not space, or "" at the end; the cursor comes to stand on it."""
        while True:
            self._move(_SPACE.match(self._window, self._cursor).end())  # type: ignore[union-attr]
            if self._cursor < len(self._window):
                return self._window[self._cursor]
            if not self._read(HEAD):
                return ""

    def take(self, *expected: str) -> str:
        """Step over the next character, which must be one of those."""
        char = self.peek()
        if char not in expected or not char:
            found = f"'{char}'" if char.isprintable() and char else "its end" if not char else "an odd character"
            raise BrokenFeed(self.line, f"the JSON has {found} where {' or '.join(expected)} was expected")
        self._cursor += 1
        return char

    def value(self, *, keep: bool = False) -> Any:
        """The value at the cursor, which steps over it (or stays, to ``keep`` it). Raises BrokenValue."""
        self.peek()
        while True:
            left = len(self._window) - self._cursor
            try:
                thing, end = DECODER.raw_decode(self._window, self._cursor)
            except json.JSONDecodeError as error:
                # The window may just end in the middle of it; a string that does not end tells only where it began.
                at_the_edge = error.pos > len(self._window) - 16 or error.msg.startswith("Unterminated")
                if at_the_edge and left <= MAX_RECORD and self._read(max(left, HEAD)):
                    continue
                raise BrokenValue(f"is not JSON: {error.msg}" if left <= MAX_RECORD else _TOO_LONG) from error
            except (RecursionError, ValueError) as error:
                raise BrokenValue("is nested too deep") from error
            if end == len(self._window) and self._read(HEAD):
                continue  # a number or a word could go on
            if end - self._cursor > MAX_RECORD:
                raise BrokenValue(_TOO_LONG)
            if not keep:
                self._move(end)
            return thing

    def skip_to_next_object(self) -> bool:
        """From inside a broken element to the next thing that looks like the start of one."""
        self._cursor += 1
        searched = 0
        while searched <= MAX_RECORD:
            if found := _NEXT_OBJECT.search(self._window, self._cursor):
                self._move(found.end())
                return True
            # What was searched is dropped, but for an end of it that may be the start of the pattern.
            searched += len(self._window) - self._cursor
            self._move(max(self._cursor, len(self._window) - 64))
            if not self._read(HEAD):
                return False
        return False

    def _move(self, position: int) -> None:
        self.line += self._window.count("\n", self._cursor, position)
        self._cursor = position

    def _read(self, size: int) -> bool:
        while not self._ended:
            raw = self._stream.read(size)
            self._ended = not raw
            if more := self._decoder.decode(raw, final=not raw):
                self._window = self._window[self._cursor :] + more
                self._cursor = 0
                return True
        return False


_TOO_LONG = f"is longer than {MAX_RECORD:,} characters"
