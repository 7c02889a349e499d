"""Writes to a folder that survive a crash whole or not at all."""

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

UNFINISHED = ".part"
"""How the name of a file ends that is still being written, or whose writer died."""

_BLOCK = 1 << 20
_BEGINNING_SECONDS = 5.0
"""After which a file that is being written is surely locked by its writer."""


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``: a reader sees the old bytes or the new ones, also after a power cut."""
    with atomic_file(path) as file:
        file.write(content)


def create_atomically(path: Path, content: bytes) -> bool:
    """As :func:`write_atomically`, where there is nothing at ``path``; False, and nothing done, where there is."""
    temporary = path.parent / f".{secrets.token_hex(8)}{UNFINISHED}"
    try:
        write_atomically(temporary, content)
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """As :func:`write_atomically`, with what is written within; left by an error, ``path`` is as it was."""
    temporary = path.parent / f".{secrets.token_hex(8)}{UNFINISHED}"
    try:
        with temporary.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # as long as it lives: see sweep_unfinished
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sweep_unfinished(root: Path) -> None:
    """Remove what writers below ``root`` have left that died; what is being written stays."""
    for path in root.rglob(f".*{UNFINISHED}"):
        with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - path.stat().st_mtime > _BEGINNING_SECONDS:
                path.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable: the second half of a rename."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path) -> None:
    """Make every file and folder below ``root`` durable."""
    for folder, _, names in os.walk(root):
        for name in names:
            with (Path(folder) / name).open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(folder))


def remove_tree(path: Path) -> None:
    """Delete a folder; one that is gone already, or going, is no error."""
    shutil.rmtree(path, ignore_errors=True)


def copy_tree_sparsely(source: Path, target: Path) -> None:
    """Copy a folder and keep the holes of its files.

    The engine reserves 32 MB a storage page and fills little of it: a plain copy of a 20 MB shard writes 200 MB.
    """
    shutil.copytree(source, target, copy_function=_copy_sparsely)


def _copy_sparsely(source: str, target: str) -> None:
    # A process that opens the shard meanwhile replaces its state files; what it replaces them by has its own name
    # for a moment, is listed, and is gone.
    with suppress(FileNotFoundError), Path(source).open("rb", buffering=0) as reader, Path(target).open("wb") as writer:
        size = os.fstat(reader.fileno()).st_size
        writer.truncate(size)
        for start, end in _extents(reader.fileno(), size):
            reader.seek(start)
            writer.seek(start)
            for position in range(start, end, _BLOCK):
                writer.write(reader.read(min(_BLOCK, end - position)))


def _extents(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """Start and end of the parts of a file that hold data."""
    end = 0
    while end < size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, end
