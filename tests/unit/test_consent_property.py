"""Whatever people choose and do, in whatever order it comes: what is stored is what they had agreed to at that moment.

Random sequences over the real stores, held against a model that knows nothing of how it is done.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import pytest

from shared import wiring
from shared.domain.choices import ALL, NONE, Consent
from shared.services.collect import collect
from shared.services.consent import set_consent
from shared.services.merging import merge_guest
from tests.support import NOW, StillClock

USERS = ("a", "b")
GUESTS = ("anon:g", "anon:h")
STEPS = 40


@dataclass
class Person:
    said: Consent | None = None
    since: datetime = NOW - timedelta(days=999)
    """What occurred before is not to be kept."""
    kept: dict[str, bool] = field(default_factory=dict)
    """Ids of events, and whether each is private."""
    guests: set[str] = field(default_factory=set)


@dataclass
class Model:
    """The rules in a person's words."""

    default: Consent
    people: dict[str, Person]
    counts: Counter[str] = field(default_factory=Counter)
    """Of nobody, by event id."""

    def consent(self, name: str) -> Consent:
        said = self.people[name].said
        return self.default if said is None else said

    def happens(self, name: str, event_id: str, at: datetime) -> str:
        person, consent = self.people[name], self.consent(name)
        if at < person.since or not (consent.personalise or consent.analytics):
            return "not kept"
        if not consent.personalise:
            self.counts[event_id] += 1
            return "accepted" if self.counts[event_id] == 1 else "known"
        if any(event_id in each.kept for each in self.people.values()):
            return "known"
        person.kept[event_id] = not consent.analytics
        return "accepted"

    def chooses(self, name: str, consent: Consent, now: datetime) -> None:
        person, before = self.people[name], self.consent(name)
        if before.personalise != consent.personalise:
            person.since = now
            for each in (person, *(self.people[guest] for guest in person.guests)):
                each.kept.clear()
        if not consent.personalise:
            for guest in person.guests:
                self.people[guest].kept.clear()
        if not consent.analytics:
            person.kept = dict.fromkeys(person.kept, True)
        person.said = consent

    def merges(self, guest: str, user: str, now: datetime) -> None:
        said = self.people[user].said or self.people[guest].said
        if said is not None:
            self.chooses(user, said, now)
        if not self.consent(user).personalise:
            self.people[guest].kept.clear()
            return
        self.people[user].kept |= self.people[guest].kept
        self.people[guest].kept.clear()
        if not self.consent(user).analytics:
            self.people[user].kept = dict.fromkeys(self.people[user].kept, True)
        self.people[user].guests.add(guest)


@pytest.mark.parametrize("default", [ALL, NONE], ids=["assumed", "required"])
def test_what_is_stored_is_what_was_agreed_to(parts: wiring.Parts, clock: StillClock, default: Consent) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(12):
        _one_sequence(parts, clock, default, Random(seed), f"-{seed}", kinds)
    assert all(kinds[each] > 5 for each in ("accepted", "known", "not kept")), kinds
    assert sum(kinds.values()) > 100


def _one_sequence(
    parts: wiring.Parts, clock: StillClock, default: Consent, chance: Random, suffix: str, kinds: Counter[str]
) -> None:
    keeping = replace(wiring.keeping(parts), default=default)
    names = [name + suffix for name in (*USERS, *GUESTS)]
    model = Model(default, {name: Person() for name in names})
    began = clock.now()
    sent: list[tuple[str, str, datetime]] = []
    for step in range(STEPS):
        clock.forward(seconds=10)
        now = clock.now()
        match chance.choice(("event", "event", "event", "late", "again", "again", "choice", "merge")):
            case "choice":
                name, consent = chance.choice(names), Consent(*(chance.random() < 0.6 for _ in range(3)))
                set_consent(keeping, name, lambda _, consent=consent: consent)
                model.chooses(name, consent, now)
            case "merge":
                guest, user = chance.choice(names[2:]), chance.choice(names[:2])
                merge_guest(keeping, guest, user)
                model.merges(guest, user, now)
            case "again" if sent:
                _sends(keeping, model, kinds, *chance.choice(sent))
            case kind:
                at = began + (now - began) * chance.random() if kind == "late" else now
                sent.append((chance.choice(names), f"e{step}{suffix}", at.replace(microsecond=0)))
                _sends(keeping, model, kinds, *sent[-1])
        for name in names:
            own = {each.event_id: each.private for each in keeping.events.everything(name, 999)}
            assert own == model.people[name].kept, (suffix, step, name)
    of_all = [private for person in model.people.values() for private in person.kept.values()]
    activity = keeping.events.activity((NOW - timedelta(days=1)).date())
    counted = sum(each.count for each in activity if each.product_id.endswith(suffix))
    assert counted == of_all.count(False) + len(model.counts)


def _sends(keeping, model: Model, kinds: Counter[str], name: str, event_id: str, at: datetime) -> None:  # type: ignore[no-untyped-def]
    user = {"anonymous_id": name} if name.startswith("anon:") else {"user_id": name}
    product = f"p{event_id}"
    raw = {"event_id": event_id, "type": "view", "product_id": product, "occurred_at": at.isoformat(), **user}
    told = collect(keeping, [raw])
    expected = model.happens(name, event_id, at)
    kinds[expected] += 1
    assert {"accepted": told.accepted, "known": told.duplicates, "not kept": told.not_kept}[expected] == 1
