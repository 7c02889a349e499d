"""What is kept beside each index version and is no vector: made by the indexer, never changed, read by the services."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.ports import BlobStore

_FOLDER = "facts"
_KEPT_VERSIONS = 2
_T = TypeVar("_T")
_log = logging.getLogger("vitrine.facts")


@dataclass(frozen=True, slots=True)
class FactKind(Generic[_T]):
    """``parse`` makes it of its bytes, and raises ValueError, KeyError or TypeError for any others; ``nothing`` stands
    where a version has none."""

    name: str
    parse: Callable[[bytes], _T]
    nothing: _T


class Facts:
    """Reads them, each once: a version's facts are as immutable as the version. Safe to use from several threads."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._lock = threading.Lock()
        self._known: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def of(self, version: str, kind: FactKind[_T]) -> _T:
        """Raises what the blob store raises; ``nothing`` for what is not there or cannot be understood."""
        with self._lock:
            known = self._known.setdefault(version, {})
            self._known.move_to_end(version)
            while len(self._known) > _KEPT_VERSIONS:
                self._known.popitem(last=False)
        if kind.name not in known:
            known[kind.name] = self._read(version, kind)
        found: _T = known[kind.name]
        return found

    def _read(self, version: str, kind: FactKind[_T]) -> _T:
        content = self._blobs.get(fact_name(version, kind.name)) if version else None
        if content is None:
            return kind.nothing
        try:
            return kind.parse(content)
        except (ValueError, KeyError, TypeError):
            _log.exception("the fact %s of version %s cannot be read", kind.name, version)
            return kind.nothing


def fact_name(version: str, name: str) -> str:
    return f"{_FOLDER}/{version}/{name}"


def drop_facts(blobs: BlobStore, keep: Collection[str]) -> None:
    """Remove those of all versions but ``keep``."""
    for name in blobs.names(_FOLDER):
        if name.split("/")[1] not in keep:
            blobs.remove(name)
