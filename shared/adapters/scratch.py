"""Folders for work in progress, which somebody else clears away where the worker was killed."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shared.adapters.durable_files import remove_tree

_PREFIX = ".scratch-"


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """A new folder in ``root``, gone afterwards; those of workers that were killed go now.

    Its lock is what tells a worker from one that was killed: the system frees it with the process.
    """
    for leftover in root.glob(f"{_PREFIX}*"):
        _clear(leftover)
    folder, lock = _make(root)
    try:
        yield folder
    finally:
        remove_tree(folder)
        os.close(lock)


def _make(root: Path) -> tuple[Path, int]:
    while True:
        folder = root / f"{_PREFIX}{secrets.token_hex(8)}"
        folder.mkdir()
        # Between these two steps another worker may take the folder for a leftover, and clear it.
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, lock
            os.close(lock)


def _clear(folder: Path) -> None:
    with suppress(FileNotFoundError):
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_tree(folder)
        except BlockingIOError:
            pass
        finally:
            os.close(lock)
