"""Looks and bundles as they travel."""

from collections.abc import Mapping
from decimal import Decimal

from pydantic import Field

from shared.domain.bundles import Bundle
from shared.domain.recommendations import Recommendation, RecommendedProduct
from shared.http.schemas import Answer, ItemAnswer, ProductAnswer, ReasonAnswer
from shared.services.bundles import Bundles
from shared.services.look import CompletedLook


class TotalAnswer(Answer):
    currency: str = Field(description="ISO 4217")
    amount: float = Field(description="Rounded to the currency's smallest coin")


class LookItemAnswer(ItemAnswer):
    slot: str = Field(description="The kind of product that it is in the look; no two items share one")


class LookAnswer(Answer):
    recommendation_id: str = Field(description="Carry it back in the events that follow from this answer")
    items: list[LookItemAnswer]
    totals: list[TotalAnswer] = Field(description="What the items cost now, without the product that the look is for")
    cursor: None = Field(None, description="A look has no next page")
    index_version: str = Field(description="Empty where no index could be had")
    degraded: list[str] = Field([], description="Parts that it had to do without")

    @classmethod
    def of(cls, look: CompletedLook) -> "LookAnswer":
        found = look.recommendation
        return cls(
            recommendation_id=found.recommendation_id,
            items=[
                LookItemAnswer(**dict(ItemAnswer.of(item)), slot=look.slots[item.product.id]) for item in found.items
            ],
            totals=_totals(look.totals),
            index_version=found.version,
            degraded=_degraded(found),
        )


class BundledProductAnswer(Answer):
    id: str
    source: str = Field(description="What proposed it, as in every list; empty for the product asked about")
    reason: ReasonAnswer | None = Field(description="None for the product asked about")
    product: ProductAnswer

    @classmethod
    def of(cls, item: RecommendedProduct) -> "BundledProductAnswer":
        said = ItemAnswer.of(item)
        return cls(id=said.id, source=said.source, reason=said.reason, product=said.product)


class BundleAnswer(Answer):
    products: list[BundledProductAnswer] = Field(description="The product that was asked about comes first")
    currency: str = Field(description="ISO 4217; of all products of the bundle")
    total: float = Field(description="What the products cost now, each on its own")
    discount: float = Field(description="In percent of the total, as it was asked for")
    total_with_discount: float = Field(description="Rounded to the currency's smallest coin, halves up")
    reason: ReasonAnswer

    @classmethod
    def of(cls, bundle: Bundle) -> "BundleAnswer":
        seed, reason = bundle.seed, bundle.reason
        asked = BundledProductAnswer(id=seed.id, source="", reason=None, product=ProductAnswer.of(seed))
        return cls(
            products=[asked, *(BundledProductAnswer.of(item) for item in bundle.items)],
            currency=bundle.currency,
            total=float(bundle.total),
            discount=float(bundle.discount),
            total_with_discount=float(bundle.reduced),
            reason=ReasonAnswer(kind=reason.kind.value, sentence=reason.sentence, product_id=reason.product_id),
        )


class BundlesAnswer(Answer):
    recommendation_id: str = Field(description="Carry it back in the events that follow from this answer")
    bundles: list[BundleAnswer] = Field(description="Best first; they share nothing but the product asked about")
    index_version: str = Field(description="Empty where no index could be had")
    degraded: list[str] = Field([], description="Parts that it had to do without")

    @classmethod
    def of(cls, bundles: Bundles) -> "BundlesAnswer":
        found = bundles.recommendation
        return cls(
            recommendation_id=found.recommendation_id,
            bundles=[BundleAnswer.of(each) for each in bundles.bundles],
            index_version=found.version,
            degraded=_degraded(found),
        )


def _totals(totals: Mapping[str, Decimal]) -> list[TotalAnswer]:
    return [TotalAnswer(currency=currency, amount=float(amount)) for currency, amount in totals.items()]


def _degraded(found: Recommendation) -> list[str]:
    return [part.value for part in found.degraded]
