"""Choices that are made while something else of the same person is on its way, which may be killed after that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.collect.batches import store_messages
from shared import wiring
from shared.domain.choices import ALL, NONE, Consent
from shared.domain.declared import NOTHING_DECLARED, Declared
from shared.domain.errors import Unavailable
from shared.domain.event_messages import message_json
from shared.domain.event_records import event_json
from shared.domain.events import EventType
from shared.services.choices import change, choices_of
from shared.services.collect import collect
from shared.services.consent import Keeping, consent_of, set_consent
from shared.services.interests import interest_id, remove_interest
from shared.services.learnable import Learnable
from shared.services.merging import merge_guest
from shared.services.privacy import erase
from shared.services.profiles import declare, declared_by
from shared.services.quiz import take_answers
from tests.support import NOW, StillClock, event

OFF = Consent(personalise=False)
QUIET = Consent(analytics=False)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def keeping(parts: wiring.Parts) -> Keeping:
    return wiring.keeping(parts)


class Meanwhile:
    """A store at one of whose methods, before it is called, something else happens once; ``killed`` after it."""

    def __init__(self, store: Any, method: str, happens: Callable[[], object], killed: bool = False) -> None:
        self._store, self._method, self._happens = store, method, [happens]
        self._killed = killed

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name != self._method or not self._happens:
            return method

        def call(*args: Any) -> Any:
            if self._happens:
                self._happens.pop()()
            made = method(*args)
            if self._killed:
                raise Unavailable("killed here")
            return made

        return call


def raw(event_id: str, user: str = "u") -> dict[str, Any]:
    return {"event_id": event_id, "user_id": user, "type": "view", "product_id": "p1"}


def ids(keeping: Keeping, user: str = "u") -> dict[str, bool]:
    return {each.event_id: each.private for each in keeping.events.everything(user, 99)}


def happenings(parts: wiring.Parts, keeping: Keeping) -> dict[str, Callable[[], object]]:
    return {
        "erased": lambda: erase(wiring.people(parts), "u"),
        "withdrawn": lambda: set_consent(keeping, "u", lambda _: OFF),
        "quiet": lambda: set_consent(keeping, "u", lambda _: QUIET),
    }


class TestALogin:
    @pytest.mark.parametrize("step", ["state.get", "state.put", "events.merge", "state.remove"])
    @pytest.mark.parametrize("what", ["erased", "withdrawn", "quiet"])
    def test_what_is_said_meanwhile_holds(
        self, parts: wiring.Parts, keeping: Keeping, clock: StillClock, what: str, step: str
    ) -> None:
        """Before each step of the merge: whoever agreed to all before does not agree to it again by logging in."""
        set_consent(keeping, "u", lambda _: ALL)
        collect(keeping, [raw("own"), raw("guests", "anon:c")])
        declare(keeping.state, "anon:c", Declared(brands=("Acme",)), clock.now())
        clock.forward(seconds=9)
        store, _, method = step.partition(".")
        raced = Meanwhile(getattr(keeping, store), method, happenings(parts, keeping)[what])
        merge_guest(replace(keeping, **{store: raced}), "c", "u")
        consent = consent_of(keeping, "u").consent
        assert consent == {"erased": NONE, "withdrawn": OFF, "quiet": QUIET}[what]
        if what == "quiet":
            assert ids(keeping) == {"own": True, "guests": True}
        else:
            assert ids(keeping) == ids(keeping, "anon:c") == {}
            assert declared_by(keeping.state, "u", clock.now() + MINUTE) == NOTHING_DECLARED
            assert choices_of(keeping.state, ["u"])["u"].erased is (what == "erased")

    def test_a_withdrawal_meets_what_a_login_moves_meanwhile(self, keeping: Keeping, clock: StillClock) -> None:
        """The person is erased after the guests, or what is moved between the two would stay."""
        merge_guest(keeping, "c", "u")
        collect(keeping, [raw("1"), raw("2", "anon:c")])
        clock.forward(seconds=9)

        class Moving:
            """Before the second of the two is erased, a login gets through."""

            def __getattr__(self, name: str) -> Any:
                return getattr(keeping.events, name)

            def forget(self, user_id: str) -> int:
                if erased and user_id not in erased:
                    keeping.events.merge("anon:c", "u")
                erased.append(user_id)
                return keeping.events.forget(user_id)

        erased: list[str] = []
        set_consent(replace(keeping, events=Moving()), "u", lambda _: OFF)
        assert set(erased) == {"anon:c", "u"}
        assert ids(keeping) == ids(keeping, "anon:c") == {}

    def test_what_the_guest_has_removed_does_not_come_back(self, keeping: Keeping, clock: StillClock) -> None:
        """Nor does what the user has, where the guest had looked at it before."""
        keeping.events.add([event("anon:c", EventType.VIEW, each, NOW) for each in ("p1", "p2")])
        keeping.events.add([event("u", EventType.VIEW, "p2", NOW)])
        clock.forward(hours=1)
        for user, product in (("anon:c", "p1"), ("u", "p2")):
            remove_interest(keeping.events, keeping.state, clock, user, interest_id(user, [product]))
        clock.forward(hours=1)
        merge_guest(keeping, "c", "u")
        hour = NOW + timedelta(hours=1)
        assert choices_of(keeping.state, ["u"])["u"].removed == {"p1": hour, "p2": hour}
        with pytest.raises(Exception, match="no such interest"):
            remove_interest(keeping.events, keeping.state, clock, "u", interest_id("u", ["p1", "p2"]))


class TestAnErasure:
    def test_who_agrees_again_while_it_is_at_work_has_agreed(
        self, parts: wiring.Parts, keeping: Keeping, clock: StillClock
    ) -> None:
        merge_guest(keeping, "c", "u")
        collect(keeping, [raw("1"), raw("2", "anon:c")])
        clock.forward(seconds=9)

        def agrees() -> None:
            clock.forward(seconds=9)
            set_consent(keeping, "u", lambda _: ALL)

        people = wiring.people(parts)
        raced = Meanwhile(people.sends, "everything", lambda: None)
        for sends in (Meanwhile(people.sends, "forget", agrees), raced):
            assert not erase(replace(people, sends=sends), "u").more
            choices = choices_of(keeping.state, ["u"])["u"]
            assert (choices.consent, choices.merged, choices.settled) == ((NONE if sends is raced else ALL), (), True)
            assert ids(keeping) == ids(keeping, "anon:c") == {}

    def test_two_at_once(self, parts: wiring.Parts, keeping: Keeping, clock: StillClock) -> None:
        merge_guest(keeping, "c", "u")
        collect(keeping, [raw("1"), raw("2", "anon:c")])
        people = wiring.people(parts)

        def other() -> None:
            clock.forward(seconds=9)
            assert not erase(people, "u").more

        assert not erase(replace(people, sends=Meanwhile(people.sends, "forget", other)), "u").more
        for user in ("u", "anon:c"):
            choices = choices_of(keeping.state, [user])[user]
            assert (choices.erased, choices.consent, choices.merged) == (True, NONE, ())
            assert ids(keeping, user) == {}


class TestKilledBeforeTheSecondLook:
    @pytest.mark.parametrize("what", ["erased", "withdrawn"])
    @pytest.mark.parametrize("how", ["queue", "http"])
    def test_delivered_again_it_goes(
        self, parts: wiring.Parts, keeping: Keeping, clock: StillClock, what: str, how: str
    ) -> None:
        message = {"messageId": "m", "body": message_json("", [event_json(event("u", EventType.VIEW, "p1", NOW, "1"))])}

        def deliver(to: Keeping) -> object:
            if how == "queue":
                return store_messages(lambda _: to, clock, [message])
            return collect(to, [raw("1")])

        raced = Meanwhile(keeping.events, "add", happenings(parts, keeping)[what], killed=True)
        clock.forward(seconds=9)
        try:
            assert deliver(replace(keeping, events=raced)) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
        except Unavailable:
            assert how != "queue"
        assert ids(keeping) == {"1": False}, "or nothing is tested"
        people = Learnable(keeping.events, keeping.state, keeping.default)
        assert list(people.histories(NOW + MINUTE)) == [], "until then nobody learns from it"
        deliver(keeping)
        assert ids(keeping) == {}
        assert choices_of(keeping.state, ["u"])["u"].erased is (what == "erased")

    def test_answers_to_the_quiz(self, parts: wiring.Parts, keeping: Keeping) -> None:
        profiles = wiring.profiles(parts)
        set_consent(keeping, "u", lambda _: OFF)
        declare(keeping.state, "u", Declared(brands=("Acme",)), NOW)
        assert not take_answers(profiles, "u", Declared(brands=("Other",))).kept
        assert declared_by(keeping.state, "u", NOW + MINUTE) == NOTHING_DECLARED


class TestLearning:
    @pytest.mark.parametrize("default", [ALL, NONE], ids=["assumed", "required"])
    def test_it_goes_by_the_choices_of_now(self, keeping: Keeping, clock: StillClock, default: Consent) -> None:
        """Not only by what was stored as private: of who has not said, the shop's word of today holds."""
        for user in ("silent", "yes", "no", "quiet", "anew"):
            keeping.events.add([event(user, EventType.VIEW, "p1", NOW), event(user, EventType.SEARCH, query=user)])
        for user, consent in (("yes", ALL), ("no", OFF), ("quiet", QUIET), ("anew", ALL)):
            change(keeping.state, user, NOW, lambda each, consent=consent: replace(each, consent=consent))
        later = NOW + timedelta(seconds=1)
        change(keeping.state, "anew", NOW, lambda each: replace(each, forgotten_at=later))
        people = Learnable(keeping.events, keeping.state, default)
        asked = {"yes"} if default == NONE else {"yes", "silent"}
        assert {each.user_id for own in people.histories(later) for each in own} == asked
        assert {user for user, _ in people.searches(NOW - MINUTE)} == {*asked, "anew"}
        assert sum(each.count for each in people.activity((NOW - timedelta(days=1)).date())) == 5
