"""What of all that the spaces propose matches words, and what the words name outright."""

import numpy as np
import pytest

from shared.domain.exact import EXACT, is_one_word, names_in, put_first, words_of
from shared.domain.fusion import tenth_best
from shared.domain.recommendations import Candidate
from shared.services.matching import matched


class TestMatched:
    def test_what_has_little_of_what_the_best_has_is_no_match(self) -> None:
        total = np.array([1.0] * 20 + [0.7] * 10 + [0.3] * 100)
        assert matched(total, has_words=True).sum() == 30

    def test_a_page_of_the_nearest_follows_the_few_that_have_the_words(self) -> None:
        total = np.array([3.0, 2.9, *np.linspace(1.0, 0.95, 12), *([0.4] * 100)])
        assert matched(total, has_words=True).sum() == 14

    def test_where_none_has_the_words_only_the_nearest_are_matches(self) -> None:
        total = np.array([*np.linspace(0.3, 0.25, 12), *np.linspace(0.2, 0.01, 200)])
        assert matched(total, has_words=False).sum() == 12
        assert matched(total, has_words=True).sum() > 12

    def test_in_another_order_what_is_only_near_is_not_listed(self) -> None:
        total = np.array([3.0, 2.9, *np.linspace(1.0, 0.95, 12), *([0.4] * 100)])
        assert matched(total, has_words=True, by_relevance=False).sum() == 2
        assert matched(total, has_words=False, by_relevance=False).sum() == 14

    def test_what_nothing_speaks_for_never_matches(self) -> None:
        assert matched(np.zeros(30), has_words=True).sum() == 0
        assert matched(np.zeros(0), has_words=False).shape == (0,)
        assert matched(np.array([1.0, 0.0]), has_words=False).tolist() == [True, False]

    def test_the_tenth_best_of_few_is_the_best(self) -> None:
        assert tenth_best(np.arange(20.0)) == 10.0
        assert tenth_best(np.array([0.2, 0.5])) == 0.5
        assert tenth_best(np.array([0.5] + [0.0] * 20)) == 0.5
        assert tenth_best(np.zeros(0)) == 0.0


class TestNames:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("WH-1000XM4", ("WH-1000XM4",)),
            ("sony WH-1000XM4, black", ("sony WH-1000XM4, black", "WH-1000XM4")),
            ("#15970", ("#15970", "15970")),
            (" 12 ", ("12",)),
            ("iphone 12", ("iphone 12",)),
            ("iphone 128gb 10x15cm 2in1", ("iphone 128gb 10x15cm 2in1",)),
            ("gtin 4006381333931", ("gtin 4006381333931", "4006381333931")),
        ],
    )
    def test_all_of_the_text_and_numbers_of_models_are_names(self, text: str, names: tuple[str, ...]) -> None:
        assert names_in(text) == names

    def test_a_text_of_nothing_but_numbers_is_bounded(self) -> None:
        assert len(names_in(" ".join(f"model{number:05}" for number in range(100)))) == 8

    @pytest.mark.parametrize(("name", "is_one"), [("XM4", True), ("mug", False), ("iphone 12", False), ("", False)])
    def test_a_number_is_one_word_with_a_digit(self, name: str, is_one: bool) -> None:
        assert is_one_word(name) is is_one

    def test_titles_are_the_same_without_case_diacritics_and_signs(self) -> None:
        assert words_of("Café-Crème, (Large)!") == words_of("cafe-creme large")
        assert words_of("The mug") != words_of("mug")


class TestPutFirst:
    candidates = (
        Candidate("a", 2.0, {"text": 2.0}),
        Candidate("b", 1.0, {"keywords": 1.0}),
        Candidate("c", 0.5, {"image": 0.5}),
    )

    def test_what_is_named_comes_before_everything_in_its_own_order(self) -> None:
        found = put_first(self.candidates, ["c", "x", "b", "b"])
        assert [each.product_id for each in found] == ["b", "c", "x", "a"]
        assert [EXACT in each.sources for each in found] == [True, True, True, False]

    def test_scores_fall_and_are_the_sum_of_their_sources(self) -> None:
        found = put_first(self.candidates, ["c", "x"])
        scores = [each.score for each in found]
        assert scores == sorted(scores, reverse=True)
        assert all(each.score == pytest.approx(sum(each.sources.values())) for each in found)

    def test_nothing_named_changes_nothing(self) -> None:
        assert put_first(self.candidates, []) == list(self.candidates)
        assert [each.product_id for each in put_first([], ["x"])] == ["x"]
