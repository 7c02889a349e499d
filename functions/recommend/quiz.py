"""The newcomers' quiz over HTTP."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field

from shared.domain.filters import FilterField
from shared.domain.quiz import MOST_QUESTIONS
from shared.http import errors
from shared.http.schemas import Answer, ProductAnswer
from shared.services.quiz import ShownQuiz, quiz
from shared.services.shop import Shop

_USUAL = 5


class OptionAnswer(Answer):
    id: str = Field(description="The product shown: name it in the answer to choose this option")
    product: ProductAnswer


class QuestionAnswer(Answer):
    id: str
    text: str
    most_choices: int = Field(description="Options that may be chosen at most")
    options: list[OptionAnswer]


class LikesAnswer(Answer):
    """The words that the catalogue has most of, to offer as likes."""

    categories: list[str]
    brands: list[str]
    colours: list[str]
    sizes: list[str]


class QuizAnswer(Answer):
    quiz_id: str = Field(description="Changes with the questions; empty where there are none")
    questions: list[QuestionAnswer]
    likes: LikesAnswer
    index_version: str = Field(description="Empty where no index could be had")
    degraded: list[str] = Field([], description="As in every answer: the parts that it had to do without")

    @classmethod
    def of(cls, shown: ShownQuiz) -> Self:
        def words(where: FilterField) -> list[str]:
            return list(shown.words.get(where, ()))

        return cls(
            quiz_id=shown.id,
            questions=[
                QuestionAnswer(
                    id=each.id,
                    text=each.text,
                    most_choices=each.most_choices,
                    options=[OptionAnswer(id=option.id, product=ProductAnswer.of(option)) for option in each.options],
                )
                for each in shown.questions
            ],
            likes=LikesAnswer(
                categories=words(FilterField.CATEGORY),
                brands=words(FilterField.BRAND),
                colours=words(FilterField.COLOUR),
                sizes=words(FilterField.SIZE),
            ),
            index_version=shown.version,
            degraded=[part.value for part in shown.degraded],
        )


def create_router(open_shop: Callable[[], Shop]) -> APIRouter:
    router = APIRouter(tags=["recommend"], responses=errors.PROBLEMS)
    shop = cache(open_shop)

    @router.get("/v1/quiz", summary="A quiz for newcomers")
    def questions(
        limit: Annotated[int, Query(ge=1, le=MOST_QUESTIONS, description="How many questions at most")] = _USUAL,
    ) -> QuizAnswer:
        """Picture questions made of the catalogue; POST /v1/quiz/answers takes the answers."""
        return QuizAnswer.of(quiz(shop(), limit))

    return router
