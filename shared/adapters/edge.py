"""Index versions as folders, searched by Qdrant's engine inside the process (qdrant-edge-py).

Layout: ``root/<version>/manifest.json`` and ``root/<version>/shard/``; the file ``root/live`` names the live version;
``root/.building-<version>/`` is a version in the making and ``root/.lock`` is held by the one process that builds.
"""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from shared.adapters.durable_files import copy_tree_sparsely, remove_tree, write_atomically
from shared.adapters.edge_shard import MANIFEST, SHARD, EdgeBuilder, EdgeIndex
from shared.adapters.manifests import (
    is_version_name,
    manifest_from_bytes,
    manifest_to_bytes,
    require_same_encoders,
    require_version_name,
)
from shared.adapters.point_payload import dense_dimensions
from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.versions import Manifest
from shared.ports import IndexBuilder

_BUILDING = ".building-"
_REMOVING = ".removing-"


class EdgeVersions:
    """The index versions of one shop in the folder ``root``. One process builds at a time, any number read."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    @property
    def root(self) -> Path:
        return self._root

    def has(self, version: str) -> bool:
        return is_version_name(version) and (self._root / version / MANIFEST).is_file()

    def all(self) -> list[Manifest]:
        names = sorted((path.name for path in self._root.iterdir() if is_version_name(path.name)), reverse=True)
        return [manifest for name in names if (manifest := self._manifest(name))]

    def live(self) -> str | None:
        try:
            return (self._root / "live").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None

    def build(
        self, version: str, encoders: dict[Space, EncoderInfo], base: str | None
    ) -> AbstractContextManager[IndexBuilder]:
        """Start ``version``.

        Raises:
            InvalidInput: a version of this name exists, or the name is no version name.
            NotFound: there is no version ``base``.
            EncoderMismatch: ``base`` was made by other encoders.
            Unavailable: another process is building.
        """
        return self._build(version, encoders, base)

    @contextmanager
    def _build(self, version: str, encoders: dict[Space, EncoderInfo], base: str | None) -> Iterator[IndexBuilder]:
        require_version_name(version)
        if (self._root / version).exists():
            raise InvalidInput(f"Index version {version} exists already: choose another name.")
        with self.quiet():
            for pattern in (f"{_BUILDING}*", f"{_REMOVING}*"):
                for leftover in self._root.glob(pattern):
                    remove_tree(leftover)
            folder = self._root / f"{_BUILDING}{version}"
            try:
                folder.mkdir()
                if base is not None:
                    require_same_encoders(self._require(base), encoders)
                    copy_tree_sparsely(self._root / base / SHARD, folder / SHARD)
                with EdgeBuilder(folder, self._root / version, dense_dimensions(encoders)) as builder:
                    yield builder
            finally:
                remove_tree(folder)

    def open(self, version: str) -> EdgeIndex:
        """Load a version; many processes may have one open, and one that is removed stays readable where it is open."""
        return EdgeIndex(self._root / version, self._require(version))

    def prepare(self, version: str) -> bool:  # noqa: ARG002
        return True

    def activate(self, version: str, fence: int = 0) -> None:  # noqa: ARG002
        """Who builds here holds the folder's turn, and that cannot be lost: there is nothing to fence off."""
        self._require(version)
        write_atomically(self._root / "live", version.encode("ascii"))

    def remove(self, version: str) -> None:
        self._require(version)
        if version == self.live():
            raise InvalidInput(f"Index version {version} is live: make another one live before you remove it.")
        self.drop(version)

    def drop(self, version: str) -> None:
        """Delete a version, whatever state it is in; one that is gone already, or going, is no error."""
        doomed = self._root / f"{_REMOVING}{version}"
        remove_tree(doomed)
        with suppress(FileNotFoundError):
            (self._root / version).rename(doomed)
        remove_tree(doomed)

    def adopt(self, manifest: Manifest, shard: Path) -> None:
        """Take a finished shard, in a folder of its own on this file system, for that version."""
        write_atomically(shard.parent / MANIFEST, manifest_to_bytes(manifest))
        target = self._root / manifest.version
        try:
            shard.parent.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            # Another process has brought it meanwhile, and as a version never changes, that one is as good; or it is
            # what was left of one.
            if not self.has(manifest.version):
                self.drop(manifest.version)
                shard.parent.rename(target)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Nobody builds here meanwhile. Raises Unavailable while somebody does."""
        with _only_builder(self._root / ".lock"):
            yield

    def _require(self, version: str) -> Manifest:
        if is_version_name(version) and (manifest := self._manifest(version)):
            return manifest
        raise NotFound(f"There is no index version {version[:80]!r}: list the versions to see which there are.")

    def _manifest(self, version: str) -> Manifest | None:
        try:
            return manifest_from_bytes((self._root / version / MANIFEST).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable(f"The manifest of index version {version} cannot be read: remove its folder.") from error


@contextmanager
def _only_builder(lock: Path) -> Iterator[None]:
    """Hold the builders' lock; the system frees it when its holder dies."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(
                f"Another process is building an index version in {lock.parent}: wait for it to end."
            ) from error
        yield
