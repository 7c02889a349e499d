"""Words as they stand in a query, a title or a value: where they were typed, and what makes two of them the same."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from shared.domain.keywords import plain

MOST_TOKENS = 120
"""A query has 500 characters at most; what comes after so many words would not be read by a shopper either."""

CURRENCY_SIGNS = "$€£¥₹"
_TOKEN = re.compile(
    rf"(?P<sign>[{CURRENCY_SIGNS}])"
    r"|(?P<number>\d+(?:[.,'’\u00a0\u202f]\d+)*)"
    r"|(?P<letters>(?:[^\W\d_]\.)+[^\W\d_](?![^\W_])\.?)"  # U.S.
    r"|(?P<word>[^\W\d_](?:[^\W_]|['’`](?=[^\W_]))*)"
)
_POSSESSIVE = re.compile(r"(?<=.)['’`]s?$")
_IRREGULAR = {"men": "man", "women": "woman", "children": "child", "feet": "foot", "teeth": "tooth"}
_AND = frozenset(("and", "n"))
FUNCTION_WORDS = frozenset(
    (
        *(
            "a",
            "an",
            "the",
            "of",
            "in",
            "on",
            "at",
            "to",
            "for",
            "from",
            "with",
            "without",
            "by",
            "as",
            "is",
            "are",
            "it",
        ),
        *("my", "me", "i", "you", "your", "that", "this", "or", "but", "not", "no", "any", "some", "under", "over"),
        *(
            "between",
            "below",
            "above",
            "about",
            "around",
            "than",
            "up",
            "only",
            "also",
            "which",
            "who",
            "nor",
            "please",
        ),
    )
)


class Token(NamedTuple):
    """``text`` without case, diacritics and apostrophes; ``before`` is what stands between it and the one before,
    ``after`` the one character that follows."""

    text: str
    stem: str
    start: int
    end: int
    before: str
    after: str = ""
    number: float | None = None

    @property
    def is_sign(self) -> bool:
        return self.text in CURRENCY_SIGNS

    @property
    def joined(self) -> bool:
        """Whether nothing stands between it and the one before: the letters of "28cm"."""
        return not self.before and self.start > 0


def tokens(text: str, most: int = MOST_TOKENS) -> list[Token]:
    """The words, numbers and currency signs of ``text``, which is best in Unicode's NFC."""
    found: list[Token] = []
    last = 0
    for match in _TOKEN.finditer(text):
        number = number_of(match["number"]) if match["number"] else None
        word = match[0] if match["sign"] or match["number"] else _letters(match[0])
        end = match.end()
        found.append(
            Token(word, stem(word), match.start(), end, text[last : match.start()], text[end : end + 1], number)
        )
        last = end
        if len(found) == most:
            break
    return found


def composed(text: str) -> str:
    """``text`` with every letter and its diacritics in one character where there is one."""
    return unicodedata.normalize("NFC", text)


def number_of(typed: str) -> float:
    """What "1.299,50", "1,299.50", "1'299" or "12,5" stand for.

    Of two kinds of separators the last one is the decimal one; a single one before exactly three digits separates
    thousands, unless all that stands before it is a zero.
    """
    separators = [sign for sign in typed if not sign.isdigit()]
    if not separators:
        return float(typed)
    whole, _, decimals = typed.rpartition(separators[-1])
    several = separators[-1] in separators[:-1]
    thousands = len(decimals) == 3 and whole not in ("0", "00") and len(set(separators)) == 1
    if several or thousands or separators[-1] not in ".,":
        whole, decimals = whole + decimals, ""
    return float("".join(c for c in whole if c.isdigit()) + "." + (decimals or "0"))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The same for a word's singular and plural; a key, not always a word.

    After Harman's s-stemmer ("How effective is suffixing?", JASIS 1991), which forgets the e of "dresses".
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
        word = _IRREGULAR.get(word, word)
    if len(word) > 4 and word.endswith("ie"):
        return word[:-2] + "y"
    if len(word) > 3 and word.endswith(("se", "xe", "ze", "che", "she")):
        return word[:-1]
    if len(word) > 3 and word.endswith(("ve", "fe")):
        return word[:-2] + "f"
    return word


def key_of(words: Sequence[Token]) -> str:
    """What a phrase is looked up by: "T-Shirts", "tshirt" and "t shirt" are one."""
    return "".join(word.stem for word in words if word.text not in _AND)


def surface_of(words: Sequence[Token]) -> str:
    """As :func:`key_of`, with singular and plural apart."""
    return "".join(word.text for word in words if word.text not in _AND)


def phrase_key(text: str) -> str:
    return key_of(tokens(text))


def is_and(word: Token) -> bool:
    return word.text in _AND


def _letters(word: str) -> str:
    if word.isalpha() and word.isascii():
        return word.casefold()
    bare = _POSSESSIVE.sub("", word) if word[-1] in "'’`sS" else word
    return "".join(letter for letter in plain(bare) if letter.isalnum())
