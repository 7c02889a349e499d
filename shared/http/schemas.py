"""The answers as they travel. Kept apart from the domain, so that the one can change without the other."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.products import Availability, Product
from shared.domain.recommendations import Part, ReasonKind, Recommendation, RecommendedProduct
from shared.domain.rules import Scenario
from shared.domain.spaces import EncoderInfo
from shared.http.likes import ContextBody, DeclaredBody
from shared.http.parameters import CursorText, FilterText, Limit, MaybeUserId
from shared.services.collect import LARGEST_BATCH, Collected
from shared.services.health import Health
from shared.services.offers import LARGEST_BATCH as LARGEST_OFFER_BATCH
from shared.services.offers import OffersChanged
from shared.services.rule_document import MOST_RULES
from shared.services.rulebook import RuleBook, book_record
from shared.services.session import LONGEST_SESSION


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ProductAnswer(Answer):
    title: str
    brand: str = ""
    categories: list[str] = []
    colour: str = ""
    price: float | None = Field(None, description="Regular price, in units of currency")
    sale_price: float | None = Field(None, description="What it costs now, where that is less")
    currency: str = Field("", description="ISO 4217")
    availability: str = Field(description="out_of_stock too where none is left of it")
    image: str = Field("", description="The reference that the feed gave")
    link: str = ""
    item_group_id: str = ""

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls(
            title=product.title,
            brand=product.brand,
            categories=list(product.categories),
            colour=product.colour,
            price=product.price,
            sale_price=product.sale_price,
            currency=product.currency,
            availability=(product.availability if product.can_be_bought else Availability.OUT_OF_STOCK).value,
            image=product.image,
            link=product.link,
            item_group_id=product.item_group_id,
        )


class ReasonAnswer(Answer):
    kind: str = Field(description=", ".join(ReasonKind))
    sentence: str = Field(description="For people: why this product is here")
    product_id: str = Field("", description="The product that the reason speaks of")


class ItemAnswer(Answer):
    id: str
    score: float = Field(description="Falls from place to place; does not compare between answers")
    source: str = Field(
        description="What proposed or raised it, joined by +: spaces, re-ranking, or the list's own. See docs/api.md"
    )
    reason: ReasonAnswer
    product: ProductAnswer

    @classmethod
    def of(cls, item: RecommendedProduct) -> Self:
        reason = ReasonAnswer(
            kind=item.reason.kind.value, sentence=item.reason.sentence, product_id=item.reason.product_id
        )
        return cls(
            id=item.product.id,
            score=round(item.score, 6),
            source=item.source,
            reason=reason,
            product=ProductAnswer.of(item.product),
        )


class RecommendationAnswer(Answer):
    recommendation_id: str = Field(description="Carry it back in the events that follow from this answer")
    items: list[ItemAnswer]
    cursor: str | None = Field(None, description="Ask again with it for the next page, which repeats nothing")
    index_version: str = Field(description="Empty where no index could be had")
    degraded: list[str] = Field(
        [],
        description=f"Parts that it had to do without: {', '.join(Part)}. With products, prices and stock may be old",
    )

    @classmethod
    def of(cls, recommendation: Recommendation) -> Self:
        return cls(
            recommendation_id=recommendation.recommendation_id,
            items=[ItemAnswer.of(item) for item in recommendation.items],
            cursor=recommendation.cursor,
            index_version=recommendation.version,
            degraded=[part.value for part in recommendation.degraded],
        )


class EncoderAnswer(Answer):
    name: str
    revision: str
    dimensions: int
    starter: bool = Field(description="One of the small encoders that ship with Vitrine: replace it in production")

    @classmethod
    def of(cls, encoder: EncoderInfo) -> Self:
        return cls(name=encoder.name, revision=encoder.revision, dimensions=encoder.dimensions, starter=encoder.starter)


class HealthAnswer(Answer):
    status: str = Field(description="ok; empty while no index version is live; degraded where the index is down")
    index_version: str | None
    as_of: datetime | None = Field(description="When the feed behind the live version was read")
    products: int
    encoders: dict[str, EncoderAnswer]

    @classmethod
    def of(cls, health: Health) -> Self:
        manifest = health.manifest
        if manifest is None:
            status = "degraded" if health.degraded else "empty"
            return cls(status=status, index_version=None, as_of=None, products=0, encoders={})
        return cls(
            status="ok",
            index_version=manifest.version,
            as_of=manifest.as_of,
            products=manifest.products,
            encoders={space.value: EncoderAnswer.of(encoder) for space, encoder in manifest.encoders.items()},
        )


class SessionBody(BaseModel):
    """A visitor's session and the list that is asked for."""

    model_config = ConfigDict(extra="forbid")

    session: list[Any] = Field(
        max_length=LONGEST_SESSION,
        description="Events as POST /v1/events takes them, oldest first; user, event_id and time may be left out",
        examples=[[{"type": "view", "product_id": "P0001"}, {"type": "add_to_cart", "product_id": "P0002"}]],
    )
    user_id: MaybeUserId = Field("", description="Whose stored events count too; empty for a guest")
    declared: DeclaredBody = Field(
        default_factory=DeclaredBody, description="What the visitor says to like; as for the quiz's answers"
    )
    context: ContextBody = Field(
        default_factory=ContextBody, description="Where, on what, led by what and when the visitor comes"
    )
    limit: Limit = 12
    filter: FilterText = ""
    cursor: CursorText = ""


class EventBatch(BaseModel):
    """Events in Vitrine's own shape, or as Segment, GA4, Shopify, Klaviyo or Amazon Personalize send them."""

    model_config = ConfigDict(extra="forbid")

    events: list[Any] = Field(
        max_length=LARGEST_BATCH,
        examples=[
            [
                {
                    "event_id": "6f1c0c5e",
                    "user_id": "shopper-001",
                    "type": "view",
                    "product_id": "P0001",
                    "occurred_at": "2026-05-01T12:00:00Z",
                }
            ]
        ],
    )


class SegmentBatch(BaseModel):
    """Segment's batch call; what it says besides its events is not used."""

    batch: list[Any] = Field(max_length=LARGEST_BATCH)


class RejectedAnswer(Answer):
    index: int = Field(description="Place in the batch, from 0")
    event_id: str
    reason: str


class CollectedAnswer(Answer):
    accepted: int
    duplicates: int = Field(description="Events whose event_id had been stored before")
    queued: int = Field(0, description="Of the accepted ones, those that are safe and will be stored a little later")
    not_kept: int = Field(0, description="Events that were understood and are not stored, for there is no leave to")
    emails: dict[str, int] = Field(
        default_factory=dict, description="What was said of emails: delivered, opened, clicked (no pick), unsubscribed"
    )
    rejected: list[RejectedAnswer]

    @classmethod
    def of(cls, collected: Collected) -> Self:
        return cls(
            accepted=collected.accepted,
            duplicates=collected.duplicates,
            queued=collected.queued,
            not_kept=collected.not_kept,
            emails=dict(collected.emails),
            rejected=[
                RejectedAnswer(index=part.index, event_id=part.event_id, reason=part.reason)
                for part in collected.rejected
            ],
        )


class RuleBookBody(BaseModel):
    """A whole rule book, as docs/rules.md describes it; what the answer to a GET says is taken back."""

    model_config = ConfigDict(extra="forbid")

    snapshot: str | None = Field(None, description="Not used: the new book gets its own")
    rules: list[Any] = Field(
        max_length=MOST_RULES,
        examples=[
            [
                {
                    "id": "summer",
                    "kind": "boost",
                    "filter": "category = Sandals",
                    "factor": 1.5,
                    "ends_at": "2026-09-01",
                },
                {"id": "top", "kind": "pin", "products": ["P0001"], "position": 1, "scenarios": ["trending"]},
            ]
        ],
    )
    reranking: dict[str, Any] = Field({}, examples=[{"for_you": {"diversity": 0.1, "most_per_brand": 4}}])


class RuleAnswer(Answer):
    id: str
    kind: str = Field(description="boost, bury, pin or hide")
    priority: int = Field(0, description="The highest wins; then hide before pin before bury and boost; then the id")
    filter: str | None = Field(None, description="In the filter language")
    products: list[str] | None = None
    factor: float | None = Field(None, description="What a boost or bury multiplies the score by")
    position: int | None = Field(None, description="The place of a pin's first product, from 1")
    starts_at: datetime | None = None
    ends_at: datetime | None = Field(None, description="The first moment without it")
    scenarios: list[str] | None = Field(None, description=f"{', '.join(Scenario)}; all where left out")
    enabled: bool = True
    note: str | None = None


class RuleBookAnswer(Answer):
    snapshot: str = Field(description="Which book this is; empty where there was never one")
    rules: list[RuleAnswer]
    reranking: dict[str, dict[str, int | float | None]] = Field(description="What each scenario differs in")

    @classmethod
    def of(cls, book: RuleBook) -> Self:
        return cls.model_validate(book_record(book))


class OfferBatch(BaseModel):
    """Products whose price, sale price, availability or stock has changed."""

    model_config = ConfigDict(extra="forbid")

    products: list[Any] = Field(
        max_length=LARGEST_OFFER_BATCH,
        description="id, and any of price, sale_price, availability, stock, currency; at: since when it is true",
        examples=[
            [{"id": "P0001", "price": 19.5, "sale_price": None}, {"id": "P0002", "availability": "out_of_stock"}]
        ],
    )


class RejectedOfferAnswer(Answer):
    index: int = Field(description="Place in the batch, from 0")
    id: str
    reason: str


class OffersAnswer(Answer):
    changed: int
    unknown: list[str] = Field(description="Ids that name no product of the catalogue")
    rejected: list[RejectedOfferAnswer]

    @classmethod
    def of(cls, changed: OffersChanged) -> Self:
        return cls(
            changed=changed.changed,
            unknown=list(changed.unknown),
            rejected=[
                RejectedOfferAnswer(index=part.index, id=part.product_id, reason=part.reason)
                for part in changed.rejected
            ],
        )
