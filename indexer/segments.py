"""Segments: the users most likely to want a product or a category, or most like a user; from one reading of events.

"For you" turned round: what each product would say for the one wanted, if something was done to it, is asked of the
index once; a user's score is the sum of that over the user's faded deeds. So every user costs some look-ups, and the
engine is asked four times in all.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import nsmallest

import numpy as np

from indexer.progress import Progress
from shared.domain.behaviour import dimension
from shared.domain.errors import NotFound
from shared.domain.events import Event
from shared.domain.filters import FilterField, OneOf, matches
from shared.domain.fusion import comparable
from shared.domain.products import Product
from shared.domain.recommendations import SpaceQuery
from shared.domain.spaces import TASTE_SPACES, Space, SparseVector, Vector, Vectors
from shared.domain.sparse import sparse_mean
from shared.domain.standing import fold
from shared.domain.taste import Fading, mix, product_weights
from shared.ports import ProductIndex
from shared.services.personal import taste_of
from shared.services.recommend import RECENT_EVENTS

MOST_TARGETS = 1_000
"""Products that stand for a category of more, evenly spaced."""
_NEAREST = 2_000
"""Products that speak for what is wanted in each space; of the rest, what they say is as good as nothing."""
_VECTORS_AT_A_TIME = 500
_LASTING = 1e6
"""A deed's memory here: what comes next depends on the last few deeds, who wants a thing at all on all of them. Chosen
on the weeks before the test weeks of two shops (AUC .62 to .65 and .72 to .73, and more in the first places)."""
_DOUBT = 4.0
"""Weight, of one purchase, that a user lacks for being like another: a single deed makes nobody somebody's twin."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What speaks for what is wanted: products, by their ids and by their dimensions in ``behaviour``.

    Who has bought or disliked one of ``settled`` is left out, and so is the user ``without``. Where ``alike``, what
    counts is how much of a taste speaks for it rather than how strongly.
    """

    by_product: Mapping[str, float]
    by_dimension: Mapping[int, float]
    settled: frozenset[str] = field(default_factory=frozenset)
    without: str = ""
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    user_id: str
    score: float


def product_wanted(index: ProductIndex, products: Iterable[Product], product_id: str) -> Wanted:
    """For one of ``products``; its variants count as itself where it was bought. Raises NotFound."""
    groups = {product.id: product.group for product in products}
    if product_id not in groups:
        raise NotFound(f"No product '{product_id}' is in the catalogue: check the id, or index a feed that has it.")
    variants = frozenset(each for each, group in groups.items() if group == groups[product_id])
    return _wanted(index, {product_id: 1.0}, settled=variants)


def category_wanted(index: ProductIndex, products: Iterable[Product], category: str) -> Wanted:
    """For the products of a category at any level, by name. Who owns some of it may want more. Raises NotFound."""
    of_it = OneOf(FilterField.CATEGORY, (category,))
    ids = [product.id for product in products if matches(of_it, product)]
    if not ids:
        raise NotFound(f"No product is of the category '{category}': write it as the feed does.")
    step = -(-len(ids) // MOST_TARGETS)
    return _wanted(index, dict.fromkeys(ids[::step], 1.0))


def likeness_wanted(index: ProductIndex, history: Sequence[Event], now: datetime) -> Wanted:
    """For the taste that ``history``, the recent events of one user, shows. Raises NotFound where it shows none."""
    taste, _ = taste_of(index, history, now)
    if not taste.liked:
        raise NotFound("Nothing is known of what that user likes: name one who has turned to some products.")
    return _wanted(index, taste.liked, without=history[0].user_id, alike=True)


def likeliest(
    histories: Iterable[Sequence[Event]], wanted: Wanted, now: datetime, fading: Fading, limit: int, progress: Progress
) -> list[Member]:
    """The ``limit`` users whose tastes speak most for what is wanted, best first, ties by user id.

    ``histories`` are read once, and no more than ``limit`` users kept. Users of whom nothing speaks for it, or more
    against it, are no members. Scores compare within one segment alone. Of ``fading``, the half-life counts.
    """
    fading = replace(fading, memory=_LASTING)
    return nsmallest(
        limit, _members(histories, wanted, now, fading, progress), lambda each: (-each.score, each.user_id)
    )


def _members(
    histories: Iterable[Sequence[Event]], wanted: Wanted, now: datetime, fading: Fading, progress: Progress
) -> Iterator[Member]:
    progress.stage("Reading histories")
    for history in histories:
        progress.advance()
        weights = product_weights(history[-RECENT_EVENTS:], now, fading)
        score = sum(weight * _says(wanted, product_id) for product_id, weight in weights.items())
        if wanted.alike:
            score /= _DOUBT + sum(map(abs, weights.values()))
        if score > 0 and history[0].user_id != wanted.without and not _has_settled(history, wanted.settled):
            yield Member(history[0].user_id, score)


def _says(wanted: Wanted, product_id: str) -> float:
    return wanted.by_product.get(product_id, 0.0) + wanted.by_dimension.get(dimension(product_id), 0.0)


def _has_settled(history: Sequence[Event], settled: Collection[str]) -> bool:
    if not settled:
        return False
    standing = fold(history)
    return not (standing.bought | standing.disliked).isdisjoint(settled)


def _wanted(
    index: ProductIndex,
    targets: Mapping[str, float],
    settled: frozenset[str] = frozenset(),
    without: str = "",
    alike: bool = False,
) -> Wanted:
    """What every product says for ``targets``, with their weights: the contributions of "for you", read backwards."""
    tuning, background = index.manifest.tuning, index.manifest.likeness
    ids, vectors = list(targets), dict[str, Vectors]()
    for first in range(0, len(ids), _VECTORS_AT_A_TIME):
        vectors |= index.vectors(ids[first : first + _VECTORS_AT_A_TIME], TASTE_SPACES)
    asked = {space: vector for space, vector in mix(targets, vectors).items() if tuning.for_you.get(space)}
    most = min(_NEAREST, index.count())
    answers = index.search([SpaceQuery(space, vector, most) for space, vector in asked.items()]) if asked else []
    by_product: dict[str, float] = {}
    for space, hits in zip(asked, answers, strict=True):
        says = tuning.for_you[space] * comparable(np.array([hit.score for hit in hits]), background.get(space, 0.0))
        for hit, amount in zip(hits, says.tolist(), strict=True):
            if amount > 0:
                by_product[hit.product_id] = by_product.get(hit.product_id, 0.0) + amount
    rows = [(row, targets[each]) for each, row in _rows(vectors) if targets[each] > 0]
    by_dimension: dict[int, float] = {}
    if rows and tuning.for_you.get(Space.BEHAVIOUR):
        row = sparse_mean(rows)
        says = tuning.for_you[Space.BEHAVIOUR] * comparable(row.values.astype(np.float64))
        by_dimension = dict(zip(row.indices.tolist(), says.tolist(), strict=True))
    return Wanted(by_product, by_dimension, settled, without, alike)


def _rows(vectors: Mapping[str, Vectors]) -> Iterator[tuple[str, SparseVector]]:
    for product_id, each in vectors.items():
        row: Vector | None = each.get(Space.BEHAVIOUR)
        if isinstance(row, SparseVector) and row:
            yield product_id, row
