"""Training the learned ranker: LambdaMART over groups of candidates whose wanted product is known.

LambdaMART is Burges, From RankNet to LambdaRank to LambdaMART (2010), in LightGBM (Ke et al., NeurIPS 2017). What comes
of it is served without LightGBM, by :class:`shared.domain.ranker.Ranker`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import InvalidInput, MissingExtra
from shared.domain.ranker import LARGEST_THRESHOLD, Ranker, Tree, short

if TYPE_CHECKING:
    from lightgbm import Booster, Dataset

MOST_ROUNDS = 120
PATIENCE = 40
"""Rounds without a better held-out NDCG@10 after which no more are tried."""

FEWEST_GROUPS = 50
"""With a relevant row. Fewer teach nothing that would hold for others."""

MOST_ROWS = 2_000_000
"""Learnt from. Of more, whole groups are drawn: 30 features of as many rows are 240 MB."""

MOST_GROUP_ROWS = 10_000
"""LightGBM takes no larger group."""

_HELD_OUT = 5  # one group of so many
_FREE: Mapping[str, int] = {}
_PARAMETERS: Mapping[str, Any] = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 20,
    "metric": "ndcg",
    "eval_at": [10],
    "num_leaves": 31,
    "feature_fraction": 0.5,
    "learning_rate": 0.1,
    "min_data_in_leaf": 100,
    "lambda_l2": 1.0,
    "deterministic": True,
    "force_row_wise": True,
    # Two threads on cores that others use too wait for each other: 60,000 rows took 9 s instead of .4 s.
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class TrainingGroup:
    """One user's candidates: ``features`` of shape (n, f), and the rows of the held-out products among them."""

    features: NDArray[np.float32]
    relevant: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or len(self.features) > MOST_GROUP_ROWS:
            shape = self.features.shape
            raise ValueError(
                f"A group has shape {shape}, and (rows, features) of at most {MOST_GROUP_ROWS:,} rows is due."
            )
        for row in self.relevant:
            if not 0 <= row < len(self.features):
                raise ValueError(f"A group of {len(self.features)} rows has no row {row}: count them from 0.")


def train_ranker(
    groups: Sequence[TrainingGroup], names: tuple[str, ...], seed: int, directions: Mapping[str, int] = _FREE
) -> Ranker:
    """A ranker of the features ``names``; the same for the same groups, in order, and ``seed``.

    ``directions`` says of a feature that more of it may only raise (1) or only lower (-1) the score: what is known
    beforehand need not be learnt from a few thousand noisy cases.

    How many trees there are is chosen on a fifth of the groups, which the trees then tried have not seen; the ranker
    has as many, trained on all groups. Groups without a relevant row teach nothing and are left out. Raises
    InvalidInput with fewer than ``FEWEST_GROUPS`` others, MissingExtra without lightgbm.
    """
    try:
        import lightgbm as lgb
    except ImportError as error:
        raise MissingExtra("Training a ranker needs lightgbm: pip install 'vitrine[tune]'.") from error
    usable = _usable(groups, len(names), np.random.default_rng(seed))
    parameters = {**_PARAMETERS, "seed": seed, "monotone_constraints": [directions.get(name, 0) for name in names]}
    held_out = _dataset(usable[::_HELD_OUT])
    rest = _dataset([group for place, group in enumerate(usable) if place % _HELD_OUT])
    rounds = lgb.train(
        parameters, rest, MOST_ROUNDS, valid_sets=[held_out], callbacks=[lgb.early_stopping(PATIENCE, verbose=False)]
    ).best_iteration
    return ranker_of(lgb.train(parameters, _dataset(usable), rounds), names)


def cross_validated(
    groups: Sequence[TrainingGroup],
    names: tuple[str, ...],
    folds: int,
    seed: int,
    directions: Mapping[str, int] = _FREE,
) -> list[NDArray[np.float32]]:
    """Scores for every group, shape (n,) each, by a ranker that was trained on the other folds' groups only.

    So they may be compared with any other ranking of the same groups. Raises as :func:`train_ranker` does.
    """
    if not 2 <= folds <= len(groups):
        raise InvalidInput(f"{len(groups):,} groups cannot be parted into {folds} folds: ask for 2 up to their number.")
    fold_of = (np.random.default_rng(seed).permutation(len(groups)) % folds).tolist()
    scores: dict[int, NDArray[np.float32]] = {}
    for fold in range(folds):
        others = [group for group, its in zip(groups, fold_of, strict=True) if its != fold]
        ranker = train_ranker(others, names, seed, directions)
        own = [place for place, its in enumerate(fold_of) if its == fold]
        scores.update((place, ranker.score(groups[place].features)) for place in own)
    return [scores[place] for place in range(len(groups))]


def _usable(groups: Sequence[TrainingGroup], features: int, random: np.random.Generator) -> list[TrainingGroup]:
    """The groups with a relevant row, shuffled, as many as ``MOST_ROWS`` hold."""
    usable = [group for group in groups if group.relevant]
    if wrong := next((group for group in usable if group.features.shape[1] != features), None):
        raise InvalidInput(f"A group has {wrong.features.shape[1]} features and {features} have names: name each.")
    if len(usable) < FEWEST_GROUPS:
        raise InvalidInput(
            f"A ranker is learnt from {FEWEST_GROUPS} groups with a relevant product at least, and {len(usable)} have "
            "one: keep the weighted sum until there are more events."
        )
    shuffled = [usable[place] for place in random.permutation(len(usable))]
    rows = np.cumsum([len(group.features) for group in shuffled])
    return shuffled[: int(np.searchsorted(rows, MOST_ROWS, side="right"))]


def _dataset(groups: Sequence[TrainingGroup]) -> "Dataset":
    import lightgbm as lgb

    labels = []
    for group in groups:
        label = np.zeros(len(group.features), dtype=np.float32)
        label[list(group.relevant)] = 1
        labels.append(label)
    features = np.concatenate([group.features for group in groups])
    # Serving takes infinities for missing, so training does.
    features[~np.isfinite(features)] = np.nan
    sizes = [len(group.features) for group in groups]
    return lgb.Dataset(features, np.concatenate(labels), group=sizes, free_raw_data=True)


def ranker_of(booster: "Booster", names: tuple[str, ...]) -> Ranker:
    """The same sum of trees, without LightGBM. Leaves are rounded to float32; splits decide as before."""
    trees = (_tree(tree["tree_structure"], len(names)) for tree in booster.dump_model()["tree_info"])
    return Ranker(names, tuple(trees))


def _tree(root: Mapping[str, Any], features: int) -> Tree:
    """LightGBM's tree as a ranker's."""
    splits: list[tuple[int, float, int]] = []
    values: list[float] = []

    def walk(node: Mapping[str, Any]) -> None:
        if "split_feature" not in node:
            values.append(short(node["leaf_value"]))
            return
        first = len(values)
        walk(node["left_child"])
        left = (1 << len(values)) - (1 << first)
        walk(node["right_child"])
        column = int(node["split_feature"]) + (0 if _missing_goes_left(node) else features)
        splits.append((column, _threshold(node["threshold"]), left))

    walk(root)
    columns, thresholds, lefts = zip(*splits, strict=True) if splits else ((), (), ())
    return Tree(columns, thresholds, lefts, tuple(values))


def _missing_goes_left(node: Mapping[str, Any]) -> bool:
    """Where no value was missing in training, LightGBM takes a missing one for zero."""
    return bool(node["default_left"]) if node["missing_type"] == "NaN" else bool(node["threshold"] >= 0)


def _threshold(threshold: float) -> float:
    """The largest float32 that is not above ``threshold``: it parts numbers of float32 as ``threshold`` does."""
    bounded = min(max(threshold, -LARGEST_THRESHOLD), LARGEST_THRESHOLD)
    nearest = np.float32(bounded)
    return short(float(nearest if nearest <= bounded else np.nextafter(nearest, np.float32(-np.inf))))
