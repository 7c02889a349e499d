"""What search answers."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from functions.search.detail_answers import FacetAnswer, HighlightsAnswer
from shared.domain.filters import Filter
from shared.domain.sorting import Sort
from shared.domain.understanding.understood import Constraint, Understood
from shared.http.schemas import Answer, ItemAnswer, RecommendationAnswer
from shared.services.details import Detail
from shared.services.filter_language import filter_text
from shared.services.search import Found

_NO_DETAIL = Detail()


class ConstraintAnswer(Answer):
    words: str = Field(description="As they were typed; empty for what of the product in like is to stay as it is")
    field: str = Field(description="Of the filter language; empty for words of a product's own text")
    filter: str = Field("", description="The same in the filter language, where that can say it")
    negated: bool = False
    applied: bool = Field(True, description="Whether products were held to it; a foreign currency's price is not")

    @classmethod
    def of(cls, constraint: Constraint) -> Self:
        return cls(
            words=constraint.words,
            field=constraint.field.value if constraint.field else "",
            filter=written(constraint.condition),
            negated=constraint.negated,
            applied=constraint.applied,
        )


def written(condition: Filter | None) -> str:
    """In the filter language; empty where that cannot say it."""
    try:
        return "" if condition is None else filter_text(condition)
    except ValueError:
        return ""


class InterpretedAnswer(Answer):
    words: str = Field(description="What is left to rank by")
    constraints: list[ConstraintAnswer]
    corrections: dict[str, str] = Field(description="Words as typed, and what they were taken for")
    sort: Sort = Field(Sort.RELEVANCE, description="The order that they ask for: cheapest, newest, on sale …")

    @classmethod
    def of(cls, understood: Understood, constraints: Sequence[Constraint]) -> Self:
        return cls(
            words=understood.words,
            constraints=[ConstraintAnswer.of(each) for each in constraints],
            corrections=dict(understood.corrections),
            sort=understood.sort,
        )


class FoundItemAnswer(ItemAnswer):
    highlights: HighlightsAnswer = Field(description="Where words of the search stand in it; nothing is marked up")
    parts: dict[str, float] | None = Field(
        None, description="With explain: what each source adds to the score; they add up to it"
    )
    met: list[str] | None = Field(
        None, description="With explain: what of `interpreted.constraints` is true of it, given up or not, in words"
    )

    @classmethod
    def of_found(cls, item: ItemAnswer, detail: Detail, explain: bool) -> Self:
        return cls(
            **dict(item),
            highlights=HighlightsAnswer.of(detail.highlights),
            parts={name: round(share, 6) for name, share in detail.parts.items()} if explain else None,
            met=[each.words or written(each.condition) for each in detail.met] if explain else None,
        )


class SearchAnswer(RecommendationAnswer):
    items: list[FoundItemAnswer]
    interpreted: InterpretedAnswer = Field(description="What was understood of the text")
    relaxed: list[ConstraintAnswer] = Field(description="Guesses that were given up, because nothing met them all")
    facets: list[FacetAnswer] = Field([], description="In the order asked; counted at this moment, over all pages")

    @classmethod
    def of_found(cls, found: Found, explain: bool) -> Self:
        answer = RecommendationAnswer.of(found.list)
        items = [
            FoundItemAnswer.of_found(item, found.details.get(item.id, _NO_DETAIL), explain) for item in answer.items
        ]
        return cls(
            **{**dict(answer), "items": items},
            interpreted=InterpretedAnswer.of(found.understood, found.constraints),
            relaxed=[ConstraintAnswer.of(each) for each in found.given_up],
            facets=[FacetAnswer.of(each) for each in found.facets],
        )
