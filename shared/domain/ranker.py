"""The learned ranker: a sum of small decision trees over a candidate's features.

A tree's leaves are numbered from left to right and kept as bits of an integer: a split that sends a row right rules out
the leaves on its left, and the row ends in the first leaf that is left over (QuickScorer: Lucchese et al., SIGIR 2015).
Every split of every tree is one comparison for all rows, whatever its depth; and there are no pointers from split to
split, so no record of a tree can be a circle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from reprlib import repr as shortened
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

MOST_FEATURES = 256
MOST_TREES = 200
MOST_LEAVES = 32
"""As many as an integer of the masks has bits."""

LARGEST_THRESHOLD = 3.4028235e38
"""The largest float32: with it, a split parts what is missing from what is not."""

LARGEST_VALUE = 1e6
"""Of a leaf, so that no sum of them overflows."""

_LONGEST_NAME = 100
_ROWS = 1024
"""Scored at a time: 200 trees by so many rows are a megabyte."""

_Item = TypeVar("_Item", int, float)


@dataclass(frozen=True, slots=True)
class Tree:
    """Splits, in any order, and the values of the leaves from left to right: s splits, s + 1 values.

    A split sends a row left where its feature is at most the threshold; ``lefts`` has the bits of the leaves on its
    left. Of f features, column c is feature c with missing values going left, column f + c the same with them going
    right. Thresholds and values are used in float32.
    """

    columns: tuple[int, ...]
    thresholds: tuple[float, ...]
    lefts: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ranker:
    """Trees over the features ``names``. Raises ValueError, with one sentence, for any that cannot be scored."""

    names: tuple[str, ...]
    trees: tuple[Tree, ...] = ()
    # The trees side by side, shapes (splits, trees) and (leaves, trees). Absent splits rule nothing out.
    _columns: NDArray[np.intp] = field(init=False, repr=False, compare=False)
    _thresholds: NDArray[np.float32] = field(init=False, repr=False, compare=False)
    _lefts: NDArray[np.uint32] = field(init=False, repr=False, compare=False)
    _values: NDArray[np.float32] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_names(self.names)
        if len(self.trees) > MOST_TREES:
            raise ValueError(f"A ranker has {len(self.trees):,} trees, and {MOST_TREES} are allowed: train fewer.")
        for number, tree in enumerate(self.trees):
            _check(tree, number, 2 * len(self.names))
        trees = self.trees
        object.__setattr__(self, "_columns", _side_by_side([tree.columns for tree in trees], np.intp))
        object.__setattr__(self, "_thresholds", _side_by_side([tree.thresholds for tree in trees], np.float32))
        object.__setattr__(self, "_lefts", _side_by_side([tree.lefts for tree in trees], np.uint32))
        object.__setattr__(self, "_values", _side_by_side([tree.values for tree in trees], np.float32))

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """One finite score a row, shape (n,), for ``features`` of shape (n, f); NaN and infinities count as missing.

        Raises ValueError where f is not the number of ``names``.
        """
        if features.ndim != 2 or features.shape[1] != len(self.names):
            raise ValueError(
                f"The ranker takes rows of {len(self.names)} features and got shape {features.shape}: "
                f"give it those it was trained on, {', '.join(self.names)}."
            )
        scores = np.empty(len(features), dtype=np.float32)
        for first in range(0, len(features), _ROWS):
            block = slice(first, first + _ROWS)
            scores[block] = self._score(features[block])
        return scores

    def _score(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        known = np.isfinite(features)
        missing_left, missing_right = (np.where(known, features, missing).T for missing in (-np.inf, np.inf))
        columns = np.concatenate([missing_left, missing_right]).astype(np.float32)
        left_over = np.full((len(self.trees), len(features)), np.iinfo(np.uint32).max, dtype=np.uint32)
        for column, threshold, left in zip(self._columns, self._thresholds, self._lefts, strict=True):
            goes_right = columns[column] > threshold[:, None]
            left_over &= ~(left[:, None] * goes_right)
        # One less than the lowest bit has as many bits as there are leaves before it.
        leaves = np.bitwise_count((left_over & -left_over) - np.uint32(1))
        reached = self._values[leaves, np.arange(len(self.trees))[:, None]]
        scores: NDArray[np.float64] = reached.sum(axis=0, dtype=np.float64)
        return scores

    def record(self) -> dict[str, Any]:
        """JSON-ready; :meth:`from_record` makes an equal ranker of it."""
        trees = [
            {
                "columns": list(tree.columns),
                "thresholds": list(tree.thresholds),
                "lefts": list(tree.lefts),
                "values": list(tree.values),
            }
            for tree in self.trees
        ]
        return {"names": list(self.names), "trees": trees}

    @classmethod
    def from_record(cls, record: object) -> "Ranker":
        """The inverse of :meth:`record`. Raises ValueError, with one sentence, for anything else."""
        names, trees = _list(record, "names", MOST_FEATURES), _list(record, "trees", MOST_TREES)
        return cls(tuple(names), tuple(_tree(tree) for tree in trees))


def short(value: float) -> float:
    """The number with the fewest decimals that is the same in float32."""
    return float(str(np.float32(value)))


def _tree(record: object) -> Tree:
    return Tree(
        columns=tuple(_list(record, "columns", MOST_LEAVES)),
        thresholds=tuple(_list(record, "thresholds", MOST_LEAVES)),
        lefts=tuple(_list(record, "lefts", MOST_LEAVES)),
        values=tuple(_list(record, "values", MOST_LEAVES)),
    )


def _list(record: object, key: str, most: int) -> list[Any]:
    value = record.get(key) if isinstance(record, Mapping) else None
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"The ranker's record has no list '{key}' of at most {most} entries: train it again.")
    return value


def _check_names(names: tuple[str, ...]) -> None:
    if not 0 < len(names) <= MOST_FEATURES:
        raise ValueError(f"A ranker has {len(names):,} features, and 1 to {MOST_FEATURES} are allowed: choose some.")
    for name in names:
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            raise ValueError(f"A feature's name has 1 to {_LONGEST_NAME} characters, and {shortened(name)} has not.")
    if len(set(names)) < len(names):
        raise ValueError("Two features of the ranker have one name: give each its own.")


def _check(tree: Tree, number: int, columns: int) -> None:
    splits = len(tree.columns)
    if not len(tree.thresholds) == len(tree.lefts) == splits == len(tree.values) - 1 < MOST_LEAVES:
        lengths = [len(each) for each in (tree.columns, tree.thresholds, tree.lefts, tree.values)]
        raise ValueError(
            f"Tree {number} has {lengths} columns, thresholds, lefts and values: s splits have s of each "
            f"but s + 1 values, at most {MOST_LEAVES}."
        )
    _check_each("column", number, tree.columns, 0, columns - 1)
    _check_each("threshold", number, tree.thresholds, -LARGEST_THRESHOLD, LARGEST_THRESHOLD)
    # Whatever the splits say, the last leaf is never ruled out, so that every row ends in one.
    _check_each("left", number, tree.lefts, 1, (1 << splits) - 1)
    _check_each("value", number, tree.values, -LARGEST_VALUE, LARGEST_VALUE)


def _check_each(what: str, number: int, items: tuple[_Item, ...], least: _Item, most: _Item) -> None:
    kinds = (int,) if isinstance(least, int) else (int, float)
    for item in items:
        if type(item) not in kinds or not least <= item <= most:
            raise ValueError(
                f"Tree {number} has the {what} {shortened(item)}, and {least} to {most} are allowed: train it again."
            )


def _side_by_side(lists: Sequence[Sequence[float]], kind: DTypeLike) -> NDArray[Any]:
    """Shape (longest, lists), filled up with zeros."""
    beside = np.zeros((max(map(len, lists), default=0), len(lists)), dtype=kind)
    for place, items in enumerate(lists):
        beside[: len(items), place] = items
    return beside
