"""The route that puts a shop's own list in the order of one user's taste."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.http import errors
from shared.http.callers import CallerOf
from shared.http.parameters import PRINTABLE, FilterText, MaybeUserId
from shared.http.schemas import Answer, ItemAnswer, RecommendationAnswer
from shared.services.rerank import MOST_PRODUCTS, Reordered, rerank
from shared.services.session import LONGEST_SESSION, Session
from shared.services.shop import Shop


class RerankBody(BaseModel):
    """A list of products, and for whom it is."""

    model_config = ConfigDict(extra="forbid")

    product_ids: list[Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]] = Field(
        min_length=1, max_length=MOST_PRODUCTS, examples=[["P0001", "P0002", "P0003"]]
    )
    user_id: MaybeUserId = Field("", description="Whose stored events count; empty for a guest")
    session: list[Any] = Field(
        [], max_length=LONGEST_SESSION, description="As in POST /v1/recommendations: what no store knows of"
    )
    filter: FilterText = ""


class RerankAnswer(Answer):
    recommendation_id: str = Field(description="Carry it back in the events that follow from this answer")
    items: list[ItemAnswer] = Field(description="What could not be compared has the source given, and its given order")
    left_out: list[str] = Field(description="Hidden by the shop's rules, or outside of the filter")
    unknown: list[str] = Field(description="No products of the catalogue")
    index_version: str = Field(description="Empty where no index could be had")
    degraded: list[str] = Field([], description="As in every answer: the parts that it had to do without")

    @classmethod
    def of(cls, reordered: Reordered) -> Self:
        answer = RecommendationAnswer.of(reordered.recommendation)
        return cls(
            recommendation_id=answer.recommendation_id,
            items=answer.items,
            left_out=list(reordered.left_out),
            unknown=list(reordered.unknown),
            index_version=answer.index_version,
            degraded=answer.degraded,
        )


def create_router(open_shop: Callable[[], Shop]) -> APIRouter:
    router = APIRouter(tags=["recommend"], responses=errors.PROBLEMS)
    shop = cache(open_shop)

    @router.post("/v1/rerank", summary="Your own list, in this user's order")
    def reranked_list(body: RerankBody, caller: CallerOf) -> RerankAnswer:
        """The products given, those first that this user would like most. Nothing of the session is stored."""
        caller.speaks_for(body.user_id)
        return RerankAnswer.of(rerank(shop(), body.product_ids, body.user_id, Session(body.session), body.filter))

    return router
