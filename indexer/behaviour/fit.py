"""Training: histories in, model out. The stages are named here and done elsewhere; between them lie files."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.behaviour.blocks import build_block
from indexer.behaviour.gram import Gram
from indexer.behaviour.model import BehaviourModel
from indexer.behaviour.solve import Solved, solve_block
from indexer.behaviour.spool import Spool, spool, spool_baskets
from indexer.behaviour.statistics import BasketSettings, BehaviourSettings, Settings, basket_tables, tables
from indexer.behaviour.takeover import Takeover
from shared.domain.errors import Unavailable
from shared.domain.events import Event

Tables = tuple[NDArray[np.int64], NDArray[np.int64]]
_WORTH_A_PROCESS = 4
"""Blocks of rows. With fewer, starting processes takes longer than they save."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, and how many of its rows were solved rather than taken over from the previous one."""

    model: BehaviourModel
    solved: int


def fit(
    histories: Iterable[Sequence[Event]],
    settings: BehaviourSettings,
    work: Path,
    previous: BehaviourModel | None = None,
    on_progress: Callable[[int], None] | None = None,
    processes: int | None = None,
) -> Fitted:
    """Learn from ``histories``, one list of events a user; the same events give the same model, in whatever order.

    Needs the folder ``work`` for itself, leaves nothing in it, and removes what a killed run left. ``previous`` only
    saves time: the model is equal to one fitted without it. ``on_progress`` is told of finished products.
    ``processes`` is one a core when left out; the model does not depend on it. Raises Unavailable when one dies.
    """
    return _fit(partial(spool, histories), settings, tables(settings), work, previous, on_progress, processes)


def fit_baskets(
    baskets: Iterable[tuple[Sequence[str], int]],
    settings: BasketSettings,
    work: Path,
    previous: BehaviourModel | None = None,
    on_progress: Callable[[int], None] | None = None,
    processes: int | None = None,
) -> Fitted:
    """As :func:`fit`, of what was bought together: distinct products, at most ``LONGEST_HISTORY`` of them, and how many
    months ago."""
    read = partial(spool_baskets, baskets)
    return _fit(read, settings, basket_tables(settings), work, previous, on_progress, processes)


def _fit(
    read: Callable[[], tuple[tuple[str, ...], Spool]],
    settings: Settings,
    counted: Tables,
    work: Path,
    previous: BehaviourModel | None,
    on_progress: Callable[[int], None] | None,
    processes: int | None,
) -> Fitted:
    scratch = work / "behaviour"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        products, sequences = read()
        if not products:
            return Fitted(BehaviourModel.empty(), 0)
        blocks = _prepare(scratch, products, sequences, counted, previous or BehaviourModel.empty())
        del sequences
        count = processes or os.cpu_count() or 1
        with _workers(count if len(blocks) >= _WORTH_A_PROCESS else 1) as pool:
            solved = _solved(pool, scratch, blocks, settings, on_progress)
        return _assembled(products, solved)
    except BrokenProcessPool as error:
        raise Unavailable("A process that trains the behaviour model died, likely of too little memory: free "
                          "some, or train with fewer processes.") from error  # fmt: skip
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _prepare(
    scratch: Path, products: Sequence[str], sequences: Spool, counted: Tables, previous: BehaviourModel
) -> list[tuple[int, int]]:
    """Put down what every process reads; returns the blocks of rows."""
    sequences.save(scratch)
    Takeover.of(previous, products).save(scratch)
    for name, table in zip(("gram", "pull"), counted, strict=True):
        np.save(scratch / f"{name}.npy", table)
    names = b"".join(hashlib.blake2b(product_id.encode(), digest_size=8).digest() for product_id in products)
    np.save(scratch / "names.npy", np.frombuffer(names, np.uint64))
    return sequences.blocks()


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor | None]:
    """None where one process is enough. Spawned, since a fork would copy locks that other threads hold."""
    if count == 1:
        yield None
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _solved(
    pool: ProcessPoolExecutor | None,
    scratch: Path,
    blocks: list[tuple[int, int]],
    settings: Settings,
    on_progress: Callable[[int], None] | None,
) -> list[Solved]:
    run = pool.map if pool else map
    firsts, lasts = zip(*blocks, strict=True)
    for _ in run(partial(build_block, scratch, settings=settings), range(len(blocks)), firsts, lasts):
        pass
    Gram(scratch, blocks).save_popular(scratch)
    solved = []
    for block in run(partial(solve_block, scratch, blocks=blocks, settings=settings), range(len(blocks))):
        solved.append(block)
        if on_progress:
            on_progress(len(block.lengths))
    return solved


def _assembled(products: tuple[str, ...], blocks: list[Solved]) -> Fitted:
    lengths = np.concatenate([block.lengths for block in blocks])
    model = BehaviourModel(
        products,
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate([block.sources for block in blocks]),
        np.concatenate([block.weights for block in blocks]),
        np.concatenate([block.digests for block in blocks]),
    )
    return Fitted(model, sum(block.solved for block in blocks))
