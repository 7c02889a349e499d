"""What every engine should beat: popularity, recent popularity, item neighbours and matrix factorisation.

The last two are implicit's: item-kNN over BM25-weighted or cosine similarities, and ALS (Hu, Koren & Volinsky, ICDM
2008). Their few settings are chosen on the validation cases, as ours are. A list that runs short is filled up with
popular products, which only helps.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.evaluation.encoded import Ask, Catalogue, Numbers
from indexer.evaluation.metrics import DEPTH, Lists, accuracy, hits_of, lists_of
from indexer.evaluation.split import Case, Split
from indexer.progress import Progress
from shared.domain.errors import MissingExtra

NEEDS_EXTRA = "item_knn and als need implicit: pip install 'vitrine[evaluate]'."
_TUNED_ON = 5_000
_USERS_AT_A_TIME = 2_000
_KNN: Sequence[Mapping[str, Any]] = [
    {**weighting, "K": k}
    for weighting in ({"kind": "cosine"}, {"kind": "bm25", "B": 0.2}, {"kind": "bm25", "B": 0.75})
    for k in (20, 100, 500)
]
_ALS: Sequence[Mapping[str, Any]] = [
    {"factors": factors, "alpha": alpha, "regularization": regularization}
    for factors in (64, 256)
    for alpha, regularization in ((1.0, 0.05), (10.0, 0.05), (10.0, 5.0), (20.0, 20.0))
]

Lister = Callable[[Sequence[Ask]], Lists]
"""Ranks all products for each user, without what is excluded."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What users did, in numbers; both of shape (deeds,)."""

    users: Numbers
    items: Numbers
    products: int

    def popularity(self) -> NDArray[np.int64]:
        return np.bincount(self.items, minlength=self.products)


@dataclass(frozen=True, slots=True)
class Answers:
    """The lists of one baseline for the test cases, and what it was set to."""

    lists: Lists
    settings: Mapping[str, Any]


def run_baselines(split: Split, catalogue: Catalogue, seed: int, progress: Progress) -> dict[str, Answers]:
    """The lists of every baseline that can be run here, by name."""
    asks = [catalogue.ask(case) for case in split.test]
    deeds = Deeds(*catalogue.deeds(split.fitted_for_test), len(catalogue))
    recent = np.bincount(catalogue.deeds(split.recent)[1], minlength=len(catalogue))
    popular = popularity(deeds.popularity())
    answers = {
        "popularity": Answers(popular(asks), {}),
        "recent_popularity": Answers(popularity(recent)(asks), {}),
    }
    for name, fit, grid in (("item_knn", item_knn, _KNN), ("als", als, _ALS)):
        if not deeds.items.size:
            break
        try:
            progress.stage(f"Baseline {name}", len(grid) + 1)
            settings = _best(fit, grid, split, catalogue, seed, progress)
            answers[name] = Answers(filled(fit(deeds, settings, seed), popular)(asks), settings)
            progress.advance()
        except MissingExtra:
            break
    return answers


def _best(
    fit: Callable[[Deeds, Mapping[str, Any], int], Lister],
    grid: Sequence[Mapping[str, Any]],
    split: Split,
    catalogue: Catalogue,
    seed: int,
    progress: Progress,
) -> Mapping[str, Any]:
    """The settings of ``grid`` with the best NDCG@10 on (a sample of) the validation cases."""
    cases = _sample(split.validation, seed)
    targets = catalogue.targets(cases)
    deeds = Deeds(*catalogue.deeds(split.fitted), len(catalogue))
    if not targets.items.size or not deeds.items.size:
        return grid[0]
    asks = [catalogue.ask(case) for case in cases]
    wanted = np.maximum(targets.counts(len(cases)), 1)
    scores = []
    for settings in grid:
        lists = fit(deeds, settings, seed)(asks)
        scores.append(accuracy(hits_of(lists, targets), wanted)["ndcg@10"].mean())
        progress.advance()
    return grid[int(np.argmax(scores))]


def _sample(cases: Sequence[Case], seed: int) -> Sequence[Case]:
    if len(cases) <= _TUNED_ON:
        return cases
    chosen = np.random.default_rng(seed).choice(len(cases), _TUNED_ON, replace=False)
    return [cases[i] for i in np.sort(chosen)]


def popularity(counts: NDArray[np.int64]) -> Lister:
    """The same order for everybody: most often taken first, ties in the order of the ids."""
    order = np.argsort(-counts, kind="stable")
    best: Numbers = order[counts[order] > 0].astype(np.int32)

    def lists(asks: Sequence[Ask]) -> Lists:
        return lists_of([_without(best[: DEPTH + ask.excluded.size], ask.excluded) for ask in asks])

    return lists


def item_knn(deeds: Deeds, settings: Mapping[str, Any], seed: int) -> Lister:
    """Item neighbours by the cosine of who took them, or by BM25-weighted counts. Raises MissingExtra."""
    del seed  # nothing is drawn
    try:
        from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
    except ImportError as error:
        raise MissingExtra(NEEDS_EXTRA) from error
    if settings["kind"] == "bm25":
        return _fitted(BM25Recommender(K=settings["K"], B=settings["B"]), deeds)
    return _fitted(CosineRecommender(K=settings["K"]), deeds)


def als(deeds: Deeds, settings: Mapping[str, Any], seed: int) -> Lister:
    """Factors by alternating least squares; a user's are solved for from the history. Raises MissingExtra."""
    try:
        from implicit.als import AlternatingLeastSquares
    except ImportError as error:
        raise MissingExtra(NEEDS_EXTRA) from error
    with _one_blas_thread():
        model = AlternatingLeastSquares(**settings, iterations=15, random_state=seed)
    return _fitted(model, deeds, recalculate_user=True)


def _fitted(model: Any, deeds: Deeds, **options: Any) -> Lister:
    from scipy.sparse import csr_matrix

    taken = csr_matrix((np.ones(deeds.users.size, dtype=np.float32), (deeds.users, deeds.items)))
    taken.resize(taken.shape[0], deeds.products)
    taken.data[:] = 1.0  # whoever takes a thing twice
    with _one_blas_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own weighting's matrix format
        model.fit(taken, show_progress=False)

    def lists(asks: Sequence[Ask]) -> Lists:
        with _one_blas_thread():
            batches = (asks[first : first + _USERS_AT_A_TIME] for first in range(0, len(asks), _USERS_AT_A_TIME))
            return np.concatenate([_recommended(model, batch, deeds.products, options) for batch in batches])

    return lists


def _recommended(model: Any, asks: Sequence[Ask], products: int, options: Mapping[str, Any]) -> Lists:
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(ask.history.size for ask in asks)])
    items = np.concatenate([ask.history for ask in asks])
    histories = csr_matrix((np.ones(items.size, dtype=np.float32), items, ends), shape=(len(asks), products))
    # More than is excluded, so that enough is left; implicit itself can leave out no more than the history.
    depth = min(DEPTH + max(ask.excluded.size for ask in asks), products)
    found, scores = model.recommend(
        np.arange(len(asks)), histories, N=depth, filter_already_liked_items=False, **options
    )
    usable = (found >= 0) & (scores > 0)
    rows = zip(found, usable, asks, strict=True)
    return lists_of([_without(row[good], ask.excluded) for row, good, ask in rows])


def filled(first: Lister, then: Lister) -> Lister:
    def lists(asks: Sequence[Ask]) -> Lists:
        rows: list[Numbers] = []
        for head, tail in zip(first(asks), then(asks), strict=True):
            known = head[head >= 0]
            rows.append(np.concatenate([known, _without(tail[tail >= 0], known)]))
        return lists_of(rows)

    return lists


def _without(items: Numbers, excluded: Numbers) -> Numbers:
    return items[~np.isin(items, excluded)]


@contextlib.contextmanager
def _one_blas_thread() -> Iterator[None]:
    """implicit has threads of its own and asks for a BLAS without: with both they wait for each other."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        yield
