"""Why a product is, or is not, in a user's list, as it travels."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Self

from pydantic import Field

from shared.domain.products import Product
from shared.domain.rerank.settings import Reranking
from shared.domain.why import Cause, CauseKind, DeedPart, Found, Met, Scored, SpacePart, Stage, Standing
from shared.http.schemas import Answer, ProductAnswer, ReasonAnswer
from shared.services.why import Why


def rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)


class CauseAnswer(Answer):
    kind: str = Field(description=", ".join(CauseKind))
    sentence: str
    product_id: str = Field(description="The other product that it speaks of")
    place: int | None = Field(description="That one's place")
    rule: str = Field(description="The shop's rule, by its id")

    @classmethod
    def of(cls, cause: Cause) -> Self:
        return cls(
            kind=cause.kind.value,
            sentence=cause.sentence,
            product_id=cause.product_id,
            place=cause.place,
            rule=cause.rule,
        )


class KnownInterestAnswer(Answer):
    weight: float = Field(description="Its share of the taste")
    product_id: str = Field(description="The product that stands for it")
    title: str
    members: int


class TasteSearchAnswer(Answer):
    query: str
    weight: float


class TasteAnswer(Answer):
    events: int = Field(description="Telling events that it is made of")
    interests: list[KnownInterestAnswer]
    turned_away_from: int = Field(description="Products that count against what is like them")
    searches: list[TasteSearchAnswer]
    declared_share: float = Field(description="The part that what was declared has beside the deeds")

    @classmethod
    def of(cls, why: Why) -> Self:
        return cls(
            events=why.events,
            interests=[
                KnownInterestAnswer(
                    weight=round(each.weight, 6),
                    product_id=each.medoid,
                    title=title_of(why.products, each.medoid),
                    members=len(each.members),
                )
                for each in why.taste.interests
            ],
            turned_away_from=len(why.taste.against),
            searches=[TasteSearchAnswer(query=each, weight=round(w, 6)) for each, w in why.taste.searches.items()],
            declared_share=round(why.declared_share, 6),
        )


class FoundAnswer(Answer):
    space: str
    interest: int | None = Field(description="Which of the taste's interests asks, from 0; null for all of the taste")
    asked: int = Field(description="How many products it asks for")
    place: int | None = Field(description="From 1; null where the product is not among them")
    score: float | None = Field(description="What the product has, or would have had; null: it has no such vector")
    last_score: float | None = Field(description="That of the last product found")

    @classmethod
    def of(cls, found: Found) -> Self:
        return cls(
            space=found.space.value,
            interest=found.interest,
            asked=found.asked,
            place=found.place,
            score=rounded(found.score),
            last_score=rounded(found.last_score),
        )


class PartAnswer(Answer):
    space: str
    raw: float
    background: float = Field(description="What two random products have")
    tenth_best: float = Field(description="What the tenth best candidate has above the background")
    weight: float
    adds: float = Field(description="weight · (raw − background) / tenth_best")

    @classmethod
    def of(cls, part: SpacePart) -> Self:
        numbers = {
            each: round(getattr(part, each), 6) for each in ("raw", "background", "tenth_best", "weight", "adds")
        }
        return cls(space=part.space.value, **numbers)


class SpaceShareAnswer(Answer):
    space: str
    adds: float


class DeedAnswer(Answer):
    product_id: str
    title: str
    type: str = Field(description="The strongest that was done; empty for what was only declared")
    weight: float
    adds: float
    spaces: list[SpaceShareAnswer]

    @classmethod
    def of(cls, deed: DeedPart, products: Mapping[str, Product]) -> Self:
        return cls(
            product_id=deed.product_id,
            title=title_of(products, deed.product_id),
            type=deed.type.value if deed.type else "",
            weight=round(deed.weight, 6),
            adds=round(deed.adds, 6),
            spaces=[SpaceShareAnswer(space=space.value, adds=round(adds, 6)) for space, adds in deed.spaces.items()],
        )


class RaisedAnswer(Answer):
    source: str
    adds: float


class StandingAnswer(Answer):
    stage: str = Field(description=", ".join(Stage))
    place: int | None = Field(description="From 1; null where the product is not among them")
    of: int

    @classmethod
    def of_stage(cls, standing: Standing) -> Self:
        return cls(stage=standing.stage.value, place=standing.place, of=standing.of)


class MetAnswer(Answer):
    id: str
    kind: str
    note: str
    decides: bool = Field(description="Of several that speak of the product one does")

    @classmethod
    def of(cls, met: Met) -> Self:
        return cls(id=met.rule.id, kind=met.rule.kind.value, note=met.rule.note, decides=met.decides)


class WhyAnswer(Answer):
    product_id: str
    product: ProductAnswer | None = Field(description="As the catalogue has it now; null for one that it does not have")
    version: str = Field(description="The index version; empty where none could be had")
    personalised: bool = Field(description="Whether anything is known of the user that may be used")
    shown: bool
    place: int | None = Field(description="From 1, over all pages; null where it is not among the first 500")
    sentence: str = Field(description="The verdict in words")
    reason: ReasonAnswer | None = Field(description="What the user reads beside it")
    causes: list[CauseAnswer] = Field(description="Everything that keeps it out, the deciding cause first")
    taste: TasteAnswer
    found: list[FoundAnswer] = Field(description="What each question of retrieval says of it")
    parts: list[PartAnswer] = Field(description="What each space adds to the weighted sum")
    sum: float | None = Field(description="null for what is no candidate of the taste")
    learned: float | None = Field(description="By the learned ranker, relative to the best; null: the version has none")
    lost_to_dislikes: float = Field(description="Share of its score")
    interest: int | None = Field(description="The interest that it is nearest to, where there are several")
    deeds: list[DeedAnswer] = Field(description="What the user did, by what it adds to the product's score")
    raised: list[RaisedAnswer] = Field(description="Its sources besides the spaces")
    places: list[StandingAnswer] = Field(description="After each stage, in their order")
    rules: list[MetAnswer]
    settings: dict[str, float | None] = Field(description="Re-ranking of the list, as far as it is on")
    degraded: list[str]

    @classmethod
    def of(cls, why: Why) -> Self:
        reason = why.reason
        return cls(
            product_id=why.product_id,
            product=ProductAnswer.of(why.product) if why.product else None,
            version=why.version,
            personalised=why.personalised,
            shown=why.place is not None,
            place=why.place,
            sentence=why.sentence,
            reason=ReasonAnswer(kind=reason.kind.value, sentence=reason.sentence, product_id=reason.product_id)
            if reason
            else None,
            causes=[CauseAnswer.of(each) for each in why.causes],
            taste=TasteAnswer.of(why),
            found=[FoundAnswer.of(each) for each in why.found],
            places=[StandingAnswer.of_stage(each) for each in why.stages],
            rules=[MetAnswer.of(each) for each in why.rules],
            settings=_switched_on(why.settings),
            degraded=[part.value for part in why.degraded],
            **_scores(why.scored, why.products),  # type: ignore[arg-type]
        )


def _scores(made: Scored, products: Mapping[str, Product]) -> dict[str, object]:
    return {
        "parts": [PartAnswer.of(each) for each in made.parts],
        "sum": rounded(made.sum),
        "learned": rounded(made.learned),
        "lost_to_dislikes": rounded(made.lost_to_dislikes),
        "interest": made.interest,
        "deeds": [DeedAnswer.of(each, products) for each in made.deeds],
        "raised": [RaisedAnswer(source=source, adds=round(adds, 6)) for source, adds in made.raised.items()],
    }


def _switched_on(settings: Reranking) -> dict[str, float | None]:
    default = Reranking()
    values = {each.name: getattr(settings, each.name) for each in fields(settings)}
    return {name: value for name, value in values.items() if value != getattr(default, name)}


def title_of(products: Mapping[str, Product], product_id: str) -> str:
    """Empty where the catalogue does not have it."""
    return products[product_id].title if product_id in products else ""
