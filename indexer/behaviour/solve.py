"""The rows of one block solved: ridge regressions of a product on its neighbours, as in SLIM (Ning & Karypis 2011)."""

import hashlib
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from indexer.behaviour.blocks import block_folder
from indexer.behaviour.gram import Gram
from indexer.behaviour.statistics import Settings
from indexer.behaviour.takeover import Takeover

_METHOD = b"2"
"""Raise it when the same sums come to give other weights."""


@dataclass(frozen=True, slots=True)
class Solved:
    """``lengths`` and ``digests`` by row; ``sources`` (ascending within a row) and ``weights`` by entry."""

    lengths: NDArray[np.int64]
    sources: NDArray[np.int32]
    weights: NDArray[np.float32]
    digests: NDArray[np.uint64]
    solved: int


def solve_block(folder: Path, number: int, blocks: list[tuple[int, int]], settings: Settings) -> Solved:
    """Rows of block ``number``; those whose digest the previous model has too are taken over from it."""
    gram, takeover = Gram(folder, blocks), Takeover.open(folder)
    gram.open_popular(folder)
    block = block_folder(folder, number)
    bounds, neighbours, pulls = (np.load(block / f"{name}.npy") for name in ("neighbour_bounds", "neighbours", "pulls"))
    names = np.asarray(np.load(folder / "names.npy", "r"))
    salt = hashlib.blake2b(_METHOD + repr(astuple(settings)).encode()).digest()
    digests = np.zeros(len(bounds) - 1, np.uint64)
    rows, solved = [], 0
    # A system this small gains nothing from threads; two processes with two threads each lose hundredfold.
    with threadpool_limits(1, user_api="blas"):
        for place, product in enumerate(range(*blocks[number])):
            own, pull = (each[bounds[place] : bounds[place + 1]] for each in (neighbours, pulls))
            matrix = gram.between(own)
            digests[place] = _digest(salt, names[own], pull, matrix)
            row = takeover.row(product, digests[place])
            if row is None:
                row = _solve(own, matrix, pull, settings)
                solved += 1
            rows.append(row)
    lengths = np.array([len(sources) for sources, _ in rows], np.int64)
    sources, weights = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return Solved(lengths, sources, weights, digests, solved)


def _digest(
    salt: bytes, names: NDArray[np.uint64], pull: NDArray[np.float32], matrix: NDArray[np.float32]
) -> np.uint64:
    """Of everything that a row is solved from; of products their names, not their places, which shift."""
    digest = hashlib.blake2b(salt, digest_size=8)
    for part in (names, pull, matrix):
        digest.update(part.tobytes())
    return np.uint64(int.from_bytes(digest.digest(), "little"))


def _solve(
    neighbours: NDArray[np.int32], matrix: NDArray[np.float32], pull: NDArray[np.float32], settings: Settings
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(sources, weights): the positive ones of (matrix + ridge I + noise diag(matrix)) weights = pull."""
    system = matrix.astype(np.float64)
    system[np.diag_indices_from(system)] += settings.ridge + settings.noise * np.diag(system)
    weights = np.linalg.solve(system, pull.astype(np.float64)).astype(np.float32)
    positive = weights > 0
    return neighbours[positive], weights[positive]
