"""One run of the indexer: feed in, live version out. The stages are named here and done elsewhere."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from indexer.build import Draft, VersionBuilder, can_be_base, content_digest, encoder_infos
from indexer.encode import Encoders, encode_missing
from indexer.feeds import Reject, Row, open_source, read_feed
from indexer.gate_quality import Witness
from indexer.images import ImageSource
from indexer.memory import peak_memory_mb
from indexer.progress import Progress
from indexer.publish import Publisher
from indexer.rejects import MOST_LISTED, Rejects
from indexer.reuse import LiveVectors
from indexer.shelf import StagedShelf
from indexer.staging import Staging
from indexer.train import Trainer
from indexer.vectors import VectorCache
from shared.domain.errors import FeedRejected, GateRefused
from shared.domain.tuning import UNTUNED, Tuning
from shared.intake.fetch import FetchPolicy
from shared.ports import Clock, Turn, Turns

MOST_BAD_ROWS = 0.05
_ADVANCE_EVERY = 500


@dataclass(frozen=True, slots=True)
class Job:
    """What to index, and how. ``work`` is the run's own folder; ``columns`` maps our fields to the feed's columns.

    ``full`` makes everything anew, out of nothing that an earlier run has left: for when that is suspected.
    ``open_feed`` finds the file that ``feed`` names.
    """

    feed: str
    work: Path
    rejects: Path
    fetch: FetchPolicy = field(default_factory=FetchPolicy)
    columns: Mapping[str, str] = field(default_factory=dict)
    most_bad_rows: float = MOST_BAD_ROWS
    allow_loss: bool = False
    full: bool = False
    rejects_name: str = ""
    """What sentences call the list of rejects, where it is not left at its path."""
    open_feed: Callable[[str, FetchPolicy], AbstractContextManager[Path]] = open_source

    @property
    def rejects_shown(self) -> str:
        return self.rejects_name or str(self.rejects)


@dataclass(slots=True)
class Report:
    """What a run did. ``version`` is live now; ``published`` is False where nothing had changed."""

    version: str = ""
    published: bool = False
    products: int = 0
    changed: int = 0
    removed: int = 0
    bad_rows: int = 0
    bad_images: int = 0
    without_picture: int = 0
    encoded_texts: int = 0
    encoded_images: int = 0
    reused_vectors: int = 0
    learnt_products: int = 0
    solved_rows: int = 0
    rejects: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: int = 0

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + time.perf_counter() - started, 3)


class Reindex:
    """Everything a run works with, passed in; :meth:`run` is the order of the stages."""

    def __init__(
        self,
        publisher: Publisher,
        builder: VersionBuilder,
        trainer: Trainer,
        encoders: Encoders,
        live_vectors: LiveVectors,
        images: ImageSource,
        turns: Turns,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._publisher = publisher
        self._builder = builder
        self._trainer = trainer
        self._encoders = encoders
        self._live_vectors = live_vectors
        self._images = images
        self._turns = turns
        self._clock = clock
        self._progress = progress

    def run(self, job: Job) -> Report:
        """Raises FeedRejected, GateRefused or Unavailable; the live version is then as it was."""
        with self._turns.take("reindex") as turn:
            return self.run_within(turn, job)

    def run_within(self, turn: Turn, job: Job) -> Report:
        """As :meth:`run`, for who has taken the turn already."""
        job.work.mkdir(parents=True, exist_ok=True)
        staging, cache = Staging(job.work / "staging.sqlite"), VectorCache(job.work / "vectors.sqlite")
        if job.full:
            cache.clear()
        try:
            return self._run(turn, job, staging, cache)
        finally:
            staging.close()
            cache.close()

    def _run(self, turn: Turn, job: Job, staging: Staging, cache: VectorCache) -> Report:
        report = Report()
        as_of = self._clock.now()
        live = None if job.full else self._publisher.live()
        with Rejects(job.rejects) as rejects:
            with report.timed("read"):
                feed_at = min(self._read(job, staging, rejects), as_of)
            with report.timed("encode"):
                if live:
                    report.reused_vectors = self._live_vectors.fill(staging, cache, self._encoders, live)
                encoded = encode_missing(staging, cache, self._encoders, self._images, rejects.image, self._progress)
        report.rejects = job.rejects_shown if rejects.written else ""
        report.bad_rows, report.bad_images = rejects.rows, rejects.images
        report.encoded_texts, report.encoded_images = encoded.texts, encoded.images
        with report.timed("learn"):
            shelf = StagedShelf(staging, cache, self._encoders)
            lesson = self._trainer.fit(live, as_of, shelf, job.work, self._progress)
        report.learnt_products, report.solved_rows = lesson.products, lesson.taught.solved
        learned = lesson.with_tuning(self._tuning())
        content = content_digest(staging.settle(), encoder_infos(self._encoders), learned)
        report.products = staging.count()
        report.without_picture = report.products - staging.count_images()
        self._publisher.keep_encoders(self._encoders)
        if live and live.digest == content and self._publisher.settled():
            if feed_at > live.offers_as_of:
                self._publisher.confirm(replace(live, feed_at=feed_at), turn)
            report.version = live.version
            return _measured(report)
        base = live if live and live.encoders == encoder_infos(self._encoders) and can_be_base(live) else None
        draft = Draft(content, learned, base, as_of, feed_at)
        self._replace(turn, job, staging, cache, draft, lesson.witnesses, report)
        return _measured(report)

    def _tuning(self) -> Tuning:
        """The shop's own, also in a full run; what was tuned for other encoders does not hold for these."""
        live = self._publisher.live()
        return live.tuning if live and live.encoders == encoder_infos(self._encoders) else UNTUNED

    def _replace(
        self,
        turn: Turn,
        job: Job,
        staging: Staging,
        cache: VectorCache,
        draft: Draft,
        witnesses: Sequence[Witness],
        report: Report,
    ) -> None:
        """Make a version of the draft's content live: one that is there already, or a new one."""
        found = None if job.full else self._publisher.finished(draft.content)
        if found:
            manifest = replace(found, feed_at=draft.feed_at)
        else:
            turn.check()  # a build clears away what unfinished ones have left: a later job's must not be among them
            with report.timed("build"):
                manifest = self._builder.from_feed(staging, cache, self._encoders, draft)
                report.changed, report.removed = staging.count_changed(), len(staging.removed())
        with report.timed("publish"):
            self._progress.stage("Publishing")
            try:
                self._publisher.publish(manifest, turn, job.allow_loss, witnesses)
            except GateRefused:
                if found is None:  # one that was there before may be what a rollback needs
                    self._publisher.discard(manifest.version)
                raise
        for product_ids in cache.products():
            cache.forget(staging.strangers(product_ids))
        report.version, report.published = manifest.version, True

    def _read(self, job: Job, staging: Staging, rejects: Rejects) -> datetime:
        """Stage the good rows, list the bad ones; too many of those, and the run ends here.

        Returns when the feed was last changed.
        """
        self._progress.stage("Reading the feed")
        read = 0
        with job.open_feed(job.feed, job.fetch) as source:
            changed_at = datetime.fromtimestamp(source.stat().st_mtime, UTC)
            for row in read_feed(source, job.columns):
                read += 1
                if read % _ADVANCE_EVERY == 0:
                    self._progress.advance(_ADVANCE_EVERY)
                reject = self._stage(row, staging, rejects) if isinstance(row, Row) else row
                if reject:
                    rejects.row(reject.line, reject.product_id, reject.reason)
                    if reject.fatal:  # what comes after is lost, and must not count as removed
                        raise FeedRejected(
                            f"The feed {job.feed} breaks off at line {reject.line} ({reject.reason}): mend it; "
                            "nothing was published."
                        )
                    if rejects.rows >= MOST_LISTED and rejects.rows > job.most_bad_rows * read:
                        break
        if staging.count() == 0:
            where = f"see {job.rejects_shown}" if rejects.written else "check that it is the right file"
            raise FeedRejected(f"The feed {job.feed} has no usable product in {read} rows: {where}.")
        if rejects.rows > job.most_bad_rows * read:
            raise FeedRejected(
                f"{rejects.rows} of the {read} rows of {job.feed} are bad, more than {job.most_bad_rows:.0%}: "
                f"see {job.rejects_shown}; nothing was published."
            )
        return changed_at

    def _stage(self, row: Row, staging: Staging, rejects: Rejects) -> Reject | None:
        fingerprint = self._images.fingerprint(row.product)
        product = replace(row.product, image=self._images.reference(row.product))
        if staging.add(product, fingerprint):
            if product.image and not fingerprint:
                rejects.image(product.id, f"The picture '{product.image[-80:]}' is not there.")
            return None
        return Reject(row.line, f"id '{row.product.id}' stands on an earlier line already", row.product.id)


def _measured(report: Report) -> Report:
    report.peak_memory_mb = peak_memory_mb()
    return report
