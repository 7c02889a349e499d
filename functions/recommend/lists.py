"""Lists over HTTP: the shop's, and each user's own."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query

from shared.http import errors
from shared.http.parameters import Country, MaybeUserId, PageQuestion, UserId
from shared.http.schemas import RecommendationAnswer
from shared.services.lists import ListName, shop_list
from shared.services.own_lists import buy_again, recently_viewed
from shared.services.shop import Shop

TrendsOf = Annotated[Country, Query(description="Two letters (ISO 3166), in any case; for trending alone")]
WithoutFor = Annotated[MaybeUserId, Query(description="Leave out what is not for this user")]


def create_router(open_shop: Callable[[], Shop]) -> APIRouter:
    """The routes; ``open_shop`` is called at the first request, not before."""
    router = APIRouter(tags=["lists"], responses=errors.PROBLEMS)
    shop = cache(open_shop)

    @router.get("/v1/lists/{name}", summary="Trending, best sellers, new arrivals, and more")
    def named_list(
        name: Annotated[ListName, Path(description="Which list")],
        question: PageQuestion,
        country: TrendsOf = "",
        user_id: WithoutFor = "",
    ) -> RecommendationAnswer:
        """One of the shop's lists; a filter makes it that of a category."""
        return RecommendationAnswer.of(shop_list(shop(), name, question, country, user_id))

    @router.get("/v1/trending", summary="Trending")
    def trending_products(
        question: PageQuestion, country: TrendsOf = "", user_id: WithoutFor = ""
    ) -> RecommendationAnswer:
        """What the shop's visitors turn to now more than they used to: the list of that name."""
        return RecommendationAnswer.of(shop_list(shop(), ListName.TRENDING, question, country, user_id))

    @router.get("/v1/users/{user_id:path}/recently-viewed", summary="Recently viewed")
    def recently_viewed_products(user_id: UserId, question: PageQuestion) -> RecommendationAnswer:
        """What the user looked at and did not buy, the last first."""
        return RecommendationAnswer.of(recently_viewed(shop(), user_id, question))

    @router.get("/v1/users/{user_id:path}/buy-again", summary="Buy again")
    def products_to_buy_again(user_id: UserId, question: PageQuestion) -> RecommendationAnswer:
        """What the user bought, by how due it is now."""
        return RecommendationAnswer.of(buy_again(shop(), user_id, question))

    return router
