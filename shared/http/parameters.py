"""Parameters that several routes have, with their bounds."""

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, Field

from shared.services.filter_language import LONGEST
from shared.services.pages import LARGEST_PAGE, Question

PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

UserId = Annotated[
    str, Path(min_length=1, max_length=128, pattern=PRINTABLE, description="As events name the user, anon: ids too")
]
ProductId = Annotated[
    str, Path(min_length=1, max_length=128, pattern=PRINTABLE, description="As the feed names the product")
]
MaybeUserId = Annotated[str, Field(max_length=128, pattern=PRINTABLE)]

Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many products at most")]
FilterText = Annotated[
    str,
    Field(
        max_length=LONGEST,
        description="For example: category = Shoes and price < 80 and not brand in (Acme, Bolt). See docs/api.md",
    ),
]


def _country(text: str) -> str:
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise ValueError("give the two letters of ISO 3166, such as DE")
    return text.upper()


Country = Annotated[str, Field(description="Two letters (ISO 3166), in any case"), AfterValidator(_country)]
CursorText = Annotated[str, Field(max_length=1_024, description="From the answer before, for the page after it")]


def _question(
    limit: Annotated[Limit, Query()] = 12,
    filter: Annotated[FilterText, Query()] = "",
    cursor: Annotated[CursorText, Query()] = "",
) -> Question:
    return Question(limit, filter, cursor)


PageQuestion = Annotated[Question, Depends(_question)]
