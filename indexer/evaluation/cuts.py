"""The same measures for parts of the users and of the targets."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.evaluation.intervals import intervals
from indexer.evaluation.metrics import DEPTH, Targets, accuracy

MEASURES = ("hr@10", "ndcg@10", f"recall@{DEPTH}")
HISTORY_BANDS = (
    (0, 0, "0, cold users"),
    (1, 2, "1-2"),
    (3, 4, "3-4"),
    (5, 9, "5-9"),
    (10, 19, "10-19"),
    (20, None, "20+"),
)
PRODUCT_BANDS = ((0, 0, "0, cold products"), (1, 4, "1-4"), (5, 19, "5-19"), (20, 99, "20-99"), (100, None, "100+"))

Band = tuple[int, int | None, str]
Cut = dict[str, dict[str, object]]


def by_history(hits: NDArray[np.bool_], targets: Targets, lengths: NDArray[np.int64], seed: int) -> Cut:
    """Users by the number of products in their history (``lengths``, shape (users,))."""
    wanted = targets.counts(len(hits))
    return {
        name: measured(hits[users], wanted[users], seed)
        for name, users in _banded(lengths, HISTORY_BANDS).items()
        if users.any()
    }


def by_product(lists_hits: Mapping[str, tuple[NDArray[np.bool_], Targets]], seed: int) -> Cut:
    """For each band of targets, the users who have some: hits on those, and those targets."""
    cut = {}
    for name, (hits, targets) in lists_hits.items():
        wanted = targets.counts(len(hits))
        users = wanted > 0
        if users.any():
            cut[name] = measured(hits[users], wanted[users], seed)
    return cut


def target_bands(targets: Targets, events: NDArray[np.int64]) -> dict[str, Targets]:
    """Targets by how many fitted events (by product) they have: few is new or rare, none is cold."""
    return {name: targets.of(chosen) for name, chosen in _banded(events[targets.items], PRODUCT_BANDS).items()}


def _banded(values: NDArray[np.int64], bands: Sequence[Band]) -> dict[str, NDArray[np.bool_]]:
    return {
        name: (values >= low) & (values <= (np.iinfo(np.int64).max if high is None else high))
        for low, high, name in bands
    }


def measured(hits: NDArray[np.bool_], wanted: NDArray[np.int64], seed: int) -> dict[str, object]:
    """The measures of a cut, each with its interval, and how many users it has."""
    by_user = {name: values for name, values in accuracy(hits, wanted).items() if name in MEASURES}
    figures: dict[str, object] = {name: round(float(values.mean()), 6) for name, values in by_user.items()}
    ranges = {name: [round(a, 6), round(b, 6)] for name, (a, b) in intervals(by_user, seed).items()}
    return {"users": len(hits), **figures, "intervals": ranges}
