"""Turns on one machine: a locked file, which the system frees when its holder ends, however that happens."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.domain.errors import Busy


@dataclass(frozen=True, slots=True)
class FileTurn:
    """A :class:`shared.ports.Turn` that cannot be lost."""

    fence: int = 0

    def check(self) -> None: ...


class FileTurns:
    """A :class:`shared.ports.Turns` in the folder ``work``."""

    def __init__(self, work: Path) -> None:
        self._work = work

    @contextmanager
    def take(self, job: str) -> Iterator[FileTurn]:  # noqa: ARG002
        self._work.mkdir(parents=True, exist_ok=True)
        with (self._work / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"Another run is at work in {self._work}: wait until it has ended.") from None
            yield FileTurn()
