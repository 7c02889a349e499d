"""The Gram matrix on disk: the part of it that lies between one product's neighbours."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.behaviour.blocks import block_folder

_POPULAR = 4_096
"""Products with the longest rows, whose Gram matrix among themselves is kept dense (64 MB). Their long rows are then
never read: an entry between a popular and another product is found in the other's short row."""


class Gram:
    """Rows of all blocks, as maps of their files. Not safe to share between threads."""

    def __init__(self, folder: Path, blocks: list[tuple[int, int]]) -> None:
        self._firsts = np.array([first for first, _ in blocks])
        self._parts = []
        for number in range(len(blocks)):
            block = block_folder(folder, number)
            sources, gram = (np.asarray(np.load(block / f"{name}.npy", "r")) for name in ("sources", "gram"))
            self._parts.append((np.load(block / "bounds.npy").tolist(), sources, gram))
        self._blocks = np.repeat(np.arange(len(blocks)), [last - first for first, last in blocks])
        self._places = np.full(len(self._blocks), -1, np.int32)
        self._rank = np.full(len(self._blocks), -1, np.int32)
        self._dense = np.zeros((0, 0), np.float32)

    def row(self, product: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """(sources, values) of a product, sources ascending."""
        number = self._blocks[product]
        bounds, sources, gram = self._parts[number]
        row = product - self._firsts[number]
        begin, end = bounds[row], bounds[row + 1]
        return sources[begin:end], gram[begin:end]

    def save_popular(self, folder: Path) -> None:
        """Work out which products are popular, and their dense matrix, for :meth:`open_popular` of every process."""
        lengths = np.concatenate([np.diff(bounds) for bounds, _, _ in self._parts])
        popular = np.sort(np.argsort(-lengths, kind="stable")[:_POPULAR])
        dense = np.zeros((len(popular), len(popular)), np.float32)
        self._places[popular] = np.arange(len(popular))
        for rank, product in enumerate(popular):
            sources, values = self.row(product)
            columns = self._places[sources]
            inside = columns >= 0
            dense[rank, columns[inside]] = values[inside]
        self._places[popular] = -1
        np.save(folder / "popular.npy", popular)
        np.save(folder / "dense.npy", dense)

    def open_popular(self, folder: Path) -> None:
        popular = np.load(folder / "popular.npy")
        self._rank[popular] = np.arange(len(popular))
        self._dense = np.asarray(np.load(folder / "dense.npy", "r"))

    def between(self, products: NDArray[np.int32]) -> NDArray[np.float32]:
        """The Gram matrix of ``products`` (k, ascending), shape (k, k)."""
        matrix = np.zeros((len(products), len(products)), np.float32)
        ranks = self._rank[products]
        others, popular = np.flatnonzero(ranks < 0), np.flatnonzero(ranks >= 0)
        matrix[np.ix_(popular, popular)] = self._dense[np.ix_(ranks[popular], ranks[popular])]
        if len(others):
            self._places[products] = np.arange(len(products))
            rows = [self.row(product) for product in products[others].tolist()]
            columns = self._places[np.concatenate([sources for sources, _ in rows])]
            inside = np.flatnonzero(columns >= 0)
            lines = np.repeat(others, [len(sources) for sources, _ in rows])[inside]
            columns, values = columns[inside], np.concatenate([values for _, values in rows])[inside]
            matrix[lines, columns] = values
            matrix[columns, lines] = values
            self._places[products] = -1
        return matrix
