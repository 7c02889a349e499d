"""vitrine offers: changed prices and stock, from a file."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from local.options import AsJson, Data, settings_for
from local.output import EXIT_REFUSED, bars, console, say_json
from shared import wiring
from shared.services.feed_files.unpack import require_file
from shared.services.offer_file import OfferFileTaken, change_offers_from

_SHOWN = 20


def offers(
    file: Annotated[Path, typer.Argument(help="CSV, TSV or JSON Lines; may be gzipped.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take in changed prices, availability and stock; a row without a time is as old as its file."""
    parts = wiring.parts(settings_for(data), patient=True)
    written = datetime.fromtimestamp(require_file(file).stat().st_mtime, UTC)
    with bars(quiet=as_json) as progress:
        progress.stage("Changing offers")
        taken = change_offers_from(parts.products, parts.clock, file, written, progress.advance)
    if as_json:
        say_json(asdict(taken))
    else:
        _say(taken)
    if not taken.changed:
        raise typer.Exit(EXIT_REFUSED)


def _say(taken: OfferFileTaken) -> None:
    console.print(
        f"{taken.changed:,} products changed, {taken.unknown:,} not in the catalogue, {taken.rejected:,} rows rejected."
    )
    if taken.unknown_ids:
        console.print("  not in the catalogue: " + ", ".join(taken.unknown_ids[:_SHOWN]), markup=False)
    for part in taken.rejects[:_SHOWN]:
        console.print(f"  line {part.index}: {part.reason}", markup=False)
