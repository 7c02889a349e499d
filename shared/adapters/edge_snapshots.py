"""Index versions as compressed snapshots in a blob store, searched in local copies by the embedded engine.

Blobs: ``versions/<version>/snapshot.tar.zst``, and ``manifest.json`` beside it, which is written last and so lists the
version. The state record ``live`` says which version is live, and by which turn it became so. Version names are never
used again: what is here under a name is what is there.
"""

import json
import logging
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.adapters.edge import EdgeVersions
from shared.adapters.edge_shard import MANIFEST, SHARD, EdgeIndex
from shared.adapters.manifests import is_version_name, require_version_name
from shared.adapters.scratch import scratch_folder
from shared.adapters.snapshot_archive import Damaged, Seal, check, pack, unpack
from shared.domain.errors import InvalidInput, NotFound, StateConflict, TurnLost, Unavailable
from shared.domain.recommendations import Hit, IndexPoint, SpaceQuery
from shared.domain.records import manifest_from_record, manifest_record
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.versions import Manifest
from shared.ports import BlobStore, IndexBuilder, StateStore

_FOLDER = "versions"
_ARCHIVE = "snapshot.tar.zst"
_LIVE = "live"
_KEPT_COPIES = 2
_RETRY_AFTER = 60.0
_TRIES = 10
_log = logging.getLogger("vitrine.snapshots")


@dataclass(frozen=True, slots=True)
class _Listing:
    manifest: Manifest
    seal: Seal


class EdgeSnapshots:
    """A :class:`shared.ports.IndexVersions`; ``local`` is a folder of its own, for copies that may be lost any time.

    ``seconds`` is a clock for waiting, such as ``time.monotonic``.
    """

    def __init__(
        self, local: EdgeVersions, blobs: BlobStore, state: StateStore, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._local = local
        self._blobs = blobs
        self._state = state
        self._seconds = seconds
        self._listings: dict[str, _Listing] = {}
        self._opened: weakref.WeakSet[EdgeIndex] = weakref.WeakSet()
        self._fetches: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._copies = threading.Lock()
        self._preparing = threading.Lock()
        self._under_way: set[str] = set()
        self._failed_at: dict[str, float] = {}

    def all(self) -> list[Manifest]:
        names = (name.split("/") for name in self._blobs.names(_FOLDER))
        listed = {parts[1] for parts in names if len(parts) == 3 and parts[2] == MANIFEST}
        for gone in self._listings.keys() - listed:
            self._listings.pop(gone, None)  # what is listed never changes, until it goes
        for version in listed - self._listings.keys():
            if listing := self._read_listing(version):
                self._listings[version] = listing
        known = sorted(self._listings.items(), reverse=True)
        return [listing.manifest for version, listing in known if version in listed]

    def live(self) -> str | None:
        record = self._state.get(_LIVE)
        return str(record.value["version"]) if record else None

    def build(
        self, version: str, encoders: dict[Space, EncoderInfo], base: str | None
    ) -> AbstractContextManager[IndexBuilder]:
        """Build ``version`` on this machine; it is listed once all of it has been uploaded.

        Raises as :meth:`EdgeVersions.build` does, and Unavailable where blobs cannot be read or written.
        """
        return self._build(version, encoders, base)

    @contextmanager
    def _build(self, version: str, encoders: dict[Space, EncoderInfo], base: str | None) -> Iterator[IndexBuilder]:
        require_version_name(version)
        listed = {manifest.version for manifest in self.all()}
        if version in listed:
            raise InvalidInput(f"Index version {version} exists already: choose another name.")
        with self._local.quiet():
            self._clear_leftovers(listed)
        if base is not None:
            self._fetch(base)
        with self._local.build(version, encoders, base) as builder:
            yield _SnapshotBuilder(builder, self._publish)

    def prepare(self, version: str) -> bool:
        """Fetches in a thread that dies with the process. What failed is tried again after a minute."""
        if self._local.has(version):
            return True
        with self._preparing:
            failed_at = self._failed_at.get(version)
            rests = failed_at is not None and self._seconds() - failed_at < _RETRY_AFTER
            if version not in self._under_way and not rests:
                threading.Thread(target=self._fetch_quietly, args=(version,), daemon=True).start()
                self._under_way.add(version)  # before the thread can take it away: that waits for this lock
        return False

    def open(self, version: str) -> EdgeIndex:
        """Load a version, and fetch it first where it is not here, which takes seconds.

        A copy that cannot be loaded is thrown away, so that the next time it is fetched anew.
        """
        while True:
            self._fetch(version)
            with self._copies:
                if self._local.has(version):  # it may have been one copy too many meanwhile
                    return self._load(version)

    def _load(self, version: str) -> EdgeIndex:
        try:
            index = self._local.open(version)
        except Unavailable:
            self._local.drop(version)
            raise
        self._opened.add(index)
        return index

    def activate(self, version: str, fence: int = 0) -> None:
        self._require(version)
        for _ in range(_TRIES):
            before = self._state.get(_LIVE)
            if before and int(before.value["fence"]) > fence:
                raise TurnLost(f"Index version {version} comes too late: a later job has made another one live.")
            with suppress(StateConflict):
                self._state.put(_LIVE, {"version": version, "fence": fence}, before.revision if before else 0)
                return
        raise Unavailable(f"Index version {version} could not be made live, so many others were: try again.")

    def remove(self, version: str) -> None:
        self._require(version)
        if version == self.live():
            raise InvalidInput(f"Index version {version} is live: make another one live before you remove it.")
        self._forget(version)
        self._local.drop(version)

    def _fetch(self, version: str) -> None:
        """Have ``version`` on this machine, whole and checked, or raise and leave nothing."""
        if self._local.has(version):
            return
        listing = self._require(version)  # first: callers may ask for any name, and each lock stays
        with self._fetches[version]:
            if self._local.has(version):
                return
            self._prune(_KEPT_COPIES - 1)
            with scratch_folder(self._local.root) as scratch:
                try:
                    self._bring(listing, scratch)
                except Damaged as error:
                    raise Unavailable(
                        f"The snapshot of index version {version} is damaged, {error}: roll back, or index in full."
                    ) from error
                except OSError as error:
                    raise Unavailable(
                        f"Index version {version} could not be written to {self._local.root} "
                        f"({error.strerror or type(error).__name__}): give it more room."
                    ) from error
            self._prune(_KEPT_COPIES, version)

    def _bring(self, listing: _Listing, scratch: Path) -> None:
        archive, shard = scratch / _ARCHIVE, scratch / "copy" / SHARD
        if not self._blobs.download(_blob(listing.manifest.version, _ARCHIVE), archive):
            raise Damaged("it is not there")
        check(archive, listing.seal)
        shard.parent.mkdir()
        unpack(archive, shard, listing.seal)
        self._local.adopt(listing.manifest, shard)

    def _fetch_quietly(self, version: str) -> None:
        try:
            self._fetch(version)
        except Exception:
            _log.exception("index version %s could not be fetched", version)
            self._failed_at[version] = self._seconds()
        else:
            self._failed_at.pop(version, None)
        finally:
            with self._preparing:
                self._under_way.discard(version)

    def _publish(self, manifest: Manifest) -> None:
        version = manifest.version
        try:
            with scratch_folder(self._local.root) as scratch:
                seal = pack(self._local.root / version / SHARD, scratch / _ARCHIVE)
                self._blobs.upload(_blob(version, _ARCHIVE), scratch / _ARCHIVE)
            self._blobs.put(_blob(version, MANIFEST), _listing_bytes(_Listing(manifest, seal)))
        except BaseException:
            self._local.drop(version)
            # The store may be what failed: the next build clears the rest then.
            with suppress(Unavailable):
                self._forget(version)
            raise
        self._prune(_KEPT_COPIES, version)

    def _clear_leftovers(self, listed: Collection[str]) -> None:
        """What builds that were killed have left, here and there."""
        for manifest in self._local.all():
            if manifest.version not in listed:
                self._local.drop(manifest.version)
        for name in self._blobs.names(_FOLDER):
            if name.split("/")[1] not in listed:
                self._blobs.remove(name)

    def _prune(self, most: int, *keep: str) -> None:
        """Remove local copies above ``most``, the oldest first, but none to keep and none that is open."""
        with self._copies:
            kept = {*keep, *(index.manifest.version for index in list(self._opened))}
            for manifest in self._local.all():
                if len(kept) < most:
                    kept.add(manifest.version)
                elif manifest.version not in kept:
                    self._local.drop(manifest.version)

    def _forget(self, version: str) -> None:
        """Unlisted first: nobody is to see a version that is half gone."""
        self._blobs.remove(_blob(version, MANIFEST))
        self._blobs.remove(_blob(version, _ARCHIVE))

    def _require(self, version: str) -> _Listing:
        if is_version_name(version) and (listing := self._read_listing(version)):
            return listing
        raise NotFound(f"There is no index version {version[:80]!r}: list the versions to see which there are.")

    def _read_listing(self, version: str) -> _Listing | None:
        content = self._blobs.get(_blob(version, MANIFEST))
        return None if content is None else _listing_from_bytes(version, content)


class _SnapshotBuilder:
    """A local build whose end is told."""

    def __init__(self, local: IndexBuilder, publish: Callable[[Manifest], None]) -> None:
        self._local = local
        self._publish = publish

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        self._local.upsert(points)

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        return self._local.search(queries)

    def delete(self, product_ids: Sequence[str]) -> None:
        self._local.delete(product_ids)

    def finish(self, manifest: Manifest) -> None:
        self._local.finish(manifest)
        self._publish(manifest)


def _blob(version: str, name: str) -> str:
    return f"{_FOLDER}/{version}/{name}"


def _listing_bytes(listing: _Listing) -> bytes:
    record = {**manifest_record(listing.manifest), "snapshot": asdict(listing.seal)}
    return json.dumps(record, ensure_ascii=False, indent=2).encode()


def _listing_from_bytes(version: str, content: bytes) -> _Listing:
    try:
        record = json.loads(content)
        return _Listing(manifest_from_record(record), Seal(**record["snapshot"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"The manifest of index version {version} cannot be read: remove its snapshot.") from error
