"""The ranking of one user's candidates: taste, evidence from every space, one score, places for every interest."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import numpy as np

from shared.domain.events import Event
from shared.domain.features import features
from shared.domain.filters import Filter
from shared.domain.fusion import Evidence, Scores, View, belonging, contributions, penalty, share_out
from shared.domain.recommendations import Candidate
from shared.domain.spaces import Space, Vectors
from shared.domain.taste import Taste, build_taste, product_weights, products_to_look_up
from shared.domain.tuning import Tuning
from shared.ports import ProductIndex
from shared.services.candidates import gather
from shared.services.pages import Ranked

RANKED = 100
"""How many of the best by the weighted sum the learned ranker puts in order; it was trained on as many."""

_OF_TASTE = (Space.TEXT, Space.IMAGE, Space.KEYWORDS)


def taste_of(index: ProductIndex, events: Sequence[Event], now: datetime) -> tuple[Taste, dict[str, Vectors]]:
    """The taste that ``events`` show, in the spaces of ``index``, and the vectors that it was made of."""
    manifest = index.manifest
    weights = product_weights(events, now, manifest.tuning.fading)
    wanted = products_to_look_up(weights)
    vectors = index.vectors(wanted, _OF_TASTE) if wanted else {}
    return build_taste(events, weights, vectors, manifest.likeness), vectors


def rank_personal(
    index: ProductIndex,
    taste: Taste,
    vectors: Mapping[str, Vectors],
    popularity: Mapping[str, float],
    condition: Filter | None,
    depth: int,
    without: Collection[str],
) -> Ranked:
    """The candidates for ``taste``, best first, each with what every space added and the interest it belongs to.

    ``popularity`` is in [0, 1]. Products ``without`` are not looked at.
    """
    tuning, likeness = index.manifest.tuning, index.manifest.likeness
    weights = {space: weight for space, weight in tuning.for_you.items() if weight}
    views = tuple(View) if tuning.ranker else (View.WHOLE,)
    evidence, cut_off = gather(index, taste, vectors, condition, depth, without, weights, views)
    if not evidence.ids:
        return Ranked((), cut_off)
    parts = contributions(evidence, weights, likeness)
    total: Scores = np.sum(list(parts.values()), axis=0)
    scores = total
    if tuning.ranker:
        scores = _learned(evidence, total, popularity, taste.length, tuning, likeness)
    scores = scores * (1 - penalty(evidence, likeness))
    seeds = [taste.interests[0].medoid if taste.interests else taste.latest] * len(evidence.ids)
    if evidence.interests:
        interest = belonging(evidence, likeness)
        scores = share_out(scores, interest, [each.weight for each in taste.interests], tuning.sharing)
        seeds = [taste.interests[number].medoid for number in interest.tolist()]
    return Ranked(as_candidates(evidence, scores, seeds, parts), cut_off)


def _learned(
    evidence: Evidence,
    total: Scores,
    popularity: Mapping[str, float],
    length: int,
    tuning: Tuning,
    likeness: Mapping[Space, float],
) -> Scores:
    """The ranker's order for the best by ``total``, the rest below them as it was; all positive."""
    best = best_by(total)
    seen = features(evidence, likeness, popularity, length, total, best)
    learned = tuning.ranker.score(seen).astype(np.float64) if tuning.ranker else total[best]
    scores = total / max(float(total.max()), 1e-9)
    head = np.exp(learned - learned.max())
    rest = np.ones(len(total), dtype=bool)
    rest[best] = False
    scores[rest] *= float(head.min())
    scores[best] = head
    return scores


def best_by(total: Scores) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """The places of the ``RANKED`` best, best first, ties in the order of the candidates."""
    return np.argsort(-total, kind="stable")[:RANKED]


def as_candidates(
    evidence: Evidence, scores: Scores, seeds: Sequence[str], parts: Mapping[Space, Scores]
) -> list[Candidate]:
    order = np.argsort(-scores, kind="stable").tolist()  # ids ascend, so ties are in order of product id
    added = {space.value: amounts.tolist() for space, amounts in parts.items()}
    values = scores.tolist()
    make = partial(_sources, added)
    return [Candidate(evidence.ids[i], values[i], seeds[i], make(i)) for i in order]


def _sources(added: Mapping[str, Sequence[float]], i: int) -> dict[str, float]:
    return {space: amounts[i] for space, amounts in added.items() if amounts[i] > 0}
