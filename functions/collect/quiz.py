"""What newcomers answer: a taste before there is any event."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field

from shared.domain.declared import Declared
from shared.http import errors
from shared.http.callers import CallerOf
from shared.http.likes import DeclaredBody
from shared.http.parameters import PRINTABLE
from shared.http.schemas import Answer
from shared.services.quiz import Profiles, Understood, take_answers


class QuizAnswersBody(DeclaredBody):
    """Whose taste it is, and what is said of it."""

    user_id: Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]


class BudgetAnswer(Answer):
    min: float | None
    max: float | None
    currency: str


class TasteAnswer(Answer):
    chosen: list[str] = Field(description="Product ids")
    not_for_me: list[str] = Field(description="Product ids")
    categories: list[str]
    brands: list[str]
    colours: list[str]
    sizes: list[str]
    budget: BudgetAnswer | None

    @classmethod
    def of(cls, taste: Declared) -> Self:
        budget = taste.budget
        return cls(
            chosen=list(taste.picked or ()),
            not_for_me=list(taste.turned_down or ()),
            categories=list(taste.categories or ()),
            brands=list(taste.brands or ()),
            colours=list(taste.colours or ()),
            sizes=list(taste.sizes or ()),
            budget=BudgetAnswer(min=budget.least, max=budget.most, currency=budget.currency) if budget else None,
        )


class IgnoredAnswer(Answer):
    field: str = Field(description="chosen, not_for_me, categories, brands, colours or sizes")
    value: str


class UnderstoodAnswer(Answer):
    taste: TasteAnswer = Field(description="All that this user has declared by now")
    ignored: list[IgnoredAnswer] = Field(description="What of this request the catalogue does not have")
    kept: bool = Field(True, description="Whether it is remembered; without leave to, taste is this request's alone")

    @classmethod
    def of(cls, understood: Understood) -> Self:
        ignored = [IgnoredAnswer(field=each.field, value=each.value) for each in understood.ignored]
        return cls(taste=TasteAnswer.of(understood.taste), ignored=ignored, kept=understood.kept)


def create_router(open_profiles: Callable[[], Profiles]) -> APIRouter:
    """The routes; ``open_profiles`` is called at the first request, not before."""
    router = APIRouter(tags=["collect"], responses=errors.PROBLEMS)
    profiles = cache(open_profiles)

    @router.post("/v1/quiz/answers", summary="Answer the quiz, declare likes")
    def answers(body: QuizAnswersBody, caller: CallerOf) -> UnderstoodAnswer:
        """The very next answer for this user knows of it; it counts less with every event of theirs."""
        caller.speaks_for(body.user_id)
        return UnderstoodAnswer.of(take_answers(profiles(), body.user_id, body.declared()))

    return router
