"""The list of what a run left out: line, product and reason, one JSON object a line."""

import json
from pathlib import Path
from types import TracebackType
from typing import IO

MOST_LISTED = 10_000
"""Lines written; a feed of millions of bad rows must not fill the disk with their description."""

_FILES_KEPT = 20


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
