"""Users and products as numbers, for measures and baselines that work on arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.evaluation.metrics import Targets
from indexer.evaluation.split import Case, speaks_for
from shared.domain.events import Event

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Ask:
    """A case in product numbers; products that the catalogue does not have are left out."""

    history: Numbers
    excluded: Numbers


class Catalogue:
    """Numbers the products of an index, in the order of their ids."""

    def __init__(self, product_ids: Iterable[str]) -> None:
        self.ids = sorted(product_ids)
        self.number = {product_id: number for number, product_id in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def numbers(self, product_ids: Iterable[str]) -> list[int]:
        return [self.number[each] for each in product_ids if each in self.number]

    def ask(self, case: Case) -> Ask:
        return Ask(
            np.array(self.numbers(case.history), dtype=np.int32),
            np.array(sorted(self.numbers(case.excluded)), dtype=np.int32),
        )

    def targets(self, cases: Sequence[Case]) -> Targets:
        pairs = [(row, item) for row, case in enumerate(cases) for item in sorted(self.numbers(case.targets))]
        owners, items = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return Targets(owners, items)

    def deeds(self, events: Iterable[Event]) -> tuple[Numbers, Numbers]:
        """What spoke for a product: user numbers and product numbers, both of shape (deeds,)."""
        users: dict[str, int] = {}
        pairs = [
            (users.setdefault(event.user_id, len(users)), self.number[event.product_id])
            for event in events
            if event.product_id in self.number and speaks_for(event)
        ]
        who, what = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
        return who, what

    def counts(self, events: Iterable[Event]) -> NDArray[np.int64]:
        """How many events spoke for each product, shape (products,)."""
        return np.bincount(self.deeds(events)[1], minlength=len(self))
