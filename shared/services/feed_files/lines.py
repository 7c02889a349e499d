"""Physical lines of a text file, bounded and numbered."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shared.services.feed_files.limits import MAX_RECORD


@dataclass(frozen=True, slots=True)
class Line:
    """``text`` ends as in the file; bytes that are not UTF-8 stand in it as lone surrogates, which mapping refuses."""

    number: int
    text: str
    too_long: bool = False


def lines(stream: BinaryIO) -> Iterator[Line]:
    """Each line from number 1; of one beyond ``MAX_RECORD`` bytes only the fact that it was there."""
    number = 0
    while raw := stream.readline(MAX_RECORD + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if len(raw) <= MAX_RECORD:
            yield Line(number, raw.decode("utf-8", "surrogateescape"))
            continue
        while raw and not raw.endswith(b"\n"):
            raw = stream.readline(MAX_RECORD)
        yield Line(number, "", too_long=True)
