"""Removing one interest of a person."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from shared.http import errors
from shared.http.parameters import UserId
from shared.http.private import Who
from shared.http.schemas import Answer
from shared.ports import BlobStore, Clock, EventStore, StateStore
from shared.services.audit import note
from shared.services.interests import ID_PATTERN, LONGEST_ID, remove_interest

InterestId = Annotated[
    str, Path(max_length=LONGEST_ID, pattern=ID_PATTERN, description="As the profile names the interest")
]
Stores = tuple[EventStore, StateStore, BlobStore, Clock]


class RemovedAnswer(Answer):
    removed: int = Field(description="Products that no longer count for what this user likes")


def create_router(open_stores: Callable[[], Stores]) -> APIRouter:
    """The routes; ``open_stores`` is called at the first request, not before."""
    router = APIRouter(tags=["privacy"], responses=errors.PROBLEMS)
    stores = cache(open_stores)

    @router.delete("/v1/users/{user_id:path}/profile/interests/{interest_id}", summary="Remove one interest")
    def remove(user_id: UserId, interest_id: InterestId, who: Who) -> RemovedAnswer:
        """What was done to its products until now counts no longer, from the very next answer on."""
        events, state, blobs, clock = stores()
        removed = remove_interest(events, state, clock, user_id, interest_id)
        note(blobs, clock.now(), "interest-removed", products=removed, **who)
        return RemovedAnswer(removed=removed)

    return router
