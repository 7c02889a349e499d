"""Options that several commands have."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from local.shop_option import shop_meant
from shared import wiring
from shared.domain.errors import InvalidInput
from shared.settings import Settings, from_environment

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Where all state lives, on AWS copies alone. [default: ./var/vitrine]"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many products at most.")]
Filter = Annotated[
    str, typer.Option("--filter", metavar="EXPRESSION", help="For example: category = Shoes and price < 80")
]
Images = Annotated[
    Path | None,
    typer.Option("--images", metavar="DIR", help="Folder of the product pictures.", exists=True, file_okay=False),
]
Columns = Annotated[
    list[str], typer.Option("--map", metavar="FIELD=COLUMN", help="Which column holds a field; may be repeated.")
]
MostBadRows = Annotated[float, typer.Option(min=0, max=1, help="Share of bad rows above which nothing is published.")]
AllowPrivate = Annotated[bool, typer.Option("--allow-private", help="Fetch from private and loopback addresses too.")]
AllowLoss = Annotated[
    bool, typer.Option("--allow-loss", help="Publish even if half of the products, or the lists' quality, are gone.")
]
TextEncoder = Annotated[
    Path | None,
    typer.Option("--text-encoder", metavar="DIR", help="Encoder of texts, in place of VITRINE_TEXT_ENCODER."),
]
ImageEncoder = Annotated[
    Path | None,
    typer.Option("--image-encoder", metavar="DIR", help="Encoder of pictures, in place of VITRINE_IMAGE_ENCODER."),
]


def first_settings(data: Path | None, text_encoder: Path | None = None, image_encoder: Path | None = None) -> Settings:
    """Those of the environment, but for what is given, for the first shop."""
    settings = from_environment()
    return replace(
        settings,
        data=data or settings.data,
        text_encoder=text_encoder or settings.text_encoder,
        image_encoder=image_encoder or settings.image_encoder,
    )


def settings_for(data: Path | None, text_encoder: Path | None = None, image_encoder: Path | None = None) -> Settings:
    """Those of the shop that the command is for. Raises NotFound where there is no such shop."""
    return of_shop(first_settings(data, text_encoder, image_encoder), shop_meant())


def of_shop(settings: Settings, name: str) -> Settings:
    """Those of the shop ``name``, with the feed that the register has for it. Raises NotFound where there is none."""
    if not name:
        return settings
    return replace(settings.of_shop(name), feed=wiring.shops(settings).feed(name))


def columns_from(pairs: list[str]) -> dict[str, str]:
    """``field=column`` pairs as a mapping."""
    columns = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field and equals and column):
            raise InvalidInput(f"--map {pair} cannot be read: write it as field=column, such as title=Name.")
        columns[field.strip()] = column.strip()
    return columns
