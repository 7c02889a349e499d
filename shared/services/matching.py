"""What matches words: those that a shopper types, and those that a theme asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.domain.fusion import Evidence, Scores, background_of_words, contributions, tenth_best
from shared.domain.keywords import keyword_vector
from shared.domain.recommendations import Part
from shared.domain.rules import RuleKind
from shared.domain.spaces import DENSE_SPACES, Space, Vector
from shared.domain.understanding.word_query import keyword_query, spelt
from shared.domain.versions import Manifest
from shared.services.pages import Start
from shared.services.understanding import VOCABULARY

WEIGHTS: Mapping[Space, float] = {Space.KEYWORDS: 1.0, Space.TEXT: 0.25, Space.IMAGE: 0.1}
"""Of what a shopper types: who has the words comes first, and meaning and look decide among those, or where there are
none. docs/measurements.md has what other weights do."""
_PROMPT_WEIGHTS: Mapping[Space, float] = {Space.KEYWORDS: 1.0, Space.TEXT: 1.0, Space.IMAGE: 0.5}
"""Of a theme's prompt, which describes an occasion rather than products in their own words."""

_MOST = dict.fromkeys(DENSE_SPACES, 3.0)
"""Of the tenth best, what the best counts at most. Few ever do: the background of a dense space is the candidates' own
median, and where there are but two dozen of them the tenth best is next to it."""
_MATCHES = 0.55
"""The share of the best total from which on a candidate matches; docs/measurements.md has what other shares do."""
_NEAREST = 0.9
"""The share of the tenth best total from which on one does in any case: meaning finds what other words are used for,
and a page of that is worth more than the two products that happen to use the shopper's word."""


class Encodes(Protocol):
    """:class:`shared.services.query_encoders.QueryEncoders`, or what stands before it."""

    def spaces(self, manifest: Manifest) -> list[Space]: ...

    def encode(self, space: Space, texts: Sequence[str], manifest: Manifest) -> list[Vector]: ...


def without_pins(begin: Start) -> Start:
    """A pin gives its product a place in every list; what nobody asked for has none among what was asked for."""
    return replace(begin, rules=tuple(rule for rule in begin.rules if rule.kind is not RuleKind.PIN))


def queries_for(begin: Start, encoders: Encodes, texts: Sequence[str]) -> list[dict[Space, Vector]]:
    """The query of each space for each text, as it is. An encoder in trouble keeps no other from being asked."""
    queries: list[dict[Space, Vector]] = [
        {Space.KEYWORDS: by_words} if (by_words := keyword_vector(text)) else {} for text in texts
    ]
    return _with_meaning(begin, encoders, texts, queries)


def query_of_words(begin: Start, encoders: Encodes, words: str, misspelt: Sequence[str] = ()) -> dict[Space, Vector]:
    """As :func:`queries_for`, for what a shopper typed: spelt as the catalogue does, other forms of words included.

    ``misspelt`` are words that were corrected in ``words`` already. Nothing is asked for where there are no words.
    """
    if not words.strip():
        return {}
    speller = begin.fact(VOCABULARY).speller
    by_words = keyword_query(words, speller, misspelt)
    queries: list[dict[Space, Vector]] = [{Space.KEYWORDS: by_words} if by_words else {}]
    return _with_meaning(begin, encoders, [spelt(words, speller)[0]], queries)[0]


def _with_meaning(
    begin: Start, encoders: Encodes, texts: Sequence[str], queries: list[dict[Space, Vector]]
) -> list[dict[Space, Vector]]:
    """``queries``, with the vector of each of ``texts`` in the dense spaces."""
    manifest = begin.index.manifest

    def encoding(space: Space) -> Callable[[], list[Vector] | None]:
        return begin.troubles.begin(Part.ENCODER, lambda: encoders.encode(space, texts, manifest), lambda: None)

    waiting = {space: encoding(space) for space in encoders.spaces(manifest)} if texts else {}
    for space, get in waiting.items():
        for query, vector in zip(queries, get() or (), strict=False):
            query[space] = vector
    return queries


def matches(
    evidence: Evidence, manifest: Manifest, weights: Mapping[Space, float] = _PROMPT_WEIGHTS
) -> tuple[Scores, dict[Space, Scores]]:
    """How well each candidate matches, a prompt if not told otherwise, and what every space adds to that."""
    background = {
        space: background_of_words(scores, manifest.likeness.get(space))
        for (space, _), scores in evidence.scores.items()
        if space in DENSE_SPACES
    }
    parts = contributions(evidence, weights, background, _MOST)
    total: Scores = np.sum(list(parts.values()), axis=0) if parts else np.zeros(len(evidence.ids))
    return total, parts


def matched(total: Scores, has_words: bool, by_relevance: bool = True) -> NDArray[np.bool_]:
    """Which candidates match at all, shape (n,): a dense space has a nearest product for any words.

    ``has_words`` says whether any candidate has one of the words. Where none has, those nearest in meaning are a dozen
    or two, whatever was typed. In another order than ``by_relevance`` what is only near would come first as well as
    last, so it is not listed beside what has the words.
    """
    nearest = _NEAREST * tenth_best(total)
    best = _MATCHES * float(total.max(initial=0.0))
    least = (min(nearest, best) if by_relevance else best) if has_words else nearest
    return np.asarray((total > 0) & (total >= least))
