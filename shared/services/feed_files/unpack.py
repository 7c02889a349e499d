"""From a local file to a stream of plain bytes: decompression that cannot be blown up."""

import gzip
import io
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.domain.errors import FeedRejected, InvalidInput, NotFound
from shared.services.feed_files.limits import HEAD, MAX_RATIO, MAX_UNPACKED, UNPACKED_GRACE
from shared.services.feed_files.records import BrokenFeed

GZIP_MAGIC = b"\x1f\x8b"


def require_file(path: Path) -> Path:
    """``path`` if it is a regular file; a pipe or a device would never end."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise NotFound(f"The feed {str(path)!r} cannot be found: check the path.") from error
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"The feed {str(path)!r} is not a file: name the file itself.")
    return path


@contextmanager
def unpacked(path: Path) -> Iterator[io.BufferedReader]:
    """The bytes of a feed, gunzipped if its first two bytes say so (whatever its name says)."""
    try:
        file: io.BufferedReader = io.BufferedReader(io.FileIO(path), HEAD)
    except OSError as error:
        raise NotFound(f"The feed {str(path)!r} cannot be opened ({error.strerror}): check its permissions.") from error
    with file:
        packed = file.peek(2)[:2] == GZIP_MAGIC
        yield io.BufferedReader(_Gunzip(file), HEAD) if packed else file


class _Gunzip(io.RawIOBase):
    """Gunzips while counting: a few kilobytes can stand for terabytes."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._gzip = gzip.GzipFile(fileobj=file, mode="rb")
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._gzip.read(len(buffer))
        except (EOFError, zlib.error, OSError) as error:
            raise BrokenFeed(0, "the gzip file is damaged or cut short") from error
        self._count += len(data)
        if self._count > MAX_UNPACKED:
            raise FeedRejected(f"The feed is larger than {MAX_UNPACKED >> 30} GiB when decompressed: split it.")
        if self._count > UNPACKED_GRACE + MAX_RATIO * self._file.tell():
            raise FeedRejected(
                f"The feed decompresses to more than {MAX_RATIO} times its size, as only a decompression bomb does: "
                "send it uncompressed if it is genuine."
            )
        buffer[: len(data)] = data
        return len(data)
