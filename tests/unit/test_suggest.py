"""What is suggested for what has been typed: prefixes in any place, errors, order, and what past searches teach."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from indexer.suggestions import past_searches, suggestions_of
from shared.domain.prefix_typos import errors_allowed, nearest_prefix, prefix_distances
from shared.domain.products import Product
from shared.domain.suggesting import fitting, standing, titled, to_taste, typed_in, words_of
from shared.domain.suggestions import (
    NO_SUGGESTIONS,
    Kind,
    Suggestions,
    suggestions_from_bytes,
    suggestions_to_bytes,
)

PRODUCTS = [
    Product("1", "Adidas Samba OG", brand="Adidas", categories=("Shoes", "Sneakers")),
    Product("2", "Running shoes Swift", brand="Nike", categories=("Shoes", "Running shoes")),
    Product("3", "Running jacket", brand="Nike", categories=("Clothing", "Jackets")),
    Product("4", "Crème brûlée torch", brand="Größe", categories=("Kitchen",)),
    Product("5", "Adventure backpack", brand="Nike", categories=("Bags",)),
    Product("6", "T-Shirt Basic", brand="Adidas", categories=("Clothing", "T-Shirts")),
]
SEARCHES = {"running shoes men": ("running shoes men", 9), "adidas samba": ("adidas samba", 5)}


@pytest.fixture(scope="module")
def made() -> Suggestions:
    return suggestions_from_bytes(suggestions_to_bytes(suggestions_of(PRODUCTS, SEARCHES)))


def found(made: Suggestions, text: str, shares: dict[str, float] | None = None, **liked: float) -> list[str]:
    brands = {(Kind.BRAND, name): weight for name, weight in liked.items()}
    taste = to_taste(made, titled(made), brands) if liked else None
    places = fitting(made, words_of(text), standing(made, shares or {}), taste, 20)
    return [made.texts[place] for place in places]


class TestFinding:
    @pytest.mark.parametrize("text", ["adi", "ADI", "Ádi", "  adi "])
    def test_a_prefix_in_any_case_and_with_any_accents(self, made: Suggestions, text: str) -> None:
        assert set(found(made, text)) == {"Adidas", "adidas samba", "Adidas Samba OG"}

    def test_any_word_may_be_the_one_that_is_completed(self, made: Suggestions) -> None:
        assert "Running shoes" in found(made, "sho")
        assert "Running shoes Swift" in found(made, "swift run")
        assert "T-Shirt Basic" in found(made, "shirt")

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            *(("adids", "Adidas"), ("addias", "Adidas"), ("daidas", "Adidas"), ("runing sh", "Running shoes")),
            *(("snaekers", "Sneakers"), ("bakcpack", "Adventure backpack"), ("running shose", "Running shoes")),
            *(("creme brulee", "Crème brûlée torch"), ("grosse", "Größe")),
        ],
    )
    def test_errors_are_forgiven(self, made: Suggestions, text: str, meant: str) -> None:
        assert meant in found(made, text)

    @pytest.mark.parametrize("text", ["xyz", "adx", "running boots", "qqqqqqqq"])
    def test_but_not_any(self, made: Suggestions, text: str) -> None:
        assert found(made, text) == []

    def test_what_is_typed_right_is_not_mixed_with_what_is_near(self) -> None:
        products = [Product("1", "Boots"), Product("2", "Books")]
        assert found(suggestions_of(products, {}), "boot") == ["Boots"]

    def test_of_equal_fit_the_better_known_comes_first(self, made: Suggestions) -> None:
        known = {"3": 1.0, "2": 0.1}
        products = [text for text in found(made, "running", known) if text in ("Running jacket", "Running shoes Swift")]
        assert products[0] == "Running jacket"
        other = [text for text in found(made, "running", {"2": 1.0}) if text.startswith("Running ")]
        assert other.index("Running shoes Swift") < other.index("Running jacket")

    def test_brands_are_as_known_as_all_their_products(self, made: Suggestions) -> None:
        known = {"1": 0.5, "2": 0.3, "3": 0.3, "5": 0.3}
        brands = [text for text in found(made, "", known) if text in ("Adidas", "Nike")]
        assert brands == ["Nike", "Adidas"]

    def test_the_readers_own_brand_comes_first(self, made: Suggestions) -> None:
        assert found(made, "ad")[0] != "Adventure backpack"
        assert found(made, "ad", Nike=1.0)[0] == "Adventure backpack"

    def test_nothing_typed_finds_everything_and_nothing_made_nothing(self, made: Suggestions) -> None:
        assert len(found(made, "")) == len(made)
        assert found(NO_SUGGESTIONS, "adi") == []


class TestBytes:
    def test_equal_suggestions_have_equal_bytes(self) -> None:
        backwards = suggestions_of(PRODUCTS[::-1], dict(reversed(SEARCHES.items())))
        assert suggestions_to_bytes(backwards) == suggestions_to_bytes(suggestions_of(PRODUCTS, SEARCHES))

    def test_what_is_cut_short_or_no_archive_is_refused(self, made: Suggestions) -> None:
        content = suggestions_to_bytes(made)
        for broken in (b"", b"{}", content[: len(content) // 2]):
            with pytest.raises((ValueError, KeyError, TypeError)):
                suggestions_from_bytes(broken)

    def test_an_empty_shop_has_none(self) -> None:
        assert len(suggestions_from_bytes(suggestions_to_bytes(suggestions_of([], {})))) == 0


class TestTyped:
    @pytest.mark.parametrize(
        ("text", "typed", "marked"),
        [
            ("Running shoes", "run", ["Run"]),
            ("Running shoes", "sho run", ["Run", "sho"]),
            ("Crème brûlée", "creme bru", ["Crème", "brû"]),
            ("Größe", "gros", ["Größ"]),
            ("Adidas", "adids", ["Adidas"]),
            ("Adidas", "nike", []),
        ],
    )
    def test_it_is_the_letters_that_were_typed(self, text: str, typed: str, marked: Sequence[str]) -> None:
        assert [text[start:end] for start, end in typed_in(text, words_of(typed))] == list(marked)


class TestDistances:
    @pytest.mark.parametrize("seed", range(3))
    def test_all_at_once_is_as_one_by_one(self, seed: int) -> None:
        rng = random.Random(seed)
        words = ["".join(rng.choices("abc", k=rng.randint(1, 9))) for _ in range(200)]
        letters = np.zeros((len(words), 22), dtype=np.uint16)
        for row, word in enumerate(words):
            letters[row, : len(word)] = [ord(letter) for letter in word]
        for _ in range(20):
            typed = "".join(rng.choices("abc", k=rng.randint(1, 10)))
            for most in (1, 2):
                expected = [min(nearest_prefix(typed, word)[0], most + 1) for word in words]
                assert prefix_distances(typed, letters, most).tolist() == expected

    def test_short_words_have_to_be_right(self) -> None:
        assert [errors_allowed("x" * length) for length in (1, 3, 4, 7, 8)] == [0, 0, 1, 1, 2]


class TestPastSearches:
    def test_three_users_make_one_and_a_robot_does_not(self) -> None:
        made = [(f"u{number}", "wool scarf") for number in range(3)]
        made += [("u1", "red hat"), ("u2", "red hat"), *[("robot", "cheap pills")] * 1_000]
        assert past_searches(made) == {"wool scarf": ("wool scarf", 3)}

    def test_spellings_are_one_and_the_usual_one_is_shown(self) -> None:
        made = [("a", "Écharpe laine"), ("b", "écharpe  laine "), ("c", "écharpe laine"), ("d", "echarpe laine")]
        assert past_searches(made) == {"echarpe laine": ("écharpe laine", 4)}

    @pytest.mark.parametrize("text", ["jane@example.org", "+49 170 1234567", "4111-1111-1111-1111", "x" * 80, "a\x07b"])
    def test_what_may_be_personal_is_never_one(self, text: str) -> None:
        assert past_searches([(f"u{number}", text) for number in range(50)]) == {}

    def test_one_that_finds_nothing_is_not_suggested(self) -> None:
        searches = {"samba shoes": ("samba shoes", 3), "garden gnome": ("garden gnome", 9), "nike": ("nike", 9)}
        made = suggestions_of(PRODUCTS, searches)
        entries = [(Kind(int(kind)), made.texts[place]) for place, kind in enumerate(made.kinds)]
        assert [text for kind, text in entries if kind is Kind.SEARCH] == ["samba shoes"]
        assert (Kind.BRAND, "Nike") in entries  # and that is suggested once

    def test_the_singular_finds_the_plural(self) -> None:
        made = suggestions_of(PRODUCTS, {"sneaker": ("sneaker", 3)})
        assert made.entry(Kind.SEARCH, "sneaker") >= 0
