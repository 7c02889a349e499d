"""Orders that are asked for in words: "cheapest", "newest", "on sale", "best selling"."""

from collections.abc import Sequence

from shared.domain.sorting import Sort
from shared.domain.understanding.evidence import phrases_at
from shared.domain.understanding.vocabulary import Vocabulary
from shared.domain.understanding.wording import Token

_CUES: tuple[tuple[str, Sort], ...] = (
    *((cue, Sort.PRICE_ASC) for cue in ("cheapest", "least expensive", "lowest price", "lowest priced")),
    *((cue, Sort.PRICE_DESC) for cue in ("most expensive", "priciest", "dearest", "highest price", "highest priced")),
    *((cue, Sort.NEWEST) for cue in ("newest", "latest", "new arrivals", "new arrival")),
    *((cue, Sort.DISCOUNT) for cue in ("on sale", "in the sale", "on offer", "on discount", "discounted")),
    *((cue, Sort.POPULAR) for cue in ("best selling", "bestselling", "best seller", "best sellers", "bestseller")),
    *((cue, Sort.POPULAR) for cue in ("bestsellers", "most popular", "most bought", "top selling")),
)
_CUE_WORDS = tuple(sorted(((tuple(cue.split()), sort) for cue, sort in _CUES), key=lambda each: -len(each[0])))
_OF_PRICES = frozenset((Sort.PRICE_ASC, Sort.PRICE_DESC, Sort.DISCOUNT))


def ordered(words: Sequence[Token], vocabulary: Vocabulary) -> tuple[list[Token], Sort]:
    """``words`` without those that ask for an order, and the first such order; by relevance where none does.

    Words that the catalogue has as a name ask for nothing, nor does a price in a catalogue without prices.
    """
    left: list[Token] = []
    found = Sort.RELEVANCE
    i = 0
    while i < len(words):
        end, sort = _cue(words, i)
        if end == i or (sort in _OF_PRICES and not vocabulary.priced) or _is_name(words, i, end, vocabulary):
            left.append(words[i])
            i += 1
            continue
        found = sort if found is Sort.RELEVANCE else found
        i = end
    return left, found


def _cue(words: Sequence[Token], i: int) -> tuple[int, Sort]:
    for cue, sort in _CUE_WORDS:
        if tuple(word.text for word in words[i : i + len(cue)]) == cue:
            return i + len(cue), sort
    return i, Sort.RELEVANCE


def _is_name(words: Sequence[Token], i: int, end: int, vocabulary: Vocabulary) -> bool:
    """Whether a brand or another value begins with the cue, or has it within."""
    begins = range(max(i - 1, 0), end)
    return any(last > i for first in begins for last, _ in phrases_at(words, first, vocabulary.lexicon))
