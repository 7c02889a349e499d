"""Build a version beside the live one, put it through the gate, make it live; and go back."""

from datetime import UTC, datetime
from itertools import islice

from indexer import gate
from indexer.catalogue import catalogue_hashes, catalogue_products, drop_catalogue, keep_catalogue
from indexer.encode import Encoders
from indexer.progress import Progress
from indexer.staging import Staged, Staging, digest
from indexer.vectors import VectorCache
from shared.domain.errors import GateRefused, NotFound
from shared.domain.keywords import keyword_vector
from shared.domain.recommendations import IndexPoint
from shared.domain.spaces import EncoderInfo, Space, Vector
from shared.domain.versions import Manifest
from shared.ports import BlobStore, IndexVersions, ProductStore

KEPT_VERSIONS = 3


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
        return next((each for each in self._versions.all() if each.digest == content), None)

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
        """A finished version of what is staged, made of ``base`` where there is one, not yet live."""
        infos = encoder_infos(encoders)
        if base:
            staging.load_base(catalogue_hashes(self._blobs, base.version))
        counts = {Space.TEXT: staging.count(), Space.IMAGE: staging.count_images(), Space.KEYWORDS: staging.count()}
        version = f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{content[:8]}"
        manifest = Manifest(version, content, as_of, staging.count(), infos, counts)
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
        """Gate ``manifest``'s version and make it live. A version that is refused is removed."""
        index = self._versions.open(manifest.version)
        try:
            ids = [product_id for product_id, _ in catalogue_hashes(self._blobs, manifest.version)]
            gate.check(index, gate.sample_of(ids, manifest.digest), self.live(), allow_loss)
        except GateRefused:
            index.close()
            self._remove(manifest.version)
            raise
        index.close()
        self._activate(manifest.version)
        self._prune()

    def rollback(self) -> Manifest:
        """Make the version before the live one live."""
        live = self._versions.live()
        older = [each for each in self._versions.all() if live is not None and each.version < live]
        if not older:
            raise NotFound("There is no index version before the live one to go back to.")
        self._activate(older[0].version)
        return older[0]

    def settled(self) -> bool:
        """Whether the product store has the catalogue of the live version."""
        return self._products.version() == self._versions.live()

    def _activate(self, version: str) -> None:
        self._products.replace(version, catalogue_products(self._blobs, version))
        self._versions.activate(version)

    def _prune(self) -> None:
        live = self._versions.live()
        for old in islice(self._versions.all(), KEPT_VERSIONS, None):
            if old.version != live:
                self._remove(old.version)

    def _remove(self, version: str) -> None:
        self._versions.remove(version)
        drop_catalogue(self._blobs, version)


def encoder_infos(encoders: Encoders) -> dict[Space, EncoderInfo]:
    return {Space.TEXT: encoders.text.info, Space.IMAGE: encoders.image.info}


def content_digest(products: str, encoders: Encoders) -> str:
    """Names all that an index version holds: what the products are, and which encoders saw them."""
    infos = encoder_infos(encoders)
    return digest(products, *(f"{space.value}={infos[space].fingerprint}" for space in sorted(infos)))


def _points(batch: list[Staged], cache: VectorCache, encoders: Encoders) -> list[IndexPoint]:
    texts = cache.get(Space.TEXT, encoders.text.info, {each.product.id: each.text_content for each in batch})
    pictured = {each.product.id: each.image_content for each in batch if each.has_image}
    images = cache.get(Space.IMAGE, encoders.image.info, pictured) if pictured else {}
    points = []
    for each in batch:
        product = each.product
        vectors: dict[Space, Vector] = {Space.TEXT: texts[product.id], Space.KEYWORDS: keyword_vector(product.text())}
        if product.id in images:
            vectors[Space.IMAGE] = images[product.id]
        points.append(IndexPoint(product, vectors))
    return points
