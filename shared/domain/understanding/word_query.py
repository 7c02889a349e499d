"""What a shopper's words ask of the ``keywords`` space: the words as typed, other forms of them, and what was meant."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from shared.domain.keywords import WORD, dimension_of, plain, terms
from shared.domain.spaces import SparseVector
from shared.domain.sparse import sparse
from shared.domain.understanding.spelling import Speller

_OTHER_FORM = 0.5
"""What another form of a word counts beside the word: less, or a search for one dress is one for dresses too."""
_OTHER_GUESS = 0.7
"""What the second and third of the words count that an unknown one may have been."""
_PAIR = 0.15
"""What two words count for standing side by side, beside each of them: they come in any order, and mostly in one."""
_GUESSES = 3
_MOST_UNKNOWN = 8
"""Unknown words of a text that are looked into; a text of nothing but such words is no search."""


def spelt(text: str, speller: Speller) -> tuple[str, tuple[tuple[str, str], ...]]:
    """``text`` as the catalogue would spell it, and what was changed: words as typed and what they were taken for."""
    corrections: dict[str, str] = {}
    for word in _unknown(text, speller):
        if (meant := speller.correct(word)) != word:
            corrections[word] = meant
    typed: list[tuple[str, str]] = []

    def meant_by(word: str) -> str:
        if meant := corrections.get(plain(word)):
            typed.append((word, meant))
        return meant or word

    spelt_text = WORD.sub(lambda found: meant_by(found.group()), text)
    return spelt_text, tuple(dict.fromkeys(typed))


def keyword_query(text: str, speller: Speller, misspelt: Sequence[str] = ()) -> SparseVector:
    """The weight of each term that ``text`` asks for; empty for one without words.

    A known word counts 1 and its other forms less, scaled so that a rare form counts no more than a frequent one. In
    place of an unknown word those count that it may have been, and the word itself, for a vocabulary may be bounded.
    ``misspelt`` are words that were corrected before ``text`` came here: what else they may have been counts too.
    """
    weights: dict[int, float] = {}

    def add(term: str, weight: float) -> None:
        dimension = dimension_of(term)
        weights[dimension] = max(weights.get(dimension, 0.0), weight)

    unknown = _unknown(text, speller)
    for word in dict.fromkeys(_words(text)):
        add(word, 1.0)
        _add_forms(word, 1.0, speller, add)
    for word in unknown + [plain(each) for each in misspelt][:_MOST_UNKNOWN]:
        for place, guess in enumerate(speller.guesses(word, _GUESSES)):
            for meant in guess.split():
                weight = _OTHER_GUESS if place else 1.0
                add(meant, weight)
                _add_forms(meant, weight, speller, add)
    in_order = [term for term in terms(spelt(text, speller)[0]) if " " not in term]
    return sparse(weights)
