"""Build a version beside the live one, put it through the gate, make it live; and go back."""

import json
from datetime import UTC, datetime

import numpy as np

from indexer import gate
from indexer.catalogue import catalogue_hashes, catalogue_products, drop_catalogues, has_catalogue, keep_catalogue
from indexer.encode import Encoders
from indexer.progress import Progress
from indexer.staging import Staged, Staging, digest
from indexer.vectors import VectorCache
from shared.domain.errors import NotFound, Unavailable
from shared.domain.keywords import keyword_vector
from shared.domain.recommendations import IndexPoint
from shared.domain.spaces import DenseVector, EncoderInfo, Space, Vector
from shared.domain.versions import Manifest
from shared.ports import BlobStore, IndexVersions, ProductStore

KEPT_VERSIONS = 3
_SAMPLE = 256
_HISTORY = "published.json"


class Publisher:
    """Everything that changes which version is live, in an order in which a crash does no harm.

    1. The version is built where nobody sees it; its catalogue is kept; only then is it listed.
    2. The gate opens it like any reader would.
    3. The product store takes the version's catalogue, in one transaction.
    4. The pointer moves, atomically.

    Killed before 3, nothing has changed. Killed between 3 and 4, answers are made of the old index and the new
    catalogue: a product that is in only one of them is not shown. The next run finds the version and goes on at 2.
    """

    def __init__(self, versions: IndexVersions, products: ProductStore, blobs: BlobStore) -> None:
        self._versions = versions
        self._products = products
        self._blobs = blobs

    def live(self) -> Manifest | None:
        version = self._versions.live()
        return next((each for each in self._versions.all() if each.version == version), None)

    def finished(self, content: str) -> Manifest | None:
        """The version of just this content, if one is there: published before, or built by a run that was killed."""
        same = (each for each in self._versions.all() if each.digest == content)
        return next((each for each in same if has_catalogue(self._blobs, each.version)), None)

    def base_for(self, encoders: Encoders) -> Manifest | None:
        """The live version, if its vectors are of the same encoders and can be taken over."""
        live = self.live()
        return live if live and live.encoders == encoder_infos(encoders) else None

    def build(
        self,
        staging: Staging,
        cache: VectorCache,
        encoders: Encoders,
        content: str,
        base: Manifest | None,
        as_of: datetime,
        progress: Progress,
    ) -> Manifest:
        """A finished version of what is staged, made of ``base`` where there is one, not yet live.

        A base that turns out to be damaged is done without: everything is written anew.
        """
        if base:
            try:
                staging.load_base(catalogue_hashes(self._blobs, base.version))
                return self._build(staging, cache, encoders, content, base, as_of, progress)
            except (NotFound, Unavailable):
                staging.forget_base()
        return self._build(staging, cache, encoders, content, None, as_of, progress)

    def _build(
        self,
        staging: Staging,
        cache: VectorCache,
        encoders: Encoders,
        content: str,
        base: Manifest | None,
        as_of: datetime,
        progress: Progress,
    ) -> Manifest:
        infos = encoder_infos(encoders)
        counts = {Space.TEXT: staging.count(), Space.IMAGE: staging.count_images(), Space.KEYWORDS: staging.count()}
        version = f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{content[:8]}"
        likeness = _likeness(staging.sample(_SAMPLE), cache, encoders)
        manifest = Manifest(version, content, as_of, staging.count(), infos, counts, likeness)
        progress.stage("Writing the index")
        with self._versions.build(version, infos, base.version if base else None) as builder:
            for batch in staging.changed():
                builder.upsert(_points(batch, cache, encoders))
                progress.advance(len(batch))
            if base:
                builder.delete(staging.removed())
            keep_catalogue(self._blobs, version, staging.all())
            progress.stage("Building the search graphs")
            builder.finish(manifest)
        return manifest

    def publish(self, manifest: Manifest, allow_loss: bool = False) -> None:
        """Put ``manifest``'s version through the gate and make it live. Raises GateRefused."""
        self._check(manifest, self.live(), allow_loss)
        history = [*self._history(), manifest.version]
        self._activate(manifest.version, history)
        self._tidy_up(history)

    def discard(self, version: str) -> None:
        """Remove a version that was refused."""
        self._versions.remove(version)
        drop_catalogues(self._blobs, {each.version for each in self._versions.all()})

    def rollback(self) -> Manifest:
        """Make live what was live before. Done again, it goes one further back."""
        history = self._history()
        manifests = {each.version: each for each in self._versions.all()}
        if len(history) < 2 or history[-2] not in manifests:
            raise NotFound("There is no index version before the live one to go back to.")
        before = manifests[history[-2]]
        self._check(before, live=None, allow_loss=True)
        self._activate(before.version, history[:-1])
        return before

    def settled(self) -> bool:
        """Whether the product store has the catalogue of the live version."""
        return self._products.version() == self._versions.live()

    def _check(self, manifest: Manifest, live: Manifest | None, allow_loss: bool) -> None:
        index = self._versions.open(manifest.version)
        try:
            ids = [product_id for product_id, _ in catalogue_hashes(self._blobs, manifest.version)]
            gate.check(index, gate.sample_of(ids, manifest.digest), live, allow_loss)
        finally:
            index.close()

    def _activate(self, version: str, history: list[str]) -> None:
        self._products.replace(version, catalogue_products(self._blobs, version))
        self._versions.activate(version)
        self._blobs.put(_HISTORY, json.dumps(history).encode())

    def _history(self) -> list[str]:
        """What was live, one after the other, up to now. Names sort by the clock, and clocks go back; this does not.

        Killed between moving the pointer and writing the history, the pointer is right.
        """
        content = self._blobs.get(_HISTORY)
        history: list[str] = json.loads(content) if content else []
        live = self._versions.live()
        if live is None:
            return []
        while live in history and history[-1] != live:
            history.pop()
        return history if live in history else [*history, live]

    def _tidy_up(self, history: list[str]) -> None:
        """Keep the versions that were live last, and no more."""
        kept = set(list(dict.fromkeys(reversed(history)))[:KEPT_VERSIONS])
        for manifest in self._versions.all():
            if manifest.version not in kept:
                self._versions.remove(manifest.version)
        drop_catalogues(self._blobs, kept)


def encoder_infos(encoders: Encoders) -> dict[Space, EncoderInfo]:
    return {Space.TEXT: encoders.text.info, Space.IMAGE: encoders.image.info}


def content_digest(products: str, encoders: Encoders) -> str:
    """Names all that an index version holds: what the products are, and which encoders saw them."""
    infos = encoder_infos(encoders)
    return digest(products, *(f"{space.value}={infos[space].fingerprint}" for space in sorted(infos)))


def _likeness(sample: list[Staged], cache: VectorCache, encoders: Encoders) -> dict[Space, float]:
    """The median cosine of two different products of ``sample``, for each dense space that has two."""
    likeness = {}
    for space, vectors in zip((Space.TEXT, Space.IMAGE), _embeddings(sample, cache, encoders), strict=True):
        if len(vectors) > 1:
            matrix = np.stack([vectors[product_id] for product_id in sorted(vectors)])
            cosines = (matrix @ matrix.T)[np.triu_indices(len(matrix), 1)]
            likeness[space] = round(float(np.median(cosines)), 4)
    return likeness


def _embeddings(
    batch: list[Staged], cache: VectorCache, encoders: Encoders
) -> tuple[dict[str, DenseVector], dict[str, DenseVector]]:
    """By product: the text vectors, and the image vectors of those that have one."""
    texts = cache.get(Space.TEXT, encoders.text.info, {each.product.id: each.text_content for each in batch})
    pictured = {each.product.id: each.image_content for each in batch if each.has_image}
    return texts, cache.get(Space.IMAGE, encoders.image.info, pictured) if pictured else {}


def _points(batch: list[Staged], cache: VectorCache, encoders: Encoders) -> list[IndexPoint]:
    texts, images = _embeddings(batch, cache, encoders)
    points = []
    for each in batch:
        product = each.product
        vectors: dict[Space, Vector] = {Space.TEXT: texts[product.id], Space.KEYWORDS: keyword_vector(product.text())}
        if product.id in images:
            vectors[Space.IMAGE] = images[product.id]
        points.append(IndexPoint(product, vectors))
    return points
