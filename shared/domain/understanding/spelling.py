"""Spelling by the catalogue's own words: what a shopper meant, and the other forms of it that products are found by.

There is no dictionary, so that brands and a second language are no errors. Words are compared as
:func:`shared.domain.keywords.terms` gives them: without case and diacritics.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.domain.understanding.word_forms import forms, languages_of

LONGEST = 24
"""Letters of a word that may be corrected or be what another one was meant to be."""

_SHORTEST, _LONG = 4, 8
"""Letters from which on one error is looked for, and from which on two: shorter words are too near to each other."""
_SHORT = 5
_CODES = 4096  # all alphabets lie below; what is written with more signs than that is not spelt letter by letter
_ERROR, _OTHER_FIRST_LETTER = 6.0, 2.0
_SHORTEST_PART = 4
"""Letters of each of two words that were written as one: of shorter ones too many other words are made, as "off ice".
"""
_BARS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_JOINTS = re.compile(r"[-'/.]")

_Bits = NDArray[np.uint64]


class Speller:
    """Knows ``terms``, single words with the number of products that have each, of ``documents`` products in all.

    Where the number of products is not said, it is taken for that of the most frequent word. Never changes, so it is
    safe to use from several threads.
    """

    def __init__(self, terms: Mapping[str, int], documents: int = 0) -> None:
        self._counts = terms
        self._documents = max(documents, max(terms.values(), default=0), 1)
        self._languages = languages_of(terms, self._documents)
        self._alike = _spelt_alike(terms)
        words = [word for word in terms if _SHORTEST - 1 <= len(word) <= LONGEST and not _has_digit(word)]
        self._words = words
        self._codes = _codes(words)
        self._lengths = np.array([len(word) for word in words], dtype=np.int64)
        self._letters = np.bitwise_or.reduce(_bits(self._codes), axis=1) if words else np.zeros(0, dtype=np.uint64)
        self._frequency = np.log(np.array([terms[word] for word in words], dtype=np.float64) + 1)

    def knows(self, word: str) -> bool:
        return word in self._counts

    def rarity(self, word: str) -> float:
        """The inverse document frequency of ``word``, as the engine counts it; greatest for one that is not known."""
        return math.log((self._documents + 1) / (self._counts.get(word, 0) + 0.5))

    def correct(self, word: str) -> str:
        """What ``word`` was meant to be; itself where it is known, too short, a model number, or like nothing here.

        It may be two words, where only the space between them was missing. The plural of a known word is no error.
        """
        if word in self._counts or (_plain(word) not in self._alike and self._known_forms(word)):
            return word
        return next(iter(self.guesses(word, 1)), word)

    def guesses(self, word: str, most: int) -> tuple[str, ...]:
        """Up to ``most`` known words, or pairs of them, that an unknown ``word`` may have been, the likeliest first.

        Where it is only another form or another way to write known ones, it is these alone.
        """
        if word in self._counts or not self._counts:
            return ()
        same = (*self._alike.get(_plain(word), ()), *self._known_forms(word))
        if same or _has_digit(word) or not _SHORTEST <= len(word) <= LONGEST:
            return same[:most]
        near = self._near(word, most)
        parts = self._parts(word)
        return (parts, *near)[:most] if parts else near

    def variants(self, word: str) -> tuple[str, ...]:
        """Known other forms of ``word``: singular and plural, with a hyphen and without, with other letters for ø."""
        candidates = [*self._alike.get(_plain(word), ()), *self._known_forms(word)]
        return tuple(form for form in dict.fromkeys(candidates) if form != word)

    def joined(self, first: str, second: str) -> str:
        """The known word that the two are when they are written as one, "t shirt" and "foot ball"; empty for none.

        Of "flip-flop" both parts are terms themselves, a single letter is none: :func:`shared.domain.keywords.terms`.
        """
        word = first + second
        if word in self._counts:
            return word
        return next(iter(self._alike.get(word, ())), "") if min(len(first), len(second)) == 1 else ""

    def _known_forms(self, word: str) -> list[str]:
        return [form for form in forms(word, self._languages) if form in self._counts]

    def _near(self, word: str, most: int) -> tuple[str, ...]:
        """By Damerau-Levenshtein distance, the first letter, which is seldom wrong, and how frequent a word is."""
        allowed = 2 if len(word) >= _LONG else 1
        codes = _codes([word])[0]
        letters = np.bitwise_or.reduce(_bits(codes))
        other = np.bitwise_count(self._letters ^ letters)  # an error changes two letters of the set at most
        some = np.flatnonzero((other <= 2 * allowed) & (np.abs(self._lengths - len(word)) <= allowed))
        distances = _distances(codes[: len(word)], self._codes[some], self._lengths[some])
        some, distances = some[distances <= allowed], distances[distances <= allowed]
        first = self._codes[some, 0] != codes[0]
        worth = self._frequency[some] - _ERROR * distances - _OTHER_FIRST_LETTER * first
        return tuple(self._words[place] for place in some[np.argsort(-worth, kind="stable")[:most]].tolist())

    def _parts(self, word: str) -> str:
        """Two known words that ``word`` is when a space is put in, the pair whose rarer one is the most frequent."""
        places = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
        pairs = [(word[:place], word[place:]) for place in places]
        known = [(min(self._counts[a], self._counts[b]), a, b) for a, b in pairs if {a, b} <= self._counts.keys()]
        return " ".join(max(known)[1:]) if known else ""


def is_another_word(typed: str, meant: str) -> bool:
    """Whether both are mostly good words of their own: one letter is another, in a short word, or the first one.

    So it is with "tops" and "toys", "lego" and "legs", "jackets" and "rackets"; who mistypes swaps, drops or adds more
    often than that, and hardly ever the first letter.
    """
    if len(typed) != len(meant) or sorted(typed) == sorted(meant):
        return False
    return len(typed) <= _SHORT or typed[0] != meant[0]


def _distances(word: NDArray[np.uint16], others: NDArray[np.uint16], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of ``word``, shape (length,), from each of n others, shape (n, LONGEST): the errors that lie between them.

    Inserted, left out, replaced and swapped neighbouring letters count one each: the bit-parallel algorithm of Hyyrö
    (Nordic Journal of Computing, 2003), for all of the others at once.
    """
    one = np.uint64(1)
    places = np.zeros(_CODES, dtype=np.uint64)
    for place, code in enumerate(word.tolist()):
        places[code] |= one << np.uint64(place)
    last = one << np.uint64(len(word) - 1)
    up, down, diagonal, same_before = ~np.zeros(len(others), np.uint64), *np.zeros((3, len(others)), np.uint64)
    distance = np.full(len(others), len(word), dtype=np.int64)
    for column in range(int(lengths.max(initial=0))):
        same = places[others[:, column]]
        swapped = ((~diagonal & same) << one) & same_before
        diagonal = (((same & up) + up) ^ up) | same | down | swapped
        right, left = down | ~(diagonal | up), diagonal & up
        goes_on = column < lengths
        distance += goes_on & ((right & last) != 0)
        distance -= goes_on & ((left & last) != 0)
        right, left = (right << one) | one, left << one
        up, down, same_before = left | ~(diagonal | right), right & diagonal, same
    return distance


def _codes(words: Sequence[str]) -> NDArray[np.uint16]:
    """The letters of each word as numbers, 0 where it has ended, shape (n, LONGEST)."""
    letters = np.array(words, dtype=f"U{LONGEST}").view(np.uint32).reshape(len(words), LONGEST)
    return (letters % _CODES).astype(np.uint16)


def _bits(codes: NDArray[np.uint16]) -> _Bits:
    """One bit for each letter, none where a word has ended."""
    return np.where(codes > 0, np.uint64(1) << (codes % 64).astype(np.uint64), np.uint64(0))


def _spelt_alike(terms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What differs from its plain spelling, by that."""
    found: dict[str, list[str]] = {}
    for term in terms:
        if (plain := _plain(term)) != term:
            found.setdefault(plain, []).append(term)
    return {plain: tuple(of) for plain, of in found.items()}


def _plain(word: str) -> str:
    """``word`` without what shoppers leave out: joints, and bars through letters that are no diacritics."""
    return _JOINTS.sub("", word).translate(_BARS)


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)
