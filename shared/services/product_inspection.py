"""All that is known of one product, at a glance, for who looks after the shop."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta

import numpy as np

from shared.domain.behaviour import behaviour_query
from shared.domain.errors import NotFound
from shared.domain.events import TELLING_TYPES
from shared.domain.filters import matches
from shared.domain.movements import Movement, MovementKind
from shared.domain.popularity import WINDOW_DAYS
from shared.domain.products import Product
from shared.domain.recommendations import Hit, Part, SpaceQuery
from shared.domain.rules import Rule, Scenario, met_by
from shared.domain.spaces import TASTE_SPACES, Space, SparseVector, Vectors
from shared.domain.themes import Theme
from shared.services.pages import Question, Start, start
from shared.services.product_pages import product_pages
from shared.services.shop import Shop
from shared.services.unhurried import unhurried

COUNTED_DAYS = 30
NEAREST = 10
_MOST_MOVED = 1_000


@dataclass(frozen=True, slots=True)
class HeldVector:
    """``dimensions`` is None for a sparse space: it has as many as there are words, or products."""

    space: Space
    dimensions: int | None
    nonzeros: int


@dataclass(frozen=True, slots=True)
class ProductInspection:
    """``now`` is the product in the catalogue, ``indexed`` as the live version has it; one of them is there.

    ``nearest`` are other products by space. ``next`` are those that people go on to, with the weight in their
    ``behaviour`` rows. ``counts`` are of the last :data:`COUNTED_DAYS` days, by type. ``cold`` is a product without a
    telling event in 90 days: a ``behaviour`` row that it has all the same is borrowed. ``themes`` are those of the
    shop's that name it, or whose filter admits it. ``products`` has those that the rest speaks of.
    """

    product_id: str
    version: str
    now: Product | None
    indexed: Product | None
    vectors: Sequence[HeldVector]
    nearest: Mapping[Space, Sequence[Hit]]
    next: Sequence[Hit]
    counts: Mapping[str, int]
    since: date
    cold: bool
    rules: Sequence[Rule]
    themes: Sequence[Theme]
    movements: Sequence[Movement]
    variants: Sequence[Product]
    products: Mapping[str, Product] = field(default_factory=dict)
    degraded: Sequence[Part] = ()

    @property
    def borrowed(self) -> bool:
        return self.cold and any(each.space is Space.BEHAVIOUR for each in self.vectors)

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Field, now and as indexed, where the two are not alike."""
        if self.now is None or self.indexed is None:
            return []
        both = ((each.name, getattr(self.now, each.name), getattr(self.indexed, each.name)) for each in fields(Product))
        return [(name, _said(now), _said(indexed)) for name, now, indexed in both if now != indexed]


def inspect_product(shop: Shop, product_id: str) -> ProductInspection:
    """Raises NotFound for what neither the catalogue nor the live version has, and Unavailable with nothing live."""
    shop = unhurried(shop)
    begin = start(shop, Scenario.SIMILAR, Question(), product_id)
    now = begin.products.get([product_id]).get(product_id)
    indexed = begin.index.products([product_id]).get(product_id)
    product = now or indexed
    if product is None:
        raise NotFound(f"There is no product '{product_id[:80]}', in the catalogue or in the live version.")
    held = begin.index.vectors([product_id]).get(product_id, {})
    nearest, follows = _nearest(begin, product_id, held)
    today = shop.clock.now().date()
    counts, telling = _counted(shop, product_id, today)
    beside = {hit.product_id for hits in (*nearest.values(), follows) for hit in hits}
    return ProductInspection(
        product_id=product_id,
        version=begin.at.version,
        now=now,
        indexed=indexed,
        vectors=_held(held),
        nearest=nearest,
        next=follows,
        counts=counts,
        since=today - timedelta(days=COUNTED_DAYS - 1),
        cold=not telling,
        rules=met_by(_in_force(begin), product),
        themes=[theme for theme in shop.themes.newest().themes if _admits(theme, product)],
        movements=_moved(begin, product_id),
        variants=product_pages(shop, [product_id]).variants.get(product_id, ()),
        products=begin.products.get(sorted(beside)),
        degraded=begin.troubles.parts,
    )


def _nearest(begin: Start, product_id: str, held: Vectors) -> tuple[dict[Space, list[Hit]], list[Hit]]:
    """By every vector that it has, and by what a deed on it would ask for."""
    spaces = [space for space in TASTE_SPACES if space in held]
    asked = [SpaceQuery(space, held[space], NEAREST + 1) for space in spaces]
    asked.append(SpaceQuery(Space.BEHAVIOUR, behaviour_query({product_id: 1.0}), NEAREST + 1))
    *near, follows = [
        [hit for hit in hits if hit.product_id != product_id and hit.score > 0][:NEAREST]
        for hits in begin.index.search(asked)
    ]
    return dict(zip(spaces, near, strict=True)), follows


def _held(vectors: Vectors) -> list[HeldVector]:
    held = []
    for space in Space:
        if space in vectors:
            vector = vectors[space]
            if isinstance(vector, SparseVector):
                held.append(HeldVector(space, None, int(np.count_nonzero(vector.values))))
            else:
                held.append(HeldVector(space, vector.size, int(np.count_nonzero(vector))))
    return held


def _counted(shop: Shop, product_id: str, today: date) -> tuple[dict[str, int], int]:
    """By type, of the last days; and all telling events of as long as popularity looks back."""
    counts, telling = Counter[str](), 0
    first = today - timedelta(days=COUNTED_DAYS - 1)
    for part in shop.events.activity(today - timedelta(days=WINDOW_DAYS)):
        if part.product_id == product_id:
            counts[part.type.value] += part.count if part.day >= first else 0
            telling += part.count if part.type in TELLING_TYPES else 0
    return {type_: count for type_, count in counts.items() if count}, telling


def _in_force(begin: Start) -> list[Rule]:
    """For any list, each once."""
    return list({rule.id: rule for each in Scenario for rule in begin.book.in_force(each, begin.as_of)}.values())


def _admits(theme: Theme, product: Product) -> bool:
    """As far as can be told without looking for its products: its words are compared with all of the catalogue."""
    return theme.product == product.id or (theme.condition is not None and matches(theme.condition, product))


def _moved(begin: Start, product_id: str) -> list[Movement]:
    moved = (each for kind in MovementKind for each in begin.products.moved(kind, begin.as_of, _MOST_MOVED))
    return sorted((each for each in moved if each.product_id == product_id), key=lambda each: each.at, reverse=True)


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return " > ".join(map(str, value))
    return "" if value is None else str(value)
