"""vitrine index, versions, rollback: what is live, and how it came to be."""

from dataclasses import asdict
from typing import Annotated

import typer

from indexer.publish import Publisher
from indexer.reindex import MOST_BAD_ROWS, Report
from local.indexing import IndexOptions, index_feed
from local.options import (
    AllowLoss,
    AllowPrivate,
    AsJson,
    Columns,
    Data,
    ImageEncoder,
    Images,
    MostBadRows,
    TextEncoder,
    columns_from,
    settings_for,
)
from local.output import bars, console, say_json
from shared import wiring
from shared.domain.records import manifest_record


def index(
    feed: Annotated[str, typer.Argument(help="Feed: a file or http(s) URL; XML, CSV, TSV, JSON, JSON Lines, Parquet.")],
    images: Images = None,
    mapping: Columns = [],  # noqa: B006
    most_bad_rows: MostBadRows = MOST_BAD_ROWS,
    allow_private: AllowPrivate = False,
    allow_loss: AllowLoss = False,
    text_encoder: TextEncoder = None,
    image_encoder: ImageEncoder = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Encode a product feed and make it live. Searches take the encoders of the version, whichever these are."""
    options = IndexOptions(images, columns_from(mapping), most_bad_rows, allow_private, allow_loss)
    with bars(quiet=as_json) as progress:
        report = index_feed(settings_for(data, text_encoder, image_encoder), feed, options, progress)
    if as_json:
        say_json(asdict(report))
    else:
        say_report(report)


def say_report(report: Report) -> None:
    seconds = sum(report.seconds.values())
    if report.published:
        console.print(
            f"[bold]Live:[/] version {report.version} with {report.products:,} products, in {seconds:.1f} s "
            f"({report.changed:,} changed, {report.removed:,} removed, {report.encoded_texts:,} texts and "
            f"{report.encoded_images:,} images encoded)."
        )
        if report.learnt_products:
            console.print(f"Learnt from the events what follows each of {report.learnt_products:,} products.")
    else:
        console.print(f"Nothing changed: version {report.version} with {report.products:,} products stays live.")
    if report.rejects:
        console.print(
            f"{report.bad_rows:,} rows and {report.bad_images:,} pictures could not be used: see {report.rejects}"
        )
    if report.without_picture:
        console.print(f"{report.without_picture:,} of {report.products:,} products have no picture.")


def versions(data: Data = None, as_json: AsJson = False) -> None:
    """List the index versions, newest first."""
    index_versions = wiring.index_versions(settings_for(data))
    manifests, live = index_versions.all(), index_versions.live()
    if as_json:
        say_json({"live": live, "versions": [manifest_record(manifest) for manifest in manifests]})
        return
    if not manifests:
        console.print("No index version yet: make one with vitrine index FEED.")
        return
    for manifest in manifests:
        encoders = ", ".join(f"{space.value} by {encoder.name}" for space, encoder in manifest.encoders.items())
        mark = "live" if manifest.version == live else "    "
        console.print(f"{mark}  [bold]{manifest.version}[/]  {manifest.products:,} products; {encoders}")


def rollback(data: Data = None, as_json: AsJson = False) -> None:
    """Make the version before the live one live."""
    settings = settings_for(data)
    parts = wiring.parts(settings, patient=True)
    with parts.turns.take("rollback") as turn:
        manifest = Publisher(parts.versions, parts.products, parts.blobs).rollback(turn)
    if as_json:
        say_json({"live": manifest.version})
    else:
        console.print(f"[bold]Live:[/] version {manifest.version} with {manifest.products:,} products.")
