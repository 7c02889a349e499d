"""How the command speaks: to people with tables and bars, to machines in JSON, of errors in one sentence."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from shared.domain.errors import FeedRejected, GateRefused, InvalidInput, VitrineError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
_EXIT_CODES: Mapping[type[VitrineError], int] = {
    InvalidInput: EXIT_USAGE,
    FeedRejected: EXIT_REFUSED,
    GateRefused: EXIT_REFUSED,
}

console = Console(highlight=False, soft_wrap=True)


def exit_code(error: VitrineError) -> int:
    """2 for what was asked wrongly, 3 for a feed or version that was refused, 1 for the rest."""
    known = (_EXIT_CODES[kind] for kind in type(error).__mro__ if kind in _EXIT_CODES)
    return next(known, EXIT_FAILED)


def say_error(error: VitrineError, as_json: bool) -> None:
    text = json.dumps({"error": str(error)}, ensure_ascii=False) if as_json else f"vitrine: {error}"
    print(text, file=sys.stderr)


def say_aside(text: str) -> None:
    """Beside the answer, so that a program that reads it is not disturbed."""
    print(text, file=sys.stderr)


def say_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_written))


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class Bars:
    """A bar for each stage; it fulfils :class:`indexer.progress.Progress`."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        self._finish()
        self._task = self._progress.add_task(name, total=total)

    def advance(self, steps: int = 1) -> None:
        if self._task is not None:
            self._progress.advance(self._task, steps)

    def _finish(self) -> None:
        if self._task is not None:
            task = self._progress.tasks[self._progress.task_ids.index(self._task)]
            self._progress.update(self._task, total=task.total or task.completed or 1, completed=task.total or 1)
            self._progress.stop_task(self._task)


@contextmanager
def bars(quiet: bool) -> Iterator[Bars]:
    """Bars on standard error, so that standard output stays clean; none when ``quiet`` or not on a terminal."""
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    errors = Console(stderr=True)
    with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal) as progress:
        yield Bars(progress)
