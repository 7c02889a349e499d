"""The named vectors every product may have in the index, and the encoders that make them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

DenseVector: TypeAlias = NDArray[np.float32]
"""One embedding, shape (dimensions,), L2-normalised."""

Matrix: TypeAlias = NDArray[np.float32]
"""Embeddings of several things, shape (n, dimensions), each row L2-normalised."""

RgbImage: TypeAlias = NDArray[np.uint8]
"""A decoded picture, shape (height, width, 3)."""


class Space(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    KEYWORDS = "keywords"
    BEHAVIOUR = "behaviour"
    BASKET = "basket"
    COMPLEMENT = "complement"


DENSE_SPACES = (Space.TEXT, Space.IMAGE)
SPARSE_SPACES = (Space.KEYWORDS, Space.BEHAVIOUR, Space.BASKET, Space.COMPLEMENT)
TASTE_SPACES = (Space.TEXT, Space.IMAGE, Space.KEYWORDS, Space.BEHAVIOUR)
"""What a taste asks. The other two answer for baskets and for single products, not for persons."""

LEARNT_SPACES = (Space.BEHAVIOUR, Space.BASKET, Space.COMPLEMENT)
"""What the shop's events teach, row by row: a dimension is a product, see :mod:`shared.domain.behaviour`."""


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Non-zero dimensions (uint32, ascending, unique) and their values, both of shape (n,)."""

    indices: NDArray[np.uint32]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.indices.shape != self.values.shape:
            raise ValueError(f"{self.indices.size} indices but {self.values.size} values")

    def __bool__(self) -> bool:
        return bool(self.indices.size)


Vector: TypeAlias = DenseVector | SparseVector
Vectors: TypeAlias = Mapping[Space, Vector]


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What identifies an encoder: vectors of two encoders compare only if all of this is equal.

    ``revision`` is a digest of the weights and the preprocessing, so an int8 export and a float
    export of one model differ. ``starter`` marks the small encoders that ship with Vitrine.
    """

    name: str
    revision: str
    dimensions: int
    starter: bool = False

    @property
    def fingerprint(self) -> str:
        return f"{self.name}@{self.revision}/{self.dimensions}"
