"""What is sent to search."""

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.sorting import Sort
from shared.http.parameters import PRINTABLE, CursorText, FilterText, Limit, MaybeUserId
from shared.services.search import LONGEST_TEXT, Wanted


class SearchBody(BaseModel):
    """What a shopper is looking for: in words, like a product, or both."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=LONGEST_TEXT, examples=["blue stoneware mug under 20"])
    like: str = Field("", max_length=128, pattern=PRINTABLE, description="Id of a product that it is to be like")
    unlike: str = Field("", max_length=128, pattern=PRINTABLE, description="Id of a product that it is not to be like")
    understand: bool = Field(True, description="Whether the text may be read as filters, as `interpreted` then says")
    sort: Sort = Sort.RELEVANCE
    explain: bool = Field(False, description="Whether each product comes with the parts of its score")
    user_id: MaybeUserId = Field("", description="Leave out what this user dislikes; empty for a guest")
    limit: Limit = 12
    filter: FilterText = ""
    cursor: CursorText = ""

    def wanted(self) -> Wanted:
        return Wanted(
            text=self.text,
            like=self.like,
            unlike=self.unlike,
            user_id=self.user_id,
            understand=self.understand,
            sort=self.sort,
        )
