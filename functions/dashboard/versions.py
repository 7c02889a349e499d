"""Index versions, the last reindexes, and how the live version compares with the one before, over HTTP."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Self

from fastapi import APIRouter
from pydantic import Field

from shared.domain.versions import Manifest
from shared.http import errors
from shared.http.schemas import Answer, EncoderAnswer
from shared.ports import BlobStore, Clock, IndexVersions, StateStore
from shared.services.reindexing import Request, Run, Status, shown
from shared.services.version_report import VersionReport, ended_at, version_report


class VersionAnswer(Answer):
    version: str
    as_of: datetime = Field(description="How old its feed is")
    made_at: datetime
    products: int
    encoders: dict[str, EncoderAnswer]

    @classmethod
    def of_manifest(cls, manifest: Manifest, **more: float) -> Self:
        return cls(
            version=manifest.version,
            as_of=manifest.offers_as_of,
            made_at=manifest.as_of,
            products=manifest.products,
            encoders={space.value: EncoderAnswer.of(encoder) for space, encoder in manifest.encoders.items()},
            **more,
        )


class LiveVersionAnswer(VersionAnswer):
    age_seconds: float = Field(description="Of its feed")


class ReasonCountAnswer(Answer):
    reason: str = Field(description="Without what stood in the rows")
    count: int
    example_line: int | None = Field(description="Line of the feed; null for a picture")


class ReindexAnswer(Answer):
    id: str
    state: str = Field(description="wanted, running, succeeded, failed or killed")
    asked_at: datetime
    ended_at: datetime | None
    feed: str = Field(description="Without a URL's query, which may hold a secret")
    version: str = Field(description="What it made live, or found unchanged; empty for one that failed")
    products: int | None
    rejected: int | None = Field(description="Rows and pictures that could not be used; null where that is not known")
    reject_reasons: list[ReasonCountAnswer] = Field(
        description="The most frequent first, of up to 10,000 that are listed"
    )
    error: str

    @classmethod
    def of_run(cls, run: Run) -> Self:
        reasons = [ReasonCountAnswer(reason=r.reason, count=r.count, example_line=r.example_line) for r in run.reasons]
        return cls(
            id=run.run,
            state=run.outcome.value,
            asked_at=run.request.at,
            ended_at=ended_at(run.started_at, run.seconds),
            feed=run.request.feed,
            version=run.version,
            products=run.counts.get("products"),
            rejected=_rejected(run),
            reject_reasons=reasons,
            error=run.error,
        )

    @classmethod
    def of_request(cls, request: Request, state: str, run: str) -> Self:
        return cls(
            id=run,
            state=state,
            asked_at=request.at,
            ended_at=None,
            feed=shown(request.feed),
            version="",
            products=None,
            rejected=None,
            reject_reasons=[],
            error="",
        )


class EvaluationAnswer(Answer):
    live: dict[str, float]
    previous: dict[str, float] | None
    measured_on: str
    verdict: str


class VersionsAnswer(Answer):
    live: LiveVersionAnswer | None
    versions: list[VersionAnswer] = Field(description="All that are kept, newest first")
    reindexes: list[ReindexAnswer] = Field(
        description="What is wanted, what is running, then the last runs, newest first"
    )
    evaluation: EvaluationAnswer | None = Field(description="null where nothing was measured; evaluated says why")
    evaluated: str = Field(description="The evaluation's verdict, or why there is none")

    @classmethod
    def of(cls, report: VersionReport) -> Self:
        age = report.age.total_seconds() if report.age is not None else 0.0
        return cls(
            live=LiveVersionAnswer.of_manifest(report.live, age_seconds=age) if report.live else None,
            versions=[VersionAnswer.of_manifest(each) for each in report.kept],
            reindexes=_reindexes(report.reindexes),
            evaluation=_evaluation(report),
            evaluated=report.verdict,
        )


def _reindexes(status: Status) -> list[ReindexAnswer]:
    waiting = [ReindexAnswer.of_request(status.wanted, "wanted", status.wanted.id)] if status.wanted else []
    if running := status.running:
        waiting.append(ReindexAnswer.of_request(running.request, "running", running.run))
    return [*waiting, *map(ReindexAnswer.of_run, status.runs)]


def _rejected(run: Run) -> int | None:
    """A run that failed counts what it listed."""
    if run.counts:
        return run.counts.get("bad_rows", 0) + run.counts.get("bad_images", 0)
    return sum(each.count for each in run.reasons) if run.reasons else None


def _evaluation(report: VersionReport) -> EvaluationAnswer | None:
    quality = report.compared.quality if report.compared else None
    if quality is None:
        return None
    return EvaluationAnswer(
        live=_metrics(quality.of_new),
        previous=_metrics(quality.of_live) or None,
        measured_on=report.measured_on,
        verdict=report.verdict,
    )


def _metrics(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in values.items()}


def create_router(open_stores: Callable[[], tuple[IndexVersions, BlobStore, StateStore, Clock]]) -> APIRouter:
    """The route; ``open_stores`` is called at the first request, not before."""
    router = APIRouter(tags=["dashboard"], responses=errors.PROBLEMS)
    opened = cache(open_stores)

    @router.get("/v1/dashboard/versions", summary="Index versions and reindexes")
    def versions() -> VersionsAnswer:
        """What is live and how old it is, how the last reindexes ended, and how the live version compares."""
        return VersionsAnswer.of(version_report(*opened()))

    return router
