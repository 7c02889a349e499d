"""A sequences file: a user a line, ``user item item …`` in time order. Ids are opaque words."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.errors import InvalidInput
from shared.services.feed_files.records import BrokenFeed
from shared.services.feed_files.unpack import require_file, unpacked

LONGEST_LINE = 1 << 20
LONGEST_ID = 128
MOST_EVENTS = 10_000_000


@dataclass(slots=True)
class Sequences:
    """By user the products in order, each once; and what had to be passed over.

    A product that comes again counts where it came first: what a user has is not offered again, so it is no target.
    """

    users: dict[str, tuple[str, ...]] = field(default_factory=dict)
    events: int = 0
    repeated_events: int = 0
    unknown_events: int = 0
    repeated_users: int = 0
    too_short: int = 0


def read_sequences(path: Path, known: Collection[str] | None = None) -> Sequences:
    """The users of the file (plain or gzipped) who have at least two of the ``known`` products (None: of any).

    Raises NotFound without a file, InvalidInput for what is no such file.
    """
    sequences = Sequences()
    for number, words in _lines(path):
        user, items = words[0], words[1:]
        sequences.events += len(items)
        if sequences.events > MOST_EVENTS:
            raise InvalidInput(f"{path} holds more than {MOST_EVENTS:,} events: evaluate on a sample of its users.")
        if wrong := next((word for word in words if len(word) > LONGEST_ID or not word.isprintable()), None):
            shown = "".join(char for char in wrong[:40] if char.isprintable())
            raise InvalidInput(
                f"Line {number} of {path} has the id {shown!r}, longer than {LONGEST_ID} characters or not printable: "
                "give a text file with a user a line, then the products in time order."
            )
        if user in sequences.users:
            sequences.repeated_users += 1
            continue
        kept = [item for item in items if known is None or item in known]
        distinct = tuple(dict.fromkeys(kept))
        sequences.unknown_events += len(items) - len(kept)
        sequences.repeated_events += len(kept) - len(distinct)
        if len(distinct) < 2:
            sequences.too_short += 1
        else:
            sequences.users[user] = distinct
    if not sequences.users:
        raise InvalidInput(
            f"{path} has no user with two known products in {sequences.events:,} events: give a user a line, then "
            "the products in time order, with the ids of --items."
        )
    return sequences


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines as words, without the empty ones."""
    number = 0
    try:
        with unpacked(require_file(path)) as stream:
            while line := stream.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise InvalidInput(
                        f"Line {number} of {path} is longer than {LONGEST_LINE:,} bytes: check the file."
                    )
                if words := line.decode("utf-8-sig" if number == 1 else "utf-8").split():
                    yield number, words
    except UnicodeDecodeError:
        raise InvalidInput(f"Line {number} of {path} is no UTF-8 text: give a text file with a user a line.") from None
    except BrokenFeed as broken:
        raise InvalidInput(f"{path} cannot be read to its end ({broken.reason}): check the file.") from None
