"""What search answers."""

from typing import Self

from pydantic import Field

from shared.domain.understanding.understood import Constraint, Understood
from shared.http.schemas import Answer, ItemAnswer, RecommendationAnswer
from shared.services.search import Detail, Found

_NO_DETAIL = Detail()


class ConstraintAnswer(Answer):
    words: str = Field(description="As they were typed")
    field: str = Field(description="The field of the filter language; empty for words of a product's own text")
    negated: bool = False

    @classmethod
    def of(cls, constraint: Constraint) -> Self:
        field = constraint.field.value if constraint.field else ""
        return cls(words=constraint.words, field=field, negated=constraint.negated)


class InterpretedAnswer(Answer):
    words: str = Field(description="What is left to rank by")
    constraints: list[ConstraintAnswer]
    corrections: dict[str, str] = Field(description="Words as typed, and what they were taken for")

    @classmethod
    def of(cls, understood: Understood) -> Self:
        constraints = [ConstraintAnswer.of(each) for each in understood.constraints]
        return cls(words=understood.words, constraints=constraints, corrections=dict(understood.corrections))


class FoundItemAnswer(ItemAnswer):
    parts: dict[str, float] | None = Field(None, description="With explain: what each source adds to the score")

    @classmethod
    def of_found(cls, item: ItemAnswer, detail: Detail, explain: bool) -> Self:
        parts = {name: round(share, 6) for name, share in detail.parts.items()} if explain else None
        return cls(**dict(item), parts=parts)


class SearchAnswer(RecommendationAnswer):
    items: list[FoundItemAnswer]
    interpreted: InterpretedAnswer = Field(description="What was understood of the text")
    relaxed: list[ConstraintAnswer] = Field(description="Guesses that were given up, because nothing met them all")

    @classmethod
    def of_found(cls, found: Found, explain: bool) -> Self:
        answer = RecommendationAnswer.of(found.list)
        items = [
            FoundItemAnswer.of_found(item, found.details.get(item.id, _NO_DETAIL), explain) for item in answer.items
        ]
        return cls(
            **{**dict(answer), "items": items},
            interpreted=InterpretedAnswer.of(found.understood),
            relaxed=[ConstraintAnswer.of(each) for each in found.relaxed],
        )
