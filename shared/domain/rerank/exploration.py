"""Exploration: a few places for products that hardly anybody has been shown, so that they get their chance."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_PRIOR_IMPRESSIONS = 20.0
"""What the shop's mean click rate weighs against a product's own clicks, in impressions."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How often products were shown and then clicked, and the shop's mean click rate, in (0, 1).

    Who is not in ``shown`` has not been shown; where it is empty, the shop reports no impressions at all.
    """

    shown: Mapping[str, int] = field(default_factory=dict)
    clicked: Mapping[str, int] = field(default_factory=dict)
    rate: float = 0.5


def exposure(shown: Mapping[str, int], clicked: Mapping[str, int]) -> Exposure:
    """The rate is of those products that were shown, one click in two impressions more (Laplace's rule)."""
    clicks = sum(min(clicked.get(product_id, 0), count) for product_id, count in shown.items())
    return Exposure(shown, clicked, (clicks + 1) / (sum(shown.values()) + 2))


def explored(
    order: Sequence[int],
    worth: Sequence[float],
    ids: Sequence[str],
    seen: Exposure,
    share: float,
    budget: int,
    seed: int | str,
) -> tuple[list[int], list[int]]:
    """``order`` with products from further down in a ``share`` of its places, and which products these are.

    One place in every 1 / ``share`` is drawn, never the first of the list. For it, each product below that was shown
    less than ``budget`` times draws a click rate from what is known of its own, and the one whose rate times its
    ``worth`` is highest goes there: Thompson sampling (Thompson, Biometrika 1933; Chapelle & Li, NeurIPS 2011) with
    a beta prior around the shop's mean. A shop that reports no impressions explores nothing, for no budget could ever
    be used up.

    ``worth`` (not negative) and ``ids`` are by product, as ``order`` numbers them. A pure function of its arguments.
    """
    order, risen = list(order), list[int]()
    if not seen.shown or not share:
        return order, risen
    draw = np.random.default_rng(list(hashlib.sha256(str(seed).encode()).digest()))
    places = {each: place for place, each in enumerate(order)}
    within = {i for i, product_id in enumerate(ids) if seen.shown.get(product_id, 0) < budget}
    clicks, misses = _known(ids, seen)
    value = np.array(worth) if any(worth) else np.ones(len(ids))
    for turn in range(int(len(order) * share)):
        place = max(int((turn + draw.random()) / share), 1)
        # What others pushed down and this would only put back has not risen.
        pool = [each for each in order[place + 1 :] if each in within and places[each] > place]
        if pool:
            chosen = pool[int(np.argmax(draw.beta(clicks[pool], misses[pool]) * value[pool]))]
            order.remove(chosen)
            order.insert(place, chosen)
            risen.append(chosen)
    return order, risen


def _known(ids: Sequence[str], seen: Exposure) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Clicks and impressions without one, each with its part of the prior; both of shape (n,) and above 0."""
    shown = np.array([seen.shown.get(each, 0) for each in ids], dtype=np.float64)
    clicked = np.minimum(np.array([seen.clicked.get(each, 0) for each in ids], dtype=np.float64), shown)
    return clicked + _PRIOR_IMPRESSIONS * seen.rate, shown - clicked + _PRIOR_IMPRESSIONS * (1 - seen.rate)
