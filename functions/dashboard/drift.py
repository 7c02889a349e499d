"""Drift of tastes and of the catalogue, over HTTP."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field

from functions.dashboard.why_answers import rounded
from shared.domain.drift import TasteDrift
from shared.domain.spaces import Space
from shared.http import errors
from shared.http.schemas import Answer
from shared.ports import BlobStore
from shared.services.drift import LONGEST_DAYS, Drift, drift
from shared.services.shop import Shop


class KindAnswer(Answer):
    kind: str = Field(description="The narrowest category")
    before: float = Field(description="Its share of telling events then")
    now: float


class TasteDriftAnswer(Answer):
    distance: float | None = Field(description="Jensen-Shannon, in [0, 1]; null for too few events to tell")
    chance: float | None = Field(description="Probability of such a distance between days that do not differ")
    verdict: str
    before_events: int
    now_events: int
    kinds: list[KindAnswer] = Field(description="What grew most, then what shrank most")

    @classmethod
    def of(cls, tastes: TasteDrift) -> Self:
        return cls(
            distance=rounded(tastes.distance),
            chance=tastes.chance,
            verdict=tastes.verdict,
            before_events=tastes.before_events,
            now_events=tastes.now_events,
            kinds=[
                KindAnswer(kind=each.kind, before=round(each.before, 6), now=round(each.now, 6))
                for each in tastes.kinds
            ],
        )


class CatalogueDriftAnswer(Answer):
    """The live version beside the one that it took the place of, as measured when it was published."""

    previous: str | None
    added: int | None
    removed: int | None
    changed: int | None
    text_shift: float | None = Field(description="Of the vectors' centre, in units of their spread; null: not measured")
    image_shift: float | None
    verdict: str

    @classmethod
    def of(cls, found: Drift) -> Self:
        change = found.compared.change if found.compared else None
        shifts = change.shifts if change else {}
        return cls(
            previous=found.compared.previous or None if found.compared else None,
            added=change.added if change else None,
            removed=change.removed if change else None,
            changed=change.changed if change else None,
            text_shift=rounded(shifts.get(Space.TEXT)),
            image_shift=rounded(shifts.get(Space.IMAGE)),
            verdict=found.verdict,
        )


class DriftAnswer(Answer):
    tastes: TasteDriftAnswer
    catalogue: CatalogueDriftAnswer


def create_router(open_shop: Callable[[], tuple[Shop, BlobStore]]) -> APIRouter:
    """The route; ``open_shop`` is called at the first request, not before."""
    router = APIRouter(tags=["dashboard"], responses=errors.PROBLEMS)
    opened = cache(open_shop)

    @router.get("/v1/dashboard/drift", summary="Drift of tastes and catalogue")
    def drifts(days: Annotated[int, Query(ge=1, le=LONGEST_DAYS)] = 7) -> DriftAnswer:
        """Tastes of the last days beside four times as many before them; the live version beside the one before it."""
        found = drift(*opened(), days)
        return DriftAnswer(tastes=TasteDriftAnswer.of(found.tastes), catalogue=CatalogueDriftAnswer.of(found))

    return router
