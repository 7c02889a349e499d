"""Reindexing over HTTP: ask for a run, and see how the last ones ended. The run itself is a job of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter, FastAPI

from functions.reindex.schemas import AcceptedAnswer, ReindexBody, StatusAnswer
from shared.http import errors
from shared.http.callers import AUTHORISED
from shared.ports import Clock, JobStarter, StateStore
from shared.services.reindexing import checked_feed, request_reindex, status


@dataclass(frozen=True, slots=True)
class Desk:
    """Where requests are taken. ``feed`` is the one that is meant where none is named; ``folder`` is the shop's in the
    ``bucket``, with a slash at its end, and the first shop has none."""

    state: StateStore
    starter: JobStarter
    clock: Clock
    feed: str = ""
    bucket: str = ""
    folder: str = ""
    new_id: Callable[[], str] = lambda: uuid4().hex

    def request(self, feed: str = "", full: bool = False) -> str:
        """Want a run and start its job; returns the request's id."""
        return request_reindex(self.state, self.starter, self.clock, self.new_id, feed or self.feed, full)


def create_router(open_desk: Callable[[], Desk]) -> APIRouter:
    """The routes; ``open_desk`` is called at every request, for a shop's feed may be another by then."""
    router = APIRouter(tags=["reindex"], responses=errors.PROBLEMS)
    desk = open_desk

    @router.post("/v1/reindex", summary="Ask for a reindex", status_code=HTTPStatus.ACCEPTED)
    def ask(body: ReindexBody | None = None) -> AcceptedAnswer:
        """Starts a job and does not wait for it. One runs at a time; of requests that wait, the last one counts."""
        body = body or ReindexBody()
        feed = checked_feed(body.feed, desk().bucket, desk().folder) if body.feed else ""
        return AcceptedAnswer(request_id=desk().request(feed, body.full))

    @router.get("/v1/reindex", summary="How are the reindexes?")
    def look() -> StatusAnswer:
        """What is asked for, what is being run, and how the last runs ended."""
        return StatusAnswer.of(status(desk().state))

    return router


def create_app(open_desk: Callable[[], Desk]) -> FastAPI:
    app = FastAPI(title="Vitrine: reindex", docs_url=None, redoc_url=None, dependencies=AUTHORISED)
    errors.install(app)
    app.include_router(create_router(open_desk))
    return app
