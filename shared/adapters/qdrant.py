"""Index versions as collections of a Qdrant server, or of qdrant-client's in-memory stand-in.

A version is the collection ``<prefix>-<version>``, the live one is behind the alias ``<prefix>-live``, and the manifest
lies in the collection's metadata (Qdrant 1.16 or later): a collection of ours without one is a build that did not end.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from shared.adapters.manifests import (
    is_version_name,
    require_same_encoders,
    require_version_name,
)
from shared.adapters.point_payload import dense_dimensions
from shared.adapters.qdrant_collection import IN_MEMORY, MANIFEST, QdrantBuilder, QdrantIndex, ask, persist
from shared.adapters.renewed_transport import RenewedTransport
from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.domain.records import manifest_from_record
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.versions import Manifest
from shared.ports import IndexBuilder

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_OWNER = "vitrine_prefix"


def connect(url: str, api_key: str | None = None, timeout: int = 10) -> "QdrantClient":
    """A client of the server at ``url``, or of an index in this process's memory where that is ``:memory:``.

    ``timeout``, in seconds, bounds every call.
    """
    from qdrant_client import QdrantClient

    if url == IN_MEMORY:
        return QdrantClient(IN_MEMORY)
    transport: Any = RenewedTransport()
    return QdrantClient(url=url, api_key=api_key, timeout=timeout, check_compatibility=False, transport=transport)


class QdrantVersions:
    """The index versions of the shop that ``prefix`` names. One build at a time: a new one drops unfinished ones.

    ``connect`` is called at the first question, and again at the next one where it failed. In a cluster, a new version
    is split into ``shards``, each held by ``replicas`` servers; versions that are there keep theirs.
    """

    def __init__(self, connect: "Callable[[], QdrantClient]", prefix: str, shards: int = 1, replicas: int = 1) -> None:
        require_version_name(prefix)
        self._shards = shards
        self._replicas = replicas
        self._connected = cache(connect)
        self._prefix = prefix
        self._alias = f"{prefix}-live"

    @property
    def _client(self) -> "QdrantClient":
        return self._connected()

    def all(self) -> list[Manifest]:
        found = (self._manifest(name) for name in self._collections())
        return sorted((manifest for manifest in found if manifest), key=lambda m: m.version, reverse=True)

    def live(self) -> str | None:
        aliases = ask(self._client.get_aliases).aliases
        names = [alias.collection_name for alias in aliases if alias.alias_name == self._alias]
        return names[0].removeprefix(f"{self._prefix}-") if names else None

    def build(
        self, version: str, encoders: dict[Space, EncoderInfo], base: str | None
    ) -> AbstractContextManager[IndexBuilder]:
        """Start ``version``.

        Raises:
            InvalidInput: a version of this name exists, or the name is no version name.
            NotFound: there is no version ``base``.
            EncoderMismatch: ``base`` was made by other encoders.
            Unavailable: the server cannot be reached, or fails again and again.
        """
        return self._build(version, encoders, base)

    @contextmanager
    def _build(self, version: str, encoders: dict[Space, EncoderInfo], base: str | None) -> Iterator[IndexBuilder]:
        require_version_name(version)
        collection = self._collection(version)
        if self._manifest(collection):
            raise InvalidInput(f"Index version {version} exists already: choose another name.")
        if base is not None:
            require_same_encoders(self._require(base), encoders)
        self._drop_unfinished()
        builder = QdrantBuilder(self._client, collection, version, dense_dimensions(encoders))
        try:
            builder.create({_OWNER: self._prefix}, self._shards, self._replicas)
            if base is not None:
                builder.copy_from(self._collection(base))
            yield builder
        finally:
            if not builder.finished:
                # The server may be what failed: the next build drops it then.
                with suppress(Exception):
                    self._client.delete_collection(collection)

    def open(self, version: str) -> "QdrantIndex":
        return QdrantIndex(self._client, self._collection(version), self._require(version))

    def prepare(self, version: str) -> bool:  # noqa: ARG002
        return True

    def activate(self, version: str, fence: int = 0) -> None:  # noqa: ARG002
        """An alias knows no fences: a job that has been away checks its turn before it comes here."""
        from qdrant_client import models

        self._require(version)
        switch: list[models.AliasOperations] = [
            models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self._alias)),
            models.CreateAliasOperation(
                create_alias=models.CreateAlias(alias_name=self._alias, collection_name=self._collection(version))
            ),
        ]
        ask(self._client.update_collection_aliases, switch)

    def remove(self, version: str) -> None:
        self._require(version)
        if version == self.live():
            raise InvalidInput(f"Index version {version} is live: make another one live before you remove it.")
        ask(self._client.delete_collection, self._collection(version))

    def _collection(self, version: str) -> str:
        return f"{self._prefix}-{version}"

    def _collections(self) -> list[str]:
        names = [entry.name for entry in ask(self._client.get_collections).collections]
        return [name for name in names if name.startswith(f"{self._prefix}-")]

    def _metadata(self, collection: str) -> dict[str, Any]:
        """Ours only: the shop ``a`` must not take the collections of the shop ``a-b`` for its own."""
        if not ask(self._client.collection_exists, collection):
            return {}
        metadata = ask(self._client.get_collection, collection).config.metadata or {}
        return metadata if metadata.get(_OWNER) == self._prefix else {}

    def _manifest(self, collection: str) -> Manifest | None:
        record = self._metadata(collection).get(MANIFEST)
        try:
            return manifest_from_record(record) if record else None
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable(f"The manifest of collection {collection} cannot be read: delete it.") from error

    def _require(self, version: str) -> Manifest:
        if is_version_name(version) and (manifest := self._manifest(self._collection(version))):
            return manifest
        raise NotFound(f"There is no index version {version[:80]!r}: list the versions to see which there are.")

    def _drop_unfinished(self) -> None:
        for name in self._collections():
            metadata = self._metadata(name)
            if metadata and MANIFEST not in metadata:
                persist(self._client.delete_collection, name)
