"""The indexer's job: it takes requests for a reindex, one after the other, until nothing is wanted any more."""

import json
import logging
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC
from pathlib import Path

from functions.reindex.app import Desk
from indexer.encode import Encoders
from indexer.feeds.source import open_source
from indexer.progress import Progress
from indexer.reindex import Report
from indexer.rejects import summary
from local.indexing import IndexOptions, counts_of, job_for, run_job
from shared import wiring
from shared.domain.errors import Busy, InvalidInput, TurnLost, Unavailable, VitrineError
from shared.intake.fetch import FetchPolicy
from shared.ports import DroppedFiles, Turn
from shared.services.drops import own_name
from shared.services.feed_files.limits import MAX_DOWNLOAD
from shared.services.popularity import refresh_popularity
from shared.services.reindexing import FEEDS, Outcome, Run, Running, begin, finish, run_record, shown, status
from shared.settings import Settings

RUNS_KEPT = 50
_RUNS = "runs"
_LOOK_AGAIN = 0.5
FeedOpener = Callable[[str, FetchPolicy], AbstractContextManager[Path]]
_log = logging.getLogger("vitrine.reindex")


@dataclass(frozen=True, slots=True)
class Worker:
    """What a job needs. ``folder`` is for files in between; ``patience`` is how many seconds to wait for the turn.

    A turn whose holder was killed is free again after its lease has expired: patience is longer than that.
    """

    parts: wiring.Parts
    encoders: Callable[[], Encoders]
    open_feed: FeedOpener
    folder: Path
    options: IndexOptions
    progress: Progress
    patience: float = 0.0

    def work(self) -> list[Run]:
        """Run what is wanted; returns the runs in their order, failed ones among them.

        Raises Busy while another job has the turn. If that is a reindex, nothing is lost: having given its turn back,
        it looks once more for what was written down meanwhile, for those who came too early to be given the turn.
        """
        runs: list[Run] = []
        while True:
            with ExitStack() as stack:
                try:
                    turn = self._take_turn(stack)
                except Busy:
                    if runs:
                        return runs
                    raise
                while turn and (running := self._begin(turn)):
                    runs.append(self._run(turn, running))
            if not status(self.parts.state).wanted:
                return runs

    def _begin(self, turn: Turn) -> Running | None:
        turn.check()  # or what a later job has begun would pass for left over
        name = f"{self.parts.clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"  # sorts by age
        return begin(self.parts.state, self.parts.clock, name)

    def _take_turn(self, stack: ExitStack) -> Turn | None:
        """None where there is nothing left to do while the turn is waited for."""
        until = time.monotonic() + self.patience
        while self._is_work_left():
            try:
                return stack.enter_context(self.parts.turns.take("reindex"))
            except Busy:
                if time.monotonic() >= until:
                    raise
            time.sleep(_LOOK_AGAIN)
        return None

    def _is_work_left(self) -> bool:
        known = status(self.parts.state)
        return bool(known.wanted or known.running)

    def _run(self, turn: Turn, running: Running) -> Run:
        """One run to its end, whatever that is; TurnLost alone is raised, for the request is another job's then."""
        started = time.perf_counter()
        report, error = None, ""
        rejects = self.folder / "rejects" / f"{running.run}.jsonl"
        try:
            report = self._index(turn, running)
        except TurnLost:
            raise
        except VitrineError as failure:
            error = str(failure)
        except Exception as failure:
            _log.exception("run %s broke off", running.run)
            error = f"The run broke off with {type(failure).__name__}: look into its log."
        run = Run(
            running.run,
            replace(running.request, feed=shown(running.request.feed)),
            Outcome.FAILED if error else Outcome.SUCCEEDED,
            running.started_at,
            round(time.perf_counter() - started, 3),
            report.version if report else "",
            counts_of(report) if report else {},
            error,
            summary(rejects),
        )
        self._keep_results(run, report, rejects)
        finish(self.parts.state, run)
        self._tell(run)
        return run

    def _index(self, turn: Turn, running: Running) -> Report:
        request = running.request
        job = replace(
            job_for(self.folder, shown(request.feed), self.options, running.run),
            full=request.full,
            rejects_name=f"{_RUNS}/{running.run}/rejects.jsonl",
            open_feed=lambda _, policy: self.open_feed(request.feed, policy),
        )
        report = run_job(turn, self.parts, self.encoders(), job, self.options.images, self.progress)
        try:
            refresh_popularity(self.parts.events, self.parts.blobs, self.parts.clock.now())
        except Unavailable as error:  # the version is live; the lists are made again on a schedule of their own
            _log.warning("the popular products could not be ranked again: %s", error)
        return report

    def _keep_results(self, run: Run, report: Report | None, rejects: Path) -> None:
        """As blobs, where whoever looks into a run finds them. A run does not fail for want of a place for them."""
        blobs, folder = self.parts.blobs, f"{_RUNS}/{run.run}"
        document = {**run_record(run), "report": asdict(report) if report else None}
        try:
            if rejects.exists():
                blobs.upload(f"{folder}/rejects.jsonl", rejects)
            blobs.put(f"{folder}/report.json", json.dumps(document, ensure_ascii=False, indent=2).encode())
            names = blobs.names(_RUNS)
            kept = set(sorted({name.split("/")[1] for name in names})[-RUNS_KEPT:])
            for name in names:
                if name.split("/")[1] not in kept:
                    blobs.remove(name)
        except Unavailable as error:
            _log.warning("the results of run %s could not be kept: %s", run.run, error)

    def _tell(self, run: Run) -> None:
        detail = {
            "run": run.run,
            "request": run.request.id,
            "feed": run.request.feed,
            "version": run.version,
            "counts": dict(run.counts),
            "error": run.error,
        }
        figures = {"ReindexSeconds": run.seconds}
        if run.counts:
            figures |= {"Products": run.counts["products"], "RejectedRows": run.counts["bad_rows"]}
        self.parts.notices.tell(f"reindex-{run.outcome}", detail, figures)


def feed_opener(settings: Settings) -> FeedOpener:
    """Opens paths and URLs, and on AWS what was dropped into the shop's bucket."""
    if settings.aws is None:
        return open_source
    files, bucket = wiring.dropped_files(settings), f"s3://{settings.aws.bucket}/"
    folder = settings.aws.folder + FEEDS

    def opened(feed: str, policy: FetchPolicy) -> AbstractContextManager[Path]:
        return _dropped(files, bucket, folder, feed) if feed.startswith("s3://") else open_source(feed, policy)

    return opened


@contextmanager
def _dropped(files: DroppedFiles, bucket: str, folder: str, feed: str) -> Iterator[Path]:
    """The feed as a temporary file of the same age."""
    key = feed.removeprefix(bucket)
    if not (feed.startswith(bucket) and key.startswith(folder)):
        raise InvalidInput(f"The feed '{feed}' cannot be taken: name a file below {bucket}{folder}.")
    with tempfile.TemporaryDirectory(prefix="vitrine-feed-") as folder:
        target = Path(folder) / own_name(key)
        changed = files.fetch(key, target, MAX_DOWNLOAD).timestamp()
        os.utime(target, (changed, changed))
        yield target


def desk_for(settings: Settings, parts: wiring.Parts, images: Path | None) -> Desk:
    """Where the server on this machine takes requests; their jobs run here too, if not on AWS."""
    if aws := settings.aws:
        return Desk(parts.state, wiring.job_starter(settings), parts.clock, settings.feed, aws.bucket, aws.folder)
    starter = LocalStarter((settings.first or settings).data, images, settings.shop)
    return Desk(parts.state, starter, parts.clock, settings.feed)


class LocalStarter:
    """A :class:`shared.ports.JobStarter` on one machine: a process of its own, which outlives the server."""

    def __init__(self, data: Path, images: Path | None, shop: str = "") -> None:
        """``data`` is the first shop's folder, ``shop`` the name of the one that is to be indexed."""
        self._arguments = ["--data", str(data.resolve()), "--shop", shop]
        self._arguments += ["--images", str(images.resolve())] if images else []

    def start(self, request_id: str) -> str:  # noqa: ARG002
        entry = "from local.cli import main; main()"
        command = [sys.executable, "-c", entry, "reindex", "--wait", "600", *self._arguments]
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise Unavailable(f"this machine does not start it: {error.strerror}") from error
        threading.Thread(target=process.wait, daemon=True).start()  # or it would stay as a zombie
        return f"process {process.pid}"
