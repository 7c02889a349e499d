"""The rows of the ``complement`` space: for each product, the products that it goes with."""

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.behaviour import BehaviourModel
from indexer.complements.evidence import UNIT, Evidence
from indexer.complements.kinds import Kinds, Matrix64
from shared.domain.companions import VERY_ALIKE, category_of
from shared.domain.products import Product
from shared.domain.spaces import Matrix

MOST = 100
"""Complements of one product."""

_FEW = 2.0
"""Of what a product hands out in all, by which its shares are drawn towards none."""

_LENIENCE = 0.3
"""Added to the affinity of two kinds: a pair of products may go together although their kinds, as a rule, hardly do."""

_DIGITS = 1e4


def complement_rows(
    evidence: Evidence, kinds: Kinds, found: Matrix64, products: Sequence[Product], texts: Matrix, background: float
) -> BehaviourModel:
    """By target product, what each seed says for it: the seed's share of what was taken with it, times how far the two
    kinds go together.

    Products of one kind or one group are no complements, nor are those very alike in ``texts`` (n, d) whose category
    was divided. At most :data:`MOST` targets of a seed are kept.
    """
    one = np.concatenate([evidence.first, evidence.second])
    other = np.concatenate([evidence.second, evidence.first])
    together = np.concatenate([evidence.together, evidence.together]) / UNIT
    handed_out = np.bincount(one, together, len(products))
    fit = np.maximum(found[kinds.of_product[one], kinds.of_product[other]] + _LENIENCE, 0.0)
    weights = together / (handed_out[one] + _FEW) * fit
    kept = np.flatnonzero((weights > 0) & ~_same_group(products, one, other))
    kept = kept[~_very_alike(kinds, products, texts, background, one[kept], other[kept])]
    kept = kept[_best(one[kept], weights[kept], other[kept])]
    return _model(products, one[kept], other[kept], weights[kept])


def _same_group(products: Sequence[Product], one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    _, groups = np.unique(np.array([product.group for product in products], dtype=object), return_inverse=True)
    return np.asarray(groups[one] == groups[other])


def _very_alike(
    kinds: Kinds,
    products: Sequence[Product],
    texts: Matrix,
    background: float,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
) -> NDArray[np.bool_]:
    wide = np.array([category_of(product) in kinds.divided for product in products], dtype=bool)
    alike = np.zeros(len(one), dtype=bool)
    places = np.flatnonzero(wide[one] & wide[other])
    for begin in range(0, len(places), 1 << 16):
        some = places[begin : begin + (1 << 16)]
        cosines = np.einsum("ij,ij->i", texts[one[some]], texts[other[some]])
        alike[some] = (cosines - background) / (1 - background) > VERY_ALIKE
    return alike


def _best(seeds: NDArray[np.int64], weights: Matrix64, targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of the :data:`MOST` greatest weights of each seed, the lower targets of equals."""
    order = np.lexsort((targets, -weights, seeds))
    begins = np.searchsorted(seeds[order], seeds[order], side="left")
    return order[np.arange(len(order)) - begins < MOST]


def _model(
    products: Sequence[Product], seeds: NDArray[np.int64], targets: NDArray[np.int64], weights: Matrix64
) -> BehaviourModel:
    """Products without a row or a place in one are left out."""
    used, numbers = np.unique(np.concatenate([seeds, targets]), return_inverse=True)
    ids = tuple(products[place].id for place in used.tolist())
    sources, rows = numbers[: len(seeds)], numbers[len(seeds) :]
    order = np.lexsort((sources, rows))
    bounds = np.searchsorted(rows[order], np.arange(len(ids) + 1)).astype(np.int64)
    ordered: NDArray[np.int32] = sources[order].astype(np.int32)
    values = (np.ceil(weights[order] * _DIGITS) / _DIGITS).astype(np.float32)
    digests = [_digest(ids, ordered[begin:end], values[begin:end]) for begin, end in pairwise(bounds.tolist())]
    return BehaviourModel(ids, bounds, ordered, values, np.array(digests, np.uint64))


def _digest(ids: Sequence[str], sources: NDArray[np.int32], values: NDArray[np.float32]) -> int:
    """Of a row by what it says, so that what was learnt anew and says the same is not written anew."""
    digest = hashlib.blake2b("\x1f".join(ids[source] for source in sources.tolist()).encode(), digest_size=8)
    digest.update(values.tobytes())
    return int.from_bytes(digest.digest(), "little")
