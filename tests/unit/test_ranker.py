"""The learned ranker: it scores as LightGBM does, learns what there is to learn, and takes no bad record."""

import json
import sys

import lightgbm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.ranker import FEWEST_GROUPS, TrainingGroup, cross_validated, ranker_of, train_ranker
from shared.domain.errors import InvalidInput, MissingExtra
from shared.domain.ranker import MOST_LEAVES, MOST_TREES, Ranker, Tree

NAMES = ("taste", "keywords", "popularity", "age")
STEP = Tree(columns=(0, 1), thresholds=(0.5, 2.0), lefts=(1, 2), values=(1.0, 2.0, 3.0))


def rows_of(count: int, seed: int) -> NDArray[np.float32]:
    """Ties in one feature, many zeros in another, a third often missing."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, len(NAMES))).astype(np.float32)
    rows[:, 1] = np.round(rows[:, 1])
    rows[random.random(count) < 0.4, 2] = 0.0
    rows[random.random(count) < 0.3, 3] = np.nan
    return rows


def groups_of(count: int, seed: int = 0) -> list[TrainingGroup]:
    """The wanted product is wanted for its taste, and for keywords only where it is popular: no sum says that."""
    random = np.random.default_rng(seed)
    groups = []
    for number in range(count):
        rows = rows_of(30, seed * count + number)
        wanted = rows[:, 0] + 2 * rows[:, 1] * (rows[:, 2] > 0) + 2 * np.isnan(rows[:, 3])
        groups.append(TrainingGroup(rows, (int(np.argmax(wanted + 0.5 * random.gumbel(size=30))),)))
    return groups


def hits(scores: list[NDArray[np.float32]], groups: list[TrainingGroup]) -> float:
    """The share of groups whose wanted row is among the best three."""
    return float(np.mean([group.relevant[0] in np.argsort(-s)[:3] for s, group in zip(scores, groups, strict=True)]))


@pytest.fixture(scope="module")
def trained() -> Ranker:
    return train_ranker(groups_of(300), NAMES, seed=1)


class TestScores:
    @pytest.mark.parametrize("leaves", [2, 16, MOST_LEAVES])
    def test_equal_lightgbms_own(self, leaves: int) -> None:
        rows = rows_of(3_000, seed=3)
        label = np.nan_to_num(rows[:, 0] * rows[:, 1] + rows[:, 2] + rows[:, 3])
        plan = {"num_leaves": leaves, "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
        booster = lightgbm.train(plan, lightgbm.Dataset(rows, label), 40)
        plain = lightgbm.train({**plan, "boost_from_average": False}, lightgbm.Dataset(rows, label - label.mean()), 40)
        asked = rows_of(2_500, seed=4)
        asked[::5, 0] = np.nan  # which no row of the training had
        for model in (booster, plain):
            scores = ranker_of(model, NAMES).score(asked)
            np.testing.assert_allclose(scores, model.predict(asked), rtol=1e-6, atol=1e-6)

    def test_a_row_on_a_threshold_goes_left(self) -> None:
        ranker = Ranker(("a",), (Tree((0,), (0.5,), (1,), (-1.0, 1.0)),))
        rows = np.array([[0.5], [np.nextafter(np.float32(0.5), np.float32(1))]], dtype=np.float32)
        assert ranker.score(rows).tolist() == [-1.0, 1.0]

    @pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
    def test_what_is_not_finite_is_missing(self, missing: float) -> None:
        left, right = (Ranker(("a",), (Tree((column,), (0.5,), (1,), (-1.0, 1.0)),)) for column in (0, 1))
        row = np.array([[missing]], dtype=np.float32)
        assert left.score(row).tolist() == [-1.0]
        assert right.score(row).tolist() == [1.0]

    def test_trees_of_different_sizes_add_up(self) -> None:
        ranker = Ranker(("a", "b"), (STEP, Tree((1,), (0.0,), (1,), (10.0, 20.0)), Tree((), (), (), (100.0,))))
        rows = np.array([[0, 0], [1, 1], [1, 3]], dtype=np.float32)
        assert ranker.score(rows).tolist() == [111.0, 122.0, 123.0]

    def test_no_rows_one_row_and_many_rows(self, trained: Ranker) -> None:
        rows = rows_of(3_000, seed=5)
        scores = trained.score(rows)
        assert trained.score(rows[:0]).shape == (0,)
        assert trained.score(rows[:1]).tolist() == scores[:1].tolist()
        np.testing.assert_array_equal(scores[2_000:2_100], trained.score(rows[2_000:2_100]))
        assert Ranker(NAMES).score(rows[:2]).tolist() == [0.0, 0.0]

    def test_other_features_than_its_own_are_refused(self, trained: Ranker) -> None:
        for wrong in (np.zeros((2, 3), dtype=np.float32), np.zeros(4, dtype=np.float32)):
            with pytest.raises(ValueError, match="rows of 4 features"):
                trained.score(wrong)


class TestTraining:
    def test_learns_what_a_weighted_sum_cannot_say(self, trained: Ranker) -> None:
        fresh = groups_of(200, seed=9)
        filled = [np.nan_to_num(group.features) for group in fresh]
        summed = [rows[:, 0] + rows[:, 1] + rows[:, 2] for rows in filled]
        assert hits([trained.score(group.features) for group in fresh], fresh) > 1.2 * hits(summed, fresh)
        assert 0 < len(trained.trees) <= MOST_TREES

    def test_the_same_again(self, trained: Ranker) -> None:
        assert train_ranker(groups_of(300), NAMES, seed=1) == trained

    def test_groups_without_a_relevant_row_teach_nothing(self, trained: Ranker) -> None:
        groups = [*groups_of(300), TrainingGroup(np.ones((2, 4), dtype=np.float32), ())]
        assert train_ranker(groups, NAMES, seed=1) == trained

    def test_infinities_are_missing_in_training_too(self, trained: Ranker) -> None:
        groups = [
            TrainingGroup(np.nan_to_num(group.features, nan=np.inf, posinf=np.inf), group.relevant)
            for group in groups_of(300)
        ]
        assert train_ranker(groups, NAMES, seed=1) == trained

    def test_nothing_to_tell_rows_apart_by_gives_equal_scores(self) -> None:
        alike = [TrainingGroup(np.ones((9, 4), dtype=np.float32), (number % 9,)) for number in range(FEWEST_GROUPS)]
        assert set(train_ranker(alike, NAMES, seed=1).score(rows_of(9, seed=1)).tolist()) == {0.0}

    def test_too_few_groups_and_other_features_are_refused(self) -> None:
        with pytest.raises(InvalidInput, match=f"{FEWEST_GROUPS} groups"):
            train_ranker(groups_of(FEWEST_GROUPS - 1), NAMES, seed=1)
        with pytest.raises(InvalidInput, match="4 features and 3 have names"):
            train_ranker(groups_of(FEWEST_GROUPS), NAMES[:3], seed=1)

    def test_without_lightgbm_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "lightgbm", None)
        with pytest.raises(MissingExtra, match=r"vitrine\[tune\]"):
            train_ranker(groups_of(FEWEST_GROUPS), NAMES, seed=1)

    @pytest.mark.parametrize(("rows", "relevant"), [((3, 2), (3,)), ((3, 2), (-1,)), ((3,), ()), ((10_001, 1), ())])
    def test_a_group_is_rows_of_features_and_some_of_its_rows(
        self, rows: tuple[int, ...], relevant: tuple[int, ...]
    ) -> None:
        with pytest.raises(ValueError, match="A group"):
            TrainingGroup(np.zeros(rows, dtype=np.float32), relevant)


class TestCrossValidation:
    def test_scores_are_of_rankers_that_have_not_seen_the_group(self) -> None:
        """Where chance chose the wanted row, a ranker that had seen the answer would find it more often than chance."""
        random = np.random.default_rng(2)
        by_chance = [TrainingGroup(group.features, (int(random.integers(30)),)) for group in groups_of(300)]
        seen = train_ranker(by_chance, NAMES, seed=1)
        assert hits([seen.score(group.features) for group in by_chance], by_chance) > 0.12
        assert hits(cross_validated(by_chance, NAMES, 3, seed=1), by_chance) < 0.16

    def test_every_group_has_its_scores_and_a_signal_is_found(self) -> None:
        groups = [*groups_of(300), TrainingGroup(rows_of(4, seed=8), ())]
        scores = cross_validated(groups, NAMES, 3, seed=1)
        assert [len(each) for each in scores] == [30] * 300 + [4]
        assert hits(scores[:-1], groups[:-1]) > 0.5

    @pytest.mark.parametrize("folds", [1, 61])
    def test_folds_are_two_up_to_the_groups(self, folds: int) -> None:
        with pytest.raises(InvalidInput, match="folds"):
            cross_validated(groups_of(60), NAMES, folds, seed=1)


class TestRecords:
    def test_there_and_back(self, trained: Ranker) -> None:
        back = Ranker.from_record(json.loads(json.dumps(trained.record())))
        assert back == trained
        rows = rows_of(50, seed=6)
        assert back.score(rows).tolist() == trained.score(rows).tolist()

    @pytest.mark.parametrize(
        "damage",
        [
            {"columns": [0, 4]},
            {"columns": [0, -1]},
            {"columns": [0, True]},
            {"columns": [0]},
            {"thresholds": [0.5, float("nan")]},
            {"thresholds": [0.5, 10**400]},
            {"lefts": [1, 4]},  # the last leaf, which is to be left for whoever goes right everywhere
            {"lefts": [1, 0]},
            {"lefts": [1, 2.0]},
            {"lefts": "12"},
            {"values": [1.0, 2.0]},
            {"values": [1.0, 2.0, float("inf")]},
            {"values": [1.0, 2.0, 1e7]},
            {"values": [1.0, 2.0, "3"]},
            {"values": [0.0] * 100_000},
        ],
    )
    def test_a_damaged_tree_is_refused(self, damage: dict[str, object]) -> None:
        record = Ranker(("a", "b"), (STEP,)).record()
        record["trees"][0].update(damage)
        with pytest.raises(ValueError, match=r"Tree 0|record"):
            Ranker.from_record(record)

    @pytest.mark.parametrize(
        "record",
        [
            None,
            [],
            {"names": ["a"]},
            {"names": [], "trees": []},
            {"names": ["a", "a"], "trees": []},
            {"names": ["a" * 101], "trees": []},
            {"names": [["a"]], "trees": []},
            {"names": ["a"], "trees": [None]},
            {"names": ["a"], "trees": [{}] * (MOST_TREES + 1)},
            {"names": ["a"] * 1_000, "trees": []},
        ],
    )
    def test_what_is_no_ranker_is_refused(self, record: object) -> None:
        with pytest.raises(ValueError, match=r"ranker|feature"):
            Ranker.from_record(record)

    @given(st.data(), st.integers(0, 3))
    def test_any_record_is_refused_or_scores_finite(self, data: st.DataObject, splits: int) -> None:
        def some(of: st.SearchStrategy[object], count: int = splits) -> list[object]:
            return data.draw(st.lists(of, min_size=count, max_size=count))

        columns, lefts = some(st.integers(-1, 4)), some(st.integers(0, 1 << splits))
        thresholds, values = some(st.floats(width=32)), some(st.floats(-2e6, 2e6) | st.none(), splits + 1)
        tree = {"columns": columns, "thresholds": thresholds, "lefts": lefts, "values": values}
        try:
            ranker = Ranker.from_record({"names": ["a", "b"], "trees": [tree]})
        except ValueError:
            return
        rows = np.array([[0, np.nan], [np.inf, -1], [3e38, -3e38]], dtype=np.float32)
        assert np.isfinite(ranker.score(rows)).all()
