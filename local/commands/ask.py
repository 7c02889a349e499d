"""vitrine for-you and similar: the same services that the API calls."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import typer
from rich.markup import escape

from local.options import AsJson, Data, Filter, Limit, settings_for
from local.output import console, say_json
from shared import wiring
from shared.domain.products import Product
from shared.domain.recommendations import Recommendation
from shared.http.schemas import RecommendationAnswer
from shared.services.pages import Question
from shared.services.recommend import for_you as ask_for_you
from shared.services.similar import By
from shared.services.similar import similar as ask_similar


def for_you(
    user: Annotated[str, typer.Argument(help="User id.")],
    limit: Limit = 12,
    filter: Filter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What a user would like now, and why."""
    shop = wiring.shop(wiring.parts(settings_for(data)))
    say_recommendation(ask_for_you(shop, user, Question(limit, filter)), as_json)


def similar(
    product: Annotated[str, typer.Argument(help="Product id.")],
    by: Annotated[By, typer.Option(help="In meaning and look, in meaning, or in look.")] = By.ALL,
    limit: Limit = 12,
    filter: Filter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What is like a product."""
    shop = wiring.shop(wiring.parts(settings_for(data)))
    say_recommendation(ask_similar(shop, product, by, Question(limit, filter)), as_json)


def say_recommendation(recommendation: Recommendation, as_json: bool) -> None:
    if as_json:
        say_json(RecommendationAnswer.of(recommendation).model_dump())
    elif not recommendation.items:
        console.print("Nothing to show: no product fits.")
    else:
        say_items(recommendation)


def say_items(recommendation: Recommendation, notes: Mapping[str, str] = MappingProxyType({})) -> None:
    """Two lines a product: what it is, and why it is there; then what of it is in ``notes``."""
    for place, item in enumerate(recommendation.items, 1):
        name = " [dim]·[/] ".join(filter(None, (escape(item.product.title), price_text(item.product))))
        console.print(f"{place:>3}. {name}")
        why = f"{item.reason.sentence} · {item.product.id} · {item.source}"
        console.print(f"     [dim]{escape(why)}[/]")
        if note := notes.get(item.product.id):
            console.print(f"     [dim]{escape(note)}[/]")


def price_text(product: Product) -> str:
    price = product.effective_price
    return "" if price is None else f"{price:,.2f} {product.currency}".rstrip()
