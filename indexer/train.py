"""Learning from the shop's events: the rows of ``behaviour``, and versions that differ in nothing else."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from indexer.behaviour import BehaviourModel, BehaviourSettings, fit
from indexer.build import Learned, VersionBuilder
from indexer.gate_quality import Witness, Witnesses
from indexer.learned import model_of
from indexer.progress import Progress
from indexer.publish import Publisher
from shared.domain.errors import GateRefused, Unavailable
from shared.domain.tuning import Tuning
from shared.domain.versions import Manifest
from shared.ports import BlobStore, Clock, EventStore, IndexVersions, Turn, Turns


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the events taught: a model, how many of its rows were solved anew, and users to try it on."""

    model: BehaviourModel
    solved: int
    witnesses: tuple[Witness, ...]


class Trainer:
    """Fits the behaviour model to the events of a shop; rows whose neighbourhood is as before are taken over."""

    def __init__(self, events: EventStore, blobs: BlobStore, settings: BehaviourSettings | None = None) -> None:
        self._events = events
        self._blobs = blobs
        self._settings = settings or BehaviourSettings()

    def fit(self, live: Manifest | None, until: datetime, work: Path, progress: Progress) -> Lesson:
        """From what occurred before ``until``."""
        progress.stage("Learning from events")
        previous = model_of(self._blobs, live.version) if live else None
        witnesses = Witnesses()
        histories = witnesses.watching(self._events.histories(until))
        fitted = fit(histories, self._settings, work, previous, progress.advance)
        return Lesson(fitted.model, fitted.solved, tuple(witnesses.all()))


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
        turns: Turns,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._publisher = publisher
        self._builder = builder
        self._trainer = trainer
        self._versions = versions
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
            lesson = self._trainer.fit(live, as_of, work, self._progress)
            return self._publish(turn, live, lesson, Learned(lesson.model, tuning or live.tuning), as_of)

    def _publish(self, turn: Turn, live: Manifest, lesson: Lesson, learned: Learned, as_of: datetime) -> Retrained:
        index = self._versions.open(live.version)
        try:
            content = self._builder.content_of(live, learned)
            unchanged = Retrained(live, len(lesson.model.products), 0, published=False)
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
            return replace(unchanged, manifest=manifest, solved=lesson.solved, published=True)
        finally:
            index.close()
