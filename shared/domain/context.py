"""Context: where, on what, led by what and when somebody comes, and how far that shifts what is wanted.

A lift says how many times as often a product is wanted there as anywhere: a ratio of counts, shrunk towards 1 with a
gamma prior (DuMouchel, "Bayesian data mining in large frequency tables", 1999), a product's towards its category's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_LIFTED = 4.0
"""A lift is at most this, and at least its inverse; so is what all of a situation's lifts come to."""

TELLING_LIFT = 1.2
"""What a lift must be for a reason to speak of it."""

_BANDS = ((5, "night"), (11, "morning"), (14, "midday"), (18, "afternoon"), (23, "evening"), (24, "night"))
_KNOWN_TO_POPULARITY = timedelta(days=30)
"""What is popular is what was wanted a month ago, so a season only counts by what it differs in from then."""


class Dimension(StrEnum):
    COUNTRY = "country"
    CAMPAIGN = "campaign"
    DEVICE = "device"
    SEASON = "season"
    HOUR = "hour"


class Season(StrEnum):
    """Quarters of the year from December on, as they are called north of the equator."""

    WINTER = "winter"
    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"


@dataclass(frozen=True, slots=True)
class Context:
    """What a request says of itself; empty or None where it says nothing.

    ``country`` is ISO 3166's two letters. ``hour`` is in UTC, as events' times are. ``referrer_product`` is the one
    whose page led here.
    """

    referrer_product: str = ""
    campaign: str = ""
    country: str = ""
    device: str = ""
    hour: int | None = None
    season: Season | None = None

    def __bool__(self) -> bool:
        return self != NO_CONTEXT

    def record(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


NO_CONTEXT = Context()

Situation = Mapping[Dimension, str]
"""A value for each dimension of which one is known."""


@dataclass(frozen=True, slots=True)
class Lifts:
    """Those of one value of a dimension, where there is evidence; by narrowest category, and by product."""

    categories: Mapping[str, float] = field(default_factory=dict)
    products: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContextModel:
    """``categories`` is the narrowest one of each of the products that are wanted most."""

    lifts: Mapping[Dimension, Mapping[str, Lifts]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)


def situation_of(context: Context, now: datetime) -> dict[Dimension, str]:
    """What is said, and hour and season by the clock where they are not."""
    said = {
        Dimension.COUNTRY: context.country.upper(),
        Dimension.CAMPAIGN: context.campaign.casefold(),
        Dimension.DEVICE: context.device.casefold(),
        Dimension.SEASON: (context.season or season_of(now)).value,
        Dimension.HOUR: band_of(now.hour if context.hour is None else context.hour),
    }
    return {dimension: value for dimension, value in said.items() if value}


def situation_of_event(properties: Mapping[str, str], at: datetime) -> dict[Dimension, str]:
    """As :func:`situation_of`, of something that was done ``at`` that time."""
    context = Context("", properties.get("campaign", ""), properties.get("country", ""), properties.get("device", ""))
    return situation_of(context, at)


def season_of(moment: datetime) -> Season:
    return tuple(Season)[moment.month % 12 // 3]


def band_of(hour: int) -> str:
    """The part of the day that ``hour`` (0 to 23) is in."""
    return next(name for end, name in _BANDS if hour < end)


def shifts(
    product_ids: Sequence[str], model: ContextModel, situation: Situation, now: datetime
) -> tuple[NDArray[np.float64], list[Dimension | None]]:
    """What the popularity of each product is to be multiplied with, shape (n,), and the dimension that raises it most.

    None where no dimension's lift is telling.
    """
    dimensions = [each for each in Dimension if each in situation and each in model.lifts]
    by_dimension = np.ones((len(dimensions), len(product_ids)))
    for row, dimension in enumerate(dimensions):
        of = model.lifts[dimension]
        by_dimension[row] = _column(product_ids, of.get(situation[dimension]), model.categories)
        if dimension is Dimension.SEASON:
            by_dimension[row] /= _column(product_ids, of.get(season_of(now - _KNOWN_TO_POPULARITY)), model.categories)
    strongest: list[Dimension | None] = [None] * len(product_ids)
    if dimensions and product_ids:
        most, best = by_dimension.max(axis=0).tolist(), by_dimension.argmax(axis=0).tolist()
        strongest = [dimensions[row] if lift >= TELLING_LIFT else None for row, lift in zip(best, most, strict=True)]
    return np.clip(by_dimension.prod(axis=0), 1 / MOST_LIFTED, MOST_LIFTED), strongest


def _column(product_ids: Sequence[str], lifts: Lifts | None, categories: Mapping[str, str]) -> NDArray[np.float64]:
    if lifts is None:
        return np.ones(len(product_ids))
    of_category = lifts.categories
    return np.array(
        [lifts.products.get(each) or of_category.get(categories.get(each, ""), 1.0) for each in product_ids],
        dtype=np.float64,
    )


def context_to_bytes(model: ContextModel) -> bytes:
    record = {
        "lifts": {
            dimension.value: {
                value: {"categories": lifts.categories, "products": lifts.products} for value, lifts in values.items()
            }
            for dimension, values in model.lifts.items()
        },
        "categories": model.categories,
    }
    return json.dumps(record, ensure_ascii=False, sort_keys=True).encode()


def context_from_bytes(content: bytes) -> ContextModel:
    """The inverse of :func:`context_to_bytes`. Raises ValueError, KeyError or TypeError for anything else."""
    record = json.loads(content)
    return ContextModel(
        {
            Dimension(dimension): {
                value: Lifts(_numbers(lifts["categories"]), _numbers(lifts["products"]))
                for value, lifts in values.items()
            }
            for dimension, values in record["lifts"].items()
        },
        {str(product_id): str(category) for product_id, category in record["categories"].items()},
    )


def _numbers(record: Mapping[str, Any]) -> dict[str, float]:
    numbers = {name: float(lift) for name, lift in record.items()}
    if any(not 1 / MOST_LIFTED <= lift <= MOST_LIFTED for lift in numbers.values()):
        raise ValueError("a lift is out of its bounds")
    return numbers
