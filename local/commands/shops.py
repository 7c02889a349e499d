"""vitrine shops: several shops in one deployment."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from local.options import AsJson, Data, first_settings
from local.output import console, say_json
from shared import wiring
from shared.services.shops import ShopEntry, check_shop

shops = typer.Typer(help="The shops of this deployment, which share nothing but its machines.", no_args_is_help=True)


@shops.command("add")
def add(
    name: Annotated[str, typer.Argument(help="1 to 31 of a-z, 0-9 and -.")],
    label: Annotated[str, typer.Option("--label", help="What people call it.")] = "",
    feed: Annotated[str, typer.Option("--feed", metavar="URL", help="What the schedule reads.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add a shop, or change its label and feed. On AWS its tables are made first, as the first shop's are."""
    check_shop(name, label, feed)
    settings = first_settings(data)
    if place := wiring.shop_place(settings.of_shop(name)):
        if not as_json:
            console.print("Making its tables, which takes up to a minute; run again, it goes on where it was.")
        place.make()
    entry = wiring.shops(settings).add(name, label, feed)
    if as_json:
        say_json(asdict(entry))
        return
    console.print(f"[bold]{entry.name}[/] is a shop of this deployment. Give it a catalogue:")
    console.print(f"  vitrine index FEED --shop {entry.name}")


@shops.command("list")
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """The shops besides the first one, which has no name."""
    entries = wiring.shops(first_settings(data)).all()
    if as_json:
        say_json({"shops": [asdict(each) for each in entries]})
        return
    if not entries:
        console.print("There is the first shop alone: add another with vitrine shops add NAME.")
    for each in entries:
        console.print(_spoken(each))


def _spoken(entry: ShopEntry) -> str:
    feed = f"feed {entry.feed}" if entry.feed else "no feed of its own"
    return escape(f"{entry.name}: {entry.label}, {feed}, since {entry.created_at:%Y-%m-%d}")
