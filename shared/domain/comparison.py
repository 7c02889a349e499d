"""How an index version compares with the one that it took the place of: measured once, when it was published."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from shared.domain.spaces import Space


@dataclass(frozen=True, slots=True)
class Quality:
    """How well both versions name what some ``users`` turned to last, by metric; ``of_live`` is empty for a first one.

    ``error`` is the standard error of the difference in NDCG@10.
    """

    users: int
    of_new: Mapping[str, float]
    of_live: Mapping[str, float] = field(default_factory=dict)
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the catalogue: ``before`` products, of which some are ``removed`` or ``changed`` in anything that
    the index has of them, and those that were ``added``.

    ``shifts`` is by how much the centre of the products' vectors has moved, in units of their spread before, in the
    spaces that the same encoder made in both (:func:`shared.domain.drift.shift`).
    """

    before: int
    added: int
    removed: int
    changed: int
    shifts: Mapping[Space, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``previous`` is empty for a first version. What could not be measured is None: with too few users that is the
    quality, and all of it where the version before was damaged."""

    version: str
    previous: str = ""
    quality: Quality | None = None
    change: Change | None = None


def to_bytes(compared: Comparison) -> bytes:
    return json.dumps(asdict(compared)).encode()


def from_bytes(content: bytes) -> Comparison:
    """The inverse of :func:`to_bytes`. Raises ValueError, KeyError or TypeError for any other content."""
    record = json.loads(content)
    quality, change = record["quality"], record["change"]
    if change:
        change["shifts"] = {Space(space): shift for space, shift in change["shifts"].items()}
    return Comparison(
        record["version"],
        record["previous"],
        Quality(**quality) if quality else None,
        Change(**change) if change else None,
    )
