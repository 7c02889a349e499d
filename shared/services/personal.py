"""The ranking of one user's candidates: taste, evidence from every space, one score, places for every interest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from shared.domain.declared import NOTHING_SAID, Said
from shared.domain.events import Event
from shared.domain.features import features
from shared.domain.filters import Filter
from shared.domain.fusion import Evidence, Scores, View, belonging, contributions, penalty, share_out
from shared.domain.popularity import Popularity
from shared.domain.ranker import Ranker
from shared.domain.recommendations import Candidate
from shared.domain.searches import search_weights
from shared.domain.spaces import Space, Vectors
from shared.domain.standing import fold
from shared.domain.taste import Fading, Taste, build_taste, product_weights, products_to_look_up
from shared.ports import ProductIndex
from shared.services.candidates import evidence_on, gather
from shared.services.pages import Ranked
from shared.services.trace import Trace

RANKED = 100
"""How many of the best by the weighted sum the learned ranker puts in order; it was trained on as many."""

_OF_TASTE = (Space.TEXT, Space.IMAGE, Space.KEYWORDS)
FRESH = timedelta(days=14)
"""How long something looked at is not offered again. Then it may be: many a thing is bought at the second look."""


def known_products(events: Sequence[Event], as_of: datetime) -> frozenset[str]:
    """What is not to be offered to who did this: it is not looked at when candidates are compared."""
    lately = frozenset(event.product_id for event in events if event.occurred_at >= as_of - FRESH)
    return (fold(events).excluded | lately) - {""}


def taste_of(
    index: ProductIndex,
    events: Sequence[Event],
    now: datetime,
    fading: Fading | None = None,
    said: Said = NOTHING_SAID,
    searches: Sequence[Event] = (),
) -> tuple[Taste, dict[str, Vectors]]:
    """The taste that ``events`` show beside what was ``said``, in the spaces of ``index``, and their vectors.

    It fades as the index version was tuned to, or as ``fading`` says. ``searches`` say what the events came of.
    """
    manifest = index.manifest
    fading = fading or manifest.tuning.fading
    of_deeds = product_weights(events, now, fading)
    weights = said.added_to(of_deeds)
    wanted = products_to_look_up(weights)
    vectors = index.vectors(wanted, _OF_TASTE) if wanted else {}
    taste = build_taste(events, weights, vectors, manifest.likeness)
    taste = replace(taste, picked=said.picked_for) if said else taste
    if searches:
        taste = replace(taste, searches=search_weights(searches, events, of_deeds, now, fading))
    return taste, vectors


def rank_personal(
    index: ProductIndex,
    taste: Taste,
    vectors: Mapping[str, Vectors],
    popularity: Popularity,
    condition: Filter | None,
    depth: int,
    without: Collection[str],
    trace: Trace | None = None,
) -> Ranked:
    """The candidates for ``taste``, best first, each with what every space added.

    Products ``without`` are not looked at. How it came about goes into a ``trace``.
    """
    weights, views = _asked_of(index)
    if trace is not None:
        trace.begin()
    evidence, cut_off = gather(index, taste, vectors, condition, depth, without, weights, views, trace)
    return Ranked(_in_order(index, taste, evidence, popularity, trace), cut_off)


def rank_given(
    index: ProductIndex,
    taste: Taste,
    vectors: Mapping[str, Vectors],
    popularity: Popularity,
    product_ids: Collection[str],
) -> list[Candidate]:
    """As :func:`rank_personal`, of ``product_ids`` alone; those for which nothing speaks are left out."""
    weights, views = _asked_of(index)
    return _in_order(index, taste, evidence_on(index, taste, vectors, product_ids, weights, views), popularity)


def _asked_of(index: ProductIndex) -> tuple[Mapping[Space, float], tuple[View, ...]]:
    """The spaces that count, with their weights, and how each is asked."""
    tuning = index.manifest.tuning
    weights = {space: weight for space, weight in tuning.for_you.items() if weight}
    return weights, tuple(View) if tuning.ranker else (View.WHOLE,)


def _in_order(
    index: ProductIndex, taste: Taste, evidence: Evidence, popularity: Popularity, trace: Trace | None = None
) -> list[Candidate]:
    if not evidence.ids:
        return []
    tuning, likeness = index.manifest.tuning, index.manifest.likeness
    weights, _ = _asked_of(index)
    parts = contributions(evidence, weights, likeness)
    total: Scores = np.sum(list(parts.values()), axis=0)
    scores = total
    if tuning.ranker:
        scores = _learned(evidence, total, popularity.shares, taste.length, tuning.ranker, likeness)
    lost = penalty(evidence, likeness)
    if trace is not None:
        trace.evidence, trace.parts, trace.total, trace.lost = evidence, parts, total, lost
        trace.learned = scores if tuning.ranker else None
    scores = scores * (1 - lost)
    if evidence.interests is not None:
        interest = belonging(evidence.interests)
        scores = share_out(scores, interest, [each.weight for each in taste.interests], tuning.sharing)
    return as_candidates(evidence, scores, parts)


def _learned(
    evidence: Evidence,
    total: Scores,
    popularity: Mapping[str, float],
    length: int,
    ranker: Ranker,
    likeness: Mapping[Space, float],
) -> Scores:
    """The ranker's order for the best by ``total``, the rest below them as it was; all positive."""
    best = best_by(total)
    seen = features(evidence, likeness, popularity, length, total, best)
    return learned_scores(total, best, ranker.score(seen))


def learned_scores(total: Scores, best: NDArray[np.intp], learned: NDArray[np.float32]) -> Scores:
    """The places ``best`` by their ``learned`` scores, the rest below them in the order of ``total``; all positive."""
    scores = total / max(float(total.max(initial=0.0)), 1e-9)
    head = np.exp(learned.astype(np.float64) - float(learned.max(initial=0.0)))
    rest = np.ones(len(total), dtype=bool)
    rest[best] = False
    scores[rest] *= float(head.min(initial=1.0))
    scores[best] = head
    return scores


def best_by(total: Scores) -> NDArray[np.intp]:
    """The places of the ``RANKED`` best, best first, ties in the order of the candidates."""
    return np.argsort(-total, kind="stable")[:RANKED]


def as_candidates(evidence: Evidence, scores: Scores, parts: Mapping[Space, Scores]) -> list[Candidate]:
    """Best first, each with what every space added; those for which nothing speaks in any space are left out."""
    order = np.argsort(-scores, kind="stable").tolist()  # ids ascend, so ties are in order of product id
    added = {space.value: amounts.tolist() for space, amounts in parts.items()}
    values = scores.tolist()
    raised = ((i, _sources(added, i)) for i in order)
    return [Candidate(evidence.ids[i], values[i], sources) for i, sources in raised if sources]


def _sources(added: Mapping[str, Sequence[float]], i: int) -> dict[str, float]:
    return {space: amounts[i] for space, amounts in added.items() if amounts[i] > 0}
