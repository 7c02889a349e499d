"""Prices and stock over HTTP, between two feeds."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter

from shared.http import errors
from shared.http.schemas import OfferBatch, OffersAnswer
from shared.ports import Clock, ProductStore
from shared.services.offers import change_offers


def create_router(open_products: Callable[[], tuple[ProductStore, Clock]]) -> APIRouter:
    """The routes; ``open_products`` is called at the first request, not before."""
    router = APIRouter(tags=["products"], responses=errors.PROBLEMS)
    opened = cache(open_products)

    @router.patch("/v1/products", summary="Change prices, availability and stock")
    def change(body: OfferBatch) -> OffersAnswer:
        """Answers follow within seconds; good rows are taken in even when others beside them are rejected.

        Of two changes of a field the later one counts, by its ``at``, in whatever order they come: a batch may be sent
        again whenever no answer came. A change outlives feeds that were read before it.
        """
        store, clock = opened()
        return OffersAnswer.of(change_offers(store, clock, body.products))

    return router
