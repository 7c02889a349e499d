"""vitrine events: past events, from a file."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from indexer.events_file import read_events_file
from indexer.progress import Progress
from local.options import AsJson, Data, settings_for
from local.output import EXIT_REFUSED, bars, console, say_json
from shared import wiring
from shared.services.collect import LARGEST_BATCH, Collected, collect
from shared.services.popularity import refresh_popularity

events = typer.Typer(help="Past events.", no_args_is_help=True)
_REASONS_SHOWN = 20


@events.callback()
def _group() -> None:
    """Past events."""


@events.command("import")
def import_events(
    file: Annotated[Path, typer.Argument(help="JSON Lines, or CSV; may be gzipped.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take in a file of events; a file may be imported again, each event counts once."""
    parts = wiring.parts(settings_for(data))
    with bars(quiet=as_json) as progress:
        collected = import_file(parts, file, progress)
    nothing = collected.rejected and not collected.accepted + collected.duplicates
    if as_json:
        say_json(
            {
                "accepted": collected.accepted,
                "duplicates": collected.duplicates,
                "not_kept": collected.not_kept,
                "rejected": [{"line": part.index, "reason": part.reason} for part in collected.rejected],
            }
        )
    else:
        say_collected(collected)
    if nothing:
        raise typer.Exit(EXIT_REFUSED)


def say_collected(collected: Collected) -> None:
    console.print(
        f"{collected.accepted:,} events taken in, {collected.duplicates:,} known already, "
        f"{len(collected.rejected):,} rejected."
    )
    if collected.not_kept:
        console.print(f"{collected.not_kept:,} are of people who have given no leave, and are not kept.")
    for part in collected.rejected[:_REASONS_SHOWN]:
        console.print(f"  line {part.index}: {part.reason}")


def import_file(parts: wiring.Parts, file: Path, progress: Progress) -> Collected:
    """Everything of ``file`` through the same door as the API's events; ``index`` is then the line number."""
    progress.stage("Importing events")
    accepted = duplicates = not_kept = 0
    keeping = wiring.keeping(parts)
    rejected = []
    raws = read_events_file(file)
    while batch := list(islice(raws, LARGEST_BATCH)):
        part = collect(keeping, [raw for _, raw in batch])
        accepted, duplicates = accepted + part.accepted, duplicates + part.duplicates
        not_kept += part.not_kept
        rejected += [replace(each, index=batch[each.index][0]) for each in part.rejected]
        progress.advance(len(batch))
    refresh_popularity(parts.events, parts.blobs, parts.clock.now())
    return Collected(accepted, duplicates, tuple(rejected), not_kept=not_kept)
