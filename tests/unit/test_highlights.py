"""Where the words of a search stand in a product's texts, in whatever script, case and spelling."""

import random
from itertools import pairwise

import pytest

from shared.domain.highlights import MOST_RANGES, SNIPPET, Highlights, highlights
from shared.domain.keywords import WORD, plain, terms
from shared.domain.products import Product


def marked(text: str, *words: str) -> list[str]:
    found = highlights(Product("p", text), words).title
    assert list(found) == sorted(found)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    return [text[start:end] for start, end in found]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Blue running shoe", ["shoe", "blue"], ["Blue", "shoe"]),
        ("Crème brûlée", ["creme"], ["Crème"]),
        ("Cre\u0300me bru\u0302le\u0301e", ["creme", "brulee"], ["Cre\u0300me", "bru\u0302le\u0301e"]),
        ("Cafe\u0301", ["cafe"], ["Cafe\u0301"]),  # the mark after the last letter belongs to it
        ("STRASSE und Straße", ["strasse"], ["STRASSE", "Straße"]),
        ("groß größer", ["gross"], ["groß"]),
        ("İstanbul kilim", ["istanbul", "kilim"], ["İstanbul", "kilim"]),
        ("ﬁne ﬂannel", ["flannel"], ["ﬂannel"]),
        ("½ off", ["off"], ["off"]),
        ("T-shirt", ["t-shirt"], ["T-shirt"]),
        ("T-shirt", ["shirt"], ["shirt"]),
        ("shirts", ["shirt"], []),
        ("Πλεκτό ΠΛΕΚΤΟ", ["πλεκτο"], ["Πλεκτό", "ΠΛΕΚΤΟ"]),
        ("綿のシャツ", ["綿のシャツ"], ["綿のシャツ"]),
        ("👟 Shoe 👟", ["shoe"], ["Shoe"]),
        ("<b>Shoe</b>", ["shoe", "b"], ["b", "Shoe", "b"]),
        ("Shoe", [], []),
        ("", ["shoe"], []),
    ],
)
def test_a_word_is_marked_as_it_is_written(text: str, words: list[str], expected: list[str]) -> None:
    assert marked(text, *words) == expected


def test_what_is_marked_is_what_the_keywords_space_has_met() -> None:
    """In texts of odd letters: every whole word of the terms is found, and is that word when written plainly."""
    rng = random.Random(7)
    letters = [" ", "e\u0301", *"aEßİéﬁÅôςΣ½-'한şǰŉ"]
    for _ in range(300):
        text = "".join(rng.choice(letters) for _ in range(30))
        words = {term for term in terms(text) if " " not in term}
        for span in marked(text, *words):
            assert words & {plain(span), *WORD.findall(plain(span))}
        for word in text.split():
            if plain(word) in words:
                assert marked(text, plain(word))


def test_the_brand_and_the_best_part_of_the_description_are_marked_too() -> None:
    before, after = "Lorem ipsum dolor. " * 30, " Sit amet elit." * 30
    text = f"A shoe. {before}A blue shoe, warm and blue, for Bolt.{after}"
    found = highlights(Product("p", "Trainer", description=text, brand="Bolt"), ["blue", "shoe", "warm", "bolt"])

    assert (found.title, found.brand) == ((), ((0, 4),))
    snippet = found.description
    assert snippet is not None
    assert snippet.text in text
    assert len(snippet.text) <= SNIPPET
    assert [snippet.text[start:end] for start, end in snippet.ranges] == ["blue", "shoe", "warm", "blue", "Bolt"]
    assert not snippet.text.startswith(" ")
    assert snippet.text.split()[0] in text.split()
    assert snippet.text.split()[-1] in text.split()


def test_a_description_without_the_words_has_no_snippet() -> None:
    assert highlights(Product("p", "Shoe", description="Warm."), ["blue"]) == Highlights()


def test_a_text_of_one_word_without_end_is_cut_nowhere_and_shown_by_nobody() -> None:
    assert highlights(Product("p", "t", description="shoe" * 2_000), ["shoe" * 1_250]).description is None
    short = highlights(Product("p", "t", description="x" * 3_000 + " shoe " + "y" * 3_000), ["shoe"]).description
    assert short is not None
    assert [short.text[start:end] for start, end in short.ranges] == ["shoe"]


def test_a_text_that_repeats_a_word_is_marked_so_often_and_no_more() -> None:
    assert len(marked("shoe " * 500, "shoe")) == MOST_RANGES
