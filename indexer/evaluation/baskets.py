"""The basket protocol: one product of each basket is hidden, and found again or not, by ours and by the baselines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexer.evaluation.baselines import NEEDS_EXTRA
from indexer.evaluation.basket_baselines import run_baselines, targets_of
from indexer.evaluation.basket_cold import cold_products
from indexer.evaluation.basket_lines import Orders
from indexer.evaluation.basket_measures import measured, numbers_of
from indexer.evaluation.basket_split import LARGEST, SMALLEST, BasketCase, BasketSplit, events_of, split_baskets
from indexer.evaluation.encoded import Catalogue
from indexer.evaluation.intervals import LEVEL, RESAMPLES
from indexer.evaluation.measured import Measured
from indexer.evaluation.metrics import DEPTH, Lists, Targets, lists_of
from indexer.evaluation.ours import ScratchShop, catalogue_of, fit_and_publish
from indexer.progress import Progress
from shared.services.baskets import WEIGHTS, for_basket
from shared.services.pages import Question

OURS = "ours"
COMPARED = ("hit@10", "ndcg@10")


@dataclass(slots=True)
class BasketEvaluation(Measured):
    """``ratios`` are ours over the best other system, by measure."""

    ratios: dict[str, float] = field(default_factory=dict)

    def besides(self) -> dict[str, Any]:
        return {"ours over the best other": self.ratios}


def evaluate_baskets(
    read: Orders,
    new_shop: Callable[[str], ScratchShop],
    weeks: int,
    seed: int,
    progress: Progress,
    cold: bool = False,
) -> BasketEvaluation:
    """Ours, through the service of the API, and the baselines over the same baskets and products.

    ``new_shop`` makes an empty shop by name whose feed has all products of ``read``. ``cold`` measures
    :mod:`indexer.evaluation.basket_cold` too.
    """
    evaluation = BasketEvaluation()
    split = split_baskets(read.orders, weeks, seed)
    scratch = new_shop("shop")
    with evaluation.timed("fit"):
        fit_and_publish(scratch, events_of(split.before_test), split.tested_at, progress)
    catalogue = catalogue_of(scratch)
    with evaluation.timed("ask"):
        ours = ask_baskets(scratch, split.test, catalogue, progress)
    with evaluation.timed("baselines"):
        baselines = run_baselines(split, catalogue, seed, progress)
    systems = {OURS: ours, **{name: answers.lists for name, answers in baselines.items()}}
    _measure(evaluation, systems, targets_of(split.test, catalogue), seed)
    evaluation.protocol = _about(split, read, catalogue, weeks, seed) | {
        "weights of ours": {space.value: weight for space, weight in WEIGHTS.items()},
        "chosen for the baselines": {name: dict(each.settings) for name, each in baselines.items() if each.settings},
    }
    if "als" not in baselines:
        evaluation.notes.append(NEEDS_EXTRA)
    if cold:
        with evaluation.timed("cold products"):
            evaluation.cold = cold_products(split, new_shop, seed, progress)
    return evaluation


def ask_baskets(scratch: ScratchShop, cases: Sequence[BasketCase], catalogue: Catalogue, progress: Progress) -> Lists:
    """What the service puts into each basket. Raises Unavailable where an answer had to make do."""
    shop = scratch.open(scratch.clock.moment)
    progress.stage("Asking for recommendations", len(cases))
    lists = []
    for case in cases:
        lists.append(numbers_of(for_basket(shop, case.given, Question(limit=DEPTH)).recommendation, catalogue))
        progress.advance()
    return lists_of(lists)


def _measure(evaluation: BasketEvaluation, systems: Mapping[str, Lists], targets: Targets, seed: int) -> None:
    for name, lists in systems.items():
        evaluation.systems[name], evaluation.intervals[name] = measured(lists, targets, seed)
    for measure in COMPARED:
        best = max(figures[measure] for name, figures in evaluation.systems.items() if name != OURS)
        evaluation.ratios[measure] = round(evaluation.systems[OURS][measure] / best, 4) if best else 0.0


def _about(split: BasketSplit, read: Orders, catalogue: Catalogue, weeks: int, seed: int) -> dict[str, Any]:
    return {
        "name": "basket",
        "fitted on": f"all orders before {split.tested_at.isoformat()}",
        "chosen on": f"the {weeks} weeks before that, fitted on what came before them",
        "tested on": f"the orders of {SMALLEST} to {LARGEST} products of the last {weeks} weeks, read once",
        "asked": f"one product of each basket, drawn with seed {seed}, is hidden and looked for among all others",
        "baskets asked about": len(split.test),
        "baskets fitted on": len(split.before_test),
        "products": len(catalogue),
        "lines left out": dict(read.dropped),
        "intervals": f"{LEVEL:.0%}, percentile bootstrap over baskets, {RESAMPLES:,} resamples, seed {seed}",
    }
