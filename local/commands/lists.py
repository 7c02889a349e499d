"""vitrine list: the same service that the API calls."""

from typing import Annotated

import typer

from local.commands.ask import say_recommendation
from local.options import AsJson, Data, Filter, Limit, settings_for
from shared import wiring
from shared.services.lists import ListName, shop_list
from shared.services.pages import Question


def named_list(
    name: Annotated[ListName, typer.Argument(help="Which list.")],
    country: Annotated[str, typer.Option(help="Two letters: what is trending there.")] = "",
    limit: Limit = 12,
    filter: Filter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """One of the shop's lists: trending, best sellers, new arrivals, and more."""
    shop = wiring.shop(wiring.parts(settings_for(data)))
    say_recommendation(shop_list(shop, name, Question(limit, filter), country.upper()), as_json)
