"""One job at a time in a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.domain.errors import Unavailable


@contextmanager
def only_one(work: Path) -> Iterator[None]:
    """Hold the folder ``work``; the lock goes with the process, however that ends. Raises Unavailable if it is held."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(f"Another indexing run is at work in {work}: wait until it has ended.") from None
        yield
