"""vitrine search: the same service that the API calls."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from functions.search.answers import SearchAnswer, written
from local.commands.ask import say_items
from local.options import AsJson, Data, Filter, Limit, settings_for
from local.output import console, say_json
from shared import wiring
from shared.domain.sorting import Sort
from shared.domain.understanding.understood import Constraint
from shared.services.pages import Question
from shared.services.search import Found
from shared.services.search import search as ask_search
from shared.services.wanted import Wanted


def search(
    text: Annotated[str, typer.Argument(help="What is searched for; may be left out beside --image or --like.")] = "",
    image: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A picture of it.", exists=True, dir_okay=False)
    ] = None,
    like: Annotated[str, typer.Option(metavar="ID", help="A product that it is to be like.")] = "",
    unlike: Annotated[str, typer.Option(metavar="ID", help="A product that it is not to be like.")] = "",
    sort: Annotated[
        Sort, typer.Option(help="The order; relevance leaves it to the words: cheapest, newest, on sale …")
    ] = Sort.RELEVANCE,
    user: Annotated[str, typer.Option(metavar="ID", help="Whose taste counts in the order.")] = "",
    literal: Annotated[bool, typer.Option("--literal", help="Read no filters and no order out of the text.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show the parts of each score.")] = False,
    limit: Limit = 12,
    filter: Filter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Products for words, a photo, or "like this, but blue"."""
    settings = settings_for(data)
    parts = wiring.parts(settings)
    picture = wiring.pictures(settings).read(image.read_bytes()) if image else None
    wanted = Wanted(text, picture, like, unlike, user, not literal, sort)
    encoders = wiring.query_encoders(settings, parts.clock, parts.blobs)
    found = ask_search(wiring.shop(parts), encoders, wanted, Question(limit, filter))
    if as_json:
        say_json(SearchAnswer.of_found(found, explain).model_dump(mode="json"))
        return
    _say_understood(found)
    if not found.list.items:
        console.print("Nothing to show: no product fits.")
    say_items(found.list, _parts_of(found) if explain else {})


def _say_understood(found: Found) -> None:
    kept = [each for each in found.constraints if each.applied and each not in found.given_up]
    idle = [each for each in found.constraints if not each.applied]
    sentences = (
        ("Understood", kept),
        ("Nothing meets all of it; given up", found.given_up),
        ("Understood, but no product can be held to it", idle),
    )
    for said, constraints in sentences:
        if constraints:
            console.print(f"[dim]{said}: {escape(' · '.join(map(_told, constraints)))}[/]")
    if found.understood.sort is not Sort.RELEVANCE:
        console.print(f"[dim]Order asked for in words: {found.understood.sort.value}[/]")
    for typed, taken in found.understood.corrections:
        console.print(f"[dim]{escape(typed)} taken for {escape(taken)}[/]")


def _told(constraint: Constraint) -> str:
    """As a filter, which can be put into --filter, or as it was typed."""
    return written(constraint.condition) or constraint.words


def _parts_of(found: Found) -> dict[str, str]:
    return {
        product_id: " + ".join(f"{name} {share:.3f}" for name, share in detail.parts.items())
        for product_id, detail in found.details.items()
    }
