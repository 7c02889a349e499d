"""Spelling by the catalogue's own words."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.keywords import dimension_of, plain
from shared.domain.spaces import SparseVector
from shared.domain.understanding.spelling import Speller
from shared.domain.understanding.word_query import TitleWords, keyword_query, spelt

TERMS = {
    **{"mug": 40, "mugs": 12, "dress": 30, "dresses": 50, "knife": 9, "knives": 4, "box": 20, "boxes": 8},
    **{"sandal": 60, "sandals": 90, "candles": 15, "shirt": 200, "t-shirt": 120, "t": 2, "skirt": 60, "shorts": 70},
    **{"running": 80, "shoe": 90, "shoes": 300, "office": 3, "off": 40, "ice": 10, "football": 14, "glass": 30},
    **{"men": 400, "man": 3, "men's": 80, "bjørn": 6, "straße": 2, "wh-1000xm4": 1, "1000xm4": 1, "iphone": 20},
    **{"headphones": 40, "waterproof": 30, "tuch": 5, "tucher": 8, "schuh": 9, "schuhe": 9, "und": 40, "mit": 60},
    **{"fur": 50, "aus": 30, "print": 40, "printer": 20, "gateau": 7, "gateaux": 7, "grey": 90, "green": 70},
}


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(TERMS, 1_000)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sandels", "sandals"),
        ("sanadls", "sandals"),
        ("sndals", "sandals"),
        ("saandals", "sandals"),
        ("headfones", "headphones"),
        ("hedphoness", "headphones"),
        ("shirrt", "shirt"),
        ("tshirt", "t-shirt"),
        ("runningshoes", "running shoes"),
        ("bjorn", "bjørn"),
        ("mens", "men's"),
    ],
)
def test_what_was_meant(speller: Speller, typed: str, meant: str) -> None:
    assert speller.correct(typed) == meant


@pytest.mark.parametrize(
    "word",
    ["sandals", "skirt", "mgu", "wh-1000xm5", "iphone12", "10000", "xqzwvk", "hadfoness", "", "a" * 200, "offic3"],
)
def test_what_is_known_short_a_number_or_like_nothing_is_left_as_it_is(speller: Speller, word: str) -> None:
    assert speller.correct(word) == word


def test_a_frequent_word_with_the_same_first_letter_is_likelier(speller: Speller) -> None:
    assert speller.guesses("shirst", 3) == ("shirt",)
    assert Speller({"cane": 5, "lane": 6}).correct("cine") == "cane"
    assert Speller({"grey": 90, "gren": 1}).guesses("grei", 3) == ("grey", "gren")


def test_words_that_were_typed_as_one_are_two_where_both_are_long_enough() -> None:
    speller = Speller({"off": 40, "ice": 10, "foot": 5, "wear": 9})
    assert speller.correct("office") == "office"
    assert speller.correct("footwear") == "foot wear"


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("mug", "mugs"),
        ("mugs", "mug"),
        ("dresses", "dress"),
        ("dress", "dresses"),
        ("knives", "knife"),
        ("knife", "knives"),
        ("boxes", "box"),
        ("men", "man"),
        ("men", "men's"),
        ("tuch", "tucher"),
        ("schuhe", "schuh"),
    ],
)
def test_other_forms_that_are_known(speller: Speller, word: str, form: str) -> None:
    assert form in speller.variants(word)


def test_forms_are_of_languages_that_the_catalogue_is_written_in(speller: Speller) -> None:
    assert "printer" in speller.variants("print")  # with und, mit, fur and aus it is a German catalogue
    assert "gateaux" not in speller.variants("gateau")
    english = Speller({"print": 40, "printer": 20, "prints": 5, "mit": 1})
    assert english.variants("print") == ("prints",)
    french = Speller({"gateau": 7, "gateaux": 7, "et": 30, "avec": 20, "pour": 20, "en": 50})
    assert french.variants("gateau") == ("gateaux",)
    spanish = Speller({"pantalon": 7, "pantalones": 7, "luz": 3, "luces": 3, "y": 30, "con": 20, "para": 20, "de": 50})
    assert (spanish.variants("pantalon"), spanish.variants("luces")) == (("pantalones",), ("luz",))


def test_the_plural_of_a_known_word_is_no_error() -> None:
    speller = Speller({"mug": 40, "rugs": 90})
    assert (speller.correct("mugs"), speller.guesses("mugs", 3)) == ("mugs", ("mug",))


def test_a_catalogue_without_words_corrects_nothing() -> None:
    nothing = Speller({})
    assert (nothing.correct("sandels"), nothing.variants("mugs"), nothing.guesses("sandels", 3)) == ("sandels", (), ())
    assert keyword_query("sandels", nothing)


def _distance(a: str, b: str) -> int:
    """Optimal string alignment, cell by cell."""
    rows = [list(range(len(b) + 1))]
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


@settings(deadline=None)
@given(st.sets(st.text("abcd", min_size=3, max_size=11), min_size=1, max_size=60), st.text("abcd", max_size=12))
def test_all_that_is_near_enough_is_found_and_nothing_else(words: set[str], typed: str) -> None:
    speller = Speller(dict.fromkeys(words, 1))
    allowed = 0 if len(typed) < 4 or typed in words else 1 if len(typed) < 8 else 2
    near = {word for word in words if allowed and _distance(typed, word) <= allowed}
    assert {guess for guess in speller.guesses(typed, 1_000) if " " not in guess} == near


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_all_makes_a_query(text: str) -> None:
    speller = Speller(TERMS)
    query, (words, corrections) = keyword_query(text, speller), spelt(text, speller)
    assert np.isfinite(query.values).all()
    assert (query.values > 0).all()
    assert corrections or words == unicodedata.normalize("NFC", text)


def test_letters_of_any_alphabet_are_spelt() -> None:
    assert Speller({"туфли": 3, "сапоги": 4}).correct("тууфли") == "туфли"
    assert Speller({"παπουτσι": 3}).correct("παπουτσυ") == "παπουτσι"


class TestKeywordQuery:
    def weight(self, query: SparseVector, term: str) -> float:
        found = query.values[query.indices == dimension_of(term)]
        return float(found[0]) if found.size else 0.0

    def test_words_as_typed_count_most_and_other_forms_less(self, speller: Speller) -> None:
        query = keyword_query("Sandals", speller)
        assert self.weight(query, "sandals") == pytest.approx(1.0)
        assert 0 < self.weight(query, "sandal") < 1.0

    def test_a_rare_form_is_worth_no_more_than_the_word(self, speller: Speller) -> None:
        query = keyword_query("men", speller)
        worth = {term: self.weight(query, term) * speller.rarity(term) for term in ("men", "man", "men's")}
        assert worth["man"] == pytest.approx(worth["men's"])
        assert worth["man"] == pytest.approx(worth["men"] / 2, rel=1e-5)

    def test_what_was_meant_stands_in_for_what_is_unknown(self, speller: Speller) -> None:
        query = keyword_query("sandels for men", speller)
        assert self.weight(query, "sandals") > 0
        assert self.weight(query, "sandals men") > 0  # as neighbours, too
        assert self.weight(query, "sandels") > 0  # a vocabulary may be bounded

    def test_what_a_corrected_word_may_have_been_instead_counts_too(self) -> None:
        speller = Speller({"grey": 90, "gren": 5})
        assert self.weight(keyword_query("grey", speller), "gren") == 0
        assert self.weight(keyword_query("grey", speller, ["grei"]), "gren") > 0

    def test_words_that_are_written_as_one_are_found_when_typed_as_two(self, speller: Speller) -> None:
        assert self.weight(keyword_query("t shirt", speller), "t-shirt") > 0
        assert self.weight(keyword_query("foot ball", speller), "football") > 0

    def test_diacritics_and_case_make_no_difference(self, speller: Speller) -> None:
        plain_query, typed = keyword_query("tucher", speller), keyword_query("TÜCHER", speller)
        assert np.array_equal(plain_query.indices, typed.indices)
        assert self.weight(keyword_query("bjorn", speller), "bjørn") > 0
        assert plain("Straße") == "strasse"

    def test_a_text_is_spelt_with_what_is_right_left_as_it_was(self, speller: Speller) -> None:
        words = spelt("Wateprroof  SANDELS, for Men (WH-1000XM4)!", speller)
        assert words[0] == "waterproof  sandals, for Men (WH-1000XM4)!"
        assert words[1] == (("Wateprroof", "waterproof"), ("SANDELS", "sandals"))


class TestTitleWords:
    @pytest.mark.parametrize(
        ("text", "title", "has_all"),
        [
            ("running shoes for men", "Men's Running Shoes, grey", True),
            ("runing shoe mens", "Running shoes for men", True),
            ("running shoes men", "Running shoes", False),
            ("xqzwvk running shoes men", "Running shoes for men", True),
            ("running shoes", "Running shoes", False),
            ("", "", False),
        ],
    )
    def test_three_words_or_more_must_all_be_there(
        self, speller: Speller, text: str, title: str, has_all: bool
    ) -> None:
        assert TitleWords(text, speller).all_in(title) is has_all
