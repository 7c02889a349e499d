"""vitrine complements: the same service that the API calls."""

from typing import Annotated

import typer

from local.commands.ask import say_recommendation
from local.options import AsJson, Data, Filter, Limit, settings_for
from shared import wiring
from shared.services.complements import complements as ask_complements
from shared.services.pages import Question


def complements(
    product: Annotated[str, typer.Argument(help="Product id.")],
    limit: Limit = 12,
    filter: Filter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What goes with a product, and never what could be bought in its place."""
    shop = wiring.shop(wiring.parts(settings_for(data)))
    say_recommendation(ask_complements(shop, product, Question(limit, filter)), as_json)
