"""What is sent to search; what it answers is as in every list."""

from pydantic import BaseModel, ConfigDict, Field

from shared.http.parameters import CursorText, FilterText, Limit, MaybeUserId
from shared.services.search import LONGEST_TEXT


class SearchBody(BaseModel):
    """What a shopper is looking for, in words."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_TEXT, examples=["warm wool scarf"])
    user_id: MaybeUserId = Field("", description="Leave out what this user dislikes; empty for a guest")
    limit: Limit = 12
    filter: FilterText = ""
    cursor: CursorText = ""
