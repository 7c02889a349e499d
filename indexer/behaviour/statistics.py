"""What one pair of moments in a sequence adds to the objective. To tune the objective is to change this file."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from indexer.behaviour.sequences import LONGEST_HISTORY
from shared.domain.errors import InvalidInput

MOST_NEIGHBOURS = 1_000
PLACE_BITS = LONGEST_HISTORY.bit_length()
"""A number of moments, or a place among them, fits in so many bits; a pair is the three numbers of :func:`tables`."""

OLDEST = (1 << PLACE_BITS) - 1
"""Months. A basket that is older counts as one of this age."""

UNIT = 2.0**-30
"""Sums are whole numbers of this unit: whole numbers add up to the same in every order, floats do not."""


@dataclass(frozen=True, slots=True)
class BehaviourSettings:
    """``alpha``: the share of plain co-occurrence against what follows what. ``ridge``: how much evidence a weight
    needs. ``decay``: moments after which a deed counts 1/e. ``neighbours``: products that a row is solved over.

    Raises InvalidInput for a value outside its range.
    """

    alpha: float = 0.3
    ridge: float = 30.0
    decay: float = 2.0
    neighbours: int = 200
    noise: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        ranges = {"alpha": (0.0, 1.0), "ridge": (1e-3, 1e6), "decay": (0.05, 1e3), "neighbours": (1, MOST_NEIGHBOURS)}
        _check("behaviour", self, ranges)


@dataclass(frozen=True, slots=True)
class BasketSettings:
    """``crowding``: a basket of n products counts n ** -crowding, so that a large order, whose products have less to do
    with each other, has not the say of its many pairs. ``half_life``: months after which a basket counts half.
    ``dropout``: the share of a basket's products that the ridge is to do without. ``ridge`` and ``neighbours`` as in
    :class:`BehaviourSettings`.

    Raises InvalidInput for a value outside its range.
    """

    crowding: float = 0.5
    half_life: float = 12.0
    dropout: float = 1 / 6
    ridge: float = 1.0
    neighbours: int = 500

    def __post_init__(self) -> None:
        ranges = {"crowding": (0.0, 2.0), "half_life": (0.1, 1e6), "dropout": (0.0, 0.9)}
        _check("basket", self, {**ranges, "ridge": (1e-3, 1e6), "neighbours": (1, MOST_NEIGHBOURS)})

    @property
    def noise(self) -> float:
        """What dropout adds to the ridge of a product, in occurrences of it (Steck, NeurIPS 2020)."""
        return self.dropout / (1 - self.dropout)


Settings = BehaviourSettings | BasketSettings


def _check(kind: str, settings: object, ranges: Mapping[str, tuple[float, float]]) -> None:
    for name, (least, most) in ranges.items():
        value = getattr(settings, name)
        if not isfinite(value) or not least <= value <= most:
            raise InvalidInput(f"The {kind} setting {name} is {value}: choose one from {least} to {most}.")


def pair_statistics(length: int, settings: BehaviourSettings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(gram, pull) of the ``length`` moments of one sequence, each (length, length), indexed [source, target].

    SLIST (Choi et al., WWW 2021) cuts a sequence after every moment into a past S and a future T, both decaying with
    the distance from the cut, and regresses the future on the past beside the whole sequence X on itself. These are
    the sums over all cuts in closed form: gram = alpha X'X + (1 - alpha) S'S, pull = alpha X'X + (1 - alpha) S'T. Two
    products of one moment are on the same side of every cut: neither follows the other.
    """
    places = np.arange(length)
    ahead = places[None, :] - places[:, None]
    later = np.maximum(places[None, :], places[:, None])
    rate = 2.0 / settings.decay
    past = np.exp(-np.abs(ahead) / settings.decay) * np.expm1(-rate * (length - 1 - later)) / np.expm1(-rate)
    step = np.maximum(ahead, 0) * np.exp(-np.maximum(ahead - 1, 0) / settings.decay)
    return settings.alpha + (1 - settings.alpha) * past, settings.alpha + (1 - settings.alpha) * step


def tables(settings: BehaviourSettings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """:func:`pair_statistics` of every length, in units of :data:`UNIT`.

    Both of shape (2 ** (3 * PLACE_BITS),), indexed by the bits of length, source and target, in this order.
    """
    size = 1 << PLACE_BITS
    gram, pull = np.zeros((size, size, size), np.int64), np.zeros((size, size, size), np.int64)
    for length in range(1, LONGEST_HISTORY + 1):
        for table, values in zip((gram, pull), pair_statistics(length, settings), strict=True):
            table[length, :length, :length] = np.rint(values / UNIT)
    return gram.ravel(), pull.ravel()


def basket_tables(settings: BasketSettings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As :func:`tables`, for baskets, of which the first number is the size and the others the age in months: gram and
    pull are X'WX (EASE: Steck, WWW 2019), W the baskets' weights."""
    size = 1 << PLACE_BITS
    counted = np.zeros((size, size, size), np.int64)
    sizes, ages = np.arange(1, LONGEST_HISTORY + 1), np.arange(OLDEST + 1)
    weights = np.outer(sizes**-settings.crowding, 0.5 ** (ages / settings.half_life))
    counted[sizes[:, None], ages, ages] = np.rint(weights / UNIT)
    return counted.ravel(), counted.ravel()
