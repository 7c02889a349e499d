"""Search over HTTP: products for words, and for the shop's themes. The only function with an encoder."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, FastAPI

from functions.search import collections
from functions.search.answers import SearchAnswer
from functions.search.bodies import SearchBody
from shared.http import errors
from shared.services.pages import Question
from shared.services.query_encoders import QueryEncoders
from shared.services.search import search
from shared.services.shop import Shop

OpenSearch = Callable[[], tuple[Shop, QueryEncoders]]


def create_router(open_search: OpenSearch) -> APIRouter:
    """The routes; ``open_search`` is called at the first request, not before."""
    router = APIRouter(tags=["search"], responses=errors.PROBLEMS)
    opened = cache(open_search)

    @router.post("/v1/search", summary="Search")
    def products_for(body: SearchBody) -> SearchAnswer:
        """Products that match the text, by its words, its meaning and the look of their pictures, best first."""
        shop, encoders = opened()
        question = Question(body.limit, body.filter, body.cursor)
        return SearchAnswer.of_found(search(shop, encoders, body.wanted(), question), body.explain)

    return router


def create_app(open_search: OpenSearch) -> FastAPI:
    app = FastAPI(title="Vitrine: search", docs_url=None, redoc_url=None)
    errors.install(app)
    app.include_router(create_router(open_search))
    app.include_router(collections.create_router(open_search))
    return app
