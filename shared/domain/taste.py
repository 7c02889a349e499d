"""Taste: what a user's recent events say, as a few weighted interests rather than one average.

After PinnerSage (Pal et al., KDD 2020): the products of recent events are clustered bottom up, each cluster is an
interest, its medoid is the product that stands for it ("because you viewed X"), its weight is the decayed weight of
its events. Pure functions of the events, their vectors and ``now``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import exp

import numpy as np
from numpy.typing import NDArray

from shared.domain.events import Event, EventType, names_collection
from shared.domain.rerank.likeness import likeness
from shared.domain.spaces import DENSE_SPACES, Space, SparseVector, Vector, Vectors
from shared.domain.sparse import sparse_mean
from shared.domain.standing import GOOD_RATING, POOR_RATING

EVENT_WEIGHTS: Mapping[EventType, float] = {
    EventType.VIEW: 1.0,
    EventType.CLICK: 1.0,
    EventType.SHARE: 2.0,
    EventType.WISHLIST: 3.0,
    EventType.ADD_TO_CART: 3.0,
    EventType.PURCHASE: 4.0,
    EventType.REMOVE_FROM_CART: -3.0,
    EventType.REFUND: -6.0,
    EventType.DISLIKE: -8.0,
}
"""How much an event says for (or against) its product. A refund outweighs the purchase it undoes; a removal, the
adding. Impressions and searches say nothing of a product."""

GOOD_RATING_WEIGHT = 4.0
POOR_RATING_WEIGHT = -6.0

MOST_PRODUCTS = 50
"""Products that are clustered; the heaviest ones. Agglomeration costs their number cubed: 50 takes a millisecond."""

LEAST_SHARE = 0.005
"""Of the heaviest product's weight: what weighs less does not change an answer, and would only lengthen the query."""

MOST_INTERESTS = 5
_NEVER = datetime.min.replace(tzinfo=UTC)
MOST_DISLIKES = 3
SAME_INTEREST = 0.35
"""How alike two clusters must be to be one interest, where two random products of the catalogue are 0 and equal ones 1.

Cosines alone would not do: two random products have .25 with one encoder and catalogue and .6 with another. On this
scale, with two encoders on three catalogues, products of one type had medians of .34 to .67; of the others the 95th
percentile was .24 to .33, and .49 where all is clothing."""


@dataclass(frozen=True, slots=True)
class Fading:
    """How what was done loses weight: by age in days, and by what was done since.

    A weight halves with every ``half_life`` days, and falls to 1/e with every ``memory`` moments at which the user
    turned to other products afterwards. What was done at one moment, such as the lines of an order, fades as one.
    """

    half_life: float = 30.0
    memory: float = 3.0

    def __post_init__(self) -> None:
        if not (self.half_life > 0 and self.memory > 0):
            raise ValueError(f"A taste cannot fade with {self}: both numbers must be above 0.")


@dataclass(frozen=True, slots=True)
class Interest:
    """A cluster of products: ``medoid`` stands for it, ``vectors`` ask each space for more of it.

    ``weight`` is its share of the taste, in (0, 1].
    """

    medoid: str
    weight: float
    members: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Taste:
    """Interests, heaviest first; ``against`` holds the vectors of what the user turned away from.

    ``weights`` is what all deeds together say for each product, newest product first; negative says against.
    ``length`` is how many products were touched at all. ``deeds`` is the strongest thing done to each liked product; a
    product without one was only said to be liked, and ``picked`` has the one that was picked for it. ``searches`` are
    the queries that deeds came of, each with how much its words say (:func:`shared.domain.searches.search_weights`).
    """

    interests: tuple[Interest, ...] = ()
    against: tuple[Vectors, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    deeds: Mapping[str, EventType] = field(default_factory=dict)
    length: int = 0
    picked: Mapping[str, str] = field(default_factory=dict)
    searches: Mapping[str, float] = field(default_factory=dict)

    @property
    def liked(self) -> dict[str, float]:
        return {product_id: weight for product_id, weight in self.weights.items() if weight > 0}

    @property
    def latest(self) -> str:
        """The liked product that the user turned to last; empty where there is none."""
        return next(iter(self.liked), "")


def type_weight(event: Event) -> float:
    """How much the deed says for its product, negative against it, before anything has faded.

    To share a collection says nothing of any product.
    """
    if names_collection(event.product_id):
        return 0.0
    if event.type is not EventType.RATE:
        return EVENT_WEIGHTS.get(event.type, 0.0)
    if event.value is None or POOR_RATING < event.value < GOOD_RATING:
        return 0.0
    return GOOD_RATING_WEIGHT if event.value >= GOOD_RATING else POOR_RATING_WEIGHT


def product_weights(events: Sequence[Event], now: datetime, fading: Fading) -> dict[str, float]:
    """What all events together say for each product, faded, newest product first; negative says against.

    Events of the future count as of now: a shop's clock may run ahead.
    """
    strength: dict[str, float] = {}
    for event in events:
        if _tells(event):
            strength[event.product_id] = strength.get(event.product_id, 0.0) + _aged(event, now, fading)
    return {
        product_id: strength[product_id] * exp(-place / fading.memory) for product_id, place in places(events).items()
    }


def faded_weight(event: Event, place: int, now: datetime, fading: Fading) -> float:
    """What one deed still says for its product, whose place (see :func:`places`) this is."""
    return _aged(event, now, fading) * exp(-place / fading.memory)


def places(events: Sequence[Event]) -> dict[str, int]:
    """At how many moments the user turned to other products since, for each that was turned to; the newest first."""
    latest: dict[str, datetime] = {}
    for event in events:
        if _tells(event):
            latest[event.product_id] = max(latest.get(event.product_id, _NEVER), event.occurred_at)
    moments = sorted(set(latest.values()), reverse=True)
    place = {moment: number for number, moment in enumerate(moments)}
    order = sorted(sorted(latest), key=latest.__getitem__, reverse=True)
    return {product_id: place[latest[product_id]] for product_id in order}


def _tells(event: Event) -> bool:
    return bool(event.product_id and type_weight(event))


def _aged(event: Event, now: datetime, fading: Fading) -> float:
    age = max(now - event.occurred_at, timedelta(0)) / timedelta(days=1)
    share: float = 0.5 ** (age / fading.half_life)
    return type_weight(event) * share


def products_to_look_up(weights: Mapping[str, float]) -> list[str]:
    """The products whose vectors :func:`build_taste` wants: the heaviest ones for, then those against."""
    return _heaviest(weights) + _most_disliked(weights)


def build_taste(
    events: Sequence[Event],
    weights: Mapping[str, float],
    vectors: Mapping[str, Vectors],
    background: Mapping[Space, float],
) -> Taste:
    """The taste that ``events`` (any order) show, with their ``weights`` as :func:`product_weights` gives them.

    Products without vectors are in no interest, but speak in ``behaviour`` all the same. ``background`` is the cosine
    of two random products in each dense space (:attr:`Manifest.likeness`).
    """
    strongest = _strongest_types(events)
    deeds = {each: strongest[each] for each, weight in weights.items() if weight > 0 and each in strongest}
    liked = [product_id for product_id in _heaviest(weights) if vectors.get(product_id)]
    against = tuple(vectors[product_id] for product_id in _most_disliked(weights) if vectors.get(product_id))
    if not liked:
        return Taste((), against, weights, deeds, len(weights))
    alike = likeness([vectors[product_id] for product_id in liked], background)
    clusters = _agglomerate(alike)
    mass = np.array([weights[product_id] for product_id in liked])
    clusters.sort(key=lambda cluster: (-mass[cluster].sum(), liked[cluster[0]]))
    clusters = clusters[:MOST_INTERESTS]
    total = float(sum(mass[cluster].sum() for cluster in clusters))
    interests = []
    for cluster in clusters:
        members = [liked[i] for i in cluster]
        share = mass[cluster]
        medoid = members[int(np.argmax(alike[np.ix_(cluster, cluster)] @ share))]
        centre = mix(dict(zip(members, share.tolist(), strict=True)), vectors)
        interests.append(Interest(medoid, float(share.sum()) / total, tuple(members), centre))
    return Taste(tuple(interests), against, weights, deeds, len(weights))


def _heaviest(weights: Mapping[str, float]) -> list[str]:
    least = LEAST_SHARE * max(weights.values(), default=0.0)
    liked = [product_id for product_id, weight in weights.items() if weight > max(least, 0.0)]
    return sorted(liked, key=lambda product_id: (-weights[product_id], product_id))[:MOST_PRODUCTS]


def _most_disliked(weights: Mapping[str, float]) -> list[str]:
    disliked = [product_id for product_id, weight in weights.items() if weight < 0]
    return sorted(disliked, key=lambda product_id: (weights[product_id], product_id))[:MOST_DISLIKES]


def _strongest_types(events: Sequence[Event]) -> dict[str, EventType]:
    """Of what still stands: what was taken out of the cart again is not "in your cart"."""
    taken_out = {
        event.product_id: event.occurred_at
        for event in sorted(events, key=lambda event: event.occurred_at)
        if event.type is EventType.REMOVE_FROM_CART
    }
    strongest: dict[str, tuple[float, EventType]] = {}
    for event in events:
        weight = type_weight(event)
        if event.type is EventType.ADD_TO_CART and event.occurred_at <= taken_out.get(event.product_id, _NEVER):
            event, weight = replace(event, type=EventType.VIEW), EVENT_WEIGHTS[EventType.VIEW]
        if weight > strongest.get(event.product_id, (0.0, event.type))[0]:
            strongest[event.product_id] = (weight, event.type)
    return {product_id: type_ for product_id, (_, type_) in strongest.items()}


def _agglomerate(alike: NDArray[np.float32]) -> list[list[int]]:
    """Average-linkage clusters: the two most alike are joined until none are alike enough."""
    clusters = [[i] for i in range(len(alike))]
    between = alike.astype(np.float64)
    np.fill_diagonal(between, -np.inf)
    while len(clusters) > 1:
        first, second = divmod(int(np.argmax(between)), len(clusters))
        if between[first, second] < SAME_INTEREST:
            break
        first, second = sorted((first, second))
        a, b = len(clusters[first]), len(clusters[second])
        joined = (a * between[first] + b * between[second]) / (a + b)
        joined[first] = -np.inf
        between[first] = between[:, first] = joined
        between = np.delete(np.delete(between, second, 0), second, 1)
        clusters[first] += clusters.pop(second)
    return clusters


def mix(weights: Mapping[str, float], vectors: Mapping[str, Vectors]) -> dict[Space, Vector]:
    """The weighted mean of the products' vectors in each space that any of them has, unit length in the dense ones.

    ``behaviour`` is left out: what others did after an event is asked by the products themselves, not by their rows.
    """
    known = [(vectors[product_id], weight) for product_id, weight in weights.items() if product_id in vectors]
    mean: dict[Space, Vector] = {}
    for space in (*DENSE_SPACES, Space.KEYWORDS):
        present = [(each[space], weight) for each, weight in known if space in each]
        if not present:
            continue
        if space is Space.KEYWORDS:
            mean[space] = sparse_mean([(v, w) for v, w in present if isinstance(v, SparseVector)])
        else:
            direction = np.array([w for _, w in present], dtype=np.float32) @ np.stack(
                [np.asarray(v, dtype=np.float32) for v, _ in present]
            )
            length = float(np.linalg.norm(direction))
            if length > 0:
                mean[space] = np.asarray(direction, dtype=np.float32) / np.float32(length)
    return mean
