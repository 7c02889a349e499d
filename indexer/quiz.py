"""The newcomers' quiz, made of the catalogue itself: corners of its look and meaning, and what stands for them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexer.clusters import k_means, unit_rows
from indexer.teaching import Fact, Material, Taught
from shared.domain.filters import FilterField
from shared.domain.products import Product
from shared.domain.quiz import MOST_OPTIONS, MOST_QUESTIONS, Quiz, QuizQuestion, quiz_to_bytes
from shared.domain.spaces import DENSE_SPACES, Matrix, Space, SparseVector, Vectors

_METHOD = "quiz 1"
_SAMPLE = 8_000
"""Products that are clustered, drawn by a hash of their ids: a larger catalogue has no more corners to ask about."""

_FEWEST_QUESTIONS = 5
_FEWEST_OPTIONS = 2
_STAND_FOR = 8
"""Products that an option keeps: the first that can be bought is shown."""

_WORDS = (FilterField.CATEGORY, FilterField.BRAND, FilterField.COLOUR, FilterField.SIZE)
_MOST_WORDS = 5_000
_LONGEST_WORD = 100
_SHARED = 0.6
"""Of a question's options, how many must be of one category for its text to name it."""

_LOOK = 0.5
"""What the image counts beside the text."""


@dataclass(frozen=True, slots=True)
class _Corner:
    """Products of one cluster, the most typical first, and the categories of most of them, broadest first."""

    products: tuple[str, ...]
    path: tuple[str, ...]
    size: int


def teach_quiz(material: Material) -> Taught:
    """Nothing but products and their vectors goes into it: a shop without events has it too."""
    material.progress.stage("Making the quiz")
    words = _Words()
    sample = _sampled(words.counting(material.shelf.products()))
    vectors = material.shelf.vectors([each.id for each in sample], DENSE_SPACES)
    quiz = Quiz(questions_of(sample, [vectors.get(each.id, {}) for each in sample]), words.frequent())
    return Taught(facts={"quiz": Fact(quiz_to_bytes(quiz), _METHOD)})


def questions_of(products: Sequence[Product], vectors: Sequence[Vectors]) -> tuple[QuizQuestion, ...]:
    """5 to 8 questions; none for a catalogue that has not two different products for each of five."""
    rows = _rows(vectors)
    if not rows.size:
        return ()
    corners = _corners(products, rows, min(round(2 * sqrt(len(rows))), MOST_QUESTIONS * MOST_OPTIONS))
    if len(corners) < _FEWEST_QUESTIONS * _FEWEST_OPTIONS:
        return ()
    count = max(_FEWEST_QUESTIONS, ceil(len(corners) / MOST_OPTIONS))
    # Dealt out like cards in order of their categories: each question then spans the shop.
    dealt = sorted(corners, key=lambda corner: (corner.path[:1], -corner.size, corner.products))
    return tuple(_question(number + 1, dealt[number::count]) for number in range(count))


def _question(number: int, corners: Sequence[_Corner]) -> QuizQuestion:
    common = _common(corners)
    text = f"Which of these in {common} would you take home?" if common else "Which of these would you take home?"
    return QuizQuestion(f"q{number}", text, tuple(corner.products for corner in corners))


def _common(corners: Sequence[_Corner]) -> str:
    """The narrowest category that all the corners share; empty where they share none."""
    shared = ""
    for level in zip(*(corner.path for corner in corners), strict=False):
        if len(set(level)) > 1:
            break
        shared = level[0]
    return shared


def _corners(products: Sequence[Product], rows: Matrix, count: int) -> list[_Corner]:
    centres, nearest = k_means(rows, count)
    corners = []
    for number in range(len(centres)):
        members = np.flatnonzero(nearest == number)
        close = rows[members] @ centres[number]
        distance = dict(zip(members.tolist(), (-np.round(close, 4)).tolist(), strict=True))
        typical = [products[i] for i in sorted(distance, key=lambda i: (distance[i], products[i].id))]
        stand_for = tuple(each.id for each in typical[:_STAND_FOR])
        corners.append(_Corner(stand_for, _path(typical), len(members)))
    return corners


def _path(products: Sequence[Product]) -> tuple[str, ...]:
    """The categories, broadest first, that most of the products have in common."""
    path: tuple[str, ...] = ()
    while True:
        longer = Counter(
            each.categories[: len(path) + 1]
            for each in products
            if len(each.categories) > len(path) and each.categories[: len(path)] == path
        )
        best, times = max(longer.items(), key=lambda item: (item[1], item[0]), default=((), 0))
        if times < _SHARED * len(products):
            return path
        path = best


def _rows(vectors: Sequence[Vectors]) -> Matrix:
    """Text and image side by side, each less what all products have in common, shape (n, d)."""
    parts = []
    for space, weight in ((Space.TEXT, 1 - _LOOK), (Space.IMAGE, _LOOK)):
        if (rows := _dense(vectors, space)) is not None:
            parts.append(np.sqrt(np.float32(weight)) * rows)
    if not parts:
        return np.zeros((len(vectors), 1), dtype=np.float32)
    return unit_rows(np.concatenate(parts, axis=1))


def _dense(vectors: Sequence[Vectors], space: Space) -> NDArray[np.float32] | None:
    known = [(i, each[space]) for i, each in enumerate(vectors) if space in each]
    if not known:
        return None
    places = [i for i, _ in known]
    held = np.stack(
        [np.asarray(vector, dtype=np.float32) for _, vector in known if not isinstance(vector, SparseVector)]
    )
    rows = np.zeros((len(vectors), held.shape[1]), dtype=np.float32)
    rows[places] = unit_rows(held - held.mean(axis=0))
    return rows


def _sampled(products: Iterable[Product]) -> list[Product]:
    """Products with a picture that can be bought, one of each group, in order of their ids."""
    drawn: dict[str, tuple[int, Product]] = {}
    for each in products:
        if each.image and each.can_be_bought and each.group not in drawn:
            drawn[each.group] = (crc32(each.id.encode(errors="replace")), each)
            if len(drawn) >= 2 * _SAMPLE:
                drawn = _lowest(drawn)
    return sorted((each for _, each in _lowest(drawn).values()), key=lambda each: each.id)


def _lowest(drawn: dict[str, tuple[int, Product]]) -> dict[str, tuple[int, Product]]:
    kept = sorted(drawn.items(), key=lambda item: (item[1][0], item[0]))[:_SAMPLE]
    return dict(kept)


class _Words:
    """Counts the words that a shopper may say to like."""

    def __init__(self) -> None:
        self._counts: dict[FilterField, Counter[str]] = {where: Counter() for where in _WORDS}
        self._spelt: dict[FilterField, dict[str, str]] = {where: {} for where in _WORDS}

    def counting(self, products: Iterable[Product]) -> Iterator[Product]:
        for product in products:
            for where in _WORDS:
                for word in _spelt(product, where):
                    self._counts[where][word.casefold()] += 1
                    self._spelt[where].setdefault(word.casefold(), word)
            yield product

    def frequent(self) -> dict[FilterField, tuple[str, ...]]:
        return {
            where: tuple(self._spelt[where][word] for word, _ in sorted(counts.items(), key=lambda i: (-i[1], i[0])))
            for where, counts in self._counts.items()
            if len(counts) <= _MOST_WORDS
        }


def _spelt(product: Product, where: FilterField) -> tuple[str, ...]:
    known = product.categories if where is FilterField.CATEGORY else (str(getattr(product, where.value)),)
    return tuple(dict.fromkeys(word for word in known if 0 < len(word) <= _LONGEST_WORD))
