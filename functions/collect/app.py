"""The write path: events come in, and are stored before they are answered for."""

from collections.abc import Callable
from functools import cache

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI

from shared.http import errors
from shared.http.schemas import CollectedAnswer, EventBatch
from shared.ports import Clock, EventStore
from shared.services.collect import collect

WRITERS = 4
"""Threads that may write at a time: writers that wait for one another must not keep the readers waiting too."""


def create_router(open_store: Callable[[], tuple[EventStore, Clock]]) -> APIRouter:
    """The routes; ``open_store`` is called at the first request, not before."""
    router = APIRouter(tags=["collect"], responses=errors.PROBLEMS)
    opened = cache(open_store)
    writers = CapacityLimiter(WRITERS)

    @router.post("/v1/events", summary="Send events")
    async def events(batch: EventBatch) -> CollectedAnswer:
        """Takes a batch; good events are stored even when others beside them are rejected.

        The same event_id twice counts once, so a batch may be sent again whenever no answer came.
        """
        store, clock = await to_thread.run_sync(opened, limiter=writers)
        return CollectedAnswer.of(await to_thread.run_sync(collect, store, clock, batch.events, limiter=writers))

    return router


def create_app(open_store: Callable[[], tuple[EventStore, Clock]]) -> FastAPI:
    app = FastAPI(title="Vitrine: collect", docs_url=None, redoc_url=None)
    errors.install(app)
    app.include_router(create_router(open_store))
    return app
