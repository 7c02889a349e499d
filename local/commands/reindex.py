"""vitrine reindex: the job that takes requests for a reindex, and asks for one where a feed is named."""

import signal
import sys
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from indexer.reindex import MOST_BAD_ROWS
from local.indexing import IndexOptions, load_encoders
from local.options import (
    AllowLoss,
    AllowPrivate,
    AsJson,
    Columns,
    Data,
    Images,
    MostBadRows,
    columns_from,
    settings_for,
)
from local.output import EXIT_FAILED, bars, console, say_json
from local.reindexing import Worker, feed_opener
from shared import wiring
from shared.domain.errors import Busy
from shared.services.reindexing import Outcome, Run, run_record, status, want

_TERMINATED = 128 + signal.SIGTERM


def reindex(
    feed: Annotated[str, typer.Argument(help="Ask for this feed first: a file, or a URL.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Make everything of it anew.")] = False,
    wait: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for one at work.")] = 0,
    images: Images = None,
    mapping: Columns = [],  # noqa: B006
    most_bad_rows: MostBadRows = MOST_BAD_ROWS,
    allow_private: AllowPrivate = False,
    allow_loss: AllowLoss = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Run the reindexes that are asked for, until none is any more."""
    options = IndexOptions(images, columns_from(mapping), most_bad_rows, allow_private, allow_loss)
    settings = settings_for(data)
    parts = wiring.parts(settings, patient=True)
    if feed:
        named = feed if "://" in feed else str(Path(feed).resolve())  # another process may be the one to read it
        want(parts.state, parts.clock, lambda: uuid4().hex, named, full)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))  # leaves the turn to the next one at once
    with bars(quiet=as_json) as progress:
        worker = Worker(
            parts, lambda: load_encoders(settings), feed_opener(settings), settings.data, options, progress, wait
        )
        try:
            runs = worker.work()
        except Busy:
            if status(parts.state).running is None:
                raise
            print("vitrine: another reindex is at work and takes what is asked for after it.", file=sys.stderr)
            return
    _say(runs, as_json)
    if runs and runs[-1].outcome is Outcome.FAILED:
        sys.exit(EXIT_FAILED)


def _say(runs: list[Run], as_json: bool) -> None:
    if as_json:
        say_json({"runs": [run_record(run) for run in runs]})
    if not runs and not as_json:
        console.print("No reindex is asked for: name a feed, as in vitrine reindex FEED.")
    for run in runs:
        if run.error:
            print(f"vitrine: {run.error}", file=sys.stderr)
        elif not as_json:
            products = run.counts["products"]
            console.print(
                f"[bold]Live:[/] version {run.version} with {products:,} products of {run.request.feed}, "
                f"in {run.seconds:.1f} s; what was found out is in runs/{run.run}/report.json of the blobs."
            )
