"""The route of what goes with a product."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query

from shared.http import errors
from shared.http.parameters import MaybeUserId, PageQuestion, ProductId
from shared.http.schemas import RecommendationAnswer
from shared.services.complements import complements
from shared.services.shop import Shop


def create_router(open_shop: Callable[[], Shop]) -> APIRouter:
    router = APIRouter(tags=["recommend"], responses=errors.PROBLEMS)
    shop = cache(open_shop)

    @router.get("/v1/products/{product_id:path}/complements", summary="What goes with it")
    def complementary_products(
        product_id: ProductId,
        question: PageQuestion,
        user_id: Annotated[MaybeUserId, Query(description="Leave out what is not for this user")] = "",
    ) -> RecommendationAnswer:
        """What is bought with this product, and what its kind and look say would be; never a substitute of it."""
        return RecommendationAnswer.of(complements(shop(), product_id, question, user_id))

    return router
