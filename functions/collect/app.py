"""The write path: events come in, and are stored before they are answered for."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, FastAPI

from shared.http import errors
from shared.http.schemas import CollectedAnswer, EventBatch
from shared.ports import Clock, EventStore
from shared.services.collect import collect


def create_router(open_store: Callable[[], tuple[EventStore, Clock]]) -> APIRouter:
    """The routes; ``open_store`` is called at the first request, not before."""
    router = APIRouter(tags=["collect"])
    opened = cache(open_store)

    @router.post("/v1/events", summary="Send events")
    def events(batch: EventBatch) -> CollectedAnswer:
        """Takes a batch; good events are stored even when others beside them are rejected.

        The same event_id twice counts once, so a batch may be sent again whenever no answer came.
        """
        store, clock = opened()
        return CollectedAnswer.of(collect(store, clock, batch.events))

    return router


def create_app(open_store: Callable[[], tuple[EventStore, Clock]]) -> FastAPI:
    app = FastAPI(title="Vitrine: collect", docs_url=None, redoc_url=None)
    errors.install(app)
    app.include_router(create_router(open_store))
    return app
