"""Highlights: where in a product's texts the words of a search stand.

As ranges and never as marked-up text: who shows them makes elements of them, and nothing that a feed wrote can become
part of a page's code. Ranges are of Unicode code points, as Python counts them; in JavaScript, ``Array.from(text)``
counts so too.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from shared.domain.keywords import WORD, WORD_PART, plain
from shared.domain.products import Product

MOST_RANGES = 20
"""Of one text: a page that marks more marks nothing."""
SNIPPET = 160
"""Characters of a description that are shown around what was found."""
_LONGEST = 5_000
"""Characters of a text that are looked at."""
_EDGE = re.compile(r"\s+")

Ranges = tuple[tuple[int, int], ...]
"""(First, one past the last), ascending, apart from each other."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text; ``ranges`` are within it."""

    text: str
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Highlights:
    title: Ranges = ()
    brand: Ranges = ()
    description: Snippet | None = None


def highlights(product: Product, words: Collection[str]) -> Highlights:
    """Where ``words``, written plainly (:func:`shared.domain.keywords.plain`), stand in the product's texts.

    A word is marked as a whole or not at all; of a hyphenated one, the part that is asked for. There is a snippet of
    the description only where a word stands in it.
    """
    return Highlights(
        _ranges(product.title, words), _ranges(product.brand, words), _snippet(product.description, words)
    )


def _ranges(text: str, words: Collection[str]) -> Ranges:
    return tuple([(start, end) for start, end, _ in _found(text, words)[:MOST_RANGES]])


def _found(text: str, words: Collection[str]) -> list[tuple[int, int, str]]:
    """(First, one past the last, the word) of every one of ``words`` in ``text``, in order.

    A letter such as "½" can hold two words, and is marked once.
    """
    if not words:
        return []
    letters, origin = folded(text[:_LONGEST])
    found = []
    for match in WORD.finditer(letters):
        if match[0] in words:
            found.append((*match.span(), match[0]))
        else:
            found += [
                (match.start() + part.start(), match.start() + part.end(), part[0])
                for part in WORD_PART.finditer(match[0])
                if part[0] in words
            ]
    placed = [(origin[start], _end(text, origin[end - 1] + 1), word) for start, end, word in found]
    return [each for each, before in zip(placed, [(0, 0, ""), *placed], strict=False) if each[0] >= before[1]]


def folded(text: str) -> tuple[str, list[int]]:
    """``text`` written plainly, and for each of its characters the place in ``text`` that it comes from.

    Letter by letter, since one may become none (a combining mark), or several ("ß", "ﬁ").
    """
    if text.isascii():
        return text.lower(), list(range(len(text)))
    letters: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(text):
        for each in plain(letter):
            letters.append(each)
            origin.append(place)
    return "".join(letters), origin


def _end(text: str, end: int) -> int:
    """With the marks that belong to the last letter: half of a letter cannot be marked."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _snippet(text: str, words: Collection[str]) -> Snippet | None:
    """The part of at most :data:`SNIPPET` characters with the most different words, the first of several such."""
    found = _found(text, words)
    if not found:
        return None
    best: list[tuple[int, int, str]] = []
    most = 0
    for first in range(len(found)):
        within = [each for each in found[first:] if each[1] <= found[first][0] + SNIPPET]
        if (different := len({word for _, _, word in within})) > most:
            best, most = within, different
    if not best:  # a word longer than any snippet
        return None
    start, end = _cut(text, best[0][0], best[-1][1])
    return Snippet(text[start:end], tuple([(first - start, last - start) for first, last, _ in best[:MOST_RANGES]]))


def _cut(text: str, first: int, last: int) -> tuple[int, int]:
    """From ``first`` to ``last``, with as much around it as a snippet has room for, cut between words."""
    room = SNIPPET - (last - first)
    start = max(first - room // 2, 0)
    end = min(start + SNIPPET, len(text))
    start = max(min(start, end - SNIPPET), 0)
    if start > 0 and (edge := _EDGE.search(text, start, first)):
        start = edge.end()
    if end < len(text):
        edges = [edge.start() for edge in _EDGE.finditer(text, last, end)]
        end = edges[-1] if edges else max(last, end)
    return start, end
