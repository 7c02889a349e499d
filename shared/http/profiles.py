"""A person's profile as it travels."""

from typing import Self

from pydantic import Field

from shared.domain.declared import declared_record
from shared.domain.recommendations import Part
from shared.http.schemas import Answer
from shared.services.profile import KnownInterest, Profile


class MemberAnswer(Answer):
    id: str
    title: str = Field("", description="Empty where the product has left the catalogue")


class InterestAnswer(Answer):
    id: str = Field(description="For DELETE; the same for as long as the same products are in it")
    weight: float = Field(description="Its share of the taste; those of all interests come to 1")
    product_id: str = Field(description="The product that stands for it")
    sentence: str = Field(description="Where it comes from")
    members: list[MemberAnswer]

    @classmethod
    def of(cls, interest: KnownInterest) -> Self:
        titles = {each: product.title for each, product in interest.products.items()}
        return cls(
            id=interest.interest_id,
            weight=round(interest.weight, 6),
            product_id=interest.product_id,
            sentence=interest.sentence,
            members=[MemberAnswer(id=each, title=titles.get(each, "")) for each in interest.members],
        )


class SearchAnswer(Answer):
    query: str
    weight: float = Field(description="Its share of the words that lists go by")


class ProfileAnswer(Answer):
    interests: list[InterestAnswer] = Field(description="Heaviest first")
    searches: list[SearchAnswer] = Field(description="Searches that count: something came of them")
    declared: dict[str, object] = Field(description="What was said to be liked, while it has a part still")
    degraded: list[str] = Field([], description=f"Parts that it had to do without: {', '.join(Part)}")

    @classmethod
    def of(cls, profile: Profile) -> Self:
        return cls(
            interests=[InterestAnswer.of(each) for each in profile.interests],
            searches=[SearchAnswer(query=query, weight=round(each, 6)) for query, each in profile.searches.items()],
            declared=declared_record(profile.declared),
            degraded=[part.value for part in profile.degraded],
        )
