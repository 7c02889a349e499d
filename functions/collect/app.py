"""The write path: events come in, and are stored before they are answered for; the shop sets its rules."""

from collections.abc import Callable
from functools import cache
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI

from functions.collect import collections, consent, interests, products, quiz, rules, users
from shared.http import errors
from shared.http.callers import AUTHORISED, CallerOf
from shared.http.schemas import CollectedAnswer, EventBatch, SegmentBatch
from shared.ports import BlobStore, Clock, ProductStore
from shared.services.collect import collect
from shared.services.consent import Keeping
from shared.services.quiz import Profiles

WRITERS = 4
"""Threads that may write at a time: writers that wait for one another must not keep the readers waiting too."""


def create_router(open_keeping: Callable[[], Keeping]) -> APIRouter:
    """The routes; ``open_keeping`` is called at the first request, not before."""
    router = APIRouter(tags=["collect"], responses=errors.PROBLEMS)
    opened = cache(open_keeping)
    writers = CapacityLimiter(WRITERS)

    @router.post("/v1/events", summary="Send events")
    async def events(body: EventBatch | SegmentBatch | dict[str, Any] | list[Any], caller: CallerOf) -> CollectedAnswer:
        """Takes a batch; good events are stored even when others beside them are rejected.

        The same event_id twice counts once, so a batch may be sent again whenever no answer came. What Segment, GA4,
        Shopify, Klaviyo, Braze or Amazon Personalize send is taken as the whole body too. Of whom has given no leave,
        nothing is stored.
        """
        keeping = await to_thread.run_sync(opened, limiter=writers)
        collected = await to_thread.run_sync(collect, keeping, _events_of(body), caller, limiter=writers)
        return CollectedAnswer.of(collected)

    return router


def _events_of(body: EventBatch | SegmentBatch | dict[str, Any] | list[Any]) -> list[Any]:
    match body:
        case EventBatch():
            return body.events
        case SegmentBatch():
            return body.batch
        case list():
            return body
        case {"events": list(events), **rest} if not rest:  # too many of them: collect says so
            return events
        case _:
            return [body]


def create_app(
    open_keeping: Callable[[], Keeping],
    open_blobs: Callable[[], tuple[BlobStore, Clock]],
    open_products: Callable[[], tuple[ProductStore, Clock]],
    open_profiles: Callable[[], Profiles],
    open_stores: Callable[[], interests.Stores],
) -> FastAPI:
    app = FastAPI(title="Vitrine: collect", docs_url=None, redoc_url=None, dependencies=AUTHORISED)
    errors.install(app)
    app.include_router(create_router(open_keeping))
    app.include_router(rules.create_router(open_blobs))
    app.include_router(collections.create_router(open_blobs))
    app.include_router(products.create_router(open_products))
    app.include_router(users.create_router(open_keeping))
    app.include_router(consent.create_router(open_keeping, open_blobs))
    app.include_router(quiz.create_router(open_profiles))
    app.include_router(interests.create_router(open_stores))
    return app
