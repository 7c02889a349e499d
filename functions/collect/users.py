"""Guests who log in."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.http import errors
from shared.http.callers import CallerOf
from shared.http.parameters import PRINTABLE
from shared.services.consent import Keeping
from shared.services.merging import Merged, merge_guest

_Id = Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]


class MergeBody(BaseModel):
    """A guest, and the user that the guest turns out to be."""

    model_config = ConfigDict(extra="forbid")

    anonymous_id: _Id = Field(description="As the events had it, with or without anon: before it", examples=["c-81f0"])
    user_id: _Id = Field(examples=["shopper-001"])


class MergeAnswer(BaseModel):
    model_config = ConfigDict(frozen=True)

    moved: int = Field(description="Events that are the user's now")
    more: bool = Field(description="Whether the guest may have more of them: send the same again")

    @classmethod
    def of(cls, merged: Merged) -> Self:
        return cls(moved=merged.moved, more=merged.more)


def create_router(open_keeping: Callable[[], Keeping]) -> APIRouter:
    """The routes; ``open_keeping`` is called at the first request, not before."""
    router = APIRouter(tags=["users"], responses=errors.PROBLEMS)
    opened = cache(open_keeping)

    @router.post("/v1/users/merge", summary="Make a guest's events the user's")
    def merge(body: MergeBody, caller: CallerOf) -> MergeAnswer:
        """To be sent at every login: the next answer knows what the guest did, has in the cart and likes.

        It may be sent again, and then moves what has come in since; a thousand events at a time. What the guest has
        refused, the user has refused from then on.
        """
        caller.speaks_for(body.user_id)
        return MergeAnswer.of(merge_guest(opened(), body.anonymous_id, body.user_id))

    return router
