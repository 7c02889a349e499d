"""What travels to and from picks."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from shared.http.parameters import PRINTABLE, FilterText
from shared.http.schemas import Answer, ItemAnswer, RecommendationAnswer
from shared.services.picks import MOST_PICKS, MOST_USERS, Pick, Picks


class PicksBody(BaseModel):
    """Whose recommendations are wanted, and how many of them."""

    model_config = ConfigDict(extra="forbid")

    user_ids: list[Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]] = Field(
        min_length=1, max_length=MOST_USERS, examples=[["shopper-001", "shopper-002"]]
    )
    limit: int = Field(6, ge=1, le=MOST_PICKS, description="How many products at most for each user")
    filter: FilterText = ""


class PickAnswer(Answer):
    user_id: str
    recommendation_id: str = Field(description="Carry it back in the events that follow from this user's picks")
    items: list[ItemAnswer]
    degraded: list[str] = Field([], description="As in every answer: the parts that these picks had to do without")

    @classmethod
    def of(cls, pick: Pick) -> Self:
        answer = RecommendationAnswer.of(pick.recommendation)
        return cls(
            user_id=pick.user_id,
            recommendation_id=answer.recommendation_id,
            items=answer.items,
            degraded=answer.degraded,
        )


class PicksAnswer(Answer):
    picks: list[PickAnswer]
    not_done: list[str] = Field(description="Users for whom no time was left: ask again for these")

    @classmethod
    def of(cls, made: Picks) -> Self:
        return cls(picks=[PickAnswer.of(pick) for pick in made.picks], not_done=list(made.not_done))
