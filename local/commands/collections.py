"""vitrine collections: the shop's themes, from a YAML file."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from local.options import AsJson, Data, settings_for
from local.output import console, say_json
from local.yaml_files import read_yaml
from shared import wiring
from shared.domain.themes import Theme
from shared.services.themes import ThemeBook, apply_themes, check_themes, current_themes, themes_record

_WHAT = "book of themes"

collections = typer.Typer(help="Themes that collections are made of.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="YAML, as docs/collections.md describes it.")]


@collections.command("apply")
def apply_file(file: File, data: Data = None, as_json: AsJson = False) -> None:
    """Put a file's themes in place of all that were."""
    parts = wiring.parts(settings_for(data))
    book = apply_themes(parts.blobs, read_yaml(file, _WHAT), parts.clock.now())
    if as_json:
        say_json(themes_record(book))
    else:
        console.print(f"[bold]In place:[/] book {book.snapshot} with {_counted(book)}.")


@collections.command("check")
def check_file(file: File, as_json: AsJson = False) -> None:
    """Say whether a file could be applied, and change nothing."""
    book = check_themes(read_yaml(file, _WHAT), wiring.SystemClock().now())
    if as_json:
        say_json(themes_record(book))
    else:
        console.print(f"Nothing is wrong with it: {_counted(book)}.")


@collections.command("show")
def show(data: Data = None, as_json: AsJson = False) -> None:
    """The themes there are."""
    book = current_themes(wiring.parts(settings_for(data)).blobs)
    if as_json:
        say_json(themes_record(book))
        return
    if not book.snapshot:
        console.print("No themes yet: write some as docs/collections.md describes and apply them.")
        return
    console.print(f"[bold]Book {book.snapshot}:[/] {_counted(book)}.")
    for theme in book.themes:
        console.print("  " + escape(_spoken(theme)))


def _counted(book: ThemeBook) -> str:
    return f"{len(book.themes)} theme{'' if len(book.themes) == 1 else 's'}"


def _spoken(theme: Theme) -> str:
    facts = [f"{theme.slug}: {theme.title}"]
    facts += [f"{word} {value}" for word, value in (("asks for", theme.prompt), ("looks like", theme.product)) if value]
    facts += [theme.filter] * bool(theme.filter)
    return "; ".join([*facts, f"{theme.tone.value}, up to {theme.size} products"])
