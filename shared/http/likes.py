"""What somebody declares to like, and the context of a request, as they travel."""

from typing import Annotated, Self

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from shared.domain.context import Context, Season
from shared.domain.declared import Budget, Declared
from shared.domain.quiz import MOST_CHOICES, MOST_OPTIONS, MOST_QUESTIONS
from shared.http.parameters import PRINTABLE, Country

_MOST_WORDS = 20
_HIGHEST_PRICE = 1e9
_Product = Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]
_Word = Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE)]
_Words = Annotated[list[_Word] | None, Field(max_length=_MOST_WORDS)]
_Price = Annotated[float | None, Field(ge=0, le=_HIGHEST_PRICE, allow_inf_nan=False)]

Campaign = Annotated[str, Field(max_length=100, pattern=PRINTABLE, description="The campaign that led here")]
Device = Annotated[
    str, Field(max_length=32, pattern=PRINTABLE, description="As events say it: mobile, desktop, tablet")
]
Hour = Annotated[int | None, Field(ge=0, le=23, description="In UTC; now, when left out")]
Quarter = Annotated[Season | None, Field(description="As north of the equator; now, when left out")]
Referrer = Annotated[
    str, Field(max_length=128, pattern=PRINTABLE, description="The product whose page led here: it was looked at")
]


class QuizAnswerBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=64, pattern=PRINTABLE)
    chosen: list[_Product] = Field([], max_length=MOST_CHOICES, description="Products of the options that were chosen")
    not_for_me: list[_Product] = Field([], max_length=MOST_OPTIONS, description="Those that were turned down")


class BudgetBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    min: _Price = None
    max: _Price = None
    currency: str = Field("", description="ISO 4217, in any case; empty for the shop's")

    @field_validator("currency")
    @classmethod
    def _is_a_code(cls, currency: str) -> str:
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise ValueError("give the three letters of ISO 4217, such as EUR")
        return currency.upper()

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a budget needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self


class LikesBody(BaseModel):
    """Words as the catalogue has them, in any case. A field left out stays as it was; an empty one is taken back."""

    model_config = ConfigDict(extra="forbid")

    categories: _Words = None
    brands: _Words = None
    colours: _Words = None
    sizes: _Words = None
    budget: BudgetBody | None = None


class DeclaredBody(BaseModel):
    """Quiz answers and declared likes."""

    model_config = ConfigDict(extra="forbid")

    answers: list[QuizAnswerBody] | None = Field(
        default=None, max_length=MOST_QUESTIONS, examples=[[{"question": "q1", "chosen": ["P0001"]}]]
    )
    likes: LikesBody = Field(
        default_factory=LikesBody, examples=[{"colours": ["blue"], "budget": {"max": 50, "currency": "EUR"}}]
    )

    @field_validator("answers")
    @classmethod
    def _each_question_once(cls, answers: list[QuizAnswerBody] | None) -> list[QuizAnswerBody] | None:
        asked = [each.question for each in answers or ()]
        if repeated := next((each for each in asked if asked.count(each) > 1), ""):
            raise ValueError(f"question '{repeated}' is answered twice")
        return answers

    def declared(self) -> Declared:
        """What was chosen once is chosen, also where another answer turns it down."""
        likes, answers = self.likes, self.answers
        picked = None if answers is None else tuple(dict.fromkeys(each for one in answers for each in one.chosen))
        turned_down = None
        if answers is not None:
            down = dict.fromkeys(each for one in answers for each in one.not_for_me)
            turned_down = tuple(each for each in down if each not in (picked or ()))
        budget = likes.budget
        return Declared(
            picked=picked,
            turned_down=turned_down,
            categories=_tuple(likes.categories),
            brands=_tuple(likes.brands),
            colours=_tuple(likes.colours),
            sizes=_tuple(likes.sizes),
            budget=Budget(budget.min, budget.max, budget.currency) if budget else None,
        )


class ContextBody(BaseModel):
    """Where, on what, led by what and when the visitor comes; whatever is left out is not known."""

    model_config = ConfigDict(extra="forbid")

    referrer_product: Referrer = ""
    campaign: Campaign = ""
    country: Country = ""
    device: Device = ""
    hour: Hour = None
    season: Quarter = None

    def context(self) -> Context:
        return Context(self.referrer_product, self.campaign, self.country, self.device, self.hour, self.season)


def _context(
    referrer_product: Annotated[Referrer, Query()] = "",
    campaign: Annotated[Campaign, Query()] = "",
    country: Annotated[Country, Query()] = "",
    device: Annotated[Device, Query()] = "",
    hour: Annotated[Hour, Query()] = None,
    season: Annotated[Quarter, Query()] = None,
) -> Context:
    return Context(referrer_product, campaign, country, device, hour, season)


RequestContext = Annotated[Context, Depends(_context)]


def _tuple(words: list[str] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(dict.fromkeys(words))
