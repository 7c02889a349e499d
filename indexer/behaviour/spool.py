"""All lessons on disk: which products, at which moments, and where each product stands in them."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.behaviour.sequences import LONGEST_HISTORY, lesson
from indexer.behaviour.statistics import OLDEST
from shared.domain.errors import InvalidInput
from shared.domain.events import Event

MOST_PRODUCTS = 1 << 28
MOST_ROWS = 1 << 14
BLOCK_PAIRS = 1 << 22
"""Rows and pairs of a block, whose sorting needs some 50 bytes a pair. A row has fewer pairs than there are events."""


@dataclass(frozen=True, slots=True)
class Spool:
    """Sequences one behind the other, ``events`` places in all; opened from disk, the arrays are maps of files."""

    items: NDArray[np.int32]
    """(events,): the product, as its place among all product ids in order."""
    starts: NDArray[np.int64]
    """(events,): where the sequence begins that the event is part of."""
    lengths: NDArray[np.int32]
    """(events,): how many events that sequence has."""
    places: NDArray[np.uint8]
    """(events,): at which moment of that sequence the event was, counted from 0."""
    moments: NDArray[np.uint8]
    """(events,): how many moments that sequence has."""
    order: NDArray[np.int64]
    """(events,): the events by product."""
    bounds: NDArray[np.int64]
    """(products + 1,): where each product's begin in ``order``."""

    def save(self, folder: Path) -> None:
        for each in fields(self):
            np.save(folder / f"{each.name}.npy", getattr(self, each.name))

    @classmethod
    def open(cls, folder: Path) -> "Spool":
        return cls(*(np.asarray(np.load(folder / f"{each.name}.npy", mmap_mode="r")) for each in fields(cls)))

    def blocks(self) -> list[tuple[int, int]]:
        """(first, last + 1) product of each block of rows."""
        pairs = np.concatenate([[0], np.cumsum(self.lengths[self.order], dtype=np.int64)])[self.bounds]
        blocks, first, products = [], 0, len(self.bounds) - 1
        while first < products:
            full = int(np.searchsorted(pairs, pairs[first] + BLOCK_PAIRS, side="right")) - 1
            last = min(max(full, first + 1), first + MOST_ROWS, products)
            blocks.append((first, last))
            first = last
        return blocks


def spool(histories: Iterable[Sequence[Event]]) -> tuple[tuple[str, ...], Spool]:
    """The products that the histories teach of, in order of id, and the sequences they stand in."""
    lessons = (lesson(history) for history in histories)
    return _spooled((learned, learned[-1][1] + 1) for learned in lessons if learned)


def spool_baskets(baskets: Iterable[tuple[Sequence[str], int]]) -> tuple[tuple[str, ...], Spool]:
    """As :func:`spool`, of (distinct products that were bought together, months ago).

    What a pair of them says depends on how many they are and how old: these stand for the number of moments and the
    place.
    """
    aged = ((products, min(age, OLDEST)) for products, age in baskets if products)
    return _spooled(([(product_id, age) for product_id in products], len(products)) for products, age in aged)


def _spooled(lessons: Iterable[tuple[Sequence[tuple[str, int]], int]]) -> tuple[tuple[str, ...], Spool]:
    """Of (product, place) pairs by place, and the number of moments of each sequence."""
    numbers: dict[str, int] = {}
    flat, lengths, places, moments = array("i"), array("i"), array("B"), array("B")
    for learned, count in lessons:
        flat.extend([numbers.setdefault(product_id, len(numbers)) for product_id, _ in learned])
        places.extend([place for _, place in learned])
        lengths.append(len(learned))
        moments.append(count)
        if len(numbers) > MOST_PRODUCTS:
            raise InvalidInput(f"The events name over {MOST_PRODUCTS:,} products: check what is sent as product ids.")
    products = tuple(sorted(numbers))
    ranks = np.empty(len(products), np.int32)
    ranks[[numbers[product_id] for product_id in products]] = np.arange(len(products), dtype=np.int32)
    items = ranks[np.frombuffer(flat, np.int32)]
    by_sequence = np.frombuffer(lengths, np.int32), np.frombuffer(moments, np.uint8)
    return products, _indexed(items, np.frombuffer(places, np.uint8), *by_sequence, len(products))


def _indexed(
    items: NDArray[np.int32],
    places: NDArray[np.uint8],
    lengths: NDArray[np.int32],
    moments: NDArray[np.uint8],
    products: int,
) -> Spool:
    """``items`` and ``places`` by event; ``lengths`` and ``moments`` by sequence."""
    assert lengths.max(initial=0) <= LONGEST_HISTORY
    ends = np.cumsum(lengths, dtype=np.int64)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(items, minlength=products))]).astype(np.int64)
    return Spool(
        items,
        np.repeat(ends - lengths, lengths),
        np.repeat(lengths, lengths),
        places,
        np.repeat(moments, lengths),
        np.argsort(items, kind="stable").astype(np.int64),
        bounds,
    )
