"""The route of what goes into a basket."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.http import errors
from shared.http.callers import CallerOf
from shared.http.parameters import PRINTABLE, CursorText, FilterText, Limit, MaybeUserId
from shared.http.schemas import RecommendationAnswer
from shared.services.baskets import MOST_PRODUCTS, ForBasket, for_basket
from shared.services.pages import Question
from shared.services.shop import Shop


class BasketBody(BaseModel):
    """A basket, and whose it is."""

    model_config = ConfigDict(extra="forbid")

    product_ids: list[Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]] = Field(
        min_length=1,
        max_length=MOST_PRODUCTS,
        description="What is in it; a product that it holds twice may stand there twice",
        examples=[["P0001", "P0002"]],
    )
    user_id: MaybeUserId = Field("", description="Leave out what is not for this user")
    target_total: Annotated[Decimal, Field(gt=0, le=10**9)] | None = Field(
        None, description="Only products that alone bring the basket to this total, such as that of free shipping"
    )
    limit: Limit = 12
    filter: FilterText = ""
    cursor: CursorText = ""


class BasketAnswer(RecommendationAnswer):
    unknown: list[str] = Field([], description="Ids that name no product of the catalogue; they did not count")
    currency: str = Field("", description="ISO 4217, of the two amounts; empty without a target_total")
    total: float | None = Field(None, description="With a target_total: what the basket costs now")
    missing: float | None = Field(None, description="What that is short of target_total; 0 where it is there already")

    @classmethod
    def of_basket(cls, basket: ForBasket, with_target: bool) -> "BasketAnswer":
        return cls(
            **dict(RecommendationAnswer.of(basket.recommendation)),
            unknown=list(basket.unknown),
            currency=basket.currency,
            total=float(basket.total) if with_target else None,
            missing=float(basket.missing) if with_target else None,
        )


def create_router(open_shop: Callable[[], Shop]) -> APIRouter:
    router = APIRouter(tags=["recommend"], responses=errors.PROBLEMS)
    shop = cache(open_shop)

    @router.post("/v1/baskets/recommendations", summary="What goes into this basket")
    def basket_recommendations(body: BasketBody, caller: CallerOf) -> BasketAnswer:
        """What people buy together with all of these products, or what brings the basket to free shipping."""
        caller.speaks_for(body.user_id)
        question = Question(body.limit, body.filter, body.cursor)
        found = for_basket(shop(), body.product_ids, question, body.user_id, body.target_total)
        return BasketAnswer.of_basket(found, body.target_total is not None)

    return router
