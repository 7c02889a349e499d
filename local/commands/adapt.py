"""vitrine adapt: an image encoder that has learnt from the shop's own titles and photos."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from indexer.images import ImageSource
from indexer.progress import Progress
from indexer.reindex import MOST_BAD_ROWS
from local.indexing import work_folder
from local.options import AllowPrivate, AsJson, Columns, Data, Images, MostBadRows, columns_from, settings_for
from local.output import bars, console, say_json
from shared import wiring
from shared.intake.fetch import FetchPolicy
from shared.settings import Settings

if TYPE_CHECKING:
    from indexer.adapt.feed import Feed
    from indexer.adapt.measure import Finding
    from indexer.adapt.run import Adaptation, Adapted

_USUAL_SIDE = 224
"""Pixels that larger encoders look at: photos are decoded to no less, so that none is measured on enlarged ones."""


def adapt(
    feed: Annotated[str, typer.Argument(help="Feed: a file or http(s) URL, as for vitrine index.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the encoder to.")],
    images: Images = None,
    source: Annotated[
        str, typer.Option("--from", metavar="starter|scratch|NAME/PRETRAINED|DIR", help="What to begin with.")
    ] = "starter",
    held_out: Annotated[
        int, typer.Option(min=0, help="Products to measure on. [default: an eighth, 30 to 1,000]", show_default=False)
    ] = 0,
    steps: Annotated[int, typer.Option(min=0, help="Steps to learn. [default: by --epochs]", show_default=False)] = 0,
    epochs: Annotated[
        int, typer.Option(min=0, help="Times to see each photo. [default: 50; 10 if pretrained]", show_default=False)
    ] = 0,
    layers: Annotated[
        int,
        typer.Option(
            min=0, help="Learn only the top layers of each tower, so many. [default: all]", show_default=False
        ),
    ] = 0,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where to learn.")] = "auto",
    replace: Annotated[bool, typer.Option("--replace", help="Write over an encoder that --to holds.")] = False,
    mapping: Columns = [],  # noqa: B006
    most_bad_rows: MostBadRows = MOST_BAD_ROWS,
    allow_private: AllowPrivate = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Train an image encoder on the shop's own titles and photos, and keep it if it finds more than the live one.

    Stopped, it goes on from its last checkpoint when it is run again.
    """
    from indexer.adapt.feed import Feed
    from indexer.adapt.run import Plan, record

    plan = Plan(source, held_out, steps, epochs, layers, device=device)
    fetch = FetchPolicy(allow_private=allow_private)
    told = Feed(feed, columns_from(mapping), most_bad_rows, fetch)
    with (
        bars(quiet=as_json) as progress,
        adaptation_for(settings_for(data), told, images, progress) as adaptation,
    ):
        adapted = adaptation.run(plan, to, replace)
    if as_json:
        say_json(record(adapted))
    else:
        say_adapted(adapted)
    adapted.require_better()


@contextmanager
def adaptation_for(settings: Settings, feed: "Feed", images: Path | None, progress: Progress) -> Iterator["Adaptation"]:
    """The parts of a run, as the settings name them."""
    from indexer.adapt.models import Starters
    from indexer.adapt.run import Adaptation

    live = wiring.image_encoder(settings)
    shipped = Settings()
    starters = Starters(shipped.text_encoder, shipped.image_encoder)
    feed_folder = None if "://" in feed.name else Path(feed.name).resolve().parent
    with ImageSource(images, feed_folder, feed.fetch, max(_USUAL_SIDE, live.image_size)) as source:
        yield Adaptation(feed, source, live, starters, work_folder(settings) / "adapt", progress)


def say_adapted(adapted: "Adapted") -> None:
    sides, best = adapted.sides, adapted.course.best
    console.print(
        f"Learnt from {sides['learnt']:,} products in {adapted.course.done:,} steps; the best was step {best[0]:,}, "
        f"with recall@10 {best[1]:.3f} among {sides['validated']:,} others. Measured on {sides['measured']:,} more:"
    )
    console.print(_table(adapted.findings))
    if adapted.accepted:
        console.print(
            f"[bold]Better:[/] {adapted.encoder} holds the new encoder. To use it, set "
            f"VITRINE_IMAGE_ENCODER={adapted.encoder} and run vitrine index: every picture is encoded anew."
        )


def _table(findings: Sequence["Finding"]) -> Table:
    """Recall of each system, and what the new encoder gains over the live one."""
    from indexer.adapt.recall import CUTS

    table = Table(box=None)
    for heading in ("question", "", "chance", "words", "live", "new", "gain, 95%"):
        table.add_column(heading, no_wrap=True)
    for finding in findings:
        for number, cut in enumerate(CUTS):
            shown = [finding.chance, *(finding.shares.get(system) for system in ("keywords", "live", "new"))]
            figures = [f"{shares[number]:.3f}" if shares else "–" for shares in shown]
            gain = "{:+.3f} to {:+.3f}".format(*finding.gain[number][1:]) if finding.gain else ""
            table.add_row("" if number else finding.question, f"@{cut}", *figures, gain)
    return table
