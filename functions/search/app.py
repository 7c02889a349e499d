"""Search over HTTP: words, photos, suggestions, and the shop's themes. The only function with an encoder."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI

from functions.search import collections, suggest
from functions.search.answers import SearchAnswer
from functions.search.bodies import LARGEST_BODY
from functions.search.pictures import picture_of
from functions.search.uploads import DESCRIBED, Asked, read_search
from shared.http import errors
from shared.http.callers import AUTHORISED, CallerOf
from shared.ports import PictureReader
from shared.services.pages import Question
from shared.services.query_encoders import QueryEncoders
from shared.services.search import search
from shared.services.shop import Shop

OpenSearch = Callable[[], tuple[Shop, QueryEncoders]]
OpenPictures = Callable[[], PictureReader]
LARGER_BODIES = {"/v1/search": LARGEST_BODY}


def create_router(open_search: OpenSearch, open_pictures: OpenPictures) -> APIRouter:
    """The routes; ``open_search`` and ``open_pictures`` are called at the first request, not before."""
    router = APIRouter(tags=["search"], responses=errors.PROBLEMS)
    opened, pictures = cache(open_search), cache(open_pictures)

    @router.post("/v1/search", summary="Search", openapi_extra=DESCRIBED)
    def products_for(asked: Annotated[Asked, Depends(read_search)], caller: CallerOf) -> SearchAnswer:
        """Products that match a text, by its words, its meaning and the look of their pictures, or a picture."""
        shop, encoders = opened()
        body = asked.body
        caller.speaks_for(body.user_id)
        with shop.telemetry.stage("picture") if asked.has_picture else nullcontext():
            picture = picture_of(asked, pictures())
        question = Question(body.limit, body.filter, body.cursor)
        return SearchAnswer.of_found(search(shop, encoders, body.wanted(picture), question), body.explain)

    return router


def create_app(open_search: OpenSearch, open_pictures: OpenPictures) -> FastAPI:
    app = FastAPI(title="Vitrine: search", docs_url=None, redoc_url=None, dependencies=AUTHORISED)
    errors.install(app, LARGER_BODIES)
    app.include_router(create_router(open_search, open_pictures))
    app.include_router(collections.create_router(open_search))
    app.include_router(suggest.create_router(open_search))
    return app
