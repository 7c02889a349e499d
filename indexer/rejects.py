"""The list of what a run left out: line, product and reason, one JSON object a line."""

import json
import re
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import IO

from shared.services.reindexing import RejectReason

MOST_LISTED = 10_000
"""Lines written; a feed of millions of bad rows must not fill the disk with their description."""

MOST_REASONS = 8
"""Of a summary; the others are counted together."""

_FILES_KEPT = 20
_QUOTED = re.compile(r"'.*'(?!\w)", re.DOTALL)
"""From the first mark to the last: what is quoted may have marks in it."""
_NUMBER = re.compile(r"\d[\d,.]*")
_LONGEST_REASON = 120


class Rejects:
    """Opened for one run; an empty list leaves no file. Older lists in the same folder are cleared away."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.images = 0
        self._file: IO[str] | None = None

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    @property
    def written(self) -> bool:
        return self._file is not None

    def row(self, line: int, product_id: str, reason: str) -> None:
        self.rows += 1
        self._write({"line": line, "product_id": product_id, "reason": reason})

    def image(self, product_id: str, reason: str) -> None:
        self.images += 1
        self._write({"line": None, "product_id": product_id, "reason": reason})

    def _write(self, entry: dict[str, object]) -> None:
        if self.rows + self.images > MOST_LISTED:
            return
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            for old in sorted(self.path.parent.glob("*.jsonl"))[: -_FILES_KEPT + 1]:
                old.unlink(missing_ok=True)
            self._file = self.path.open("w", encoding="utf-8")
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def summary(path: Path) -> tuple[RejectReason, ...]:
    """The most frequent reasons of a list, each with its first line; empty where there is no list.

    What a reason quotes, and the numbers in it, are left out: rows that were wrong in the same way count together, and
    nothing of a feed travels on with a summary of it.
    """
    if not path.exists():
        return ()
    counts, lines = Counter[str](), dict[str, int | None]()
    with path.open(encoding="utf-8") as entries:
        for entry in map(json.loads, entries):
            reason = _NUMBER.sub("…", _QUOTED.sub("…", entry["reason"]))[:_LONGEST_REASON]
            counts[reason] += 1
            lines.setdefault(reason, entry["line"])
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    told = [RejectReason(reason, count, lines[reason]) for reason, count in ranked[:MOST_REASONS]]
    rest = ranked[MOST_REASONS:]
    if rest:
        told.append(RejectReason("other reasons", sum(count for _, count in rest), lines[rest[0][0]]))
    return tuple(told)
