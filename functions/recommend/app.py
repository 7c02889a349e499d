"""The read path: what a shopper would like, what is like a product, what is trending. No encoder in here."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query

from functions.recommend import baskets, complements, lists, looks, products, profile, quiz, rerank
from shared.http import errors
from shared.http.callers import AUTHORISED, CallerOf
from shared.http.likes import RequestContext
from shared.http.parameters import MaybeUserId, PageQuestion, ProductId, UserId
from shared.http.schemas import HealthAnswer, RecommendationAnswer, SessionBody
from shared.services.health import health
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.session import Session
from shared.services.shop import Shop
from shared.services.similar import By, similar


def create_router(open_shop: Callable[[], Shop]) -> APIRouter:
    """The routes; ``open_shop`` is called at the first request, not before."""
    shop = cache(open_shop)
    router = APIRouter()
    router.include_router(_own(shop))
    for topic in (rerank, baskets, complements, lists, looks, products, quiz, profile):
        router.include_router(topic.create_router(shop))
    return router


def _own(shop: Callable[[], Shop]) -> APIRouter:
    """For you, similar, health."""
    router = APIRouter(tags=["recommend"], responses=errors.PROBLEMS)

    @router.get("/v1/users/{user_id:path}/recommendations", summary="For you")
    def recommendations(user_id: UserId, question: PageQuestion, context: RequestContext) -> RecommendationAnswer:
        """Products that follow the user's recent events, up to the last second, each with its reason."""
        return RecommendationAnswer.of(for_you(shop(), user_id, question, Session(context=context)))

    @router.post("/v1/recommendations", summary="For you, from a session")
    def session_recommendations(body: SessionBody, caller: CallerOf) -> RecommendationAnswer:
        """For a visitor who is not logged in, or whose last events are not stored yet. Nothing of it is stored."""
        caller.speaks_for(body.user_id)
        question = Question(body.limit, body.filter, body.cursor)
        session = Session(body.session, body.declared.declared(), body.context.context())
        return RecommendationAnswer.of(for_you(shop(), body.user_id, question, session))

    @router.get("/v1/products/{product_id:path}/similar", summary="Similar, or looks alike")
    def similar_products(
        product_id: ProductId,
        question: PageQuestion,
        by: Annotated[By, Query(description="all; text for meaning; image for looks alike")] = By.ALL,
        user_id: Annotated[MaybeUserId, Query(description="Leave out what is not for this user")] = "",
    ) -> RecommendationAnswer:
        """Products like this one, without itself and its variants."""
        return RecommendationAnswer.of(similar(shop(), product_id, by, question, user_id))

    @router.get("/health", summary="Is it up, and on what?")
    def state() -> HealthAnswer:
        """The live index version, its age, and the encoders that made it."""
        return HealthAnswer.of(health(shop()))

    return router


def create_app(open_shop: Callable[[], Shop]) -> FastAPI:
    app = FastAPI(title="Vitrine: recommend", docs_url=None, redoc_url=None, dependencies=AUTHORISED)
    errors.install(app)
    app.include_router(create_router(open_shop))
    return app
