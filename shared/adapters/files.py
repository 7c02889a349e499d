"""Named bytes as files below a folder."""

import re
from pathlib import Path

from shared.adapters.durable_files import UNFINISHED, write_atomically
from shared.domain.errors import InvalidInput

_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}(/[A-Za-z0-9._-]{1,255}){0,15}")


class FileBlobs:
    """A BlobStore in the folder ``root``, which the first write makes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def put(self, name: str, content: bytes) -> None:
        """Raises :class:`InvalidInput` where a part of ``name`` is a blob already, or ``name`` is a folder of them."""
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise InvalidInput(f"{name!r} cannot be both a blob and a folder of blobs: choose another name.") from error

    def names(self, prefix: str) -> list[str]:
        """Names below the folder ``prefix``, sorted; the empty prefix is the whole store."""
        folder = self._path(prefix) if prefix else self._root
        return sorted(
            path.relative_to(self._root).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and not path.name.endswith(UNFINISHED)
        )

    def remove(self, name: str) -> None:
        """Remove a blob; one that is not there is no error."""
        try:
            self._path(name).unlink()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if not _NAME.fullmatch(name) or any(set(part) == {"."} for part in parts) or name.endswith(UNFINISHED):
            raise InvalidInput(
                f"{name[:80]!r} is not a blob name: use parts of letters, digits, dots, dashes and underscores "
                f"joined by '/', none of them only dots, and not the ending {UNFINISHED!r}."
            )
        return self._root.joinpath(*parts)
