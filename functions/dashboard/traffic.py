"""Traffic over HTTP."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from shared.domain.traffic import Latency, Traffic
from shared.http import errors
from shared.ports import Clock, TrafficReader
from shared.services.traffic import MOST_MINUTES, traffic

Minutes = Annotated[int, Query(ge=1, le=MOST_MINUTES, description="How far back, rounded out to whole steps")]


class RouteAnswer(BaseModel):
    route: str
    requests: int
    errors: int | None
    p50_ms: float | None
    p99_ms: float | None


class StageAnswer(BaseModel):
    stage: str
    p50_ms: float | None
    p99_ms: float | None
    total_ms: float | None = Field(description="Over all requests together")


class StepAnswer(BaseModel):
    at: datetime
    requests: int
    errors: int | None
    p50_ms: float | None
    p99_ms: float | None


class SourceAnswer(BaseModel):
    source: str
    items: int = Field(description="In the answers, that it had a part in: several sources may have one in an item")
    share: float = Field(description="Of all such parts")


class TrafficAnswer(BaseModel):
    """What is null is not known."""

    since: datetime
    until: datetime
    step_seconds: int
    requests: int
    errors: int | None = Field(description="Answers of status 500 and above")
    routes: list[RouteAnswer] = Field(description="Most asked first; on AWS, the functions")
    stages: list[StageAnswer]
    series: list[StepAnswer]
    answers: int = Field(description="Lists of products among the requests")
    fallback_share: float | None = Field(description="Of the answers, those with something popular for want of better")
    degraded_share: float | None = Field(description="Of the answers, those made without a part that was down")
    cold_share: float | None = Field(description="Of the answers for you, those to people of whom nothing is known")
    sources: list[SourceAnswer]
    partial: bool = Field(description="Whether some of the time is not known of, such as that before a restart")

    @classmethod
    def of(cls, found: Traffic) -> "TrafficAnswer":
        parts = sum(found.sources.values())
        return cls(
            since=found.since,
            until=found.until,
            step_seconds=int(found.step.total_seconds()),
            requests=found.requests,
            errors=found.errors,
            routes=[RouteAnswer(route=each.name, errors=each.errors, **_asked(each.latency)) for each in found.routes],
            stages=[_stage(name, each) for name, each in found.stages.items()],
            series=[StepAnswer(at=each.at, errors=each.errors, **_asked(each.latency)) for each in found.series],
            answers=found.answers,
            fallback_share=found.fallback_share,
            degraded_share=found.degraded_share,
            cold_share=found.cold_share,
            sources=[SourceAnswer(source=name, items=n, share=n / parts) for name, n in found.sources.items() if n],
            partial=found.partial,
        )


def create_router(open_traffic: Callable[[], tuple[TrafficReader, Clock]]) -> APIRouter:
    """The route; ``open_traffic`` is called at the first request, not before."""
    router = APIRouter(tags=["dashboard"], responses=errors.PROBLEMS)
    opened = cache(open_traffic)

    @router.get("/v1/dashboard/traffic", summary="Requests, latency, and what answers are made of")
    def asked(minutes: Minutes = 60) -> TrafficAnswer:
        """Of the last minutes. What the dashboard itself asks is not counted."""
        reader, clock = opened()
        return TrafficAnswer.of(traffic(reader, minutes, clock.now()))

    return router


def _asked(latency: Latency) -> dict[str, Any]:
    return {"requests": latency.count, "p50_ms": latency.p50_ms, "p99_ms": latency.p99_ms}


def _stage(name: str, latency: Latency) -> StageAnswer:
    return StageAnswer(stage=name, p50_ms=latency.p50_ms, p99_ms=latency.p99_ms, total_ms=latency.total_ms)
