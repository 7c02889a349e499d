"""Looking closely: at a user, at a product, and at why one is shown the other."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from functions.dashboard.inspection_answers import ProductInspectionAnswer, UserInspectionAnswer
from functions.dashboard.why_answers import WhyAnswer
from shared.domain.events import LONGEST_ID
from shared.http import errors
from shared.http.parameters import PRINTABLE, FilterText, Limit, ProductId, UserId
from shared.http.private import Who
from shared.ports import BlobStore
from shared.services.audit import note
from shared.services.product_inspection import inspect_product
from shared.services.shop import Shop
from shared.services.user_inspection import inspect_user
from shared.services.why import why

AskedAbout = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=PRINTABLE)]


def create_router(open_shop: Callable[[], tuple[Shop, BlobStore]]) -> APIRouter:
    """The routes; ``open_shop`` gives the shop and where its audit log is kept, at the first request, not before."""
    router = APIRouter(tags=["dashboard"], responses=errors.PROBLEMS)
    opened = cache(open_shop)

    @router.get("/v1/users/{user_id:path}/why", summary="Why a product is, or is not, recommended to a user")
    def why_product(
        user_id: UserId,
        who: Who,
        product_id: Annotated[AskedAbout, Query(description="The product that is asked about")],
        limit: Annotated[Limit, Query()] = 12,
        filter: Annotated[FilterText, Query()] = "",
    ) -> WhyAnswer:
        """For "for you", for a visit without a session; limit and filter as the list is asked for. Written down."""
        shop, blobs = opened()
        note(blobs, shop.clock.now(), "inspect", what="why", **who)
        return WhyAnswer.of(why(shop, user_id, product_id, limit, filter))

    @router.get("/v1/users/{user_id:path}/inspection", summary="What is known of a user")
    def user(user_id: UserId, who: Who) -> UserInspectionAnswer:
        """Consent, events, taste, and what "for you" gives now. That it was looked at is written to the audit log."""
        shop, blobs = opened()
        note(blobs, shop.clock.now(), "inspect", what="user", **who)
        return UserInspectionAnswer.of(user_id, inspect_user(shop, user_id))

    @router.get("/v1/products/{product_id:path}/inspection", summary="What is known of a product")
    def product(product_id: ProductId) -> ProductInspectionAnswer:
        """In the catalogue, in the index, and in the last days' events."""
        return ProductInspectionAnswer.of(inspect_product(opened()[0], product_id))

    return router
