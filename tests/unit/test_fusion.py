"""Fusion: scores of every space made comparable, weighed, and places shared out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from shared.domain import fusion
from shared.domain.features import FEATURES, features
from shared.domain.fusion import Evidence, View
from shared.domain.ranker import Ranker, Tree
from shared.domain.spaces import Space
from shared.domain.taste import Fading
from shared.domain.tuning import UNTUNED, Tuning, tuning_from_record, tuning_record

ANY_SCORES = arrays.arrays(np.float64, st.integers(0, 40), elements=st.floats(allow_nan=True, allow_infinity=True))


def evidence(**scores: list[float]) -> Evidence:
    count = len(next(iter(scores.values())))
    return Evidence(
        tuple(f"p{i:02}" for i in range(count)),
        {(Space(space), View.WHOLE): np.array(values) for space, values in scores.items()},
    )


class TestComparable:
    def test_scores_of_different_scales_compare(self) -> None:
        cosines, sums = np.linspace(0.9, 0.3, 30), np.linspace(90.0, 30.0, 30)
        assert fusion.comparable(cosines) == pytest.approx(fusion.comparable(sums))

    def test_the_tenth_best_is_one_and_the_background_is_nothing(self) -> None:
        scores = np.linspace(1.0, 0.0, 21)
        found = fusion.comparable(scores, background=0.2)
        assert found[9] == pytest.approx(1.0)
        assert (found[scores <= 0.2] == 0).all()

    def test_of_a_few_the_best_is_one(self) -> None:
        assert fusion.comparable(np.array([0.0, 4.0, 2.0])).tolist() == [0.0, 1.0, 0.5]
        assert fusion.comparable(np.array([4.0, 2.0] + [0.0] * 30)).max() == 1.0

    def test_the_best_is_not_many_times_a_tenth_that_is_all_but_nothing(self) -> None:
        scores = np.array([0.9, 0.6, *np.linspace(0.5, 0.49999, 18)])
        assert fusion.comparable(scores, background=0.499994).max() > 1_000
        assert fusion.comparable(scores, background=0.499994, most=3.0).max() == pytest.approx(3.0)
        even = np.linspace(1.0, 0.0, 21)
        assert fusion.comparable(even, most=3.0) == pytest.approx(fusion.comparable(even))

    @given(ANY_SCORES, st.floats(-1, 1))
    def test_whatever_comes_in_finite_and_not_negative_comes_out(self, scores: np.ndarray, background: float) -> None:
        found = fusion.comparable(scores, background)
        assert found.shape == scores.shape
        assert np.isfinite(found).all()
        assert (found >= 0).all()


class TestContributions:
    def test_a_space_adds_by_its_weight_and_one_without_weight_or_scores_nothing(self) -> None:
        seen = evidence(text=[0.5, 1.0], keywords=[8.0, 4.0])
        weights = {Space.TEXT: 2.0, Space.KEYWORDS: 0.0, Space.IMAGE: 1.0}
        parts = fusion.contributions(seen, weights, {})
        assert set(parts) == {Space.TEXT}
        assert parts[Space.TEXT].tolist() == [1.0, 2.0]

    def test_what_is_next_to_something_disliked_loses_most(self) -> None:
        seen = evidence(text=[0.9, 0.8])
        near = Evidence(seen.ids, seen.scores, against=np.array([1.0, 0.2]))
        assert fusion.penalty(near, {Space.TEXT: 0.2}).tolist() == [fusion.AGAINST_WEIGHT, 0.0]
        assert fusion.penalty(seen, {}).tolist() == [0.0, 0.0]


class TestSharing:
    scores = np.array([1.0 - i / 100 for i in range(20)] + [0.5 - i / 100 for i in range(20)])
    interest = np.array([0] * 20 + [1] * 20)

    def top(self, strength: float) -> list[int]:
        shared = fusion.share_out(self.scores, self.interest, [0.75, 0.25], strength)
        return [int(self.interest[i]) for i in np.argsort(-shared, kind="stable")[:12]]

    def test_without_strength_nothing_moves(self) -> None:
        assert self.top(0.0) == [0] * 12

    def test_with_all_of_it_places_go_by_the_weights(self) -> None:
        assert 2 <= sum(self.top(1.0)) <= 4

    @given(
        arrays.arrays(np.float64, 30, elements=st.floats(0.001, 10)),
        arrays.arrays(np.intp, 30, elements=st.integers(0, 2)),
        st.floats(0, 1),
    )
    def test_within_an_interest_the_order_stays(
        self, scores: np.ndarray, interest: np.ndarray, strength: float
    ) -> None:
        shared = fusion.share_out(scores, interest, [0.5, 0.3, 0.2], strength)
        assert np.isfinite(shared).all()
        for number in range(3):
            own = np.flatnonzero(interest == number)
            before = own[np.argsort(-scores[own], kind="stable")]
            assert (np.diff(shared[before]) <= 1e-12).all()


class TestTuningRecord:
    def test_round_trip(self) -> None:
        ranker = Ranker(FEATURES, (Tree((0,), (0.5,), (1,), (0.1, 0.2)),))
        tuned = Tuning(Fading(7.0, 2.0), {Space.TEXT: 0.5}, {Space.IMAGE: 1.0}, 0.2, ranker, 99)
        for tuning in (UNTUNED, tuned):
            assert tuning_from_record(tuning_record(tuning)) == tuning

    @pytest.mark.parametrize("damage", [{"fading": {}}, {"for_you": {"smell": 1}}, {"ranker": 3}, {"cases": None}])
    def test_anything_else_is_refused(self, damage: dict[str, object]) -> None:
        with pytest.raises((KeyError, TypeError, ValueError)):
            tuning_from_record({**tuning_record(UNTUNED), **damage})


def test_features_have_a_column_each_and_are_finite() -> None:
    seen = evidence(text=[0.5, float("nan"), 1.0], keywords=[1.0, 2.0, float("inf")])
    total = np.array([3.0, 2.0, 1.0])
    rows = features(seen, {}, {"p00": 0.5}, 4, total, np.array([0, 1, 2]))
    assert rows.shape == (3, len(FEATURES))
    assert np.isfinite(rows).all()
    assert rows[:, FEATURES.index("popularity")].tolist() == [0.5, 0.0, 0.0]
    assert rows[:, FEATURES.index("rank")].tolist() == [0.0, 1.0, 2.0]
