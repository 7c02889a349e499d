"""Suggestions over HTTP: asked with every letter, so they want no encoder and one look into the store."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field

from shared.domain.suggesting import LONGEST_TYPED_TEXT
from shared.http import errors
from shared.http.parameters import MaybeUserId
from shared.http.schemas import Answer
from shared.services.query_encoders import QueryEncoders
from shared.services.shop import Shop
from shared.services.suggest import MOST_SUGGESTIONS, Suggested, Suggester, Suggestion


class SuggestionAnswer(Answer):
    kind: str = Field(description="search, category, brand or product")
    text: str = Field(description="To show, and for a search to send to POST /v1/search as its text")
    filter: str | None = Field(None, description="Of a category or brand: the filter that lists its products")
    product_id: str | None = Field(None, description="Of a product: which one")
    typed: list[tuple[int, int]] = Field(
        description="Ranges of the text that were typed: first character, and one past the last, in code points"
    )

    @classmethod
    def of(cls, suggestion: Suggestion) -> Self:
        return cls(
            kind=suggestion.kind.name.lower(),
            text=suggestion.text,
            filter=suggestion.filter or None,
            product_id=suggestion.product_id or None,
            typed=list(suggestion.typed),
        )


class SuggestAnswer(Answer):
    suggestions: list[SuggestionAnswer] = Field(description="Best first, each text once")
    index_version: str = Field(description="Empty where no index could be had")
    degraded: list[str] = Field([], description="As in every answer: the parts that it had to do without")

    @classmethod
    def of(cls, suggested: Suggested) -> Self:
        return cls(
            suggestions=[SuggestionAnswer.of(each) for each in suggested.suggestions],
            index_version=suggested.version,
            degraded=[part.value for part in suggested.degraded],
        )


def create_router(open_search: Callable[[], tuple[Shop, QueryEncoders]]) -> APIRouter:
    """The route; ``open_search`` is called at the first request, not before."""
    router = APIRouter(tags=["search"], responses=errors.PROBLEMS)

    @cache
    def desk() -> Suggester:
        return Suggester(open_search()[0])

    @router.get("/v1/suggest", summary="Suggestions while somebody types")
    def suggestions(
        q: Annotated[str, Query(max_length=LONGEST_TYPED_TEXT, description="What has been typed so far")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_SUGGESTIONS, description="How many suggestions at most")] = 8,
        user_id: Annotated[MaybeUserId, Query(description="Whose categories and brands come first; or empty")] = "",
    ) -> SuggestAnswer:
        """Categories, brands, products and past searches that the typed words begin; without any, what is popular."""
        return SuggestAnswer.of(desk().suggest(q, limit, user_id))

    return router
