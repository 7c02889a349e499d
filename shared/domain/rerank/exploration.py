"""Exploration: a few places for products that hardly anybody has been shown, so that they get their chance."""

from collections.abc import Sequence
from random import Random

FEW_IMPRESSIONS = 50


def explored(
    order: Sequence[int], worth: Sequence[float], shown: Sequence[int], share: float, seed: int | str
) -> tuple[list[int], list[int]]:
    """``order`` with products from further down in a ``share`` of its places, and which products these are.

    One place in every 1 / ``share`` is drawn, never the first of the list; for each, one of the products below it that
    were shown less than ``FEW_IMPRESSIONS`` times, as likely as its ``worth`` (not negative). ``worth`` and ``shown``
    are by product, as ``order`` numbers them. A pure function of its arguments.
    """
    draw = Random(str(seed))
    places = {each: place for place, each in enumerate(order)}
    order, risen = list(order), []
    for turn in range(int(len(order) * share)):
        place = max(int((turn + draw.random()) / share), 1)
        # What others pushed down and this would only put back has not risen.
        pool = [each for each in order[place + 1 :] if shown[each] < FEW_IMPRESSIONS and places[each] > place]
        if pool:
            chances = [worth[each] for each in pool]
            (chosen,) = draw.choices(pool, chances if sum(chances) > 0 else None)
            order.remove(chosen)
            order.insert(place, chosen)
            risen.append(chosen)
    return order, risen
