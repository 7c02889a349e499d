"""Collections over HTTP. They are found by search, so they live where the encoder is."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query

from functions.search.collection_schemas import (
    CollectionPageAnswer,
    CollectionsAnswer,
    ShareAnswer,
    ShareBody,
    SharedAnswer,
)
from shared.domain.share_token import LONGEST_TOKEN
from shared.domain.themes import LARGEST, SLUG
from shared.http import errors
from shared.http.callers import CallerOf
from shared.http.parameters import CursorText, MaybeUserId
from shared.services.collections import collection, collections, opened, share
from shared.services.pages import Question
from shared.services.query_encoders import PromptEncoders, QueryEncoders
from shared.services.session import Session
from shared.services.shop import Shop
from shared.services.theme_document import MOST_THEMES
from shared.services.theme_pools import ThemeFinder

Slug = Annotated[str, Path(pattern=f"^{SLUG.pattern}$", description="As the book of themes names it")]
Reader = Annotated[MaybeUserId, Query(description="Whose taste has a share in the order; empty for a guest")]


def create_router(open_search: Callable[[], tuple[Shop, QueryEncoders]]) -> APIRouter:
    """The routes; ``open_search`` is called at the first request, not before."""
    router = APIRouter(tags=["collections"], responses=errors.PROBLEMS)

    @cache
    def desk() -> tuple[Shop, ThemeFinder]:
        shop, encoders = open_search()
        return shop, ThemeFinder(PromptEncoders(encoders))

    @router.get("/v1/collections", summary="Collections")
    def cards(
        user_id: Reader = "",
        limit: Annotated[int, Query(ge=1, le=MOST_THEMES, description="How many collections at most")] = 12,
    ) -> CollectionsAnswer:
        """The shop's themes as cards, each with its first products, those to the reader's taste first."""
        return CollectionsAnswer.of(collections(*desk(), limit, user_id))

    @router.get("/v1/collections/{slug}", summary="A collection")
    def page(
        slug: Slug,
        user_id: Reader = "",
        limit: Annotated[int, Query(ge=1, le=LARGEST, description="How many products at most")] = LARGEST,
        cursor: Annotated[CursorText, Query()] = "",
    ) -> CollectionPageAnswer:
        """Three to twelve products that fit the theme, or none."""
        return CollectionPageAnswer.of_page(collection(*desk(), slug, Question(limit, "", cursor), user_id))

    @router.post("/v1/collections/{slug}/share", summary="Share a collection")
    def hand_on(slug: Slug, body: ShareBody, caller: CallerOf) -> ShareAnswer:
        """A token for the collection as the reader has it now. Nothing is stored, and nothing of the reader is in it.

        Whoever wants it counted sends a share event with the collection's slug.
        """
        caller.speaks_for(body.user_id)
        token = share(*desk(), slug, body.user_id, Session(body.session))
        return ShareAnswer(token=token, path=f"/v1/shared/{token}")

    @router.get("/v1/shared/{token}", summary="A shared collection")
    def shared(token: Annotated[str, Path(max_length=LONGEST_TOKEN, description="From a share link")]) -> SharedAnswer:
        """The products that were shared, in the same order, for whoever has the link."""
        shop, _ = desk()
        return SharedAnswer.of(opened(shop, token))

    return router
