"""Fusion: what several spaces say of the same candidates becomes one score each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from shared.domain.spaces import Space

Scores = NDArray[np.float64]
"""One number for each candidate, shape (n,)."""

DEFAULT_WEIGHTS: Mapping[Space, float] = {
    Space.BEHAVIOUR: 1.0,
    Space.KEYWORDS: 1.0,
    Space.TEXT: 0.7,
    Space.IMAGE: 0.4,
}
AGAINST_WEIGHT = 0.6
"""The share of its score that the product nearest to something disliked loses."""

_REFERENCE_RANK = 10
_FLAT = 1e-9


class View(StrEnum):
    """Whose deeds ask: all of them faded, the last one alone, all of them alike, or those turned away from."""

    WHOLE = "whole"
    LAST = "last"
    EVEN = "even"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of n candidates, ``ids`` in ascending order.

    ``scores`` are raw, as the index gave them, 0 for a candidate that lacks the space. ``interests`` holds the cosines
    with each interest in ``text``, shape (n, interests), where there are several; ``against`` is the highest cosine
    with something disliked.
    """

    ids: tuple[str, ...]
    scores: Mapping[tuple[Space, View], Scores]
    interests: NDArray[np.float64] | None = None
    against: Scores | None = None


def comparable(scores: Scores, background: float = 0.0, most: float = np.inf) -> Scores:
    """Scores of one space on a common scale: ``background`` is 0, and the tenth best candidate is 1.

    Cosines of different encoders, BM25 sums and behaviour weights have nothing in common but their shape; anchoring at
    a fixed rank keeps it. Where fewer than ten are above the background, the best one is 1. What is no finite number
    says nothing. None is above ``most``: where the background is drawn from the candidates themselves, the tenth best
    of a score of them is all but at it, and would make of the best anything.
    """
    above = np.maximum(np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0) - background, 0.0)
    best = float(above.max(initial=0.0))
    if best <= _FLAT:
        return np.zeros_like(above)
    return np.asarray(above / max(tenth_best(above), best / most))


def tenth_best(scores: Scores) -> float:
    """Of positive ``scores``; the best one where fewer than ten are positive, and 0 where none is."""
    enough = scores.size >= _REFERENCE_RANK
    reference = float(np.partition(scores, -_REFERENCE_RANK)[-_REFERENCE_RANK]) if enough else 0.0
    return reference if reference > _FLAT else float(scores.max(initial=0.0))


def contributions(
    evidence: Evidence,
    weights: Mapping[Space, float],
    background: Mapping[Space, float],
    most: Mapping[Space, float] = MappingProxyType({}),
) -> dict[Space, Scores]:
    """What each space that counts adds to each candidate's score; ``most`` as in :func:`comparable`."""
    return {
        space: weight
        * comparable(evidence.scores[space, View.WHOLE], background.get(space, 0.0), most.get(space, np.inf))
        for space, weight in weights.items()
        if weight and (space, View.WHOLE) in evidence.scores
    }


def background_of_words(scores: Scores, likeness: float | None) -> float:
    """Where "nothing in common" lies for words and products: at the median of those proposed, or lower.

    ``likeness`` is of two products, and words may be further from every product than those are from each other, as
    they are from pictures. A score of just 0 is that of a candidate that lacks the space.
    """
    scored = scores[scores != 0]
    median = float(np.median(scored)) if scored.size else 0.0
    return median if likeness is None else min(median, likeness)


def penalty(evidence: Evidence, background: Mapping[Space, float]) -> Scores:
    """The share of its score that each candidate loses for being near to something disliked."""
    if evidence.against is None:
        return np.zeros(len(evidence.ids))
    random = background.get(Space.TEXT, 0.0)
    return AGAINST_WEIGHT * np.clip((evidence.against - random) / (1 - random), 0.0, 1.0)


def belonging(interests: NDArray[np.float64]) -> NDArray[np.intp]:
    """The interest that each candidate is nearest to, shape (n,), of cosines of shape (n, interests)."""
    return np.asarray(np.argmax(interests, axis=1), dtype=np.intp)


def share_out(scores: Scores, interest: NDArray[np.intp], weights: Sequence[float], strength: float) -> Scores:
    """Scores that share the places out between interests: of strength 0 as they were, of 1 by the weights alone.

    The n-th best candidate of an interest of weight w has the claim w / (2n + 1): Sainte-Laguë's divisors give each
    interest places by its weight, so a small one keeps its own beside a large one (the idea of calibrated
    recommendations, Steck, RecSys 2018). Score and claim are mixed geometrically, so within an interest the order
    stays as it was.
    """
    order = np.argsort(-scores, kind="stable")
    place = np.zeros(len(scores))
    for number in range(len(weights)):
        members = order[interest[order] == number]
        place[members] = np.arange(len(members))
    claim = np.asarray(weights, dtype=np.float64)[interest] / (2 * place + 1)
    best = max(float(scores.max(initial=0.0)), _FLAT)
    return np.asarray(np.maximum(scores / best, 0.0) ** (1 - strength) * claim**strength)
