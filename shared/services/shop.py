"""What the read services stand on: one shop's stores, its live index, its clock."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.choices import ALL, Consent
from shared.ports import Clock, EventStore, ProductStore, StateStore, Telemetry
from shared.services.calls import Calls
from shared.services.facts import Facts
from shared.services.last_seen import LastSeen
from shared.services.live_index import LiveIndex
from shared.services.popularity import PopularityLists
from shared.services.rulebook import RuleBooks
from shared.services.themes import ThemeBooks


@dataclass(frozen=True, slots=True)
class Shop:
    clock: Clock
    live: LiveIndex
    events: EventStore
    products: ProductStore
    popularity: PopularityLists
    rules: RuleBooks
    themes: ThemeBooks
    facts: Facts
    state: StateStore
    new_id: Callable[[], str]
    """Draws a unique id at every call: never kept, for two copies of one frozen process must not share it."""
    telemetry: Telemetry
    calls: Calls
    """How answers make their calls to all of these."""
    seen: LastSeen
    consent: Consent = ALL
    """That of people who have not said."""

    def catch_up(self) -> None:
        """Read, and connect, ahead of the first answer, for a process that starts or wakes.

        The first call to a service makes its connection, which takes longer than an answer waits. What fails, fails
        here, and the first answer tries again.
        """
        self.live.catch_up()
        for snapshots in (self.popularity, self.rules):
            snapshots.look_again()
            snapshots.newest()
