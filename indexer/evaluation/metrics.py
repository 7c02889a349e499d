"""Measures of ranked lists, in numpy. A list is a row of product numbers, best first, -1 behind its end.

Accuracy comes out by user, so that it can be cut and resampled; the others are of a whole set of lists.
Definitions of AP@k and NDCG@k: Manning, Raghavan & Schütze, Introduction to Information Retrieval, 2008, ch. 8, with
the ideal list cut at k too. Novelty, intra-list distance and personalisation: Castells, Hurley & Vargas, Novelty and
Diversity in Recommender Systems, 2015; Zhou et al., PNAS 2010.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Lists = NDArray[np.int32]
"""Shape (users, depth)."""

DEPTH = 50
CUTS = (5, 10, 20)
PAGE = 10
"""How much of a list the measures look at that are not of accuracy."""

_PAIRS = 20_000
_ROWS_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Targets:
    """Product ``items[i]`` is wanted by the user of row ``owners[i]``; both of shape (targets,), pairs unique."""

    owners: NDArray[np.int64]
    items: NDArray[np.int64]

    def of(self, wanted: NDArray[np.bool_]) -> "Targets":
        """Those where ``wanted``, shape (targets,)."""
        return Targets(self.owners[wanted], self.items[wanted])

    def counts(self, users: int) -> NDArray[np.int64]:
        """How many each user has, shape (users,)."""
        return np.bincount(self.owners, minlength=users)


def lists_of(rows: Sequence[Sequence[int] | NDArray[np.int32]]) -> Lists:
    """Ragged rows as lists of :data:`DEPTH`."""
    lists = np.full((len(rows), DEPTH), -1, dtype=np.int32)
    for place, row in enumerate(rows):
        lists[place, : min(len(row), DEPTH)] = row[:DEPTH]
    return lists


def hits_of(lists: Lists, targets: Targets) -> NDArray[np.bool_]:
    """Where a list holds a target of its user, shape (users, depth)."""
    products = int(max(lists.max(initial=0), targets.items.max(initial=0))) + 1
    rows = np.arange(len(lists), dtype=np.int64)[:, None]
    return np.isin(rows * products + lists, targets.owners * products + targets.items) & (lists >= 0)


def accuracy(hits: NDArray[np.bool_], wanted: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """By measure and cut-off (``ndcg@10``), one figure a user, shape (users,), all in [0, 1].

    ``wanted`` is how many targets each user has, at least 1.
    """
    places = np.arange(1, hits.shape[1] + 1)
    found = np.cumsum(hits, axis=1)
    gains = hits / np.log2(places + 1)
    ideal = np.cumsum(1 / np.log2(places + 1))
    precisions = np.where(hits, found / places, 0.0)
    reciprocals = np.where(hits & (found == 1), 1 / places, 0.0)
    by_name: dict[str, NDArray[np.float64]] = {}
    for k in CUTS:
        best = np.minimum(wanted, k)
        by_name[f"hr@{k}"] = (found[:, k - 1] > 0).astype(np.float64)
        by_name[f"recall@{k}"] = found[:, k - 1] / wanted
        by_name[f"precision@{k}"] = found[:, k - 1] / k
        by_name[f"ndcg@{k}"] = np.minimum(gains[:, :k].sum(axis=1) / ideal[best - 1], 1.0)
        by_name[f"map@{k}"] = np.minimum(precisions[:, :k].sum(axis=1) / best, 1.0)
        by_name[f"mrr@{k}"] = reciprocals[:, :k].sum(axis=1)
    by_name[f"recall@{DEPTH}"] = found[:, DEPTH - 1] / wanted
    return by_name


def ndcg_curve(hits: NDArray[np.bool_], wanted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean NDCG at every cut-off from 1, shape (depth,)."""
    places = np.arange(1, hits.shape[1] + 1)
    gains = np.cumsum(hits / np.log2(places + 1), axis=1)
    ideal = np.cumsum(1 / np.log2(places + 1))
    best = np.minimum(wanted[:, None], places)
    curve: NDArray[np.float64] = (gains / ideal[best - 1]).mean(axis=0)
    return curve


def coverage(lists: Lists, products: int) -> float:
    """The share of the catalogue's ``products`` that stands in the first ten of at least one list."""
    return len(_shown(lists)) / products if products else 0.0


def novelty(lists: Lists, events: NDArray[np.int64]) -> float:
    """Mean of -log2 of the share of all events that a shown product has, in bits.

    ``events`` counts by product, shape (products,); each gets one more, so that a product without any has a share.
    """
    page = lists[:, :PAGE]
    shares = (events + 1) / (events.sum() + len(events))
    bits = -np.log2(shares)[page[page >= 0]]
    return float(bits.mean()) if bits.size else 0.0


def intra_list_distance(lists: Lists, vectors: NDArray[np.float32]) -> float:
    """Mean over lists of 1 - the mean cosine of two products of the first ten.

    ``vectors`` has unit rows by product, zeros where it has none; lists with fewer than two of them are left out.
    """
    distances = []
    for first in range(0, len(lists), _ROWS_AT_A_TIME):
        page = lists[first : first + _ROWS_AT_A_TIME, :PAGE]
        shown = vectors[np.maximum(page, 0)] * (page >= 0)[:, :, None]
        known = (np.abs(shown).sum(axis=2) > 0).sum(axis=1)
        # |sum of the vectors|² holds every pair twice, and each vector with itself.
        pairs = (shown.sum(axis=1) ** 2).sum(axis=1) - (shown**2).sum(axis=(1, 2))
        enough = known > 1
        distances.append(1 - pairs[enough] / (known * (known - 1))[enough])
    every = np.concatenate(distances) if distances else np.empty(0)
    return float(every.mean()) if every.size else 0.0


def personalisation(lists: Lists, rng: np.random.Generator) -> float:
    """1 - the mean share of their first ten that two users have in common, over pairs drawn with ``rng``."""
    if len(lists) < 2:
        return 0.0
    one = rng.integers(len(lists), size=_PAIRS)
    other = (one + rng.integers(1, len(lists), size=_PAIRS)) % len(lists)
    a, b = lists[one, :PAGE], lists[other, :PAGE]
    common = ((a[:, :, None] == b[:, None, :]) & (a >= 0)[:, :, None]).sum(axis=(1, 2))
    lengths = np.maximum((a >= 0).sum(axis=1), (b >= 0).sum(axis=1))
    return float(1 - (common / np.maximum(lengths, 1)).mean())


def means(by_user: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """The mean over users of each measure; nothing where there is no user."""
    return {name: float(values.mean()) for name, values in by_user.items() if values.size}


def _shown(lists: Lists) -> NDArray[np.int32]:
    page = np.unique(lists[:, :PAGE])
    return page[page >= 0]
