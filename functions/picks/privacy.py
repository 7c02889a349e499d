"""A person's data as a whole: handed over, or erased. Here, where there is an index, a right to write, and time."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import Field

from shared.domain.errors import Unavailable
from shared.http import errors
from shared.http.parameters import CursorText, UserId
from shared.http.private import Who
from shared.http.profiles import ProfileAnswer
from shared.http.schemas import Answer
from shared.services.audit import note
from shared.services.export import NOT_INCLUDED, ExportPage, Kept, export
from shared.services.privacy import People, erase
from shared.services.profile import profile_of
from shared.services.shop import Shop


class ErasedAnswer(Answer):
    erased: bool = Field(description="That nothing of this user is taken in or used any more: true of every answer")
    more: bool = Field(description="Whether some of it is still stored: send the same again until it is false")


class KeptAnswer(Answer):
    consent: dict[str, bool] | None = Field(description="As it was said; null where nothing was")
    removed: dict[str, str] = Field(description="Products removed from the profile, each with the moment")
    guests: list[str] = Field(description="Guests that became this user")
    declared: list[dict[str, Any]] = Field(description="What was said to be liked, and by which id")
    segments: list[str] = Field(description="Kept segments that have the user, by name")

    @classmethod
    def of(cls, kept: Kept) -> Self:
        return cls.model_validate(kept.record())


class ExportAnswer(Answer):
    kept: KeptAnswer | None = Field(description="On the first page")
    profile: ProfileAnswer | None = Field(description="On the first page; null where no index is to be had")
    sends: list[dict[str, Any]] = Field(description="Emails, with what was picked for them and shown; oldest first")
    events: list[dict[str, Any]] = Field(description="Oldest first")
    not_included: list[str]
    cursor: str | None = Field(None, description="Ask again with it for the next page")

    @classmethod
    def of(cls, page: ExportPage, profile: ProfileAnswer | None) -> Self:
        return cls(
            kept=KeptAnswer.of(page.kept) if page.kept else None,
            profile=profile,
            sends=list(page.sends),
            events=list(page.events),
            not_included=list(NOT_INCLUDED),
            cursor=page.cursor,
        )


def create_router(open_people: Callable[[], People], open_shop: Callable[[], Shop]) -> APIRouter:
    """The routes; what they are given is called at the first request, not before."""
    router = APIRouter(tags=["privacy"], responses=errors.PROBLEMS)
    people, shop = cache(open_people), cache(open_shop)

    @router.get("/v1/users/{user_id:path}/export", summary="All that is kept of a user")
    def export_user(user_id: UserId, who: Who, cursor: Annotated[CursorText, Query()] = "") -> ExportAnswer:
        """Choices, declared likes, the profile, emails and events, in pages. Of who is not known it is empty."""
        page = export(people(), user_id, cursor)
        profile = None if cursor else _profile(shop(), user_id)
        count = len(page.events) + len(page.sends)
        note(people().blobs, people().clock.now(), "export", count=count, more=page.cursor is not None, **who)
        return ExportAnswer.of(page, profile)

    @router.delete("/v1/users/{user_id:path}", summary="Erase everything of a user")
    def erase_user(user_id: UserId, who: Who) -> ErasedAnswer:
        """Events, searches, likes, choices, emails, lines of campaign files and places in segments, of the user and of
        the guests that became the user. What occurred before and comes in later is not taken."""
        erased = erase(people(), user_id)
        note(people().blobs, people().clock.now(), "erase", count=erased.count, more=erased.more, **who)
        return ErasedAnswer(erased=True, more=erased.more)

    return router


def _profile(shop: Shop, user_id: str) -> ProfileAnswer | None:
    """What is kept is handed over with or without it: it is worked out of that."""
    try:
        return ProfileAnswer.of(profile_of(shop, user_id))
    except Unavailable:
        return None
