"""A folder as one file, a tar compressed by zstd, and back again with holes where its files had nothing but zeros."""

import hashlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

_LEVEL = 3
_HOLE = 1 << 16
_NOTHING = bytes(_HOLE)
_MOST_FILES = 10_000


class Damaged(Exception):
    """An archive is not what it is said to be; the message is half a sentence that says how."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What an archive must be: the SHA-256 of its bytes in hex, their number, and that of its files once unpacked."""

    sha256: str
    size: int
    unpacked: int


def pack(folder: Path, target: Path) -> Seal:
    """Write everything below ``folder`` to the new file ``target``."""
    import zstandard

    unpacked = 0
    with target.open("xb") as file:
        sealed = _Sealed(file)
        compressor = zstandard.ZstdCompressor(level=_LEVEL, threads=-1)
        with (
            compressor.stream_writer(cast(IO[bytes], sealed), closefd=False) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            for path in sorted(folder.rglob("*")):
                archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_nobodys)
                unpacked += path.stat().st_size if path.is_file() else 0
    return Seal(sealed.digest.hexdigest(), sealed.size, unpacked)


def check(archive: Path, seal: Seal) -> None:
    """Raises :class:`Damaged` unless the archive is, byte for byte, the one that was sealed."""
    size = archive.stat().st_size
    if size != seal.size:
        raise Damaged(f"it has {size} bytes and not {seal.size}")
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != seal.sha256:
            raise Damaged("its digest is not the one it was stored with")


def unpack(archive: Path, target: Path, seal: Seal) -> None:
    """Write what is in ``archive`` below the new folder ``target``: files and folders alone, and no more than sealed.

    Not synced: it is a copy, in a place that does not outlive the machine's power.
    """
    import zstandard

    target.mkdir()
    try:
        with (
            archive.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as plain,
            tarfile.open(fileobj=plain, mode="r|") as members,
        ):
            for member in _plain_members(members, seal.unpacked):
                path = target / member.name
                if member.isdir():
                    path.mkdir(parents=True, exist_ok=True)
                elif content := members.extractfile(member):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    _write_sparsely(content, path)
    except (tarfile.TarError, zstandard.ZstdError, ValueError, EOFError, FileExistsError, NotADirectoryError) as error:
        raise Damaged("it cannot be unpacked") from error


def _plain_members(members: tarfile.TarFile, most_bytes: int) -> Iterator[tarfile.TarInfo]:
    unpacked = 0
    for count, member in enumerate(members, start=1):
        parts = PurePosixPath(member.name).parts
        plain = member.isdir() or (member.isreg() and not member.issparse())
        if not plain or not parts or member.name.startswith("/") or ".." in parts:
            raise Damaged(f"it holds {member.name[:80]!r}, which is no file or folder of an index")
        unpacked += member.size
        if unpacked > most_bytes or count > _MOST_FILES:
            raise Damaged(f"it holds more than the {most_bytes} bytes and {_MOST_FILES} files that it may")
        yield member


def _write_sparsely(content: IO[bytes], path: Path) -> None:
    """The engine reserves 32 MB a storage page and fills little of it: what is zero stays a hole."""
    with path.open("xb") as file:
        while block := content.read(_HOLE):
            if block == _NOTHING:
                file.seek(_HOLE, 1)
            else:
                file.write(block)
        file.truncate()


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whose files they were on the machine that made them is nobody's business."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


class _Sealed:
    """Counts and digests what is written through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, content: Any) -> int:
        self.digest.update(content)
        self.size += len(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()
