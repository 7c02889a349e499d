"""Tuning: what a shop's own events chose of how tastes fade and what each space counts, kept with the index version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.fusion import DEFAULT_WEIGHTS
from shared.domain.ranker import Ranker
from shared.domain.spaces import Space
from shared.domain.taste import Fading

LOOKS_AND_MEANING: Mapping[Space, float] = {Space.TEXT: 1.0, Space.KEYWORDS: 0.7, Space.IMAGE: 0.5}


@dataclass(frozen=True, slots=True)
class Tuning:
    """The defaults hold until ``vitrine tune`` has chosen.

    ``for_you`` and ``similar`` weigh the spaces in those lists. ``sharing`` in [0, 1] is how far places are shared out
    between a user's interests, whatever their scores. ``ranker``, where there is one, orders the candidates of
    "for you" in place of the weighted sum. ``cases`` is how many held-out events chose; 0 says nothing was tuned.
    """

    fading: Fading = field(default_factory=Fading)
    for_you: Mapping[Space, float] = field(default_factory=lambda: DEFAULT_WEIGHTS)
    similar: Mapping[Space, float] = field(default_factory=lambda: LOOKS_AND_MEANING)
    sharing: float = 0.1
    ranker: Ranker | None = None
    cases: int = 0


UNTUNED = Tuning()


def tuning_record(tuning: Tuning) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "fading": {"half_life": tuning.fading.half_life, "memory": tuning.fading.memory},
        "for_you": {space.value: weight for space, weight in tuning.for_you.items()},
        "similar": {space.value: weight for space, weight in tuning.similar.items()},
        "sharing": tuning.sharing,
        "ranker": tuning.ranker.record() if tuning.ranker else None,
        "cases": tuning.cases,
    }


def tuning_from_record(record: Mapping[str, Any]) -> Tuning:
    """The inverse of :func:`tuning_record`. Raises KeyError, TypeError or ValueError for any other record."""
    return Tuning(
        fading=Fading(float(record["fading"]["half_life"]), float(record["fading"]["memory"])),
        for_you={Space(space): float(weight) for space, weight in record["for_you"].items()},
        similar={Space(space): float(weight) for space, weight in record["similar"].items()},
        sharing=float(record["sharing"]),
        ranker=Ranker.from_record(record["ranker"]) if record["ranker"] else None,
        cases=int(record["cases"]),
    )
