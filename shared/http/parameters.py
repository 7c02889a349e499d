"""Parameters that several routes have, with their bounds."""

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import Field

from shared.services.filter_language import LONGEST
from shared.services.pages import LARGEST_PAGE, Question

PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

UserId = Annotated[str, Path(min_length=1, max_length=128, pattern=PRINTABLE)]
ProductId = Annotated[str, Path(min_length=1, max_length=128, pattern=PRINTABLE)]
MaybeUserId = Annotated[str, Field(max_length=128, pattern=PRINTABLE)]

Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many products at most")]
FilterText = Annotated[
    str,
    Field(
        max_length=LONGEST,
        description="For example: category = Shoes and price < 80 and not brand in (Acme, Bolt). See docs/api.md",
    ),
]
CursorText = Annotated[str, Field(max_length=1_024, description="From the answer before, for the page after it")]


def _question(
    limit: Annotated[Limit, Query()] = 12,
    filter: Annotated[FilterText, Query()] = "",
    cursor: Annotated[CursorText, Query()] = "",
) -> Question:
    return Question(limit, filter, cursor)


PageQuestion = Annotated[Question, Depends(_question)]
