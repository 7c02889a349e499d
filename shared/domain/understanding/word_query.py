"""What a shopper's words ask of the ``keywords`` space: the words as typed, other forms of them, and what was meant."""

import unicodedata
from collections.abc import Iterator, Sequence

from shared.domain.keywords import WORD, dimension_of, plain, terms
from shared.domain.spaces import SparseVector
from shared.domain.sparse import sparse
from shared.domain.understanding.spelling import Speller, is_another_word

_OTHER_FORM = 0.5
"""What another form of a word counts beside the word: less, or who wants a dress is shown what is sold with dresses."""
_OTHER_GUESS = 0.7
"""What the second and the third of the words count that an unknown one may have been."""
_PAIR = 0.15
"""What two words count for standing side by side: shoppers put words in any order, though mostly in the usual one."""
_GUESSES = 3
_MOST_UNKNOWN = 8
"""Unknown words of a text that are looked into, a millisecond each at most; a text of more of them is no search."""
_TELLING = 3
"""Words from which on a title that has all of them is one that somebody has in mind, and not two words by chance."""

_Slot = list[tuple[str, float]]


def spelt(text: str, speller: Speller) -> tuple[str, tuple[tuple[str, str], ...]]:
    """``text`` as the catalogue would spell it, and what was changed: words as typed and what they were taken for."""
    corrections: list[tuple[str, str]] = []
    unknown = _unknown(text, speller)
    meant = {word: guess for word in unknown if not is_another_word(word, guess := speller.correct(word))}
    pieces, end = [], 0
    text = unicodedata.normalize("NFC", text)
    for found in WORD.finditer(text):
        word = plain(found.group())
        if meant.get(word, word) != word:
            corrections.append((found.group(), meant[word]))
            pieces += [text[end : found.start()], meant[word]]
            end = found.end()
    return "".join([*pieces, text[end:]]), tuple(dict.fromkeys(corrections))


def keyword_query(text: str, speller: Speller, misspelt: Sequence[str] = ()) -> SparseVector:
    """The weight of each term that ``text`` asks for; empty for one without words.

    In place of an unknown word count those that it may have been, and itself too, for a vocabulary may be bounded.
    ``misspelt`` are words that were corrected before the text came here: what else they may have been counts as well.
    """
    weights: dict[int, float] = {}
    for slot in _slots(text, speller, misspelt):
        for term, weight in _evened(slot, speller):
            dimension = dimension_of(term)
            weights[dimension] = max(weights.get(dimension, 0.0), weight)
    for pair in _pairs(spelt(text, speller)[0]):
        weights.setdefault(dimension_of(pair), _PAIR)
    return sparse(weights)


def _slots(text: str, speller: Speller, misspelt: Sequence[str]) -> Iterator[_Slot]:
    """What may stand for each word, each with its weight."""
    words = _words(text)
    unknown = _unknown(text, speller)
    alone = not any(speller.knows(word) or speller.variants(word) for word in words)
    for before, word in zip(["", *words], words, strict=False):
        joined = speller.joined(before, word) if before else ""
        slot = [(word, 1.0), *_forms(word, 1.0, speller), *([(joined, _OTHER_FORM)] if joined else [])]
        yield slot + (_guessed(word, speller, alone) if word in unknown else [])
    for typed in misspelt[:_MOST_UNKNOWN]:
        yield _guessed(plain(typed), speller)


def _guessed(word: str, speller: Speller, alone: bool = False) -> _Slot:
    """What ``word`` may have been; where it stands ``alone``, with no known word beside it that bears the guess out,
    nothing that may as well be another word. Of two words written as one each is half of what was meant."""
    slot: _Slot = []
    guesses = [each for each in speller.guesses(word, _GUESSES) if not (alone and is_another_word(word, each))]
    for place, guess in enumerate(guesses):
        parts = guess.split()
        weight = (_OTHER_GUESS if place else 1.0) / len(parts)
        for meant in parts:
            slot += [(meant, weight), *_forms(meant, weight, speller)]
    return slot


def _forms(word: str, weight: float, speller: Speller) -> _Slot:
    return [(form, weight * _OTHER_FORM) for form in speller.variants(word)]


def _evened(slot: _Slot, speller: Speller) -> Iterator[tuple[str, float]]:
    """The engine gives each term its own rarity; what stands for one word is to have that of the most frequent."""
    rarity = min((speller.rarity(term) for term, _ in slot if speller.knows(term)), default=0.0)
    for term, weight in slot:
        yield term, weight * rarity / speller.rarity(term) if speller.knows(term) else weight


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(term for term in terms(text) if " " not in term))


def _pairs(text: str) -> list[str]:
    return [term for term in terms(text) if " " in term]


def _unknown(text: str, speller: Speller) -> list[str]:
    return [word for word in _words(text) if not speller.knows(word)][:_MOST_UNKNOWN]


class TitleWords:
    """Whether a title has all words of ``text``: three at least, each as typed, in another form, or as it was meant.

    A word that is like none of the catalogue's says nothing; a number counts as it is.
    """

    def __init__(self, text: str, speller: Speller) -> None:
        slots = [{term for term, _ in slot if speller.knows(term)} for slot in _slots(text, speller, ())]
        self._slots = [slot for slot in slots if slot]

    def all_in(self, title: str) -> bool:
        own = set(_words(title))
        return len(self._slots) >= _TELLING and all(not slot.isdisjoint(own) for slot in self._slots)
