"""Products by their ids, as a page or a basket shows them, over HTTP."""

from collections.abc import Callable
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field

from shared.domain.events import LONGEST_ID
from shared.http import errors
from shared.http.parameters import PRINTABLE
from shared.http.schemas import Answer, ProductAnswer
from shared.http.whole_products import WholeProductAnswer
from shared.services.product_pages import MOST, ProductPages, product_pages
from shared.services.shop import Shop

_Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=PRINTABLE)]


class VariantAnswer(Answer):
    id: str
    product: ProductAnswer


class ProductPageAnswer(Answer):
    id: str
    product: WholeProductAnswer
    variants: list[VariantAnswer] = Field(description="Other products of its item_group_id, nearest in text first")


class ProductsAnswer(Answer):
    products: list[ProductPageAnswer] = Field(description="In the order asked for, sold out or not")
    unknown: list[str] = Field(description="Ids that name no product, or one that a rule hides from every list")
    degraded: list[str] = Field([], description="As in every answer: the parts that it had to do without")

    @classmethod
    def of(cls, pages: ProductPages) -> Self:
        return cls(
            products=[
                ProductPageAnswer(
                    id=product.id,
                    product=WholeProductAnswer.of(product),
                    variants=[
                        VariantAnswer(id=each.id, product=ProductAnswer.of(each))
                        for each in pages.variants.get(product.id, ())
                    ],
                )
                for product in pages.products
            ],
            unknown=list(pages.unknown),
            degraded=[part.value for part in pages.degraded],
        )


def create_router(shop: Callable[[], Shop]) -> APIRouter:
    router = APIRouter(tags=["recommend"], responses=errors.PROBLEMS)

    @router.get("/v1/products", summary="Products by id")
    def products(
        product_ids: Annotated[
            list[_Id], Query(alias="id", min_length=1, max_length=MOST, description="May be repeated")
        ],
    ) -> ProductsAnswer:
        """For a product's own page and for baskets: prices and stock of now, and the variants of each design."""
        return ProductsAnswer.of(product_pages(shop(), product_ids))

    return router
