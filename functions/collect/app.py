"""The write path: events come in, and are stored before they are answered for; the shop sets its rules."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI

from functions.collect import collections, products, quiz, rules, users
from shared.http import errors
from shared.http.schemas import CollectedAnswer, EventBatch, SegmentBatch
from shared.ports import BlobStore, Clock, EventQueue, EventStore, ProductStore, StateStore
from shared.services.collect import collect
from shared.services.quiz import Profiles

WRITERS = 4
"""Threads that may write at a time: writers that wait for one another must not keep the readers waiting too."""


def create_router(
    open_store: Callable[[], tuple[EventStore, Clock]], open_queue: Callable[[], EventQueue | None] = lambda: None
) -> APIRouter:
    """The routes; ``open_store`` and ``open_queue`` are called at the first request, not before."""
    router = APIRouter(tags=["collect"], responses=errors.PROBLEMS)
    opened = cache(lambda: (*open_store(), open_queue()))
    writers = CapacityLimiter(WRITERS)

    @router.post("/v1/events", summary="Send events")
    async def events(body: EventBatch | SegmentBatch | dict[str, Any] | list[Any]) -> CollectedAnswer:
        """Takes a batch; good events are stored even when others beside them are rejected.

        The same event_id twice counts once, so a batch may be sent again whenever no answer came. What Segment, GA4,
        Shopify, Klaviyo or Amazon Personalize send is taken as the whole body too.
        """
        store, clock, queue = await to_thread.run_sync(opened, limiter=writers)
        collected = await to_thread.run_sync(collect, store, clock, _events_of(body), queue, limiter=writers)
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
    open_store: Callable[[], tuple[EventStore, Clock]],
    open_blobs: Callable[[], tuple[BlobStore, Clock]],
    open_products: Callable[[], tuple[ProductStore, Clock]],
    digests: Callable[[], Sequence[str]],
    open_users: Callable[[], tuple[EventStore, StateStore, Clock]],
    open_profiles: Callable[[], Profiles],
    open_queue: Callable[[], EventQueue | None] = lambda: None,
) -> FastAPI:
    """``digests`` are those of the secret keys; see :func:`shared.http.auth.secret_required`."""
    app = FastAPI(title="Vitrine: collect", docs_url=None, redoc_url=None)
    errors.install(app)
    app.include_router(create_router(open_store, open_queue))
    app.include_router(rules.create_router(open_blobs, digests))
    app.include_router(collections.create_router(open_blobs, digests))
    app.include_router(products.create_router(open_products, digests))
    app.include_router(users.create_router(open_users, digests))
    app.include_router(quiz.create_router(open_profiles))
    return app
