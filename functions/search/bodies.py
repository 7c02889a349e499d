"""What is sent to search."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from functions.search.filters import FacetField, filters_of
from shared.domain.facets import FACET_FIELDS
from shared.domain.sorting import Sort
from shared.domain.spaces import RgbImage
from shared.http.parameters import PRINTABLE, CursorText, FilterText, Limit, MaybeUserId
from shared.services.wanted import LONGEST_TEXT, Wanted

LARGEST_BODY = 6_000_000
"""Bytes; Lambda takes 6 MB, and there a form's are a third more, for API Gateway sends them on as base64."""
_LONGEST_URL = 2_048


class SearchBody(BaseModel):
    """What a shopper is looking for: in words, as in a picture, like a product, or all of that."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=LONGEST_TEXT, examples=["blue stoneware mug under 20"])
    image: str = Field("", max_length=LARGEST_BODY, description="A picture's file in base64, or as a data: address")
    image_url: str = Field(
        "", max_length=_LONGEST_URL, description="Where a picture is, in the public internet; instead of image"
    )
    like: str = Field("", max_length=128, pattern=PRINTABLE, description="Id of a product that it is to be like")
    unlike: str = Field("", max_length=128, pattern=PRINTABLE, description="Id of a product that it is not to be like")
    understand: bool = Field(
        True, description="Whether filters and an order may be read out of the text; see `interpreted`"
    )
    filters: dict[str, Any] = Field(
        {},
        max_length=len(FACET_FIELDS) + 1,
        description="By field a list of values, of the price a range; all fields must hold, beside filter",
        examples=[{"brand": ["Acme", "Bolt"], "price": {"from": 10, "to": 50}}],
    )
    facets: list[FacetField] = Field([], max_length=len(FACET_FIELDS), description="Fields whose values to count")
    sort: Sort = Sort.RELEVANCE
    personal: float | None = Field(
        None, ge=0, le=1, description="How much the user's taste counts in the order; a guest has none"
    )
    explain: bool = Field(False, description="Whether each product comes with the parts of its score")
    user_id: MaybeUserId = Field("", description="Leave out what this user dislikes; empty for a guest")
    limit: Limit = 12
    filter: FilterText = ""
    cursor: CursorText = ""

    def wanted(self, picture: RgbImage | None = None) -> Wanted:
        return Wanted(
            text=self.text,
            picture=picture,
            like=self.like,
            unlike=self.unlike,
            user_id=self.user_id,
            understand=self.understand,
            sort=self.sort,
            facets=tuple(dict.fromkeys(self.facets)),
            filters=filters_of(self.filters),
            personal=self.personal,
        )
