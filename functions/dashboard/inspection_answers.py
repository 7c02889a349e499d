"""What is known of one user, and of one product, as it travels."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Self

from pydantic import Field

from functions.dashboard.why_answers import title_of
from shared.domain.events import Event
from shared.domain.movements import Movement
from shared.domain.products import Product
from shared.domain.recommendation_ids import scenario_of
from shared.domain.recommendations import Hit
from shared.domain.rules import Rule, Scenario
from shared.http.profiles import ProfileAnswer
from shared.http.schemas import Answer, ItemAnswer, ProductAnswer
from shared.http.whole_products import WholeProductAnswer
from shared.services.product_inspection import HeldVector, ProductInspection
from shared.services.user_inspection import MOST_COUNTED, MOST_NAMED, UserInspection


class ConsentStateAnswer(Answer):
    personalise: bool
    email: bool
    analytics: bool
    said: bool = Field(description="False where the user has said nothing, and the shop's default holds")
    changed_at: datetime | None


class NamedAnswer(Answer):
    id: str
    title: str


class LastEventAnswer(Answer):
    type: str
    product_id: str
    title: str
    at: datetime
    value: float | None
    query: str
    recommendation_id: str
    scenario: str = Field(description="The list that it came of; empty where that is not known")

    @classmethod
    def of(cls, event: Event, products: Mapping[str, Product]) -> Self:
        scenario = scenario_of(event.recommendation_id)
        return cls(
            type=event.type.value,
            product_id=event.product_id,
            title=title_of(products, event.product_id),
            at=event.occurred_at,
            value=event.value,
            query=event.query,
            recommendation_id=event.recommendation_id,
            scenario=scenario.value if scenario else "",
        )


class StandsAnswer(Answer):
    bought: list[NamedAnswer]
    in_cart: list[NamedAnswer]
    disliked: list[NamedAnswer]


class UserInspectionAnswer(Answer):
    user_id: str
    consent: ConsentStateAnswer
    events: dict[str, int] = Field(description="How many of each type")
    events_counted: int
    events_more: bool = Field(description=f"Whether there are more than the {MOST_COUNTED:,} that are counted")
    last_events: list[LastEventAnswer] = Field(description="Newest first")
    standing: StandsAnswer
    profile: ProfileAnswer | None = Field(description="As the user's own profile; null where there is no index")
    for_you: list[ItemAnswer] = Field(description="The first page, now")
    degraded: list[str]

    @classmethod
    def of(cls, user_id: str, known: UserInspection) -> Self:
        consent, standing = known.consent, known.standing
        return cls(
            user_id=user_id,
            consent=ConsentStateAnswer(
                personalise=consent.personalise,
                email=consent.email,
                analytics=consent.analytics,
                said=known.said,
                changed_at=known.changed_at,
            ),
            events=dict(known.counts),
            events_counted=sum(known.counts.values()),
            events_more=known.more,
            last_events=[LastEventAnswer.of(each, known.products) for each in known.last],
            standing=StandsAnswer(
                bought=_named(standing.bought, known.products),
                in_cart=_named(standing.in_cart, known.products),
                disliked=_named(standing.disliked, known.products),
            ),
            profile=ProfileAnswer.of(known.profile) if known.profile else None,
            for_you=[ItemAnswer.of(each) for each in known.for_you],
            degraded=[part.value for part in known.degraded],
        )


def _named(product_ids: Iterable[str], products: Mapping[str, Product]) -> list[NamedAnswer]:
    return [NamedAnswer(id=each, title=title_of(products, each)) for each in sorted(product_ids)[:MOST_NAMED]]


class CompleteProductAnswer(WholeProductAnswer):
    """All that is held of it, for who owns it."""

    stock: int | None
    gtin: str

    @classmethod
    def of_owned(cls, product: Product) -> Self:
        return cls.of(product, stock=product.stock, gtin=product.gtin)


class DifferenceAnswer(Answer):
    field: str
    now: str
    indexed: str


class VectorAnswer(Answer):
    space: str
    kind: str = Field(description="dense or sparse")
    dimensions: int | None = Field(description="null for a sparse one")
    nonzeros: int

    @classmethod
    def of(cls, held: HeldVector) -> Self:
        kind = "sparse" if held.dimensions is None else "dense"
        return cls(space=held.space.value, kind=kind, dimensions=held.dimensions, nonzeros=held.nonzeros)


class NearAnswer(Answer):
    id: str
    score: float
    product: ProductAnswer | None = Field(description="null for one that has left the catalogue")


class NearestAnswer(Answer):
    space: str
    items: list[NearAnswer]


class NextAnswer(Answer):
    id: str
    weight: float
    product: ProductAnswer | None


class SpeakingRuleAnswer(Answer):
    id: str
    kind: str
    note: str
    scenarios: list[str] = Field(description="Empty for all")

    @classmethod
    def of(cls, rule: Rule) -> Self:
        some = sorted(each.value for each in rule.scenarios) if rule.scenarios != frozenset(Scenario) else []
        return cls(id=rule.id, kind=rule.kind.value, note=rule.note, scenarios=some)


class ThemeNameAnswer(Answer):
    slug: str
    title: str


class MovementAnswer(Answer):
    kind: str
    at: datetime
    before: float | None
    after: float | None

    @classmethod
    def of(cls, movement: Movement) -> Self:
        return cls(kind=movement.kind.value, at=movement.at, before=movement.before, after=movement.after)


class OtherAnswer(Answer):
    id: str
    product: ProductAnswer


class ProductInspectionAnswer(Answer):
    product_id: str
    version: str
    now: CompleteProductAnswer | None = Field(description="As the catalogue has it; null where that has it no more")
    indexed: CompleteProductAnswer | None = Field(description="As the live version has it; null where it is not in it")
    differences: list[DifferenceAnswer]
    vectors: list[VectorAnswer]
    nearest: list[NearestAnswer] = Field(description="Other products, by each vector that this one has")
    next: list[NextAnswer] = Field(
        description="What people go on to, with the weight that a deed on this one has there"
    )
    cold: bool = Field(description="Without a telling event in 90 days")
    borrowed: bool = Field(description="Cold, and with a behaviour row all the same: its neighbours'")
    counts: dict[str, int] = Field(description="Events since counts_since, by type")
    counts_since: date
    rules: list[SpeakingRuleAnswer]
    collections: list[ThemeNameAnswer] = Field(description="Themes that name it, or whose filter admits it")
    movements: list[MovementAnswer] = Field(description="Of the last 30 days, newest first")
    variants: list[OtherAnswer]
    degraded: list[str]

    @classmethod
    def of(cls, known: ProductInspection) -> Self:
        return cls(
            product_id=known.product_id,
            version=known.version,
            now=CompleteProductAnswer.of_owned(known.now) if known.now else None,
            indexed=CompleteProductAnswer.of_owned(known.indexed) if known.indexed else None,
            differences=[
                DifferenceAnswer(field=name, now=now, indexed=indexed) for name, now, indexed in known.differences
            ],
            vectors=[VectorAnswer.of(each) for each in known.vectors],
            nearest=[
                NearestAnswer(space=space.value, items=_near(hits, known.products))
                for space, hits in known.nearest.items()
            ],
            next=[
                NextAnswer(id=each.id, weight=each.score, product=each.product)
                for each in _near(known.next, known.products)
            ],
            cold=known.cold,
            borrowed=known.borrowed,
            counts=dict(known.counts),
            counts_since=known.since,
            rules=[SpeakingRuleAnswer.of(each) for each in known.rules],
            collections=[ThemeNameAnswer(slug=each.slug, title=each.title) for each in known.themes],
            movements=[MovementAnswer.of(each) for each in known.movements],
            variants=[OtherAnswer(id=each.id, product=ProductAnswer.of(each)) for each in known.variants],
            degraded=[part.value for part in known.degraded],
        )


def _near(hits: Sequence[Hit], products: Mapping[str, Product]) -> list[NearAnswer]:
    return [
        NearAnswer(
            id=hit.product_id,
            score=round(hit.score, 6),
            product=ProductAnswer.of(products[hit.product_id]) if hit.product_id in products else None,
        )
        for hit in hits
    ]
