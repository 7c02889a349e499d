"""vitrine basket: the same service that the API calls."""

from decimal import Decimal
from typing import Annotated

import typer

from functions.recommend.baskets import BasketAnswer
from local.commands.ask import say_recommendation
from local.options import AsJson, Data, Filter, Limit, settings_for
from local.output import console, say_json
from shared import wiring
from shared.services.baskets import for_basket
from shared.services.pages import Question


def basket(
    products: Annotated[list[str], typer.Argument(help="Ids of the products that are in it.")],
    target_total: Annotated[
        float | None, typer.Option(min=0.01, help="Only products that alone bring the basket to this total.")
    ] = None,
    limit: Limit = 12,
    filter: Filter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What goes into a basket, and why."""
    shop = wiring.shop(wiring.parts(settings_for(data)))
    target = None if target_total is None else Decimal(str(target_total))
    found = for_basket(shop, products, Question(limit, filter), target_total=target)
    if as_json:
        say_json(BasketAnswer.of_basket(found, target is not None).model_dump())
        return
    say_recommendation(found.recommendation, as_json=False)
    if found.unknown:
        console.print(f"Not in the catalogue: {', '.join(found.unknown)}", markup=False)
    if found.missing:
        console.print(f"The basket is {found.missing:,} {found.currency} short of that.", markup=False)
