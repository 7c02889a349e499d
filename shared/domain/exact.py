"""Exact matches: what in a shopper's words names a product, rather than describing it."""

import re
from collections.abc import Sequence

from shared.domain.keywords import WORD, plain
from shared.domain.recommendations import Candidate

EXACT = "exact"
"""The source of a product that the words name."""
FEW = 5
"""Products that a model number may be of: what more have is no number of a model."""

_SHORTEST_NUMBER = 5
_MOST_NAMES = 8
_MEASURE = re.compile(r"\d+(?:[.,x/-]\d+)*[a-z]{1,3}")
_AROUND = ".,;:!?\"'()[]#"


def names_in(text: str) -> tuple[str, ...]:
    """What in ``text`` may be the id or the number of a product: all of it, and long words with digits, as typed.

    A word that is a number with a unit ("128gb", "10x15cm") is a measure, and one of few signs ("12", "50s") is found
    in too much else; as the whole text, any is a name.
    """
    words = (word.strip(_AROUND) for word in text.split())
    return tuple(dict.fromkeys([text.strip(), *filter(_is_number, words)]))[:_MOST_NAMES]


def is_one_word(name: str) -> bool:
    """Whether ``name`` is one term of the ``keywords`` space and has a digit, as model numbers do."""
    return len(WORD.findall(plain(name))) == 1 and any(sign.isdigit() for sign in name)


def words_of(text: str) -> tuple[str, ...]:
    """All words of ``text`` without case and diacritics: titles with the same ones are the same."""
    return tuple(WORD.findall(plain(text)))


def put_first(candidates: Sequence[Candidate], named: Sequence[str]) -> list[Candidate]:
    """``candidates``, best first, with the products ``named`` before all others, in the order they have among them.

    One that is no candidate comes after those that are. What being named adds to a score is among its sources.
    """
    if not named:
        return list(candidates)
    known = {each.product_id: each for each in candidates}
    lift = 1.0 + max((each.score for each in candidates), default=0.0)
    lifted = [
        Candidate(each.product_id, each.score + lift, {EXACT: lift, **each.sources})
        for each in (known.get(product_id) or Candidate(product_id, 0.0) for product_id in dict.fromkeys(named))
    ]
    first = sorted(lifted, key=lambda each: (-each.score, each.product_id))
    return [*first, *(each for each in candidates if each.product_id not in set(named))]


def _is_number(word: str) -> bool:
    signs = plain(word)
    return len(signs) >= _SHORTEST_NUMBER and any(sign.isdigit() for sign in signs) and not _MEASURE.fullmatch(signs)
