"""Which products a theme's collection is made of: those that fit it, and of those the ones to the reader's taste."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shared.domain.fusion import Evidence, Scores, View, contributions, penalty
from shared.domain.recommendations import Candidate
from shared.domain.spaces import Space, Vectors
from shared.domain.standing import fold
from shared.domain.taste import Taste
from shared.domain.themes import Theme
from shared.services.candidates import evidence_on
from shared.services.pages import Ranked, Start
from shared.services.personal import FRESH, taste_of
from shared.services.recommend import RECENT_EVENTS
from shared.services.session import Session
from shared.services.theme_pools import Pool, ThemeFinder

TASTE = "taste"
"""The source of a product that the reader's taste raised."""
TASTE_SHARE = 0.25
"""Of a product's score; the rest is how well it fits. What a theme promises comes first, and taste second: at this
share the product liked best passes the one that fits best where it fits two thirds as well, and not below."""


@dataclass(frozen=True, slots=True)
class Reader:
    """``excluded`` are the products that the reader owns, has in the cart or dislikes."""

    taste: Taste = field(default_factory=Taste)
    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


def reader_of(begin: Start, user_id: str, session: Session) -> Reader:
    """A guest has an empty ``user_id``, and a taste of the session alone. Raises InvalidInput for a bad session."""
    deeds = begin.events.deeds(user_id, RECENT_EVENTS, begin.as_of, begin.as_of - FRESH)
    events = [*deeds.recent, *deeds.unstored(session.events(user_id, begin.as_of))]
    taste, vectors = taste_of(begin.index, events, begin.as_of)
    return Reader(taste, vectors, (fold(events).excluded | deeds.standing.excluded) - {""})


def rank_themes(
    begin: Start, finder: ThemeFinder, reader: Reader, themes: Sequence[Theme], depth: int
) -> list[tuple[Ranked, Mapping[str, float]]]:
    """For each theme what belongs to it, best first, with how much the reader would like each product.

    The likings compare between themes; 1 is what the tenth best of all has, and a reader without a taste likes nothing.
    One search, besides those of the pools.
    """
    pools = finder.pools(begin, themes, depth)
    union = sorted({each for pool in pools for each in pool.ids})
    manifest = begin.index.manifest
    weights = {space: weight for space, weight in manifest.tuning.for_you.items() if weight}
    said = evidence_on(begin.index, reader.taste, reader.vectors, union, weights, (View.WHOLE,))
    liking = dict(zip(said.ids, _liking(begin, said, weights).tolist(), strict=True))
    return [
        (
            Ranked(_mixed(pool, _liking(begin, _among(said, pool.ids), weights)), pool.cut_off),
            {each: liking.get(each, 0.0) for each in pool.ids},
        )
        for pool in pools
    ]


def _liking(begin: Start, said: Evidence, weights: Mapping[Space, float]) -> Scores:
    likeness = begin.index.manifest.likeness
    parts = contributions(said, weights, likeness)
    if not parts:
        return np.zeros(len(said.ids))
    total: Scores = np.sum(list(parts.values()), axis=0) * (1 - penalty(said, likeness))
    return total


def _among(said: Evidence, ids: Sequence[str]) -> Evidence:
    place = {each: number for number, each in enumerate(said.ids)}
    rows: NDArray[np.intp] = np.array([place[each] for each in ids if each in place], dtype=np.intp)
    return Evidence(
        tuple(said.ids[row] for row in rows.tolist()),
        {key: column[rows] for key, column in said.scores.items()},
        against=None if said.against is None else said.against[rows],
    )


def _mixed(pool: Pool, liking: Scores) -> list[Candidate]:
    """By fit and taste together, ties in order of product id. Without a taste, by fit alone."""
    most = float(liking.max(initial=0.0))
    liked = TASTE_SHARE * liking / most if most > 0 else np.zeros(len(pool.ids))
    scores = (1 - TASTE_SHARE) * pool.fit + liked
    sources = [
        {space.value: float(amounts[i]) for space, amounts in pool.parts.items() if amounts[i] > 0}
        | ({TASTE: float(liked[i])} if liked[i] > 0 else {})
        for i in range(len(pool.ids))
    ]
    return [Candidate(pool.ids[i], float(scores[i]), sources[i]) for i in np.argsort(-scores, kind="stable").tolist()]
