"""Picks over HTTP: the lists of many users in one call, for a server of the shop's."""

from collections.abc import Callable, Sequence
from functools import cache

from fastapi import APIRouter, Depends, FastAPI

from functions.picks.schemas import PicksAnswer, PicksBody
from shared.http import errors
from shared.http.auth import secret_required
from shared.services.pages import Question
from shared.services.picks import picks
from shared.services.shop import Shop


def create_router(open_shop: Callable[[], Shop], digests: Callable[[], Sequence[str]]) -> APIRouter:
    """The routes; ``open_shop`` and ``digests`` are called at the first request, not before."""
    secret = [Depends(secret_required(digests))]
    router = APIRouter(tags=["picks"], responses=errors.PROBLEMS, dependencies=secret)
    shop = cache(open_shop)

    @router.post("/v1/picks", summary="For many users at once")
    def picks_of(body: PicksBody) -> PicksAnswer:
        """What "for you" says to each user. Those for whom no time was left are listed: ask again for them."""
        return PicksAnswer.of(picks(shop(), body.user_ids, Question(body.limit, body.filter)))

    return router


def create_app(open_shop: Callable[[], Shop], digests: Callable[[], Sequence[str]]) -> FastAPI:
    """``digests`` are those of the secret keys; see :func:`shared.http.auth.secret_required`."""
    app = FastAPI(title="Vitrine: picks", docs_url=None, redoc_url=None)
    errors.install(app)
    app.include_router(create_router(open_shop, digests))
    return app
