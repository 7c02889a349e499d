"""Named bytes as files below a folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shared.adapters.blob_names import parts_of
from shared.adapters.durable_files import UNFINISHED, atomic_file, create_atomically, sweep_unfinished
from shared.domain.errors import InvalidInput

_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class FileBlobs:
    """A BlobStore in the folder ``root``, which the first write makes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except _ABSENT:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Raises :class:`InvalidInput` where a part of ``name`` is a blob already, or ``name`` is a folder of them."""
        with self._writing(name) as file:
            file.write(content)

    def create(self, name: str, content: bytes) -> bool:
        """Raises as :meth:`put`."""
        with self._folder_of(name) as path:
            return create_atomically(path, content)

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
        except _ABSENT:
            return

    def upload(self, name: str, source: Path) -> None:
        with source.open("rb") as content, self._writing(name) as file:
            shutil.copyfileobj(content, file)

    def download(self, name: str, target: Path) -> bool:
        try:
            content = self._path(name).open("rb")
        except _ABSENT:
            return False
        with content, atomic_file(target) as file:
            shutil.copyfileobj(content, file)
        return True

    def sweep(self) -> None:
        """Remove what killed writers have left, which no name leads to."""
        sweep_unfinished(self._root)

    @contextmanager
    def _writing(self, name: str) -> Iterator[IO[bytes]]:
        with self._folder_of(name) as path, atomic_file(path) as file:
            yield file

    @contextmanager
    def _folder_of(self, name: str) -> Iterator[Path]:
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield path
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise InvalidInput(f"{name!r} cannot be both a blob and a folder of blobs: choose another name.") from error

    def _path(self, name: str) -> Path:
        return self._root.joinpath(*parts_of(name))
