"""The Gram matrix and every product's neighbours, built a block of rows at a time and kept on disk."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.behaviour.spool import MOST_PRODUCTS, Spool
from indexer.behaviour.statistics import PLACE_BITS, UNIT, Settings

_PAIR_BITS = 3 * PLACE_BITS
_SOURCE_BITS = (MOST_PRODUCTS - 1).bit_length()
"""A pair is one int64: row of the block, source, and the three numbers of a pair of places. So they sort in place."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Joined pairs of the products ``first`` to ``first + len(bounds) - 2``, by row, then source."""

    first: int
    bounds: NDArray[np.int64]
    sources: NDArray[np.int32]
    gram: NDArray[np.int64]
    pulls: NDArray[np.int64]


def build_block(folder: Path, number: int, first: int, last: int, settings: Settings) -> None:
    """Write block ``number`` below ``folder``: its rows of the Gram matrix, and its products' neighbours."""
    rows = joined(Spool.open(folder), first, last, np.load(folder / "gram.npy", "r"), np.load(folder / "pull.npy", "r"))
    kept = nearest(rows, settings.neighbours)
    block = block_folder(folder, number)
    block.mkdir()
    np.save(block / "bounds.npy", rows.bounds)
    np.save(block / "sources.npy", rows.sources)
    np.save(block / "gram.npy", (rows.gram * UNIT).astype(np.float32))
    np.save(block / "neighbour_bounds.npy", np.concatenate([[0], np.cumsum(kept)])[rows.bounds])
    np.save(block / "neighbours.npy", rows.sources[kept])
    np.save(block / "pulls.npy", (rows.pulls[kept] * UNIT).astype(np.float32))


def block_folder(folder: Path, number: int) -> Path:
    return folder / f"block-{number:05}"


def joined(spool: Spool, first: int, last: int, gram: NDArray[np.int64], pull: NDArray[np.int64]) -> Rows:
    """The pairs of products ``first`` to ``last - 1`` as targets with every source, equal ones added up."""
    keys = _pairs(spool, first, last)
    keys.sort()
    places = keys >> _PAIR_BITS
    heads = np.flatnonzero(np.diff(places, prepend=-1))
    places = places[heads]
    keys &= (1 << _PAIR_BITS) - 1
    return Rows(
        first,
        np.searchsorted(places >> _SOURCE_BITS, np.arange(last - first + 1)),
        (places & (MOST_PRODUCTS - 1)).astype(np.int32),
        np.add.reduceat(gram[keys], heads),
        np.add.reduceat(pull[keys], heads),
    )


def _pairs(spool: Spool, first: int, last: int) -> NDArray[np.int64]:
    """One key for each event of one of the products and each event of the same sequence."""
    begin, end = int(spool.bounds[first]), int(spool.bounds[last])
    events = spool.order[begin:end]
    starts, lengths = spool.starts[events], spool.lengths[events]
    rows = spool.items[events].astype(np.int64) - first
    moments = spool.moments[events].astype(np.int64)
    targets = (rows << (_SOURCE_BITS + _PAIR_BITS)) | (moments << 2 * PLACE_BITS) | spool.places[events]
    keys = np.repeat(targets, lengths)
    ends = np.cumsum(lengths, dtype=np.int64)
    sources = np.arange(len(keys)) - np.repeat(ends - lengths, lengths)
    sources += np.repeat(starts, lengths)
    keys |= spool.places[sources].astype(np.int64) << PLACE_BITS
    keys |= spool.items[sources].astype(np.int64) << _PAIR_BITS
    return keys


def nearest(rows: Rows, most: int) -> NDArray[np.bool_]:
    """Which entries of ``rows`` are neighbours: the ``most`` with the greatest pull, the lower ids of equal ones.

    A product is no neighbour of its own.
    """
    products = rows.first + np.repeat(np.arange(len(rows.bounds) - 1), np.diff(rows.bounds))
    kept: NDArray[np.bool_] = (rows.pulls > 0) & (rows.sources != products)
    counts = np.add.reduceat(kept, rows.bounds[:-1], dtype=np.int64)
    for row in np.flatnonzero(counts > most):
        inside = slice(rows.bounds[row], rows.bounds[row + 1])
        candidates = rows.bounds[row] + np.flatnonzero(kept[inside])
        pulls = rows.pulls[candidates]
        edge = np.partition(pulls, len(pulls) - most)[len(pulls) - most]
        better = candidates[pulls > edge]
        equal = candidates[pulls == edge][: most - len(better)]
        kept[inside] = False
        kept[better] = kept[equal] = True
    return kept
