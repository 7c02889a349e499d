"""What the services see of each validation case, kept as numbers so that thousands of weightings can be tried on it."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from indexer.tuning.cases import HeldOut
from shared.domain.cursor import DEPTHS
from shared.domain.fusion import DEFAULT_WEIGHTS, View, belonging, comparable, penalty
from shared.domain.spaces import TASTE_SPACES
from shared.domain.taste import Fading
from shared.ports import ProductIndex
from shared.services.candidates import gather
from shared.services.personal import known_products, taste_of

SPACES = TASTE_SPACES
VIEWS = tuple(View)
MOST_CANDIDATES = 300
"""Kept of a case, the best by the default weights: no weighting worth trying lifts the rest into the first ten."""

_BATCH = 100
_WORTH_A_PROCESS = 500

OpenIndex = Callable[[], ProductIndex]


@dataclass(frozen=True, slots=True)
class Example:
    """One case's n candidates.

    ``scores`` are comparable, shape (n, spaces, views); ``relevant`` are the rows of targets, of ``wanted`` in all;
    ``interest`` is the one each candidate belongs to, and ``shares`` are the interests' weights, () for a single one.
    """

    scores: NDArray[np.float32]
    penalty: NDArray[np.float32]
    popularity: NDArray[np.float32]
    relevant: tuple[int, ...]
    wanted: int
    length: int
    interest: NDArray[np.int8]
    shares: tuple[float, ...]


class Examiner:
    """Turns cases into examples, by several processes where it pays; they live as long as the ``with`` block."""

    def __init__(
        self, open_index: OpenIndex, popularity: Mapping[str, float], as_of: datetime, most_cases: int
    ) -> None:
        self._look = partial(_batch, popularity=popularity, as_of=as_of)
        self._open = open_index
        self._pool: ProcessPoolExecutor | None = None
        self._workers = min(os.cpu_count() or 1, most_cases // _WORTH_A_PROCESS)

    def __enter__(self) -> "Examiner":
        if self._workers > 1:
            # Not forked: the engine has threads, and a fork would take their locks along.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, context, initializer=_start, initargs=(self._open,))
        else:
            _start(self._open)
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        _here.clear()

    def examples(self, cases: Sequence[HeldOut], fading: Fading, views: tuple[View, ...] = VIEWS) -> Iterator[Example]:
        """One for each case, in order."""
        batches = [cases[first : first + _BATCH] for first in range(0, len(cases), _BATCH)]
        run = self._pool.map if self._pool else map
        for found in run(partial(self._look, fading=fading, views=views), batches):
            yield from found


_here: list[ProductIndex] = []
"""The index of a process that looks at cases, opened once."""


def _start(open_index: OpenIndex) -> None:
    _here[:] = [open_index()]


def _batch(
    cases: Sequence[HeldOut],
    fading: Fading,
    popularity: Mapping[str, float],
    as_of: datetime,
    views: tuple[View, ...],
) -> list[Example]:
    return [_example(_here[0], case, fading, popularity, as_of, views) for case in cases]


def _example(
    index: ProductIndex,
    case: HeldOut,
    fading: Fading,
    popularity: Mapping[str, float],
    as_of: datetime,
    views: tuple[View, ...],
) -> Example:
    likeness = index.manifest.likeness
    taste, vectors = taste_of(index, case.events, as_of, fading)
    known = known_products(case.events, as_of)
    evidence, _ = gather(index, taste, vectors, None, DEPTHS[0], known, views=views)
    scores = np.zeros((len(evidence.ids), len(SPACES), len(VIEWS)), dtype=np.float32)
    for (space, view), raw in evidence.scores.items():
        scores[:, SPACES.index(space), VIEWS.index(view)] = comparable(raw, likeness.get(space, 0.0))
    usual = scores[:, :, VIEWS.index(View.WHOLE)] @ np.array([DEFAULT_WEIGHTS[space] for space in SPACES])
    kept = np.sort(np.argsort(-usual, kind="stable")[:MOST_CANDIDATES])
    several = evidence.interests is not None
    interest = np.zeros(len(kept)) if evidence.interests is None else belonging(evidence.interests)[kept]
    return Example(
        scores[kept],
        penalty(evidence, likeness)[kept].astype(np.float32),
        np.array([popularity.get(evidence.ids[i], 0.0) for i in kept], dtype=np.float32),
        tuple(row for row, i in enumerate(kept.tolist()) if evidence.ids[i] in case.targets),
        len(case.targets - known),
        taste.length,
        interest.astype(np.int8),
        tuple(each.weight for each in taste.interests) if several else (),
    )
