"""How collections travel."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.recommendations import RecommendedProduct
from shared.domain.themes import ENOUGH_TO_TELL, proof_of_purchases
from shared.http.parameters import MaybeUserId
from shared.http.schemas import Answer, ItemAnswer
from shared.services.collections import Cards, Collection, Shared
from shared.services.session import LONGEST_SESSION


class ShareBody(BaseModel):
    """Whose collection is to be shared, as that reader has it."""

    model_config = ConfigDict(extra="forbid")

    user_id: MaybeUserId = Field("", description="Empty for a guest; it is not in the link")
    session: list[Any] = Field([], max_length=LONGEST_SESSION, description="Events, as for a guest's recommendations")


class CollectionItemAnswer(ItemAnswer):
    social_proof: str = Field("", description="How often it was bought this week, where that was often enough to tell")

    @classmethod
    def of_set(cls, item: RecommendedProduct, bought: int) -> Self:
        known = ItemAnswer.of(item)
        return cls(**dict(known), social_proof=proof_of_purchases(bought))


class CollectionAnswer(Answer):
    slug: str
    title: str
    story: str = Field(description="One line of plain text; the numbers in it are of the whole collection")
    count: int = Field(description="Products in the whole collection: 3 to 12, or none")
    items: list[CollectionItemAnswer]
    social_proof: str = Field("", description="How often all of its products were bought this week")
    shares: int | None = Field(None, description="How often it was shared, where that was often enough to tell")

    @classmethod
    def of(cls, collection: Collection, **more: object) -> Self:
        bought = dict(collection.bought)
        return cls(
            slug=collection.theme.slug,
            title=collection.theme.title,
            story=collection.story,
            count=collection.count,
            items=[
                CollectionItemAnswer.of_set(item, bought.get(item.product.id, 0)) for item in collection.found.items
            ],
            social_proof=proof_of_purchases(sum(bought.values())),
            shares=collection.shares if collection.shares >= ENOUGH_TO_TELL else None,
            **more,
        )


class CollectionsAnswer(Answer):
    recommendation_id: str = Field(description="Carry it back in the events that follow from this answer")
    collections: list[CollectionAnswer] = Field(description="Each with its first three products")
    index_version: str
    degraded: list[str] = Field([], description="Parts that it had to do without, as in every list, and themes")

    @classmethod
    def of(cls, cards: Cards) -> Self:
        return cls(
            recommendation_id=cards.found.recommendation_id,
            collections=[CollectionAnswer.of(each) for each in cards.collections],
            index_version=cards.found.version,
            degraded=[part.value for part in cards.found.degraded],
        )


class CollectionPageAnswer(CollectionAnswer):
    recommendation_id: str = Field(description="Carry it back in the events that follow from this answer")
    share: str = Field(description="The token that opens this very collection, whole, at /v1/shared/TOKEN")
    cursor: str | None = Field(None, description="Ask again with it for the next page, which repeats nothing")
    index_version: str
    degraded: list[str] = Field([], description="Parts that it had to do without, as in every list, and themes")

    @classmethod
    def of_page(cls, collection: Collection) -> Self:
        found = collection.found
        return cls.of(
            collection,
            recommendation_id=found.recommendation_id,
            share=collection.share,
            cursor=found.cursor,
            index_version=found.version,
            degraded=[part.value for part in found.degraded],
        )


class ShareAnswer(Answer):
    token: str
    path: str = Field(description="Where the token opens the collection")


class SharedAnswer(Answer):
    recommendation_id: str
    slug: str
    title: str
    story: str
    items: list[ItemAnswer] = Field(description="In the order in which they were shared")
    gone: int = Field(description="How many of the shared products can no longer be bought; nothing takes their place")
    index_version: str
    degraded: list[str] = Field([], description="Parts that it had to do without, as in every list, and themes")

    @classmethod
    def of(cls, shared: Shared) -> Self:
        found = shared.found
        return cls(
            recommendation_id=found.recommendation_id,
            slug=shared.theme.slug,
            title=shared.theme.title,
            story=shared.story,
            items=[ItemAnswer.of(item) for item in found.items],
            gone=shared.gone,
            index_version=found.version,
            degraded=[part.value for part in found.degraded],
        )
