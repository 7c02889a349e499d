"""What the reindex routes take and answer."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from shared.services.reindexing import LONGEST_FEED, Outcome, Request, Run, Running, Status, shown


class ReindexBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    feed: str | None = Field(
        default=None,
        max_length=LONGEST_FEED,
        description="An https URL, or s3:// and a file below feeds/ of the shop's bucket; VITRINE_FEED where left out",
        examples=["https://shop.example/feed.xml"],
    )
    full: bool = Field(default=False, description="Make everything anew, out of nothing that an earlier run has left")


class AcceptedAnswer(BaseModel):
    request_id: str


class RequestAnswer(BaseModel):
    request_id: str
    feed: str = Field(description="Without a URL's query, which may hold a secret")
    at: datetime
    full: bool
    instead_of: list[str] = Field(description="Requests that this one took the place of before they were begun")

    @classmethod
    def of(cls, request: Request) -> Self:
        return cls(
            request_id=request.id,
            feed=shown(request.feed),
            at=request.at,
            full=request.full,
            instead_of=list(request.instead_of),
        )


class RunningAnswer(BaseModel):
    run: str
    request: RequestAnswer
    started_at: datetime

    @classmethod
    def of(cls, running: Running) -> Self:
        return cls(run=running.run, request=RequestAnswer.of(running.request), started_at=running.started_at)


class RunAnswer(RunningAnswer):
    outcome: Outcome
    seconds: float
    version: str = Field(description="The index version that it made live; empty for a run that failed")
    counts: dict[str, int]
    error: str = Field(description="What was wrong, for a run that failed")

    @classmethod
    def of_run(cls, run: Run) -> Self:
        return cls(
            run=run.run,
            request=RequestAnswer.of(run.request),
            started_at=run.started_at,
            outcome=run.outcome,
            seconds=run.seconds,
            version=run.version,
            counts=dict(run.counts),
            error=run.error,
        )


class StatusAnswer(BaseModel):
    wanted: RequestAnswer | None = Field(description="Asked for and not begun yet")
    running: RunningAnswer | None
    runs: list[RunAnswer] = Field(description="The last ones, newest first")

    @classmethod
    def of(cls, status: Status) -> Self:
        return cls(
            wanted=RequestAnswer.of(status.wanted) if status.wanted else None,
            running=RunningAnswer.of(status.running) if status.running else None,
            runs=[RunAnswer.of_run(run) for run in status.runs],
        )
