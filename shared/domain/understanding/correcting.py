"""Misspelt words of a query, before it is read: "leahter" is a material too."""

from collections.abc import Sequence

from shared.domain.understanding.evidence import CUES
from shared.domain.understanding.numbers import MONEY_WORDS
from shared.domain.understanding.spelling import is_another_word
from shared.domain.understanding.synonyms import GENERAL
from shared.domain.understanding.vocabulary import Vocabulary
from shared.domain.understanding.wording import FUNCTION_WORDS, Token, stem

_SHORTEST = 4
_MOST = 12
"""Strange words of a query that are looked at: more of them are another language, or nothing at all."""

_COMMON = frozenset(
    (
        *(
            "find",
            "show",
            "give",
            "want",
            "need",
            "looking",
            "search",
            "like",
            "have",
            "with",
            "gift",
            "gifts",
            "present",
        ),
        *(
            "birthday",
            "christmas",
            "something",
            "anything",
            "everything",
            "nothing",
            "other",
            "another",
            "same",
            "made",
        ),
        *("brand", "colour", "color", "material", "affordable", "inexpensive", "cheapest", "pricier", "different"),
        *(
            "excluding",
            "apart",
            "than",
            "that",
            "them",
            "more",
            "less",
            "very",
            "good",
            "nice",
            "best",
            "small",
            "large",
        ),
        *("medium", "extra", "wife", "husband", "summer", "winter", "spring", "autumn", "dear", "does", "price"),
    )
)
"""What shoppers say in every shop, and what no catalogue need have."""


def corrected(words: Sequence[Token], vocabulary: Vocabulary) -> tuple[list[Token], tuple[tuple[str, str], ...]]:
    """The words as they were meant, and (typed, taken for) of each that was not so."""
    found: list[Token] = []
    changes: list[tuple[str, str]] = []
    looked_at = 0
    for word in words:
        strange = looked_at < _MOST and _is_strange(word, vocabulary)
        looked_at += strange
        meant = vocabulary.speller.correct(word.text) if strange else word.text
        if meant == word.text or is_another_word(word.text, meant) or _is_strange_pair(meant, vocabulary):
            found.append(word)
            continue
        changes.append((word.text, meant))
        for number, part in enumerate(meant.split()):
            found.append(word._replace(text=part, stem=stem(part), before=" " if number else word.before))
    return found, tuple(changes)


def _is_strange_pair(meant: str, vocabulary: Vocabulary) -> bool:
    """Two words that were written as one end in something that is sold: "desklamp" does, "housewarming" does not."""
    *first, last = meant.split()
    return bool(first) and stem(last) not in vocabulary.lexicon.phrases


def _is_strange(word: Token, vocabulary: Vocabulary) -> bool:
    if len(word.text) < _SHORTEST or not word.text.isalpha() or word.text in vocabulary.terms:
        return False
    if word.text in FUNCTION_WORDS or word.text in CUES or word.text in MONEY_WORDS or word.text in _COMMON:
        return False
    known = word.stem in vocabulary.lexicon.phrases or word.stem in vocabulary.lexicon.sizes
    return not known and word.stem not in GENERAL and not vocabulary.relatives(word.text)
