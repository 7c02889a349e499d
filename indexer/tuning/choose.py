"""The choices, one after the other: fading, weights, sharing, and whether the learned ranker earns its place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from indexer.progress import Progress
from indexer.ranker import FEWEST_GROUPS, TrainingGroup, cross_validated, train_ranker
from indexer.tuning.cases import HeldOut
from indexer.tuning.examples import SPACES, VIEWS, Examiner, Example, OpenIndex
from indexer.tuning.search import Gains, Weighing, ascend, beats, ndcg
from shared.domain.errors import MissingExtra
from shared.domain.features import DIRECTIONS, FEATURES
from shared.domain.fusion import View, share_out
from shared.domain.spaces import Space
from shared.domain.taste import Fading
from shared.domain.tuning import Tuning
from shared.services.personal import best_by, learned_scores

MEMORIES = (1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
HALF_LIVES = (7.0, 30.0, 120.0)
SHARINGS = (0.0, 0.05, 0.1, 0.2, 0.3)
LEAST_GAIN = 1.02
"""What the ranker must reach of the weighted sum's NDCG@10, out of fold, to be worth its trees."""

LEAST_KEPT = 0.995
"""How much of NDCG@10 sharing places out may cost: every interest being seen is worth so much, and no more."""

MOST_CASES = 25_000
FEWEST_CASES = 50
_SAMPLED = 1_500
_FOLDS = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """``figures`` are the mean NDCG@10 on the cases after each choice, and what was chosen from."""

    tuning: Tuning
    figures: Mapping[str, float]


def choose(
    open_index: OpenIndex,
    cases: Sequence[HeldOut],
    popularity: Mapping[str, float],
    as_of: datetime,
    start: Tuning,
    progress: Progress,
    seed: int = 1,
) -> Chosen:
    """The best settings found on ``cases``, which the index must not have learnt from.

    With fewer than ``FEWEST_CASES``, ``start`` stays as it is: chance would choose.
    """
    if len(cases) < FEWEST_CASES:
        return Chosen(start, {"cases": float(len(cases))})
    draw = np.random.default_rng(seed)
    kept = [cases[i] for i in sorted(draw.permutation(len(cases))[:MOST_CASES].tolist())]
    sample = [kept[i] for i in sorted(draw.permutation(len(kept))[:_SAMPLED].tolist())]

    with Examiner(open_index, popularity, as_of, len(kept)) as examiner:
        progress.stage("Choosing how tastes fade")
        fading = _fading(lambda tried: list(examiner.examples(sample, tried, (View.WHOLE,))), start)
        progress.stage("Looking at the validation cases", len(kept))
        known = []
        for example in examiner.examples(kept, fading):
            known.append(example)
            progress.advance()
    figures = {"cases": float(len(kept)), "candidates_with_target": _found(known)}
    progress.stage("Choosing weights")
    weighing = Weighing(known, View.WHOLE)
    for_you, gains = ascend(weighing.ndcg, _all_spaces(start.for_you), Space.BEHAVIOUR)
    alike = {space: start.similar.get(space, 0.0) for space in _CONTENT}
    similar, gains_of_similar = ascend(Weighing(known, View.LAST).ndcg, alike, Space.TEXT)
    figures["ndcg@10 before"] = float(weighing.ndcg(start.for_you).mean())
    figures["ndcg@10 weighted"] = float(gains.mean())
    figures["ndcg@10 similar"] = float(gains_of_similar.mean())
    tuning = replace(start, fading=fading, for_you=for_you, similar=similar, ranker=None, cases=len(kept))
    progress.stage("Training the ranker")
    tuning, figures = _ranked(known, tuning, figures, seed)
    sharing, figures["ndcg@10 shared"] = _sharing(known, tuning)
    return Chosen(replace(tuning, sharing=sharing), figures)


_CONTENT = (Space.TEXT, Space.IMAGE, Space.KEYWORDS)


def _all_spaces(weights: Mapping[Space, float]) -> dict[Space, float]:
    return {space: weights.get(space, 0.0) for space in SPACES}


def _found(cases: Sequence[Example]) -> float:
    return float(np.mean([bool(case.relevant) for case in cases]))


def _fading(seen: Callable[[Fading], list[Example]], start: Tuning) -> Fading:
    """Memory first, then half-life; a change must win, so that what makes no difference stays as it was."""

    def reached(fading: Fading) -> Gains:
        return ascend(Weighing(seen(fading), View.WHOLE).ndcg, _all_spaces(start.for_you), Space.BEHAVIOUR)[1]

    best, standing = start.fading, reached(start.fading)
    for field, values in (("memory", MEMORIES), ("half_life", HALF_LIVES)):
        for fading in [replace(best, **{field: value}) for value in values]:
            if fading != best and beats(gains := reached(fading), standing):
                best, standing = fading, gains
    return best


def _totals(cases: Sequence[Example], weights: Mapping[Space, float]) -> list[NDArray[np.float64]]:
    factors = np.array([weights.get(space, 0.0) for space in SPACES])
    return [case.scores[:, :, VIEWS.index(View.WHOLE)].astype(np.float64) @ factors for case in cases]


def _ranked(
    cases: Sequence[Example], tuning: Tuning, figures: dict[str, float], seed: int
) -> tuple[Tuning, dict[str, float]]:
    """``tuning`` with a ranker where one beats the weighted sum on cases that it was not trained on."""
    totals = _totals(cases, tuning.for_you)
    chosen = [best_by(total) for total in totals]
    groups = [_group(case, total, rows) for case, total, rows in zip(cases, totals, chosen, strict=True)]
    if sum(bool(group.relevant) for group in groups) < 2 * FEWEST_GROUPS:
        return tuning, figures
    try:
        learned = cross_validated(groups, FEATURES, _FOLDS, seed, DIRECTIONS)
    except MissingExtra:
        return tuning, {**figures, "ranker needs the extra tune": 1.0}
    plain, reached = (
        ndcg([each.astype(np.float32) for each in scores], cases)
        for scores in (
            [total * (1 - case.penalty) for total, case in zip(totals, cases, strict=True)],
            [
                learned_scores(total, rows, scores) * (1 - case.penalty)
                for total, rows, scores, case in zip(totals, chosen, learned, cases, strict=True)
            ],
        )
    )
    figures = {**figures, "ndcg@10 learned, out of fold": reached, "ranker over sum": reached / max(plain, 1e-9)}
    if reached < LEAST_GAIN * plain:
        return tuning, figures
    return replace(tuning, ranker=train_ranker(groups, FEATURES, seed, DIRECTIONS)), figures


def _group(case: Example, total: NDArray[np.float64], rows: NDArray[np.intp]) -> TrainingGroup:
    """The features that :func:`shared.domain.features.features` gives, from what was kept of the case."""
    known = (case.popularity[rows], np.full(len(rows), case.length), np.arange(len(rows)), total[rows])
    columns = [case.scores[rows].reshape(len(rows), len(SPACES) * len(VIEWS)), np.stack(known, axis=1)]
    relevant = set(case.relevant)
    return TrainingGroup(
        np.concatenate(columns, axis=1).astype(np.float32),
        tuple(place for place, row in enumerate(rows.tolist()) if row in relevant),
    )


def _sharing(cases: Sequence[Example], tuning: Tuning) -> tuple[float, float]:
    """The most that places may be shared out without losing more than is allowed."""
    scores = [total * (1 - case.penalty) for total, case in zip(_totals(cases, tuning.for_you), cases, strict=True)]
    best, kept = SHARINGS[0], 0.0
    plain = 0.0
    for strength in SHARINGS:
        shared = [
            share_out(each, case.interest.astype(np.intp), case.shares, strength) if case.shares else each
            for each, case in zip(scores, cases, strict=True)
        ]
        reached = ndcg([each.astype(np.float32) for each in shared], cases)
        plain = plain or reached
        if reached >= LEAST_KEPT * plain:
            best, kept = strength, reached
    return best, kept
