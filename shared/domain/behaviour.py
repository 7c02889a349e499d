"""The ``behaviour`` space: dimension = a product, value = how much a deed on it speaks for the product whose row it is.

A dimension is a 32-bit hash of the product's id, as in ``keywords``: the query of a second ago needs no table of
products, and a product keeps its dimension from one index version to the next.
"""

from collections.abc import Iterable, Mapping
from math import isfinite
from zlib import crc32

from shared.domain.spaces import SparseVector
from shared.domain.sparse import sparse


def dimension(product_id: str) -> int:
    """The dimension, in [0, 2**32), that stands for ``product_id`` in every row and every query."""
    return crc32(product_id.encode(errors="replace"))


def behaviour_query(weights: Mapping[str, float]) -> SparseVector:
    """The query of {product id: weight of what was done to it}; zero and non-finite weights ask for nothing."""
    return hashed(weights.items())


def hashed(weights: Iterable[tuple[str, float]]) -> SparseVector:
    """(product id, weight) pairs by dimension; the weights of products that share one are added."""
    summed: dict[int, float] = {}
    for product_id, weight in weights:
        if weight and isfinite(weight):
            place = dimension(product_id)
            summed[place] = summed.get(place, 0.0) + weight
    return sparse(summed)
