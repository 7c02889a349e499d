"""One evaluation: fit, choose, ask, and measure every system alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.evaluation import cuts
from indexer.evaluation.arms import PARTS
from indexer.evaluation.baselines import NEEDS_EXTRA, run_baselines
from indexer.evaluation.cold import hide_products
from indexer.evaluation.encoded import Catalogue
from indexer.evaluation.intervals import LEVEL, RESAMPLES, intervals
from indexer.evaluation.measured import Measured
from indexer.evaluation.metrics import (
    PAGE,
    Lists,
    Targets,
    accuracy,
    coverage,
    hits_of,
    intra_list_distance,
    means,
    ndcg_curve,
    novelty,
    personalisation,
)
from indexer.evaluation.ours import (
    Asked,
    ScratchShop,
    ask_all,
    catalogue_of,
    choose_weights,
    fit_and_publish,
    reveal,
    text_vectors,
)
from indexer.evaluation.split import Split
from indexer.progress import Progress
from shared.domain.errors import InvalidInput

OURS = "ours"
COMPARED = ("ndcg@10", "hr@10")


@dataclass(slots=True)
class Evaluation(Measured):
    """``curves`` is NDCG at each cut-off from 1; ``differences`` are of ours to each other system, with intervals of
    the users' differences.
    """

    curves: dict[str, list[float]] = field(default_factory=dict)
    by_history: dict[str, cuts.Cut] = field(default_factory=dict)
    by_product: dict[str, cuts.Cut] = field(default_factory=dict)
    differences: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def besides(self) -> dict[str, Any]:
        return {
            "differences": self.differences,
            "by_history": self.by_history,
            "by_product": self.by_product,
            "ndcg_by_cut_off": self.curves,
        }


@dataclass(frozen=True, slots=True)
class Scene:
    """What all systems are measured against."""

    catalogue: Catalogue
    targets: Targets
    wanted: NDArray[np.int64]
    lengths: NDArray[np.int64]
    events: NDArray[np.int64]
    vectors: NDArray[np.float32]
    seed: int


def evaluate(
    split: Split,
    new_shop: Callable[[str], ScratchShop],
    seed: int,
    progress: Progress,
    hide: float = 0.0,
    parts: bool = False,
) -> Evaluation:
    """Ours and the baselines through the protocol of ``split``, over the same users and products.

    ``new_shop`` makes an empty shop by name; ``hide`` is the share of products of :mod:`indexer.evaluation.cold`;
    ``parts`` asks once more for each of :data:`indexer.evaluation.arms.PARTS`.
    """
    evaluation = Evaluation()
    scratch = new_shop("shop")
    with evaluation.timed("fit"):
        fit_and_publish(scratch, split.fitted, split.validated_at, progress)
    with evaluation.timed("choose"):
        chosen = choose_weights(scratch, split.validation, split.validated_at, progress)
    with evaluation.timed("fit for the test"):
        learn_the_rest(split, scratch, progress)
    catalogue = catalogue_of(scratch)
    asked_cases = [case for case in split.test if any(target in catalogue.number for target in case.targets)]
    if not asked_cases:
        raise InvalidInput("No product that users took in the test is in the catalogue: give the items they belong to.")
    split = split.asking(asked_cases)
    scene = scene_of(split, scratch, catalogue, seed)
    with evaluation.timed("ask"):
        asked = ask_all(scratch, split.test, catalogue, split.tested_at, progress)
    with evaluation.timed("baselines"):
        baselines = run_baselines(split, catalogue, seed, progress)
    with evaluation.timed("measure"):
        systems = {OURS: asked.lists, **{name: answers.lists for name, answers in baselines.items()}}
        for name, arm in PARTS.items() if parts else ():
            systems[name] = ask_all(scratch, split.test, catalogue, split.tested_at, progress, arm).lists
        measure(evaluation, systems, scene, progress)
        evaluation.systems[OURS]["fallback@10"] = round(fell_back(asked), 6)
    if hide:
        with evaluation.timed("cold products"):
            cold = hide_products(split, new_shop("cold-shop"), asked.lists, hide, seed, progress)
            evaluation.cold = cold.record()
    evaluation.protocol = {
        **split.about,
        "users asked about": len(split.test),
        "products": len(catalogue),
        "ranked": "all products of the catalogue but those the user had",
        "chosen for ours": dict(chosen) or "nothing: defaults",
        "chosen for the baselines": {name: dict(each.settings) for name, each in baselines.items() if each.settings},
        "intervals": f"{LEVEL:.0%}, percentile bootstrap over users, {RESAMPLES:,} resamples, seed {seed}",
    }
    if "als" not in baselines and catalogue.deeds(split.fitted_for_test)[0].size:
        evaluation.notes.append(NEEDS_EXTRA)
    return evaluation


def learn_the_rest(split: Split, scratch: ScratchShop, progress: Progress) -> None:
    """What the protocol lets the shop know before the test."""
    if split.refit:
        fit_and_publish(scratch, split.revealed, split.tested_at, progress)
    else:
        reveal(scratch, split.revealed, split.tested_at, progress)


def scene_of(split: Split, scratch: ScratchShop, catalogue: Catalogue, seed: int) -> Scene:
    targets = catalogue.targets(split.test)
    return Scene(
        catalogue,
        targets,
        targets.counts(len(split.test)),
        np.array([len(case.history) for case in split.test], dtype=np.int64),
        catalogue.counts(split.fitted_for_test),
        text_vectors(scratch, catalogue),
        seed,
    )


def measure(evaluation: Evaluation, systems: Mapping[str, Lists], scene: Scene, progress: Progress) -> None:
    """Every figure of every system, into ``evaluation``."""
    progress.stage("Measuring", len(systems))
    bands = cuts.target_bands(scene.targets, scene.events)
    by_user = {}
    for name, lists in systems.items():
        hits = hits_of(lists, scene.targets)
        by_user[name] = accuracy(hits, scene.wanted)
        evaluation.systems[name] = {
            measure: round(figure, 6)
            for measure, figure in (means(by_user[name]) | _of_the_whole(lists, scene)).items()
        }
        evaluation.intervals[name] = _rounded(intervals(by_user[name], scene.seed))
        evaluation.curves[name] = [round(float(figure), 6) for figure in ndcg_curve(hits, scene.wanted)]
        evaluation.by_history[name] = cuts.by_history(hits, scene.targets, scene.lengths, scene.seed)
        banded = {band: (hits_of(lists, targets), targets) for band, targets in bands.items()}
        evaluation.by_product[name] = cuts.by_product(banded, scene.seed)
        progress.advance()
    for name in systems:
        if name != OURS:
            gaps = {each: by_user[OURS][each] - by_user[name][each] for each in COMPARED}
            evaluation.differences[name] = _rounded(intervals(gaps, scene.seed))


def _of_the_whole(lists: Lists, scene: Scene) -> dict[str, float]:
    return {
        f"coverage@{PAGE}": coverage(lists, len(scene.catalogue)),
        f"novelty@{PAGE}": novelty(lists, scene.events),
        f"intra_list_distance@{PAGE}": intra_list_distance(lists, scene.vectors) if scene.vectors.size else 0.0,
        f"personalisation@{PAGE}": personalisation(lists, np.random.default_rng(scene.seed)),
    }


def _rounded(ranges: Mapping[str, tuple[float, float]]) -> dict[str, list[float]]:
    return {name: [round(low, 6), round(high, 6)] for name, (low, high) in ranges.items()}


def fell_back(asked: Asked) -> float:
    """The share of answers that popular products had to fill up within the first ten."""
    return float(asked.filled[:, :PAGE].any(axis=1).mean()) if len(asked.filled) else 0.0
