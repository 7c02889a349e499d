"""How a campaign's run is told: while it is made, when it is done, and as files in a folder of one's own."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.output import console
from shared.domain.pick_summary import Summary
from shared.ports import BlobStore
from shared.services import campaign_files as files
from shared.services.pick_rows import PickRow

_PRIVATE = 0o600


@contextmanager
def watched(users: int, quiet: bool) -> Iterator[Callable[[Summary], None]]:
    """A bar on standard error, fed with lots of users as they are made; none when ``quiet`` or not on a terminal."""
    errors, began, total = Console(stderr=True), time.monotonic(), Summary()
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal) as progress:
        task = progress.add_task("picks", total=users, said="")

        def heard(lot: Summary) -> None:
            nonlocal total
            total += lot
            rate = total.users / max(time.monotonic() - began, 1e-9)
            skipped = sum(total.skipped.values())
            said = f"{rate:,.0f} users/s, {total.fell_back:,} fell back, {skipped:,} skipped"
            progress.update(task, completed=total.users, said=said)

        yield heard


def say_manifest(manifest: Mapping[str, Any]) -> None:
    summary = manifest["summary"]
    table = Table("what", "how much", title=manifest["campaign"], title_justify="left")
    table.columns[1].justify = "right"
    table.add_row("users", f"{summary['users']:,}")
    table.add_row("with picks", f"{summary['with_picks']:,}")
    for why, count in summary["skipped"].items():
        table.add_row(f"skipped: {why}", f"{count:,}")
    table.add_row("picks", f"{summary['picks']:,}")
    table.add_row("share that fell back", f"{summary['share_fell_back']:.1%}")
    table.add_row("overlap@k", f"{summary['overlap_at_k']:.3f}")
    for part, count in manifest["degraded"].items():
        table.add_row(f"without {part}", f"{count:,}")
    table.add_row("files", f"{len(manifest['files']):,}")
    table.add_row("MB", f"{sum(each['bytes'] for each in manifest['files']) / 1e6:,.1f}")
    console.print(table)


def say_rows(rows: Sequence[PickRow]) -> None:
    for row in rows:
        price = "" if row.price is None else f" [dim]·[/] {row.sale_price or row.price:,.2f} {row.currency}".rstrip()
        console.print(f"{row.position + 1:>3}. {escape(row.title)}{price}")
        console.print(f"     [dim]{escape(f'{row.reason} · {row.id} · {row.block} · {row.source}')}[/]")


def copy_files(blobs: BlobStore, manifest: Mapping[str, Any], target: Path) -> None:
    """All of the run's files into the folder, each readable by its owner alone, the manifest last."""
    run = manifest["campaign"]
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [*(each["name"] for each in manifest["files"]), files.manifest_name(run).rpartition("/")[2]]
    with tempfile.TemporaryDirectory(prefix=".picks-", dir=target) as folder:  # its mode is 0700
        for name in names:
            fetched = Path(folder) / name
            if blobs.download(f"{files.files_of(run)}/{name}", fetched):
                fetched.chmod(_PRIVATE)
                fetched.replace(target / name)
