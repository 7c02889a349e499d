"""JSON Lines: an object a line."""

import json
from collections.abc import Iterator
from typing import BinaryIO

from shared.services.feed_files.flatten import flatten
from shared.services.feed_files.limits import MAX_RECORD
from shared.services.feed_files.lines import lines
from shared.services.feed_files.records import Record, Reject

# Numbers stay as written: a price is parsed once, in one place, and an id keeps its digits.
DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def read_json_lines(stream: BinaryIO) -> Iterator[Record | Reject]:
    for line in lines(stream):
        if line.too_long:
            yield Reject(line.number, f"is longer than {MAX_RECORD:,} bytes")
        elif text := line.text.strip():
            yield _record(line.number, text)


def _record(number: int, text: str) -> Record | Reject:
    try:
        thing = DECODER.decode(text)
    except json.JSONDecodeError as error:
        return Reject(number, f"is not JSON: {error.msg} at character {error.pos + 1}")
    except (RecursionError, ValueError):
        return Reject(number, "is nested too deep")
    return Record(number, flatten(thing)) if isinstance(thing, dict) else Reject(number, "is not a JSON object")
