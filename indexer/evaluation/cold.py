"""The cold-product test: a share of the products loses every event before the fit, as if it had just come in.

Users whose last product is one of those can only be served by what the product is, not by who took it; the others
show what the shop loses by knowing less.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.evaluation.arms import Arm, plain
from indexer.evaluation.cuts import measured
from indexer.evaluation.encoded import Catalogue
from indexer.evaluation.metrics import Lists, accuracy, hits_of
from indexer.evaluation.ours import ScratchShop, ask_all, catalogue_of, choose_weights, fit_and_publish, reveal
from indexer.evaluation.split import Case, Split
from indexer.progress import Progress
from shared.domain.events import Event
from shared.domain.spaces import Space

OURS = "ours"
ARMS: Mapping[str, Arm] = {
    "text": plain(Space.TEXT),
    "keywords": plain(Space.KEYWORDS),
    "text + keywords": plain(Space.TEXT, Space.KEYWORDS),
}
"""What ours is compared with on cold products."""


@dataclass(frozen=True, slots=True)
class Cold:
    """``cold`` has each arm over the users whose last product was hidden; ``others`` NDCG@10 of the rest, by run."""

    hidden: int
    cold: Mapping[str, Mapping[str, object]]
    others: Mapping[str, object] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        return {
            "hidden products": self.hidden,
            "how": "no event of a hidden product is fitted or chosen on; all are in the histories when it is asked",
            "cold": {name: dict(figures) for name, figures in self.cold.items()},
            "others": dict(self.others),
        }


def hide_products(
    split: Split, scratch: ScratchShop, before: Lists, share: float, seed: int, progress: Progress
) -> Cold:
    """The protocol once more without the events of a ``share`` of its products, drawn with ``seed``.

    ``before`` are our lists of the same test cases with nothing hidden.
    """
    hidden = _drawn(split, share, seed)
    less = without(split, hidden)
    fit_and_publish(scratch, less.fitted, less.validated_at, progress)
    choose_weights(scratch, less.validation, less.validated_at, progress)
    reveal(scratch, less.revealed, less.tested_at, progress)
    catalogue = catalogue_of(scratch)
    is_cold = np.array([not case.targets.isdisjoint(hidden) for case in less.test], dtype=np.bool_)
    asked = ask_all(scratch, less.test, catalogue, less.tested_at, progress)
    cold = [case for case, chosen in zip(less.test, is_cold, strict=True) if chosen]
    arms = {OURS: asked.lists[is_cold]}
    for name, arm in ARMS.items():
        arms[name] = ask_all(scratch, cold, catalogue, less.tested_at, progress, arm).lists
    figures = {name: _figures(lists, cold, catalogue, seed) for name, lists in arms.items()} if cold else {}
    return Cold(len(hidden), figures, _others(asked.lists, before, less, catalogue, ~is_cold))


def without(split: Split, hidden: frozenset[str]) -> Split:
    """``split`` with the events of ``hidden`` products taken out of the fit and the choice, and added after them."""
    held_back = [event for event in split.fitted if event.product_id in hidden]
    return replace(
        split,
        fitted=tuple(event for event in split.fitted if event.product_id not in hidden),
        validation=tuple(case for case in split.validation if case.targets.isdisjoint(hidden)),
        revealed=(*held_back, *split.revealed),
        recent=tuple(event for event in split.recent if event.product_id not in hidden),
    )


def _drawn(split: Split, share: float, seed: int) -> frozenset[str]:
    every: tuple[Event, ...] = split.fitted + split.revealed
    products = sorted({event.product_id for event in every} | {each for case in split.test for each in case.targets})
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(products), round(share * len(products)), replace=False)
    return frozenset(products[i] for i in chosen)


def _figures(lists: Lists, cases: list[Case], catalogue: Catalogue, seed: int) -> dict[str, object]:
    targets = catalogue.targets(cases)
    return measured(hits_of(lists, targets), targets.counts(len(cases)), seed)


def _others(
    after: Lists, before: Lists, split: Split, catalogue: Catalogue, others: NDArray[np.bool_]
) -> dict[str, object]:
    """NDCG@10 of the users whose target was not hidden, with and without hiding, and the share of it that is lost."""
    if not others.any():
        return {}
    targets = catalogue.targets(split.test)
    wanted = targets.counts(len(split.test))
    whole, less = (
        float(accuracy(hits_of(lists, targets), wanted)["ndcg@10"][others].mean()) for lists in (before, after)
    )
    return {
        "users": int(others.sum()),
        "ndcg@10": round(whole, 6),
        "ndcg@10 with products hidden": round(less, 6),
        "lost": round(1 - less / whole, 6) if whole else 0.0,
    }
