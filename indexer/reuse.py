"""Vectors that the live version holds already, so that a machine which starts empty encodes only what changed."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import cast

from indexer.catalogue import catalogue_contents
from indexer.encode import Encoders
from indexer.staging import Contents, Staging
from indexer.vectors import VectorCache
from shared.domain.errors import NotFound, Unavailable
from shared.domain.spaces import DenseVector, EncoderInfo, Space
from shared.domain.versions import Manifest
from shared.ports import BlobStore, IndexVersions, ProductIndex

_BATCH = 500


class LiveVectors:
    """What can be taken from a version in place of encoding it again. It is opened only where something is missing."""

    def __init__(self, versions: IndexVersions, blobs: BlobStore) -> None:
        self._versions = versions
        self._blobs = blobs

    def fill(self, staging: Staging, cache: VectorCache, encoders: Encoders, version: Manifest) -> int:
        """Put into ``cache`` what it lacks of the staged products whose content and encoder are ``version``'s.

        Returns how many vectors that were. Of a version that is damaged, what could be read of it.
        """
        infos = {Space.TEXT: encoders.text.info, Space.IMAGE: encoders.image.info}
        same = {space: info for space, info in infos.items() if version.encoders.get(space) == info}
        filled = 0
        index: ProductIndex | None = None
        try:
            for batch in _batches(catalogue_contents(self._blobs, version.version)):
                for space, info in same.items():
                    if missing := _missing(staging, cache, space, info, batch):
                        index = index or self._versions.open(version.version)
                        filled += _take(index, cache, space, info, missing)
        except (NotFound, Unavailable):
            return filled
        finally:
            if index:
                index.close()
        return filled


def _batches(contents: Iterator[Contents]) -> Iterator[list[Contents]]:
    while batch := list(islice(contents, _BATCH)):
        yield batch


def _missing(
    staging: Staging, cache: VectorCache, space: Space, info: EncoderInfo, batch: Sequence[Contents]
) -> dict[str, str]:
    """Product id and content."""
    staged = staging.unchanged(space, batch)
    known = cache.known(space, info, staged)
    return {product_id: content for product_id, content in staged.items() if product_id not in known}


def _take(index: ProductIndex, cache: VectorCache, space: Space, info: EncoderInfo, missing: dict[str, str]) -> int:
    held = index.vectors(list(missing), (space,))
    rows = [
        (product_id, missing[product_id], cast(DenseVector, vectors[space]))
        for product_id, vectors in held.items()
        if space in vectors
    ]
    cache.put(space, info, rows)
    return len(rows)
