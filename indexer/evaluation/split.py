"""Protocols: which events are fitted on, who is asked about when, and what would have been right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from indexer.evaluation.sequences import Sequences
from shared.domain.errors import InvalidInput
from shared.domain.events import TELLING_TYPES, Event, EventType
from shared.domain.standing import fold
from shared.domain.taste import type_weight
from shared.services.personal import FRESH

STEP = timedelta(seconds=1)
LAST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""Sequences have no times: theirs are steps of a second that end here."""

RECENT_WINDOW = timedelta(days=28)
RECENT_EVENTS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One user to be asked about: what was liked before (distinct, oldest first), what is wanted next.

    ``excluded`` holds what no list may offer this user; no target is among it.
    """

    user_id: str
    history: tuple[str, ...]
    targets: frozenset[str]
    excluded: frozenset[str]


@dataclass(frozen=True, slots=True)
class Split:
    """A protocol as data. Everything chosen is chosen on ``validation``; ``test`` is asked about once.

    ``fitted`` is stored first and fitted on; the validation cases are asked at ``validated_at``. Then ``revealed`` is
    stored too, fitted on again if ``refit``, and the test cases are asked at ``tested_at``. ``recent`` are the
    events that "recent popularity" counts. ``about`` says all that in words and figures.
    """

    fitted: tuple[Event, ...]
    validation: tuple[Case, ...]
    validated_at: datetime
    revealed: tuple[Event, ...]
    refit: bool
    test: tuple[Case, ...]
    tested_at: datetime
    recent: tuple[Event, ...]
    about: Mapping[str, object] = field(default_factory=dict)

    def asking(self, cases: Sequence[Case]) -> "Split":
        """The same, with only those test cases."""
        left_out = len(self.test) - len(cases)
        about = {**self.about, "users left out whose targets are not in the catalogue": left_out}
        return replace(self, test=tuple(cases), about=about)

    @property
    def fitted_for_test(self) -> tuple[Event, ...]:
        return self.fitted + self.revealed if self.refit else self.fitted


def leave_last_out(sequences: Sequences) -> Split:
    """Each user's last product is the test, the one before it the validation; the fit sees neither."""
    fitted: list[Event] = []
    revealed: list[Event] = []
    recent: list[Event] = []
    validation: list[Case] = []
    test: list[Case] = []
    for user, items in sequences.users.items():
        *earlier, second_to_last, last = items
        start = LAST_MOMENT - len(earlier) * STEP
        own = [_purchase(user, place, item, start + place * STEP) for place, item in enumerate(earlier)]
        fitted += own
        recent += own[-RECENT_EVENTS:]
        revealed.append(_purchase(user, len(earlier), second_to_last, LAST_MOMENT + STEP))
        if earlier:
            validation.append(Case(user, tuple(earlier), frozenset({second_to_last}), frozenset(earlier)))
        test.append(Case(user, items[:-1], frozenset({last}), frozenset(items[:-1])))
    if not fitted:
        raise InvalidInput("No user has three products, so nothing is left to fit on: give longer sequences.")
    about = {
        "name": "leave-last-out",
        "fitted on": "all but the last two products of each user; once, and never on the validation or test product",
        "chosen on": "the second to last product of each user, asked for with what came before it as history",
        "tested on": "the last product of each user, read once; the validation product is part of the history then",
        "histories": "a product that comes again counts where it came first; events are purchases a second apart",
        "recent popularity": f"the last {RECENT_EVENTS} fitted products of each user",
        "users": len(test),
        "users left out with fewer than two known products": sequences.too_short,
        "lines left out for a user who had one already": sequences.repeated_users,
        "events passed over as repeated": sequences.repeated_events,
        "events passed over as unknown to the items": sequences.unknown_events,
    }
    tested_at = LAST_MOMENT + 2 * STEP
    return Split(
        tuple(fitted),
        tuple(validation),
        LAST_MOMENT,
        tuple(revealed),
        False,
        tuple(test),
        tested_at,
        tuple(recent),
        about,
    )


def _purchase(user: str, place: int, item: str, at: datetime) -> Event:
    return Event(f"{user} {place}", user, EventType.PURCHASE, at, at, item)


def temporal(histories: Iterable[Sequence[Event]], test_from: datetime, about: Mapping[str, object]) -> Split:
    """What happens from ``test_from`` on is the test; a window as long, at most half of what is left, the validation.

    ``histories`` are the events of one user each, in any order. Targets are purchases where the test has any, else
    all that speaks for a product. What a user owned, had in the cart, disliked or looked at lately is neither a
    target nor in anybody's list. Users without events before the test are cold users and asked about all the same.
    """
    users = [sorted(own, key=lambda event: (event.occurred_at, event.event_id)) for own in histories]
    users = [own for own in users if own]
    ends = [own[-1].occurred_at for own in users]
    begin = min((own[0].occurred_at for own in users), default=test_from)
    if not users:
        raise InvalidInput("There are no events to evaluate on: import some, or give --events.")
    if not begin < test_from <= max(ends):
        raise InvalidInput(
            f"The events run from {begin:%Y-%m-%d} to {max(ends):%Y-%m-%d}, and the test from {test_from:%Y-%m-%d}: "
            "give a --test-from with events on both sides of it."
        )
    end = max(ends) + STEP
    validated_from = max(test_from - (end - test_from), begin + (test_from - begin) / 2)
    fitted = [event for own in users for event in own if event.occurred_at < validated_from]
    revealed = [event for own in users for event in own if validated_from <= event.occurred_at < test_from]
    wanted = _wanted(event for own in users for event in own if event.occurred_at >= test_from)
    test = list(_cases(users, test_from, end, wanted))
    if not test:
        raise InvalidInput(f"Nobody takes a new product from {test_from:%Y-%m-%d} on: give an earlier --test-from.")
    spoken = {
        "name": "temporal",
        "fitted on": f"for the test all events before {test_from.isoformat()}; while choosing, those before "
        f"{validated_from.isoformat()}",
        "chosen on": f"what users took between {validated_from.isoformat()} and {test_from.isoformat()}",
        "tested on": f"what users took from {test_from.isoformat()} to {end.isoformat()}, read once",
        "targets": "events of type " + ", ".join(sorted(wanted)),
        "repeats": "what a user owned, had in the cart, disliked or touched within "
        f"{FRESH.days} days before is in no list and no target, for all systems alike",
        "recent popularity": f"events of the {RECENT_WINDOW.days} days before the test",
        "users": len(test),
        "cold users among them": sum(not case.history for case in test),
    }
    return Split(
        tuple(fitted),
        tuple(_cases(users, validated_from, test_from, wanted)),
        validated_from,
        tuple(revealed),
        True,
        tuple(test),
        test_from,
        tuple(event for event in fitted + revealed if event.occurred_at >= test_from - RECENT_WINDOW),
        {**spoken, **about},
    )


def _wanted(events: Iterable[Event]) -> frozenset[EventType]:
    types = {event.type for event in events if speaks_for(event)}
    return frozenset({EventType.PURCHASE}) if EventType.PURCHASE in types else frozenset(types)


def speaks_for(event: Event) -> bool:
    """Whether the event says something in favour of its product."""
    return bool(event.product_id) and type_weight(event) > 0


def _cases(
    users: Sequence[Sequence[Event]], start: datetime, end: datetime, wanted: frozenset[EventType]
) -> Iterable[Case]:
    for own in users:
        before = [event for event in own if event.occurred_at < start]
        touched = {e.product_id for e in before if e.type in TELLING_TYPES and e.occurred_at >= start - FRESH}
        excluded = fold(before).excluded | touched
        targets = {
            event.product_id
            for event in own
            if start <= event.occurred_at < end
            and event.type in wanted
            and speaks_for(event)
            and event.product_id not in excluded
        }
        if targets:
            liked = dict.fromkeys(event.product_id for event in before if speaks_for(event))
            yield Case(own[0].user_id, tuple(liked), frozenset(targets), frozenset(excluded))


def sampled(split: Split, most: int, seed: int) -> Split:
    """The same with at most ``most`` users asked about, drawn with ``seed``; all are fitted on."""
    if len(split.test) <= most and len(split.validation) <= most:
        return split
    rng = np.random.default_rng(seed)

    def some(cases: tuple[Case, ...]) -> tuple[Case, ...]:
        chosen = rng.choice(len(cases), min(most, len(cases)), replace=False)
        return tuple(cases[i] for i in sorted(chosen))

    about = {**split.about, "sample": f"at most {most:,} users are asked about, drawn with seed {seed}"}
    return replace(split, test=some(split.test), validation=some(split.validation), about=about)
