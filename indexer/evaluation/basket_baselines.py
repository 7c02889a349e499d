"""What a basket recommender should beat: popularity, co-purchase counts, lift, item neighbours and factorisation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from indexer.evaluation.baselines import NEEDS_EXTRA, Answers, Deeds, Lister, als, filled, item_knn, popularity
from indexer.evaluation.basket_lines import Order
from indexer.evaluation.basket_split import BasketCase, BasketSplit
from indexer.evaluation.encoded import Ask, Catalogue
from indexer.evaluation.metrics import DEPTH, Lists, Targets, accuracy, hits_of, lists_of
from indexer.progress import Progress
from shared.domain.errors import MissingExtra

_ASKED_AT_A_TIME = 500
_KNN: Sequence[Mapping[str, Any]] = [{"kind": "cosine", "K": k} for k in (100, 500, 2_000)]
_LIFT: Sequence[Mapping[str, Any]] = [{"least": least} for least in (1, 5, 20)]
_ALS: Sequence[Mapping[str, Any]] = [
    {"factors": factors, "alpha": alpha, "regularization": regularization}
    for factors in (128, 256)
    for alpha, regularization in ((1.0, 0.05), (10.0, 5.0), (20.0, 20.0))
]
_Fit = Callable[[Deeds, Mapping[str, Any], int], Lister]


def run_baselines(split: BasketSplit, catalogue: Catalogue, seed: int, progress: Progress) -> dict[str, Answers]:
    """The lists of each; settings have the best NDCG@10 on the validation, and are then fitted on all before the test.

    A basket is to them what a user is elsewhere. Only popularity where implicit is not installed.
    """
    grids: dict[str, tuple[_Fit, Sequence[Mapping[str, Any]]]] = {
        "counts": (counts, [{}]),
        "lift": (lift, _LIFT),
        "item_knn": (item_knn, _KNN),
        "als": (als, _ALS),
    }
    progress.stage("Asking the baselines", sum(len(grid) + 1 for _, grid in grids.values()))
    before, deeds = deeds_of(split.fitted, catalogue), deeds_of(split.before_test, catalogue)
    validation, asks = asks_of(split.validation, catalogue), asks_of(split.test, catalogue)
    targets = targets_of(split.validation, catalogue)
    popular = popularity(deeds.popularity())
    answers = {"popularity": Answers(popular(asks), {})}
    for name, (fit, grid) in grids.items():
        try:
            scores = []
            for settings in grid if len(grid) > 1 else ():
                scores.append(_ndcg(fit(before, settings, seed)(validation), targets))
                progress.advance()
            best = grid[int(np.argmax(scores))] if scores else grid[0]
            answers[name] = Answers(filled(fit(deeds, best, seed), popular)(asks), best)
            progress.advance()
        except MissingExtra:
            break
    return answers


def deeds_of(orders: Sequence[Order], catalogue: Catalogue) -> Deeds:
    pairs = [(row, item) for row, order in enumerate(orders) for item in catalogue.numbers(order.products)]
    rows, items = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    return Deeds(rows, items, len(catalogue))


def asks_of(cases: Sequence[BasketCase], catalogue: Catalogue) -> list[Ask]:
    given = [np.array(sorted(catalogue.numbers(case.given)), dtype=np.int32) for case in cases]
    return [Ask(each, each) for each in given]


def targets_of(cases: Sequence[BasketCase], catalogue: Catalogue) -> Targets:
    pairs = [(row, item) for row, case in enumerate(cases) for item in sorted(catalogue.numbers(case.wanted))]
    owners, items = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Targets(owners, items)


def counts(deeds: Deeds, settings: Mapping[str, Any], seed: int) -> Lister:
    """By how many baskets a product shares with each product that is given, summed. Raises MissingExtra."""
    del settings, seed
    return _of_pairs(deeds, "counts", 1)


def lift(deeds: Deeds, settings: Mapping[str, Any], seed: int) -> Lister:
    """The same, each count over what chance would give; pairs of fewer than ``least`` baskets say nothing."""
    del seed
    return _of_pairs(deeds, "lift", settings["least"])


def _of_pairs(deeds: Deeds, kind: Literal["counts", "lift"], least: int) -> Lister:
    try:
        from scipy.sparse import csr_matrix, diags
    except ImportError as error:
        raise MissingExtra(NEEDS_EXTRA) from error
    held = csr_matrix((np.ones(deeds.users.size, dtype=np.float32), (deeds.users, deeds.items)))
    held.resize(held.shape[0], deeds.products)
    together = (held.T @ held).tocsr()
    together.setdiag(0)
    together.data[together.data < least] = 0
    together.eliminate_zeros()
    if kind == "lift":
        rarity = diags(1 / np.maximum(deeds.popularity(), 1))
        together = (rarity @ together @ rarity).tocsr()

    def lists(asks: Sequence[Ask]) -> Lists:
        rows: list[NDArray[np.int32]] = []
        for first in range(0, len(asks), _ASKED_AT_A_TIME):
            batch = asks[first : first + _ASKED_AT_A_TIME]
            ends = np.cumsum([0, *(ask.history.size for ask in batch)])
            items = np.concatenate([ask.history for ask in batch])
            asked = csr_matrix((np.ones(items.size, np.float32), items, ends), shape=(len(batch), deeds.products))
            rows += [_best(scores, ask) for scores, ask in zip((asked @ together).toarray(), batch, strict=True)]
        return lists_of(rows)

    return lists


def _best(scores: NDArray[np.float32], ask: Ask) -> NDArray[np.int32]:
    """The best of a positive score, ties in the order of the ids."""
    scores[ask.excluded] = 0
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    return order[scores[order] > 0].astype(np.int32)


def _ndcg(lists: Lists, targets: Targets) -> float:
    """Over all cases; a target that the catalogue has not got is missed."""
    wanted = np.maximum(targets.counts(len(lists)), 1)
    return float(accuracy(hits_of(lists, targets), wanted)["ndcg@10"].mean())
