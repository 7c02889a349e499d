"""Our own row: the services of the API, asked in batch over a scratch shop. Nothing of them is done again here."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.evaluation.arms import Arm
from indexer.evaluation.encoded import Catalogue
from indexer.evaluation.metrics import DEPTH, Lists, lists_of
from indexer.evaluation.split import Case
from indexer.progress import Progress
from indexer.tuning import HeldOut, choose
from shared.domain.errors import Unavailable
from shared.domain.events import Event
from shared.domain.recommendations import ReasonKind
from shared.domain.spaces import Space
from shared.domain.tuning import Tuning, tuning_record
from shared.ports import BlobStore, EventStore, ProductIndex
from shared.services.kept_catalogue import catalogue_products
from shared.services.pages import Question
from shared.services.popularity import refresh_popularity
from shared.services.recommend import RECENT_EVENTS, for_you
from shared.services.shop import Shop

FALLBACKS = frozenset({ReasonKind.LATELY.value, ReasonKind.POPULAR.value, ReasonKind.CATALOGUE.value})
_EVENTS_AT_A_TIME = 5_000
_USERS_AT_A_TIME = 100
_WORTH_A_PROCESS = 500
"""Users below which starting processes takes longer than asking."""


@dataclass(slots=True)
class SetClock:
    """Time as the protocol has it."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True, slots=True)
class ScratchShop:
    """A shop made for one evaluation, with the real parts, in a folder of its own.

    ``reindex`` runs the real indexer over the items, ``retune`` makes a version with another tuning live, ``open``
    gives the shop as it is at a moment, also in another process, so it has to be picklable.
    """

    clock: SetClock
    events: EventStore
    blobs: BlobStore
    reindex: Callable[[Progress], object]
    retune: Callable[[Tuning, Progress], object]
    open: Callable[[datetime], Shop]


@dataclass(frozen=True, slots=True)
class Asked:
    """Our lists in product numbers, and which of their products filled a list up; both of shape (users, depth)."""

    lists: Lists
    filled: NDArray[np.bool_]


def fit_and_publish(scratch: ScratchShop, events: Iterable[Event], at: datetime, progress: Progress) -> None:
    """Store ``events`` and make a version live that is fitted on all that is stored, as of ``at``."""
    reveal(scratch, events, at, progress)
    scratch.reindex(progress)
    refresh_popularity(scratch.events, scratch.blobs, at)


def reveal(scratch: ScratchShop, events: Iterable[Event], at: datetime, progress: Progress) -> None:
    """Add ``events`` to the histories, and nothing more: what is fitted stays as it was."""
    scratch.clock.moment = at
    progress.stage("Storing events")
    stream = iter(events)
    while batch := list(islice(stream, _EVENTS_AT_A_TIME)):
        scratch.events.add(batch)
        progress.advance(len(batch))


def choose_weights(scratch: ScratchShop, cases: Sequence[Case], at: datetime, progress: Progress) -> Mapping[str, Any]:
    """Settings of the ranking, chosen on validation ``cases`` and stored with the live version; what was chosen."""
    shop = scratch.open(at)
    held = [
        HeldOut(tuple(scratch.events.recent(case.user_id, RECENT_EVENTS, at)), case.targets)
        for case in cases
        if case.history
    ]
    popularity = shop.popularity.newest().shares
    start = shop.live.live().manifest.tuning
    chosen = choose(partial(_live_index, partial(scratch.open, at)), held, popularity, at, start, progress)
    scratch.retune(chosen.tuning, progress)
    record = tuning_record(chosen.tuning)
    record["ranker"] = f"{len(chosen.tuning.ranker.trees)} trees" if chosen.tuning.ranker else "none: the weighted sum"
    return {**record, "on the validation cases": {name: round(value, 6) for name, value in chosen.figures.items()}}


def _live_index(open_shop: Callable[[], Shop]) -> ProductIndex:
    return open_shop().live.live()


def catalogue_of(scratch: ScratchShop) -> Catalogue:
    """The products of the live version."""
    version = scratch.open(scratch.clock.moment).live.live().manifest.version
    return Catalogue(product.id for product in catalogue_products(scratch.blobs, version))


def text_vectors(scratch: ScratchShop, catalogue: Catalogue) -> NDArray[np.float32]:
    """Unit rows by product number, zeros where the index has no text vector; shape (products, dimensions)."""
    index = scratch.open(scratch.clock.moment).live.live()
    matrix: NDArray[np.float32] = np.zeros((len(catalogue), 0), dtype=np.float32)
    for first in range(0, len(catalogue), _EVENTS_AT_A_TIME):
        for product_id, vectors in index.vectors(catalogue.ids[first : first + _EVENTS_AT_A_TIME]).items():
            if Space.TEXT in vectors:
                vector = np.asarray(vectors[Space.TEXT], dtype=np.float32)
                if not matrix.size:
                    matrix = np.zeros((len(catalogue), vector.size), dtype=np.float32)
                matrix[catalogue.number[product_id]] = vector
    return matrix


def ask_all(
    scratch: ScratchShop,
    cases: Sequence[Case],
    catalogue: Catalogue,
    at: datetime,
    progress: Progress,
    arm: Arm | None = None,
) -> Asked:
    """What every user of ``cases`` is recommended at the moment ``at``; ``arm`` says what to leave out."""
    progress.stage("Asking for recommendations", len(cases))
    users = [case.user_id for case in cases]
    batches = [users[first : first + _USERS_AT_A_TIME] for first in range(0, len(users), _USERS_AT_A_TIME)]
    lists: list[list[int]] = []
    filled = np.zeros((len(cases), DEPTH), dtype=np.bool_)
    for batch in _answers(partial(scratch.open, at), arm, batches, len(users)):
        for answer in batch:
            known = [(catalogue.number[product_id], fell_back) for product_id, fell_back in answer]
            filled[len(lists), : len(known)] = [fell_back for _, fell_back in known]
            lists.append([number for number, _ in known])
        progress.advance(len(batch))
    return Asked(lists_of(lists), filled)


Answer = list[tuple[str, bool]]
"""Product ids, best first, each with whether it is there to fill up."""


def _answers(
    open_shop: Callable[[], Shop], arm: Arm | None, batches: Sequence[Sequence[str]], users: int
) -> Iterator[list[Answer]]:
    workers = min(os.cpu_count() or 1, len(batches))
    if users < _WORTH_A_PROCESS or workers < 2:
        shop = open_shop()
        yield from (_ask(shop, arm, batch) for batch in batches)
        return
    # Not forked: the engine has threads, and a fork would take their locks along.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_start, initargs=(open_shop,)) as pool:
        yield from pool.map(partial(_ask_here, arm), batches)


_here: list[Shop] = []
"""The shop of a worker process, opened once."""


def _start(open_shop: Callable[[], Shop]) -> None:
    _here[:] = [open_shop()]


def _ask_here(arm: Arm | None, users: Sequence[str]) -> list[Answer]:
    return _ask(_here[0], arm, users)


def _ask(shop: Shop, arm: Arm | None, users: Sequence[str]) -> list[Answer]:
    """Raises Unavailable where an answer had to make do: its figures would be of something else."""
    asked = arm.of(shop) if arm else shop
    answers = []
    for user in users:
        made = for_you(asked, user, Question(limit=DEPTH))
        if made.degraded:
            raise Unavailable(
                f"The {made.degraded[0]} failed during the evaluation: look into the log and run it again."
            )
        answers.append([(each.product.id, not FALLBACKS.isdisjoint(each.source.split("+"))) for each in made.items])
    return answers
