"""What came of the answers, over HTTP."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from shared.domain.outcomes import Outcomes, Tally
from shared.http import errors
from shared.ports import Clock, EventStore
from shared.services.outcomes import MOST_DAYS, outcomes

Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="Days (UTC), today among them")]


class TallyAnswer(BaseModel):
    scenario: str
    impressions: int
    clicks: int
    add_to_cart: int
    purchases: int


class ScenarioAnswer(TallyAnswer):
    ctr: float | None = Field(description="Clicks for each impression; null where there was none")
    add_to_cart_rate: float | None = Field(description="For each click; null where there was none")
    purchase_rate: float | None = Field(description="For each click; null where there was none")


class DayAnswer(TallyAnswer):
    day: date


class OutcomesAnswer(BaseModel):
    since: date
    until: date = Field(description="The last of the days, which is today")
    events: dict[str, int] = Field(description="By type, of products and shared collections, with an answer or without")
    scenarios: list[ScenarioAnswer] = Field(description="Of events that name an answer, by the list that it was")
    days: list[DayAnswer]

    @classmethod
    def of(cls, found: Outcomes) -> "OutcomesAnswer":
        return cls(
            since=found.since,
            until=found.until,
            events={type_.value: count for type_, count in found.events.items()},
            scenarios=[
                ScenarioAnswer(
                    scenario=scenario.value,
                    **_counts(tally),
                    ctr=tally.ctr,
                    add_to_cart_rate=tally.add_to_cart_rate,
                    purchase_rate=tally.purchase_rate,
                )
                for scenario, tally in found.scenarios.items()
            ],
            days=[
                DayAnswer(day=day, scenario=scenario.value, **_counts(tally))
                for (day, scenario), tally in found.days.items()
            ],
        )


def create_router(open_events: Callable[[], tuple[EventStore, Clock]]) -> APIRouter:
    """The route; ``open_events`` is called at the first request, not before."""
    router = APIRouter(tags=["dashboard"], responses=errors.PROBLEMS)
    opened = cache(open_events)

    @router.get("/v1/dashboard/outcomes", summary="Clicks, carts and purchases by list")
    def followed(days: Days = 7) -> OutcomesAnswer:
        """Counts of everybody's events; those that are for their user's own lists alone are not among them."""
        events, clock = opened()
        return OutcomesAnswer.of(outcomes(events, days, clock.now()))

    return router


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "impressions": tally.impressions,
        "clicks": tally.clicks,
        "add_to_cart": tally.add_to_cart,
        "purchases": tally.purchases,
    }
