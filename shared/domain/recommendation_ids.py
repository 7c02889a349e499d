"""Ids of answers. Each ends with the scenario that it was given for, so that whatever follows from an answer says which
list it came of, and no table of answers has to be kept.

Anybody can make up such an id; nothing but counts goes by it.
"""

from shared.domain.rules import Scenario

_SCENARIOS = {scenario.value: scenario for scenario in Scenario}


def named(unique: str, scenario: Scenario) -> str:
    """``unique``, which is drawn for every answer, and the scenario: ``0f3c…-for_you``."""
    return f"{unique}-{scenario.value}"


def scenario_of(recommendation_id: str) -> Scenario | None:
    """None for an id that names none: one from before ids did, or one that is not ours."""
    return scenario_called(recommendation_id.rpartition("-")[2]) if "-" in recommendation_id else None


def scenario_called(name: str) -> Scenario | None:
    """Of a name as it was kept; None for "", and for one that this release does not know."""
    return _SCENARIOS.get(name)
