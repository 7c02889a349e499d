"""Making an index version: out of a feed's staged products, or out of the live version with something learnt anew."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

import numpy as np

from indexer.borrow import with_borrowed_rows
from indexer.catalogue import copy_catalogue, keep_catalogue
from indexer.encode import Encoders
from indexer.learned import Learned, changed_rows, keep, rows_of
from indexer.progress import Progress
from indexer.shelf import embeddings
from indexer.staging import Staged, Staging, digest, products_digest
from indexer.vectors import VectorCache
from shared.domain.errors import NotFound, Unavailable
from shared.domain.keywords import keyword_vector
from shared.domain.products import Product
from shared.domain.recommendations import IndexPoint
from shared.domain.spaces import LEARNT_SPACES, EncoderInfo, Space, Vector
from shared.domain.versions import Manifest
from shared.ports import BlobStore, IndexBuilder, IndexVersions, ProductIndex
from shared.services.kept_catalogue import catalogue_hashes, catalogue_products

_SAMPLE = 256
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version is to be, beside the products that are staged for it.

    ``content`` is the digest of all of it, ``base`` the version that it may be made out of, ``as_of`` when its run
    began and ``feed_at`` how old its feed is.
    """

    content: str
    learned: Learned
    base: Manifest | None
    as_of: datetime
    feed_at: datetime


def encoder_infos(encoders: Encoders) -> dict[Space, EncoderInfo]:
    return {Space.TEXT: encoders.text.info, Space.IMAGE: encoders.image.info}


def content_digest(products: str, encoders: dict[Space, EncoderInfo], learned: Learned) -> str:
    """Names all that an index version holds: what the products are, which encoders saw them, what was learnt."""
    seen = (f"{space.value}={encoders[space].fingerprint}" for space in sorted(encoders))
    return digest(products, learned.digest, *seen)


class VersionBuilder:
    """Writes versions that nobody sees until they are finished; none of them is made live here."""

    def __init__(self, versions: IndexVersions, blobs: BlobStore, progress: Progress) -> None:
        self._versions = versions
        self._blobs = blobs
        self._progress = progress

    def from_feed(self, staging: Staging, cache: VectorCache, encoders: Encoders, draft: Draft) -> Manifest:
        """A finished version of what is staged, made of the draft's base where there is one.

        A base that turns out to be damaged is done without: everything is written anew.
        """
        if draft.base:
            try:
                staging.load_base(catalogue_hashes(self._blobs, draft.base.version))
                staging.mark_relearnt(changed_rows(draft.learned, rows_of(self._blobs, draft.base.version)))
                return self._from_feed(staging, cache, encoders, draft)
            except (NotFound, Unavailable):
                staging.forget_base()
        return self._from_feed(staging, cache, encoders, replace(draft, base=None))

    def _from_feed(self, staging: Staging, cache: VectorCache, encoders: Encoders, draft: Draft) -> Manifest:
        learned, base = draft.learned, draft.base
        manifest = Manifest(
            version=version_name(draft.as_of, draft.content),
            digest=draft.content,
            as_of=draft.as_of,
            products=staging.count(),
            encoders=encoder_infos(encoders),
            likeness=_likeness(staging.sample(_SAMPLE), cache, encoders),
            tuning=learned.tuning,
            feed_at=draft.feed_at,
        )
        counts = {Space.TEXT: staging.count(), Space.IMAGE: staging.count_images(), Space.KEYWORDS: staging.count()}
        counts |= learned.counts()
        self._progress.stage("Writing the index")
        with self._versions.build(manifest.version, dict(manifest.encoders), base.version if base else None) as builder:
            for batch in staging.changed():
                builder.upsert([_with_rows(point, learned) for point in _points(batch, cache, encoders)])
                self._progress.advance(len(batch))
            if base:
                builder.delete(staging.removed())
            model = learned.of(Space.BEHAVIOUR)
            unlearnt = ([each for each in batch if not model.row(each.product.id)] for batch in staging.all())
            untouched = (point for batch in unlearnt for point in _points(batch, cache, encoders))
            counts[Space.BEHAVIOUR] = self._lend(builder, untouched, learned, manifest)
            keep_catalogue(self._blobs, manifest.version, staging.all())
            return self._finish(builder, replace(manifest, counts=counts), learned)

    def content_of(self, base: Manifest, learned: Learned) -> str:
        """The digest of a version of ``base``'s products with other learning."""
        products = products_digest(catalogue_hashes(self._blobs, base.version))
        return content_digest(products, dict(base.encoders), learned)

    def revise(self, base: Manifest, learned: Learned, index: ProductIndex, content: str, as_of: datetime) -> Manifest:
        """A finished version of ``base``'s products and vectors, taken from its ``index``, with other learning."""
        if not can_be_base(base):
            raise Unavailable(f"Index version {base.version} is of an older Vitrine: index its feed again.")
        known = rows_of(self._blobs, base.version)
        changed = changed_rows(learned, known)
        manifest = replace(
            base,
            version=version_name(as_of, content),
            digest=content,
            as_of=as_of,
            tuning=learned.tuning,
            feed_at=base.offers_as_of,
        )
        self._progress.stage("Writing the index")
        with self._versions.build(manifest.version, dict(base.encoders), base.version) as builder:
            relearnt = (each for each in self._catalogue(base) if each.id in changed)
            for batch in _batched(_known_points(index, relearnt)):
                builder.upsert([_with_rows(point, learned) for point in batch])
                self._progress.advance(len(batch))
            counts = {**base.counts, **learned.counts(), Space.BEHAVIOUR: base.counts[Space.BEHAVIOUR]}
            # A point whose other rows changed was written without the row that it had borrowed.
            if changed:
                model = learned.of(Space.BEHAVIOUR)
                untouched = (each for each in self._catalogue(base) if not model.row(each.id))
                counts[Space.BEHAVIOUR] = self._lend(builder, _known_points(index, untouched), learned, manifest)
            copy_catalogue(self._blobs, base.version, manifest.version)
            return self._finish(builder, replace(manifest, counts=counts), learned)

    def _catalogue(self, manifest: Manifest) -> Iterator[Product]:
        return catalogue_products(self._blobs, manifest.version)

    def _lend(
        self, builder: IndexBuilder, untouched: Iterable[IndexPoint], learned: Learned, manifest: Manifest
    ) -> int:
        """Give the untouched products rows; returns how many products of the version have one of either kind."""
        model = learned.of(Space.BEHAVIOUR)
        if not model.products:
            return 0
        self._progress.stage("Lending rows to products without events")
        rows = manifest.products
        for batch in _batched(untouched):
            lent = with_borrowed_rows(builder, batch, model, manifest.likeness)
            builder.upsert([_with_rows(point, learned) for point in lent])
            rows -= len(batch) - len(lent)
            self._progress.advance(len(batch))
        return rows

    def _finish(self, builder: IndexBuilder, manifest: Manifest, learned: Learned) -> Manifest:
        keep(self._blobs, manifest.version, learned)
        self._progress.stage("Building the search graphs")
        builder.finish(manifest)
        return manifest


def version_name(as_of: datetime, content: str) -> str:
    """Sorts by age."""
    return f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{content[:8]}"


def can_be_base(manifest: Manifest) -> bool:
    """Whether a copy of the version has room for all that is learnt: one of an older Vitrine lacks spaces."""
    return all(space in manifest.counts for space in LEARNT_SPACES)


def _with_rows(point: IndexPoint, learned: Learned) -> IndexPoint:
    """With the product's own rows, beside those vectors that it has."""
    rows = learned.vectors(point.product.id)
    return IndexPoint(point.product, {**point.vectors, **rows}) if rows else point


def _known_points(index: ProductIndex, products: Iterable[Product]) -> Iterator[IndexPoint]:
    """The products as ``index`` holds them, but for their rows."""
    remaining = iter(products)
    while batch := list(islice(remaining, _BATCH)):
        vectors = index.vectors([product.id for product in batch], (Space.TEXT, Space.IMAGE, Space.KEYWORDS))
        yield from (IndexPoint(product, vectors[product.id]) for product in batch)


def _batched(points: Iterable[IndexPoint]) -> Iterator[list[IndexPoint]]:
    remaining = iter(points)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _likeness(sample: list[Staged], cache: VectorCache, encoders: Encoders) -> dict[Space, float]:
    """The median cosine of two different products of ``sample``, for each dense space that has two."""
    likeness = {}
    for space, vectors in zip((Space.TEXT, Space.IMAGE), embeddings(sample, cache, encoders), strict=True):
        if len(vectors) > 1:
            matrix = np.stack([vectors[product_id] for product_id in sorted(vectors)])
            cosines = (matrix @ matrix.T)[np.triu_indices(len(matrix), 1)]
            likeness[space] = round(float(np.median(cosines)), 4)
    return likeness


def _points(batch: Sequence[Staged], cache: VectorCache, encoders: Encoders) -> list[IndexPoint]:
    if not batch:
        return []
    texts, images = embeddings(batch, cache, encoders)
    points = []
    for each in batch:
        product = each.product
        vectors: dict[Space, Vector] = {Space.TEXT: texts[product.id], Space.KEYWORDS: keyword_vector(product.words())}
        if product.id in images:
            vectors[Space.IMAGE] = images[product.id]
        points.append(IndexPoint(product, vectors))
    return points
