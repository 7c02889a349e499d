"""What retrieval finds, what ranking makes of it, and what a caller gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.filters import Filter
from shared.domain.products import Product
from shared.domain.spaces import Space, Vector, Vectors


@dataclass(frozen=True, slots=True)
class SpaceQuery:
    """Ask one space for the ``limit`` products nearest to ``vector`` among those that ``filter`` admits.

    With ``among``, only these products are looked at.
    """

    space: Space
    vector: Vector
    limit: int
    filter: Filter | None = None
    among: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A product and its score in one space: cosine for dense spaces, dot product for sparse ones."""

    product_id: str
    score: float


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """What the index holds of a product: its vectors, and itself for the payload that filters need."""

    product: Product
    vectors: Vectors


class ReasonKind(StrEnum):
    BECAUSE_OF = "because_of"
    OFTEN_AFTER = "often_after"
    SEARCHED = "searched"
    FOR_YOU = "for_you"
    PICKED = "picked"
    LIKED = "liked"
    NEW_FROM_BRAND = "new_from_brand"
    NEW = "new"
    FEATURED = "featured"
    DISCOVERY = "discovery"
    SEEN_BEFORE = "seen_before"
    SIMILAR_TO = "similar_to"
    LOOKS_LIKE = "looks_like"
    CHOSEN_WITH = "chosen_with"
    GOES_WITH = "goes_with"
    FILLS_BASKET = "fills_basket"
    MATCHES = "matches"
    FITS = "fits"
    SHARED = "shared"
    TRENDING = "trending"
    TRENDING_IN_COUNTRY = "trending_in_country"
    LATELY = "lately"
    POPULAR = "popular"
    IN_CONTEXT = "in_context"
    BEST_SELLER = "best_seller"
    MOST_VIEWED = "most_viewed"
    NEW_ARRIVAL = "new_arrival"
    BACK_IN_STOCK = "back_in_stock"
    PRICE_DROP = "price_drop"
    ON_SALE = "on_sale"
    RECENTLY_VIEWED = "recently_viewed"
    BUY_AGAIN = "buy_again"
    CATALOGUE = "catalogue"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a product is there: ``sentence`` is for people, the rest for programs."""

    kind: ReasonKind
    sentence: str
    product_id: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product with the sources and scores that proposed it."""

    product_id: str
    score: float
    sources: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecommendedProduct:
    product: Product
    score: float
    source: str
    reason: Reason


class Part(StrEnum):
    """What an answer stands on. Each can be down, and the answer is then made without it, and says so."""

    INDEX = "index"
    FACTS = "facts"
    EVENTS = "events"
    PRODUCTS = "products"
    POPULARITY = "popularity"
    RULES = "rules"
    THEMES = "themes"
    ENCODER = "encoder"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The answer: ranked products, and one id that clicks and orders carry back.

    ``degraded`` names the parts that it had to do without: with ``products``, prices and stock are as of the index
    version. ``version`` is empty where there was no index.
    """

    recommendation_id: str
    items: tuple[RecommendedProduct, ...]
    version: str
    cursor: str | None = None
    degraded: tuple[Part, ...] = ()
