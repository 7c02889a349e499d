"""The ``keywords`` space: hashed terms of a product's text, so that brands, models and exact words count.

Term weights are BM25's document side (Robertson & Zaragoza, 2009); the index multiplies by the inverse document
frequency itself when it searches, so no statistic of the catalogue is frozen into a vector and an incremental
build equals a full one. Unigrams and bigrams; a term's dimension is a 32-bit hash of it, so there is no vocabulary
to ship and a new word needs no refit.
"""

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from zlib import crc32

from shared.domain.spaces import SparseVector
from shared.domain.sparse import sparse

WORD = re.compile(r"[^\W_]+(?:[-'/.][^\W_]+)*")
WORD_PART = re.compile(r"[^-'/.]+")
_SATURATION = 1.2
_LENGTH_SHARE = 0.75
_USUAL_LENGTH = 40
"""Words of a usual product text. Fixed, not measured: it only scales, and must not differ between two builds."""

_MOST_WORDS = 2_000
_STOP_WORDS = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "is", "it", "its"),
        *("of", "on", "or", "our", "that", "the", "their", "these", "this", "to", "we", "with", "you", "your"),
    )
)


def plain(text: str) -> str:
    """``text`` without case and diacritics, as terms are written."""
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def terms(text: str) -> list[str]:
    """Words of ``text`` without case and diacritics, then its pairs of neighbouring words.

    "T-shirt" gives ``t-shirt``, ``t`` and ``shirt``, so that either spelling meets it.
    """
    words = [word for word in WORD.findall(plain(text))[:_MOST_WORDS] if word not in _STOP_WORDS]
    parts = [part for word in words for part in WORD_PART.findall(word) if len(part) > 1 and part != word]
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return words + parts + pairs


def dimension_of(term: str) -> int:
    """Of the ``keywords`` space; two terms in four billion share one."""
    return crc32(term.encode())


def keyword_vector(text: str) -> SparseVector:
    """BM25 term weights of ``text`` by hashed term; empty for a text without words."""
    counts = Counter(terms(text))
    length = sum(counts.values()) / 2  # about half of the terms are pairs
    crowding = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / _USUAL_LENGTH)
    weights: dict[int, float] = {}
    for term, count in counts.items():
        dimension = dimension_of(term)
        weights[dimension] = weights.get(dimension, 0.0) + count * (_SATURATION + 1) / (count + crowding)
    return sparse(weights)
