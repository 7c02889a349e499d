"""Taste: what a user's recent events say, as a few weighted interests rather than one average.

After PinnerSage (Pal et al., KDD 2020): the products of recent events are clustered bottom up, each cluster is an
interest, its medoid is the product that stands for it ("because you viewed X"), its weight is the decayed weight of
its events. Pure functions of the events, their vectors and ``now``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from shared.domain.events import Event, EventType
from shared.domain.keywords import sparse
from shared.domain.spaces import DENSE_SPACES, Space, SparseVector, Vector, Vectors
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

HALF_LIFE = timedelta(days=14)
MOST_PRODUCTS = 50
"""Products that are clustered; the heaviest ones. Agglomeration costs their number cubed: 50 takes a millisecond."""

MOST_INTERESTS = 5
_NEVER = datetime.min.replace(tzinfo=UTC)
MOST_DISLIKES = 3
SAME_INTEREST = 0.35
"""How alike two clusters must be to be one interest, where two random products of the catalogue are 0 and equal ones 1.

Cosines alone would not do: two random products have .25 with one encoder and catalogue and .6 with another. On this
scale, with two encoders on three catalogues, products of one type had medians of .34 to .67; of the others the 95th
percentile was .24 to .33, and .49 where all is clothing."""


@dataclass(frozen=True, slots=True)
class Interest:
    """A cluster of products: ``medoid`` stands for it, ``vectors`` ask each space for more of it.

    ``weight`` is its share of the taste, in (0, 1]. ``deeds`` are the members, each with the strongest thing the user
    did to it that still stands.
    """

    medoid: str
    weight: float
    deeds: Mapping[str, EventType]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Taste:
    """Interests, heaviest first; ``against`` holds the vectors of what the user turned away from."""

    interests: tuple[Interest, ...] = ()
    against: tuple[Vectors, ...] = ()


def event_weight(event: Event, now: datetime) -> float:
    """The weight of ``event``'s type, halved for every ``HALF_LIFE`` of its age."""
    age = max(now - event.occurred_at, timedelta(0))
    return float(_type_weight(event) * 0.5 ** (age / HALF_LIFE))


def _type_weight(event: Event) -> float:
    if event.type is not EventType.RATE:
        return EVENT_WEIGHTS.get(event.type, 0.0)
    if event.value is None or POOR_RATING < event.value < GOOD_RATING:
        return 0.0
    return GOOD_RATING_WEIGHT if event.value >= GOOD_RATING else POOR_RATING_WEIGHT


def product_weights(events: Sequence[Event], now: datetime) -> dict[str, float]:
    """What all events together say for each product; negative says against."""
    weights: dict[str, float] = {}
    for event in events:
        weight = event_weight(event, now)
        if event.product_id and weight:
            weights[event.product_id] = weights.get(event.product_id, 0.0) + weight
    return weights


def products_to_look_up(events: Sequence[Event], now: datetime) -> list[str]:
    """The products whose vectors :func:`build_taste` wants: the heaviest ones for, then those against."""
    weights = product_weights(events, now)
    return _heaviest(weights) + _most_disliked(weights)


def build_taste(
    events: Sequence[Event], vectors: Mapping[str, Vectors], now: datetime, background: Mapping[Space, float]
) -> Taste:
    """The taste that ``events`` (any order) show; products without vectors are passed over.

    ``background`` is the cosine of two random products in each dense space (:attr:`Manifest.likeness`).
    """
    weights = product_weights(events, now)
    liked = [product_id for product_id in _heaviest(weights) if vectors.get(product_id)]
    against = tuple(vectors[product_id] for product_id in _most_disliked(weights) if vectors.get(product_id))
    if not liked:
        return Taste((), against)
    likeness = _likeness([vectors[product_id] for product_id in liked], background)
    clusters = _agglomerate(likeness)
    mass = np.array([weights[product_id] for product_id in liked])
    clusters.sort(key=lambda cluster: (-mass[cluster].sum(), liked[cluster[0]]))
    clusters = clusters[:MOST_INTERESTS]
    total = float(sum(mass[cluster].sum() for cluster in clusters))
    strongest = _strongest_types(events)
    interests = []
    for cluster in clusters:
        members = [liked[i] for i in cluster]
        share = mass[cluster]
        medoid = members[int(np.argmax(likeness[np.ix_(cluster, cluster)] @ share))]
        centre = _centre([vectors[product_id] for product_id in members], share)
        deeds = {product_id: strongest[product_id] for product_id in members}
        interests.append(Interest(medoid, float(share.sum()) / total, deeds, centre))
    return Taste(tuple(interests), against)


def nearest_deed(interest: Interest, product: Vectors, vectors: Mapping[str, Vectors]) -> str:
    """The member of ``interest`` that is most like ``product``: what a reason should speak of."""
    members = list(interest.deeds)
    for space in DENSE_SPACES:
        if space in product:
            known = [member for member in members if space in vectors[member]]
            if known:
                wanted = np.asarray(product[space], dtype=np.float32)
                return max(known, key=lambda member: float(np.asarray(vectors[member][space]) @ wanted))
    return interest.medoid


def _heaviest(weights: Mapping[str, float]) -> list[str]:
    liked = [product_id for product_id, weight in weights.items() if weight > 0]
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
        weight = _type_weight(event)
        if event.type is EventType.ADD_TO_CART and event.occurred_at <= taken_out.get(event.product_id, _NEVER):
            event, weight = replace(event, type=EventType.VIEW), EVENT_WEIGHTS[EventType.VIEW]
        if weight > strongest.get(event.product_id, (0.0, event.type))[0]:
            strongest[event.product_id] = (weight, event.type)
    return {product_id: type_ for product_id, (_, type_) in strongest.items()}


def _likeness(vectors: Sequence[Vectors], background: Mapping[Space, float]) -> NDArray[np.float32]:
    """How alike all pairs are, shape (n, n), in ``text``; products without text vectors, in ``image``.

    Meaning, not looks, tells interests apart: a blue mug looks more like a blue shoe than like a red mug.
    """
    likeness = np.zeros((len(vectors), len(vectors)), dtype=np.float32)
    for space in reversed(DENSE_SPACES):  # text comes last and overwrites image
        rows = [i for i, each in enumerate(vectors) if space in each]
        if rows:
            matrix = np.stack([np.asarray(vectors[i][space], dtype=np.float32) for i in rows])
            random = background.get(space, 0.0)
            likeness[np.ix_(rows, rows)] = (matrix @ matrix.T - random) / (1 - random)
    return likeness


def _agglomerate(likeness: NDArray[np.float32]) -> list[list[int]]:
    """Average-linkage clusters: the two most alike are joined until none are alike enough."""
    clusters = [[i] for i in range(len(likeness))]
    between = likeness.astype(np.float64)
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


def _centre(members: Sequence[Vectors], weights: NDArray[np.float64]) -> dict[Space, Vector]:
    """The weighted mean of the members in each space they have, unit length in the dense ones."""
    centre: dict[Space, Vector] = {}
    for space in Space:
        present = [(each[space], weight) for each, weight in zip(members, weights, strict=True) if space in each]
        if not present:
            continue
        if space in DENSE_SPACES:
            mean = sum(np.asarray(vector, dtype=np.float32) * np.float32(weight) for vector, weight in present)
            length = float(np.linalg.norm(mean))
            if length > 0:
                centre[space] = np.asarray(mean, dtype=np.float32) / np.float32(length)
        else:
            centre[space] = _sparse_mean([(v, w) for v, w in present if isinstance(v, SparseVector)])
    return centre


def _sparse_mean(parts: Sequence[tuple[SparseVector, float]]) -> SparseVector:
    total = sum(weight for _, weight in parts)
    mean: dict[int, float] = {}
    for vector, weight in parts:
        for dimension, value in zip(vector.indices.tolist(), vector.values.tolist(), strict=True):
            mean[dimension] = mean.get(dimension, 0.0) + value * weight / total
    return sparse(mean)
