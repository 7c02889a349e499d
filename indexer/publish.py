"""Put a finished version through the gate, make it live; and go back."""

import json
from collections.abc import Collection, Sequence
from contextlib import closing, suppress

from indexer import gate, learned
from indexer.catalogue import drop_catalogues, has_catalogue
from indexer.comparing import change_between
from indexer.encode import Encoders
from indexer.encoder_blobs import drop_encoders, keep_encoder
from indexer.gate_quality import Witness, check_quality, measure_quality
from shared.domain.comparison import Comparison, to_bytes
from shared.domain.errors import NotFound, Unavailable
from shared.domain.versions import Manifest
from shared.ports import BlobStore, IndexVersions, ProductIndex, ProductStore, Turn
from shared.services.facts import fact_name
from shared.services.kept_catalogue import catalogue_hashes, catalogue_products
from shared.services.version_report import COMPARISON

KEPT_VERSIONS = 3
_HISTORY = "published.json"


class Publisher:
    """Everything that changes which version is live, in an order in which a crash does no harm.

    1. The version is built where nobody sees it; its catalogue and what it has learnt are kept; only then is it listed.
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

    def keep_encoders(self, encoders: Encoders) -> None:
        """Before there is a version of theirs, so that none is ever listed whose encoders cannot be had."""
        for files in encoders.files:
            keep_encoder(self._blobs, files)

    def publish(
        self, manifest: Manifest, turn: Turn, allow_loss: bool = False, witnesses: Sequence[Witness] = ()
    ) -> None:
        """Put ``manifest``'s version through the gate and make it live. Raises GateRefused and TurnLost.

        ``witnesses`` are users whose lists must not be clearly worse than the live version makes them; ``allow_loss``
        takes that too. How the two compare is kept beside the version.
        """
        live = self.live()
        compared = self._check(manifest, live, allow_loss, witnesses)
        if live is None or live.version != manifest.version:
            self._blobs.put(fact_name(manifest.version, COMPARISON), to_bytes(compared))
        history = [*self._history(), manifest.version]
        self._activate(manifest, history, turn)
        turn.check()  # what a later job has built and not made live yet is none of the history's
        self._tidy_up(history)

    def discard(self, version: str) -> None:
        """Remove a version that was refused."""
        self._versions.remove(version)
        self._drop_all_but({each.version for each in self._versions.all()})

    def rollback(self, turn: Turn) -> Manifest:
        """Make live what was live before. Done again, it goes one further back."""
        history = self._history()
        manifests = {each.version: each for each in self._versions.all()}
        if len(history) < 2 or history[-2] not in manifests:
            raise NotFound("There is no index version before the live one to go back to.")
        before = manifests[history[-2]]
        self._check(before, live=None, allow_loss=True, witnesses=())
        self._activate(before, history[:-1], turn)
        return before

    def confirm(self, manifest: Manifest, turn: Turn) -> None:
        """The live version's feed was read again and says the same, as of ``manifest``'s ``feed_at``."""
        turn.check()
        products = catalogue_products(self._blobs, manifest.version)
        self._products.replace(manifest.version, manifest.offers_as_of, products, turn.fence)

    def settled(self) -> bool:
        """Whether the product store has the catalogue of the live version, and it could be told so again."""
        live = self._versions.live()
        return live is not None and self._products.version() == live and has_catalogue(self._blobs, live)

    def _check(
        self, manifest: Manifest, live: Manifest | None, allow_loss: bool, witnesses: Sequence[Witness]
    ) -> Comparison:
        with closing(self._versions.open(manifest.version)) as index:
            ids = [product_id for product_id, _ in catalogue_hashes(self._blobs, manifest.version)]
            sample = gate.sample_of(ids, manifest.digest)
            gate.check(index, sample, live, allow_loss)
            if live is None:
                return Comparison(manifest.version, quality=measure_quality(index, None, witnesses))
            return self._compared(index, live, sample, allow_loss, witnesses)

    def _compared(
        self, index: ProductIndex, live: Manifest, sample: list[str], allow_loss: bool, witnesses: Sequence[Witness]
    ) -> Comparison:
        """With the live version, unless that is damaged: then nothing can be worse."""
        version = index.manifest.version
        with suppress(NotFound, Unavailable), closing(self._versions.open(live.version)) as before:
            if not allow_loss:
                gate.check_neighbours(index, before, sample)
            quality = measure_quality(index, before, witnesses)
            if quality and not allow_loss:
                check_quality(version, quality)
            return Comparison(version, live.version, quality, change_between(self._blobs, index, before))
        return Comparison(version, live.version)

    def _activate(self, manifest: Manifest, history: list[str], turn: Turn) -> None:
        turn.check()
        products = catalogue_products(self._blobs, manifest.version)
        self._products.replace(manifest.version, manifest.offers_as_of, products, turn.fence)
        turn.check()
        self._versions.activate(manifest.version, turn.fence)
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
        self._drop_all_but(kept)

    def _drop_all_but(self, kept: Collection[str]) -> None:
        drop_catalogues(self._blobs, kept)
        learned.drop(self._blobs, kept)
        versions = [each for each in self._versions.all() if each.version in kept]
        drop_encoders(self._blobs, {encoder for each in versions for encoder in each.encoders.values()})
