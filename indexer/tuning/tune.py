"""Tuning a live shop: learn from the time before a window, choose on the window, then learn from everything again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from indexer.build import VersionBuilder
from indexer.progress import Progress
from indexer.publish import Publisher
from indexer.shelf import LiveShelf
from indexer.train import Trainer
from indexer.tuning.cases import held_out
from indexer.tuning.choose import FEWEST_CASES, Chosen, choose
from indexer.tuning.examples import OpenIndex
from shared.domain.errors import InvalidInput, Unavailable
from shared.domain.events import Activity
from shared.domain.popularity import WINDOW_DAYS, rank
from shared.domain.versions import Manifest
from shared.ports import BlobStore, Clock, IndexVersions, Turns
from shared.services.learnable import Learnable

DAYS = 14.0
MOST_DAYS = 365.0


class Tune:
    """Chooses; who publishes what was chosen is :class:`indexer.train.Retrain`.

    The rows that the cases are asked of must not have learnt from the window, so a version is built for them that is
    never live and is removed at the end. A killed run leaves it behind; the next publication removes it.
    """

    def __init__(
        self,
        publisher: Publisher,
        builder: VersionBuilder,
        trainer: Trainer,
        versions: IndexVersions,
        blobs: BlobStore,
        events: Learnable,
        turns: Turns,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._publisher = publisher
        self._builder = builder
        self._trainer = trainer
        self._versions = versions
        self._blobs = blobs
        self._events = events
        self._turns = turns
        self._clock = clock
        self._progress = progress

    def run(self, work: Path, days: float, opening: Callable[[str], OpenIndex]) -> Chosen:
        """The best settings for what users did in the last ``days``.

        ``opening`` gives, for a version, what opens it in another process. Raises InvalidInput where too few users were
        there both before the window and in it, Unavailable while nothing is live.
        """
        if not 0 < days <= MOST_DAYS:
            raise InvalidInput(f"The window is {days:g} days: choose more than 0 and at most {MOST_DAYS:g}.")
        with self._turns.take("tune"):
            work.mkdir(parents=True, exist_ok=True)
            live = self._publisher.live()
            if live is None:
                raise Unavailable("No index version is live: publish one with vitrine index FEED, then tune.")
            now = self._clock.now()
            since = now - timedelta(days=days)
            cases = list(held_out(self._events.histories(now), since))
            if len(cases) < FEWEST_CASES:
                raise InvalidInput(
                    f"{len(cases)} users did something both before the last {days:g} days and in them, and "
                    f"{FEWEST_CASES} are needed: choose another window with --days, or wait for more events."
                )
            with ExitStack() as removed:
                before = self._before(live, since, work, removed)
                shares = rank(self._activity(since), since, "").shares
                return choose(opening(before.version), cases, shares, since, live.tuning, self._progress)

    def _before(self, live: Manifest, since: datetime, work: Path, removed: ExitStack) -> Manifest:
        """A version that knows only what happened before ``since``; ``removed`` takes it away again."""
        with closing(self._versions.open(live.version)) as index:
            lesson = self._trainer.fit(live, since, LiveShelf(self._blobs, index), work, self._progress)
            learned = lesson.with_tuning(live.tuning)
            content = self._builder.content_of(live, learned)
            if content == live.digest:
                return live
            if found := self._publisher.finished(content):  # it was there before, and a rollback may need it
                return found
            before = self._builder.revise(live, learned, index, content, since)
        removed.callback(partial(self._publisher.discard, before.version))
        return before

    def _activity(self, since: datetime) -> Iterator[Activity]:
        first = (since - timedelta(days=WINDOW_DAYS)).date()
        return (part for part in self._events.activity(first) if part.day < since.date())
