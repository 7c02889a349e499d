"""The products of a version in the making, with their vectors, wherever these are: staged, or in the live version."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from indexer.encode import Encoders
from indexer.staging import Staged, Staging
from indexer.vectors import VectorCache
from shared.domain.products import Product
from shared.domain.spaces import DenseVector, Space, Vector, Vectors
from shared.ports import BlobStore, ProductIndex
from shared.services.kept_catalogue import catalogue_products

_BATCH = 500


class Shelf(Protocol):
    def products(self) -> Iterator[Product]:
        """All of them, in order of their ids."""

    def vectors(
        self, product_ids: Sequence[str], spaces: Sequence[Space] = (Space.TEXT, Space.IMAGE)
    ) -> dict[str, Vectors]:
        """Those of ``spaces``, which are dense, that each of the products has; a product without any may be left out.

        The same vector may differ in its last bits from one shelf to another.
        """


class StagedShelf:
    """What a feed brought, and what was encoded of it."""

    def __init__(self, staging: Staging, cache: VectorCache, encoders: Encoders) -> None:
        self._staging = staging
        self._cache = cache
        self._encoders = encoders

    def products(self) -> Iterator[Product]:
        return (each.product for batch in self._staging.all() for each in batch)

    def vectors(
        self, product_ids: Sequence[str], spaces: Sequence[Space] = (Space.TEXT, Space.IMAGE)
    ) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        for batch in _batches(product_ids):
            staged = self._staging.some(batch)
            texts, images = embeddings(staged, self._cache, self._encoders)
            for each in staged:
                known = {Space.TEXT: texts.get(each.product.id), Space.IMAGE: images.get(each.product.id)}
                vectors: dict[Space, Vector] = {
                    space: vector for space in spaces if (vector := known.get(space)) is not None
                }
                found[each.product.id] = vectors
        return found


class LiveShelf:
    """The products of a version that is there already."""

    def __init__(self, blobs: BlobStore, index: ProductIndex) -> None:
        self._blobs = blobs
        self._index = index

    def products(self) -> Iterator[Product]:
        return catalogue_products(self._blobs, self._index.manifest.version)

    def vectors(
        self, product_ids: Sequence[str], spaces: Sequence[Space] = (Space.TEXT, Space.IMAGE)
    ) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        for batch in _batches(product_ids):
            found |= self._index.vectors(batch, spaces)
        return found


def embeddings(
    batch: Sequence[Staged], cache: VectorCache, encoders: Encoders
) -> tuple[dict[str, DenseVector], dict[str, DenseVector]]:
    """By product: the text vectors, and the image vectors of those that have one."""
    texts = cache.get(Space.TEXT, encoders.text.info, {each.product.id: each.text_content for each in batch})
    pictured = {each.product.id: each.image_content for each in batch if each.has_image}
    return texts, cache.get(Space.IMAGE, encoders.image.info, pictured) if pictured else {}


def _batches(product_ids: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(product_ids)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
