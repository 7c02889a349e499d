"""What of the catalogue people are shown, over HTTP."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field

from functions.dashboard.why_answers import rounded
from shared.http import errors
from shared.http.schemas import Answer
from shared.ports import BlobStore
from shared.services.catalogue_report import LONGEST_DAYS, CatalogueReport, catalogue_report
from shared.services.shop import Shop


class TopAnswer(Answer):
    id: str
    title: str
    image: str
    impressions: int
    clicks: int
    add_to_cart: int
    purchases: int
    ctr: float = Field(description="Clicks of any page per impression")


class NeverShownAnswer(Answer):
    id: str
    title: str
    image: str
    added_at: datetime | None


class CatalogueAnswer(Answer):
    products: int
    can_be_bought: int
    shown: int = Field(description="Of those that can be bought: had an impression in the period")
    coverage: float | None = Field(description="shown / can_be_bought; null where nothing can be bought")
    cold_products: int = Field(description="Of those that can be bought: no telling event in 90 days")
    cold_share: float | None
    top: list[TopAnswer] = Field(description="Those shown most")
    never_shown_count: int
    never_shown: list[NeverShownAnswer] = Field(description="The newest of them")
    degraded: list[str] = Field(description="With products, the stock of some is that of the index version")

    @classmethod
    def of(cls, report: CatalogueReport) -> Self:
        return cls(
            products=report.products,
            can_be_bought=report.can_be_bought,
            shown=report.shown,
            coverage=rounded(report.coverage),
            cold_products=report.cold,
            cold_share=rounded(report.cold_share),
            top=[
                TopAnswer(
                    id=each.product.id,
                    title=each.product.title,
                    image=each.product.image,
                    impressions=each.impressions,
                    clicks=each.clicks,
                    add_to_cart=each.add_to_cart,
                    purchases=each.purchases,
                    ctr=round(each.ctr, 6),
                )
                for each in report.top
            ],
            never_shown_count=report.never_shown_count,
            never_shown=[
                NeverShownAnswer(id=each.id, title=each.title, image=each.image, added_at=each.added_at)
                for each in report.never_shown
            ],
            degraded=[part.value for part in report.degraded],
        )


def create_router(open_shop: Callable[[], tuple[Shop, BlobStore]]) -> APIRouter:
    """The route; ``open_shop`` is called at the first request, not before."""
    router = APIRouter(tags=["dashboard"], responses=errors.PROBLEMS)
    opened = cache(open_shop)

    @router.get("/v1/dashboard/catalogue", summary="What of the catalogue is shown")
    def catalogue(days: Annotated[int, Query(ge=1, le=LONGEST_DAYS)] = 7) -> CatalogueAnswer:
        """Of the last days, today among them, by what pages reported as shown."""
        return CatalogueAnswer.of(catalogue_report(*opened(), days))

    return router
