"""What became of picks, over HTTP: sent, or not."""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.http import errors
from shared.http.parameters import PRINTABLE
from shared.http.schemas import Answer
from shared.ports import Clock, SendStore
from shared.services.sends import MOST_USERS, confirm, undo


class Action(StrEnum):
    CONFIRM = "confirm"
    UNDO = "undo"


class SendsBody(BaseModel):
    """Whose picks of a campaign were sent after all, or were not."""

    model_config = ConfigDict(extra="forbid")

    campaign: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", examples=["spring-2026"])
    action: Action = Field(description="confirm: they count as shown from now on. undo: as if they were never made")
    user_ids: list[Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]] = Field(
        min_length=1, max_length=MOST_USERS, examples=[["shopper-001", "shopper-002"]]
    )


class SendsAnswer(Answer):
    campaign: str
    action: Action
    sends: int = Field(description="For how many of these users the campaign had picks")
    without: int = Field(description="For how many it had none: not made yet, undone already, or forgotten")


def create_router(open_ledger: Callable[[], tuple[SendStore, Clock]]) -> APIRouter:
    """The route; ``open_ledger`` is called at the first request, not before."""
    router = APIRouter(tags=["picks"], responses=errors.PROBLEMS)
    ledger = cache(open_ledger)

    @router.post("/v1/sends", summary="Say that picks were sent, or were not")
    def settle(body: SendsBody) -> SendsAnswer:
        """Saying it again does no harm. What was confirmed can be undone: its pictures then show nothing any more."""
        sends, clock = ledger()
        users = list(dict.fromkeys(body.user_ids))
        if body.action is Action.CONFIRM:
            found = confirm(sends, body.campaign, users, clock.now())
        else:
            found = undo(sends, body.campaign, users)
        return SendsAnswer(campaign=body.campaign, action=body.action, sends=found, without=len(users) - found)

    return router
