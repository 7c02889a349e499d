"""The routes of what is shown around a product: the completed look, and bundles."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from functions.recommend.look_answers import BundlesAnswer, LookAnswer
from shared.http import errors
from shared.http.parameters import FilterText, MaybeUserId, ProductId
from shared.services.bundles import LARGEST, LARGEST_DISCOUNT, MOST_BUNDLES, SMALLEST, bundles
from shared.services.look import LARGEST_PRICE, MOST_SLOTS, Band, look
from shared.services.shop import Shop

_Price = Annotated[float, Field(ge=0, le=LARGEST_PRICE, allow_inf_nan=False)]
_User = Annotated[MaybeUserId, Query(description="Leave out what is not for this user")]


def create_router(open_shop: Callable[[], Shop]) -> APIRouter:
    router = APIRouter(tags=["recommend"], responses=errors.PROBLEMS)
    shop = cache(open_shop)

    @router.get("/v1/products/{product_id:path}/look", summary="Complete the look")
    def completed_look(
        product_id: ProductId,
        slots: Annotated[int, Query(ge=1, le=MOST_SLOTS, description="How many kinds of products at most")] = 4,
        price_min: Annotated[_Price | None, Query(description="What each piece costs at least")] = None,
        price_max: Annotated[_Price | None, Query(description="What each piece costs at most")] = None,
        max_total: Annotated[_Price | None, Query(description="What all pieces cost together at most")] = None,
        filter: Annotated[FilterText, Query()] = "",
        user_id: _User = "",
    ) -> LookAnswer:
        """One product of each kind that goes with this one, all of them chosen to go with it and with each other."""
        return LookAnswer.of(look(shop(), product_id, slots, Band(price_min, price_max, max_total), filter, user_id))

    @router.get("/v1/products/{product_id:path}/bundles", summary="Bundles")
    def product_bundles(
        product_id: ProductId,
        size: Annotated[int, Query(ge=SMALLEST, le=LARGEST, description="Products in a bundle, this one counted")] = 3,
        discount: Annotated[
            Decimal, Query(ge=0, le=LARGEST_DISCOUNT, decimal_places=2, description="Percent that the shop grants")
        ] = Decimal(0),
        limit: Annotated[int, Query(ge=1, le=MOST_BUNDLES, description="How many bundles at most")] = 3,
        filter: Annotated[FilterText, Query()] = "",
        user_id: _User = "",
    ) -> BundlesAnswer:
        """This product with others that go with it, what they cost together, and why."""
        return BundlesAnswer.of(bundles(shop(), product_id, size, discount, limit, filter, user_id))

    return router
