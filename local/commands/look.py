"""vitrine look and bundles: a product with what goes with it, and what all of it costs."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.markup import escape

from functions.recommend.look_answers import BundlesAnswer, LookAnswer
from local.commands.ask import price_text, say_items
from local.options import AsJson, Data, Filter, settings_for
from local.output import console, say_json
from shared import wiring
from shared.domain.bundles import Bundle
from shared.domain.errors import InvalidInput
from shared.services.bundles import bundles as ask_bundles
from shared.services.look import Band
from shared.services.look import look as ask_look

_Product = Annotated[str, typer.Argument(help="Product id.")]


def look(
    product: _Product,
    slots: Annotated[int, typer.Option(help="How many kinds of products at most.")] = 4,
    price_min: Annotated[float | None, typer.Option(help="What each piece costs at least.")] = None,
    price_max: Annotated[float | None, typer.Option(help="What each piece costs at most.")] = None,
    max_total: Annotated[float | None, typer.Option(help="What all pieces cost together at most.")] = None,
    filter: Filter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What completes a product: one of each kind that goes with it, chosen to go together."""
    shop = wiring.shop(wiring.parts(settings_for(data)))
    found = ask_look(shop, product, slots, Band(price_min, price_max, max_total), filter)
    if as_json:
        say_json(LookAnswer.of(found).model_dump())
    elif not found.recommendation.items:
        console.print("Nothing to show: no product that may be shown goes with it, as far as baskets say.")
    else:
        say_items(found.recommendation)
        sums = " + ".join(f"{amount:,} {currency}".rstrip() for currency, amount in found.totals.items())
        console.print(f"     Together {escape(sums or 'without prices')}")


def bundles(
    product: _Product,
    size: Annotated[int, typer.Option(help="Products in a bundle, this one counted.")] = 3,
    discount: Annotated[str, typer.Option(metavar="PERCENT", help="What the shop grants, 0 to 50.")] = "0",
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many bundles at most.")] = 3,
    filter: Filter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A product bundled with others that go with it."""
    shop = wiring.shop(wiring.parts(settings_for(data)))
    found = ask_bundles(shop, product, size, _percent(discount), limit, filter)
    if as_json:
        say_json(BundlesAnswer.of(found).model_dump())
    elif not found.bundles:
        console.print("Nothing to show: there is no bundle with it.")
    else:
        for place, bundle in enumerate(found.bundles, 1):
            _say(place, bundle)


def _say(place: int, bundle: Bundle) -> None:
    console.print(f"{place:>3}. {escape(bundle.reason.sentence)}")
    for each in (bundle.seed, *(item.product for item in bundle.items)):
        console.print(f"     [dim]{escape(' · '.join((each.title, price_text(each), each.id)))}[/]")
    instead = f" instead of {bundle.total:,}" if bundle.discount else ""
    console.print(f"     Together {bundle.reduced:,} {escape(bundle.currency)}{instead}")


def _percent(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InvalidInput(f"--discount is '{text}': give a number of percent, such as 12.5.") from None
