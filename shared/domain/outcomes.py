"""What came of answers: how often their products were shown, clicked, put in the cart and bought."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.domain.events import EventType
from shared.domain.rules import Scenario


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often one type of event followed from answers for one scenario on one day (UTC).

    ``scenario`` is None of events that name no answer, or one whose id says no scenario.
    """

    day: date
    scenario: Scenario | None
    type: EventType
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Events by what they say of an answer. The rates are from 0 up, and None where there is nothing to divide by.

    A rate can pass 1: who takes three of what was clicked once puts it in the cart three times.
    """

    impressions: int = 0
    clicks: int = 0
    add_to_cart: int = 0
    purchases: int = 0

    @property
    def ctr(self) -> float | None:
        """Clicks for each impression."""
        return _rate(self.clicks, self.impressions)

    @property
    def add_to_cart_rate(self) -> float | None:
        """For each click."""
        return _rate(self.add_to_cart, self.clicks)

    @property
    def purchase_rate(self) -> float | None:
        """For each click."""
        return _rate(self.purchases, self.clicks)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of the days from ``since`` to ``until``, both among them: ``events`` by type, whether they name an answer or not,
    and of those that do a tally for each scenario, and for each scenario of each day. Both are in order."""

    since: date
    until: date
    events: Mapping[EventType, int]
    scenarios: Mapping[Scenario, Tally]
    days: Mapping[tuple[date, Scenario], Tally]


def outcomes_of(counts: Iterable[Outcome], since: date, until: date) -> Outcomes:
    """What occurred after ``until``, by a clock that runs ahead, is left out."""
    events: Counter[EventType] = Counter()
    by_day: Counter[tuple[date, Scenario, EventType]] = Counter()
    for each in counts:
        if not since <= each.day <= until:
            continue
        events[each.type] += each.count
        if each.scenario is not None:
            by_day[each.day, each.scenario, each.type] += each.count
    by_scenario: Counter[tuple[Scenario, EventType]] = Counter()
    for (_, scenario, type_), count in by_day.items():
        by_scenario[scenario, type_] += count
    return Outcomes(
        since,
        until,
        {type_: events[type_] for type_ in EventType if events[type_]},
        {each: _tally(by_scenario, each) for each in sorted({scenario for scenario, _ in by_scenario})},
        {each: _tally(by_day, *each) for each in sorted({(day, scenario) for day, scenario, _ in by_day})},
    )


def _tally(counts: Mapping[Any, int], *of: object) -> Tally:
    types = (EventType.IMPRESSION, EventType.CLICK, EventType.ADD_TO_CART, EventType.PURCHASE)
    return Tally(*(counts.get((*of, type_), 0) for type_ in types))


def _rate(of: int, among: int) -> float | None:
    return of / among if among else None
