"""Rows of the previous model, in the numbers that products have now."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.behaviour.model import BehaviourModel


@dataclass(frozen=True, slots=True)
class Takeover:
    """The previous model's arrays, and which product was (-1: none) and is now (-1: gone) where."""

    was: NDArray[np.int32]
    now: NDArray[np.int32]
    indptr: NDArray[np.int64]
    sources: NDArray[np.int32]
    weights: NDArray[np.float32]
    digests: NDArray[np.uint64]

    @classmethod
    def of(cls, previous: BehaviourModel, products: Sequence[str]) -> "Takeover":
        numbers = {product_id: number for number, product_id in enumerate(products)}
        now = np.array([numbers.get(product_id, -1) for product_id in previous.products], np.int32)
        was = np.full(len(products), -1, np.int32)
        was[now[now >= 0]] = np.flatnonzero(now >= 0)
        return cls(was, now, previous.indptr, previous.sources, previous.weights, previous.digests)

    def save(self, folder: Path) -> None:
        for each in fields(self):
            np.save(folder / f"previous-{each.name}.npy", getattr(self, each.name))

    @classmethod
    def open(cls, folder: Path) -> "Takeover":
        return cls(*(np.asarray(np.load(folder / f"previous-{each.name}.npy", "r")) for each in fields(cls)))

    def row(self, product: int, digest: np.uint64) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
        """(sources, weights) of a product that was solved from just the same, else None."""
        before = self.was[product]
        if before < 0 or self.digests[before] != digest:
            return None
        inside = slice(self.indptr[before], self.indptr[before + 1])
        return self.now[self.sources[inside]], self.weights[inside]
