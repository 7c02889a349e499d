"""Learning from the shop's events: the rows of the learnt spaces, facts, and versions that differ in nothing else."""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from indexer.behaviour import BehaviourSettings
from indexer.build import VersionBuilder
from indexer.gate_quality import Witness, Witnesses
from indexer.learned import Learned, rows_of
from indexer.progress import Progress
from indexer.publish import Publisher
from indexer.shelf import LiveShelf, Shelf
from indexer.teachers import taught_by_all
from indexer.teaching import Histories, Material, Taught
from shared.domain.errors import GateRefused, Unavailable
from shared.domain.popularity import WINDOW_DAYS
from shared.domain.spaces import Space
from shared.domain.tuning import Tuning
from shared.domain.versions import Manifest
from shared.ports import BlobStore, Clock, IndexVersions, ProductIndex, Turn, Turns
from shared.services.learnable import Learnable


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was taught, and users to try it on."""

    taught: Taught
    witnesses: tuple[Witness, ...]

    @property
    def products(self) -> int:
        """How many the events speak of."""
        return len(self.taught.rows[Space.BEHAVIOUR].products)

    def with_tuning(self, tuning: Tuning) -> Learned:
        return Learned(self.taught.rows, tuning, self.taught.facts)


class Trainer:
    """Teaches from the events of a shop; rows whose neighbourhood is as before are taken over."""

    def __init__(self, events: Learnable, blobs: BlobStore, settings: BehaviourSettings | None = None) -> None:
        self._events = events
        self._blobs = blobs
        self._settings = settings or BehaviourSettings()

    def fit(self, live: Manifest | None, until: datetime, shelf: Shelf, work: Path, progress: Progress) -> Lesson:
        """From what occurred before ``until``, for the products of ``shelf``."""
        progress.stage("Reading events")
        witnesses = Witnesses()
        scratch = work / "histories"
        try:
            histories = Histories(scratch, witnesses.watching(self._events.histories(until)))
            before = rows_of(self._blobs, live.version) if live else {}
            searches = self._events.searches(until - timedelta(days=WINDOW_DAYS))
            taught = taught_by_all(Material(histories, shelf, until, work, before, progress, self._settings, searches))
        finally:
            scratch.unlink(missing_ok=True)
        return Lesson(taught, tuple(witnesses.all()))


@dataclass(frozen=True, slots=True)
class Retrained:
    """``published`` is False where nothing had changed and ``manifest`` is what was live before."""

    manifest: Manifest
    products: int
    solved: int
    published: bool


class Retrain:
    """Makes the live version's learning new, without the feed: nothing is read, nothing is encoded."""

    def __init__(
        self,
        publisher: Publisher,
        builder: VersionBuilder,
        trainer: Trainer,
        versions: IndexVersions,
        blobs: BlobStore,
        turns: Turns,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._publisher = publisher
        self._builder = builder
        self._trainer = trainer
        self._versions = versions
        self._blobs = blobs
        self._turns = turns
        self._clock = clock
        self._progress = progress

    def run(self, work: Path, tuning: Tuning | None = None) -> Retrained:
        """Fit to all events up to now and publish; with ``tuning``, in place of the live version's.

        Raises Unavailable while nothing is live, and GateRefused; the live version is then as it was.
        """
        with self._turns.take("train") as turn:
            work.mkdir(parents=True, exist_ok=True)
            live = self._publisher.live()
            if live is None:
                raise Unavailable("No index version is live: publish one with vitrine index FEED, then train.")
            as_of = self._clock.now()
            with closing(self._versions.open(live.version)) as index:
                lesson = self._trainer.fit(live, as_of, LiveShelf(self._blobs, index), work, self._progress)
                return self._publish(turn, live, lesson, lesson.with_tuning(tuning or live.tuning), index, as_of)

    def _publish(
        self, turn: Turn, live: Manifest, lesson: Lesson, learned: Learned, index: ProductIndex, as_of: datetime
    ) -> Retrained:
        content = self._builder.content_of(live, learned)
        unchanged = Retrained(live, lesson.products, 0, published=False)
        if content == live.digest:
            return unchanged
        found = self._publisher.finished(content)
        manifest = found or self._builder.revise(live, learned, index, content, as_of)
        self._progress.stage("Publishing")
        try:
            self._publisher.publish(manifest, turn, witnesses=lesson.witnesses)
        except GateRefused:
            if found is None:  # one that was there before may be what a rollback needs
                self._publisher.discard(manifest.version)
            raise
        return replace(unchanged, manifest=manifest, solved=lesson.taught.solved, published=True)
