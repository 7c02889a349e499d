"""What re-ranking may do to one scenario's lists."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from shared.domain.errors import InvalidInput

_SHARES: Mapping[str, tuple[float, float]] = {
    "diversity": (0.0, 1.0),
    "freshness": (0.0, 5.0),
    "fresh_half_life": (0.5, 3_650.0),
    "price_affinity": (0.0, 1.0),
    "exploration": (0.0, 0.5),
}
_COUNTS: Mapping[str, int] = {"most_per_brand": 100, "most_per_category": 100, "exploration_budget": 10_000}
_MAY_BE_NONE = frozenset({"most_per_brand", "most_per_category"})


@dataclass(frozen=True, slots=True)
class Reranking:
    """Every part is off unless it is set.

    ``diversity``: what likeness to the products above weighs against the score, 0 to 1 (1 − λ of Carbonell & Goldstein
    1998). ``most_per_brand`` and ``most_per_category`` (its narrowest level): how many of one may stand in a page's
    length. ``freshness``: the share of its score that a product added now gains, 0 to 5, halved every
    ``fresh_half_life`` days. ``price_affinity``: the share of its score that a product loses which costs nothing like
    what the user pays, 0 to 1. ``exploration``: the share of places for products that few have been shown, 0 to .5;
    ``exploration_budget``: how many impressions make a product one of those no longer, 1 to 10,000.

    Raises InvalidInput for a value out of its bounds.
    """

    diversity: float = 0.0
    most_per_brand: int | None = None
    most_per_category: int | None = None
    freshness: float = 0.0
    fresh_half_life: float = 14.0
    price_affinity: float = 0.0
    exploration: float = 0.0
    exploration_budget: int = 50

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in _SHARES:
                least, most = _SHARES[field.name]
                if type(value) not in (int, float) or not least <= value <= most:
                    raise InvalidInput(f"{field.name} is {_quoted(value)}: give a number from {least:g} to {most:g}.")
            elif not (value is None and field.name in _MAY_BE_NONE):
                most_counted = _COUNTS[field.name]
                if type(value) is not int or not 1 <= value <= most_counted:
                    none = ", or null for none" if field.name in _MAY_BE_NONE else ""
                    raise InvalidInput(
                        f"{field.name} is {_quoted(value)}: give a whole number from 1 to {most_counted:,}{none}."
                    )


def _quoted(value: object) -> str:
    return "a huge number" if type(value) is int and abs(value) > 10**20 else repr(value)[:40]
