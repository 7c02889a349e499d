"""vitrine email: templates to look at, to hand to a sending service, and of one's own."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from local.email_samples import ABOUT, PICTURES, sample_picture, sample_rows
from local.options import AsJson, Data, settings_for
from local.output import console, say_json
from local.yaml_files import read_yaml
from shared import wiring
from shared.domain.errors import NotFound
from shared.emails.context import EmailContext, context_from
from shared.emails.kept import check, keep, kept
from shared.emails.rendering import render
from shared.emails.services import Api, export
from shared.emails.sources import TEMPLATES, Source

email = typer.Typer(help="Emails that show picks.", no_args_is_help=True)
_ABOUT = "about.yaml"
_ENDINGS = {"html": "html", "text": "txt"}

Template = Annotated[str, typer.Argument(help=f"One of {', '.join(TEMPLATES)}, or one of your own.")]
To = Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the files go.", file_okay=False)]
Own = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="DIR", help=f"{_ABOUT} and templates, not applied yet.", exists=True, file_okay=False
    ),
]


@email.command("preview")
def preview(
    template: Template = "picks", to: To = Path("email"), own: Own = None, data: Data = None, as_json: AsJson = False
) -> None:
    """Write an email that shows products of the demo shop: the page, its pictures and the plain text, to look at."""
    about, templates = _said(own, data)
    rows = sample_rows(template)
    made = render(template, rows, replace(about, slots=""), templates)  # nobody was sent it: no place has a picture
    to.mkdir(parents=True, exist_ok=True)
    for row in rows:
        name = row.image.removeprefix(PICTURES)
        (to / name).write_bytes(sample_picture(name))
    written = {f"{template}.html": made.html.replace(PICTURES, ""), f"{template}.txt": made.text}
    for name, content in written.items():
        (to / name).write_text(content, "utf-8")
    said = {"subject": made.subject, "preheader": made.preheader, "files": [str(to / name) for name in written]}
    if as_json:
        say_json(said)
    else:
        console.print(f"Subject: {made.subject}\nBegins:  {made.preheader}", markup=False)
        console.print(
            f"Open {to / f'{template}.html'} in a browser; {to / f'{template}.txt'} is the plain text.", markup=False
        )


@email.command("export")
def export_to(
    template: Template,
    service: Annotated[str, typer.Option("--for", metavar="SERVICE", help="klaviyo, braze or handlebars.")],
    to: To = Path("email"),
    api: Annotated[str, typer.Option(metavar="URL", help="Of your API, for Braze, which fetches the picks.")] = "",
    campaign: Annotated[str, typer.Option(help="Whose picks Braze fetches.")] = "email",
    own: Own = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write a template in a sending service's language: paste each file into its field."""
    about, templates = _said(own, data)
    made = export(template, service, about, Api(api, campaign) if api else None, templates)
    to.mkdir(parents=True, exist_ok=True)
    files = []
    for part, content in asdict(made).items():
        path = to / f"{template}.{service}.{_ENDINGS.get(part, f'{part}.txt')}"
        path.write_text(content, "utf-8")
        files.append(str(path))
    if as_json:
        say_json({"files": files})
    else:
        console.print("Paste each into its field: " + ", ".join(files), markup=False)


@email.command("apply")
def apply_folder(
    folder: Annotated[
        Path, typer.Argument(help=f"{_ABOUT}, and NAME.mjml with NAME.txt.", exists=True, file_okay=False)
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Keep what emails say of the shop, and templates of its own, in place of all that was kept."""
    about, own = _read(folder)
    keep(wiring.parts(settings_for(data)).blobs, about, own)
    if as_json:
        say_json({"about": asdict(about), "templates": sorted(own)})
    else:
        console.print(f"Emails of {about.shop}: {len(own)} templates of your own, beside ours.", markup=False)


def _said(folder: Path | None, data: Path | None) -> tuple[EmailContext, dict[str, Source]]:
    """What the folder says, or else what is kept; where that is nothing, what suits the demo shop."""
    if folder:
        about, own = _read(folder)
        check(about, own)
        return about, own
    now = kept(wiring.parts(settings_for(data)).blobs)
    return now.about or ABOUT, dict(now.own)


def _read(folder: Path) -> tuple[EmailContext, dict[str, Source]]:
    if not (about := folder / _ABOUT).is_file():
        raise NotFound(f"There is no {about}: write one with at least 'shop' and 'home', the shop's name and address.")
    own = {}
    for page in sorted(folder.glob("*.mjml")):
        if not (text := page.with_suffix(".txt")).is_file():
            raise NotFound(f"There is no {text} beside {page.name}: every email needs its plain text.")
        own[page.stem] = Source(page.read_text("utf-8"), text.read_text("utf-8"))
    return context_from(read_yaml(about, "email context")), own
