"""The shop's book of themes over HTTP."""

from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.domain.themes import LARGEST, PLACEHOLDERS, Tone
from shared.http import errors
from shared.http.schemas import Answer
from shared.ports import BlobStore, Clock
from shared.services.theme_document import MOST_THEMES
from shared.services.themes import ThemeBook, apply_themes, current_themes, themes_record


class ThemeBookBody(BaseModel):
    """A whole book of themes; what the answer to a GET says is taken back."""

    model_config = ConfigDict(extra="forbid")

    snapshot: str | None = Field(None, description="Not used: the new book gets its own")
    themes: list[Any] = Field(
        max_length=MOST_THEMES,
        examples=[
            [
                {
                    "slug": "gifts-for-cooks",
                    "title": "Gifts under 30 for people who cook",
                    "prompt": "kitchen things for cooking and baking",
                    "filter": "price < 30",
                    "tone": "warm",
                    "audience": "people who cook",
                }
            ]
        ],
    )


class ThemeAnswer(Answer):
    slug: str
    title: str
    prompt: str | None = Field(None, description="What belongs to it, in words")
    product: str | None = Field(None, description="The id of a product: what belongs to it looks like that one")
    filter: str | None = Field(None, description="In the filter language")
    tone: Tone = Tone.PLAIN
    audience: str | None = Field(None, description="Whom it is for, as the story says it")
    story: str | None = Field(None, description=f"A template, with {', '.join(f'${each}' for each in PLACEHOLDERS)}")
    size: int = Field(LARGEST, description="Products at most")


class ThemeBookAnswer(Answer):
    snapshot: str = Field(description="Which book this is; empty where there was never one")
    themes: list[ThemeAnswer]

    @classmethod
    def of(cls, book: ThemeBook) -> "ThemeBookAnswer":
        return cls.model_validate(themes_record(book))


def create_router(open_blobs: Callable[[], tuple[BlobStore, Clock]]) -> APIRouter:
    """The routes; ``open_blobs`` is called at the first request, not before."""
    router = APIRouter(tags=["collections"], responses=errors.PROBLEMS)
    opened = cache(open_blobs)

    @router.get("/v1/collections/book", summary="The book of themes")
    def book() -> ThemeBookAnswer:
        """The themes as the shop wrote them; what shoppers get of them is at /v1/collections."""
        blobs, _ = opened()
        return ThemeBookAnswer.of(current_themes(blobs))

    @router.put("/v1/collections/book", summary="Replace the book of themes")
    def replace(body: ThemeBookBody) -> ThemeBookAnswer:
        """Puts the whole book in place of the one before; answers follow it within seconds.

        A book with anything wrong changes nothing.
        """
        blobs, clock = opened()
        return ThemeBookAnswer.of(apply_themes(blobs, body.model_dump(), clock.now()))

    return router
