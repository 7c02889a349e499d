"""A set of products around one: a product a slot, each chosen to go with the seed and with the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import nsmallest

import numpy as np
from numpy.typing import NDArray

from shared.domain.behaviour import dimension
from shared.domain.products import Product
from shared.domain.rerank.likeness import likeness
from shared.domain.spaces import DENSE_SPACES, Space, SparseVector, Vectors

Pairs = NDArray[np.float64]
"""Something about all pairs of n products, shape (n, n), symmetric, with a zero diagonal."""

BEAM = 16
"""Unfinished looks of each number of pieces that are carried from slot to slot."""

_STYLE = 0.5
_SHARED_COLOUR = 0.2
_SHARED_BRAND = 0.2
"""What looking alike, one colour and one brand count beside going together, which counts 1. They are not learnt: few
shops have sets that somebody has judged. So they only tip the balance between products that go together as well."""

_STRONG = 90.0
"""The percentile of the weights between products that counts as going together fully: one freak pair must not make all
others look like nothing."""

_ANYBODY = frozenset({"unisex", "all", "everyone", "any"})

_DIGITS = 9
"""Of a score that tell two looks apart: sums of the same numbers in another order are equal."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A product that could take ``slot``. ``fit`` says how well it goes with the seed, 0 or more.

    Of two pieces of one ``group`` a look takes one. ``price`` is None where none is known, or none counts. ``wearer``
    is whom it is made for, empty for anybody: all pieces of a look are for the same.
    """

    product_id: str
    slot: str
    fit: float
    group: str
    price: Decimal | None = None
    wearer: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """``places`` of the pieces that were chosen, in the order of their slots, and the share each has in the score."""

    places: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def score(self) -> float:
        return sum(self.shares)


def wearer(product: Product) -> str:
    """Whom it is made for, in the shop's own word; empty where it is for anybody, or does not say."""
    said = product.gender.strip().casefold()
    return "" if said in _ANYBODY else said


def of_one_wearer(one: str, other: str) -> bool:
    """A child's trousers do not complete a woman's shirt, however often a mother buys both."""
    return not one or not other or one == other


def chosen_together(ids: Sequence[str], vectors: Sequence[Vectors]) -> Pairs:
    """What either says for the other in ``complement``: 0 for nothing, 1 for what is strong among these products."""
    wanted = np.array([dimension(product_id) for product_id in ids], dtype=np.uint32)
    pairs = np.zeros((len(ids), len(ids)))
    for row, each in enumerate(vectors):
        speaking = each.get(Space.COMPLEMENT)
        if isinstance(speaking, SparseVector) and speaking:
            places = np.minimum(np.searchsorted(speaking.indices, wanted), speaking.indices.size - 1)
            pairs[row] = np.where(speaking.indices[places] == wanted, speaking.values[places], 0.0)
    pairs = np.maximum(pairs, pairs.T)
    np.fill_diagonal(pairs, 0.0)
    said = pairs[pairs > 0]
    return np.clip(pairs / np.percentile(said, _STRONG), 0.0, 1.0) if said.size else np.zeros_like(pairs)


def kinship(products: Sequence[Product], vectors: Sequence[Vectors], background: Mapping[Space, float]) -> Pairs:
    """How far all pairs are of one style: alike in text and picture, of one colour, of one brand; none is below 0.

    ``background`` is :attr:`shared.domain.versions.Manifest.likeness`.
    """
    pairs = _STYLE * _style(vectors, background)
    pairs += _SHARED_COLOUR * _same([product.colour for product in products])
    pairs += _SHARED_BRAND * _same([product.brand for product in products])
    np.fill_diagonal(pairs, 0.0)
    return pairs


def _style(vectors: Sequence[Vectors], background: Mapping[Space, float]) -> Pairs:
    """Likeness in the mean of the dense spaces that both have, from 0 to 1."""
    total, spaces = np.zeros((len(vectors), len(vectors))), np.zeros((len(vectors), len(vectors)))
    for space in DENSE_SPACES:
        known = np.array([space in each for each in vectors], dtype=bool)
        alike = likeness([{space: each[space]} if space in each else {} for each in vectors], background)
        total += np.clip(alike, 0.0, 1.0)
        spaces += np.outer(known, known)
    return total / np.maximum(spaces, 1)


def _same(words: Sequence[str]) -> Pairs:
    folded = np.array([word.casefold() for word in words], dtype=object)
    known = np.array([bool(word) for word in words], dtype=bool)
    return np.asarray((folded[:, None] == folded[None, :]) & np.outer(known, known), dtype=np.float64)


def compose(
    pieces: Sequence[Piece], pairs: Pairs, slots: Sequence[str], size: int, most: Decimal | None = None
) -> Look:
    """At most ``size`` of the pieces, one for each of ``slots``, that fit best all together; ``pairs`` are theirs.

    The score is the sum of each piece's fit to the seed and of its mean harmony with the others of a full look. Found
    by beam search over the slots, in their order (Lowerre 1976). ``most`` is what the pieces may cost together: those
    without a price are then left out. A slot stays empty where nothing may take it. Equal looks go by their places.
    """
    fit = _fits(pieces)
    beam = [_Partial()]
    for slot in slots:
        open_to = [place for place, piece in enumerate(pieces) if piece.slot == slot]
        grown: dict[int, list[_Partial]] = {}
        for partial in beam:
            grown.setdefault(len(partial.places), []).append(partial)
            if len(partial.places) == size:
                continue
            allowed = [place for place in open_to if partial.admits(pieces[place], most)]
            gains = fit[allowed] + 2 * pairs[np.ix_(allowed, partial.places)].sum(axis=1) / max(size - 1, 1)
            more = [partial.with_piece(p, pieces[p], g) for p, g in zip(allowed, gains.tolist(), strict=True)]
            grown.setdefault(len(partial.places) + 1, []).extend(more)
        beam = [each for same_size in grown.values() for each in nsmallest(BEAM, same_size, key=_Partial.order)]
    return look_of(min(beam, key=_Partial.order).places, pieces, pairs, size)


def look_of(places: Sequence[int], pieces: Sequence[Piece], pairs: Pairs, size: int) -> Look:
    """The look of the pieces at ``places``, out of ``size`` that it could have, with what each adds."""
    chosen = list(places)
    harmony = pairs[np.ix_(chosen, chosen)].sum(axis=1) / max(size - 1, 1)
    return Look(tuple(chosen), tuple((_fits(pieces)[chosen] + harmony).tolist()))


def _fits(pieces: Sequence[Piece]) -> NDArray[np.float64]:
    return np.array([max(piece.fit, 0.0) for piece in pieces])


@dataclass(frozen=True, slots=True)
class _Partial:
    """A look in the making."""

    places: tuple[int, ...] = ()
    score: float = 0.0
    groups: frozenset[str] = frozenset()
    cost: Decimal = Decimal(0)
    wearer: str = ""

    def admits(self, piece: Piece, most: Decimal | None) -> bool:
        if piece.group in self.groups or not of_one_wearer(self.wearer, piece.wearer):
            return False
        return most is None or (piece.price is not None and self.cost + piece.price <= most)

    def with_piece(self, place: int, piece: Piece, gain: float) -> "_Partial":
        cost = self.cost + (piece.price or 0)
        groups, wearer = self.groups | {piece.group}, self.wearer or piece.wearer
        return _Partial((*self.places, place), self.score + gain, groups, cost, wearer)

    def order(self) -> tuple[float, int, tuple[int, ...]]:
        """The best first; of equals the one of more pieces."""
        return -round(self.score, _DIGITS), -len(self.places), self.places
