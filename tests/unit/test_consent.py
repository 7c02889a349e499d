"""Consent in the services: what is stored is what was agreed to, whenever and wherever anything is killed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared import wiring
from shared.domain.admission import admitted
from shared.domain.choices import ALL, NONE, NOTHING_CHOSEN, Choices, Consent, choices_from_record, choices_record
from shared.domain.deadline import deadline
from shared.domain.declared import NOTHING_DECLARED, Declared
from shared.domain.errors import StateConflict, Unavailable
from shared.domain.events import EventType
from shared.domain.sends import Send, SendState, SentPick
from shared.ports import State
from shared.services.choices import change, choices_of, record_name
from shared.services.collect import collect
from shared.services.consent import Keeping, consent_of, set_consent
from shared.services.merging import merge_guest
from shared.services.profiles import declare, declared_by
from tests.support import NOW, StillClock, event

MINUTE = timedelta(minutes=1)
OFF = Consent(personalise=False)
QUIET = Consent(analytics=False)


@pytest.fixture
def keeping(parts: wiring.Parts) -> Keeping:
    return wiring.keeping(parts)


def sent(event_id: str, user: str = "u", product: str = "p1", **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "user_id": user, "type": "view", "product_id": product} | more


def stored(keeping: Keeping, user: str = "u") -> dict[str, bool]:
    """The ids of all events that are stored of the user, and whether each is private."""
    return {each.event_id: each.private for each in keeping.events.everything(user, 9_999)}


def counted(keeping: Keeping) -> int:
    return sum(each.count for each in keeping.events.activity((NOW - timedelta(days=1)).date()))


class Fails:
    """Stands before a store, and raises at the call of the number ``at``, all stores counted together; ``after`` the
    call was made or before."""

    def __init__(self, at: int, after: bool) -> None:
        self._left = at
        self._after = after
        self.failed = False

    def before(self, store: Any) -> Any:
        return _Failing(store, self)

    def call(self, made: Callable[[], Any]) -> Any:
        self._left -= 1
        if self._left != 0:
            return made()
        self.failed = True
        if self._after:
            made()
        raise Unavailable("killed here")


class _Failing:
    def __init__(self, store: Any, fails: Fails) -> None:
        self._store = store
        self._fails = fails

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return lambda *args: self._fails.call(lambda: method(*args))


def killed_at_every_step(keeping: Keeping, does: Callable[[Keeping], object]) -> Iterator[None]:
    """Does it with a fault at its first step, at its second, and so on, until it gets through."""
    for after in (False, True):
        for at in range(1, 60):
            fails = Fails(at, after)
            failing = replace(keeping, events=fails.before(keeping.events), state=fails.before(keeping.state))
            try:
                does(failing)
            except Unavailable:
                yield
            if not fails.failed:
                break
        else:
            raise AssertionError("it never gets through")


class TestChoices:
    def test_a_record_comes_back_as_it_went_in(self) -> None:
        chosen = Choices(QUIET, NOW, {"p1": NOW, "p2": NOW + MINUTE}, ("g1", "g2"), NOW, settled=False, erased_at=NOW)
        for each in (chosen, NOTHING_CHOSEN, Choices(consent=NONE, removed={"p": NOW})):
            assert choices_from_record(choices_record(each)) == each
        assert choices_record(NOTHING_CHOSEN) == {}

    def test_a_record_stays_small(self) -> None:
        many = Choices(
            removed={f"p{number}": NOW + number * MINUTE for number in range(900)},
            merged=tuple(f"g{number}" for number in range(900)),
        )
        kept = choices_from_record(choices_record(many))
        assert (len(kept.removed), len(kept.merged)) == (500, 500)
        assert "p899" in kept.removed
        assert kept.merged[-1] == "g899"

    def test_no_name_has_the_id_in_it(self, keeping: Keeping) -> None:
        set_consent(keeping, "shopper-001", lambda _: OFF)
        assert "shopper" not in record_name("shopper-001")
        assert choices_of(keeping.state, ["shopper-001", "other"]) == {
            "shopper-001": Choices(OFF, NOW, changed_at=NOW), "other": NOTHING_CHOSEN,
        }  # fmt: skip

    def test_more_than_one_call_may_ask_for(self, keeping: Keeping) -> None:
        change(keeping.state, "u1500", NOW, lambda each: replace(each, consent=QUIET))
        found = choices_of(keeping.state, (f"u{number}" for number in range(2_000)))
        assert [user for user, choices in found.items() if choices != NOTHING_CHOSEN] == ["u1500"]
        assert len(found) == 2_000

    def test_who_comes_second_changes_what_the_first_has_left(self, keeping: Keeping) -> None:
        overtaken = [True]

        def removes(choices: Choices) -> Choices:
            if overtaken.pop() if overtaken else False:
                change(keeping.state, "u", NOW, lambda each: replace(each, consent=QUIET))
            return replace(choices, removed={"p1": NOW})

        made = change(keeping.state, "u", NOW, removes)
        assert (made.consent, made.removed) == (QUIET, {"p1": NOW})
        assert choices_of(keeping.state, ["u"])["u"] == made

    def test_others_who_keep_writing_are_a_conflict(self, keeping: Keeping) -> None:
        numbers = iter(range(99))

        def overtaken(choices: Choices) -> Choices:
            keeping.state.put(record_name("u"), {"merged": [str(next(numbers))]}, len(numbers_before))
            numbers_before.append(1)
            return replace(choices, consent=QUIET)

        numbers_before: list[int] = []
        with pytest.raises(StateConflict):
            change(keeping.state, "u", NOW, overtaken)

    def test_nothing_is_written_where_nothing_changes(self, keeping: Keeping) -> None:
        change(keeping.state, "u", NOW, lambda each: each)
        assert keeping.state.get(record_name("u")) is None


class TestWithdrawing:
    def test_what_is_stored_goes_and_what_comes_is_counted_alone(self, keeping: Keeping, clock: StillClock) -> None:
        collect(keeping, [sent("1"), sent("2", type="search", query="mug")])
        declare(keeping.state, "u", Declared(brands=("Acme",)), clock.now())
        set_consent(keeping, "u", lambda _: OFF)
        assert stored(keeping) == {}
        assert declared_by(keeping.state, "u", clock.now()) == NOTHING_DECLARED
        assert counted(keeping) == 0
        clock.forward(minutes=1)
        batch = [sent("3", recommendation_id="r", properties={"list": "home", "country": "DE"}), sent("3")]
        for expected in (1, 0):
            told = collect(keeping, batch)
            assert (told.accepted, told.accepted + told.duplicates) == (expected, 2)
        assert stored(keeping) == {}
        assert list(keeping.events.histories(clock.now() + MINUTE)) == []
        (count,) = keeping.events.activity(NOW.date())
        assert (count.product_id, count.country, count.count) == ("p1", "DE", 1)

    def test_without_analytics_it_is_the_persons_alone(self, keeping: Keeping, clock: StillClock) -> None:
        collect(keeping, [sent("1")])
        set_consent(keeping, "u", lambda _: QUIET)
        collect(keeping, [sent("2")])
        assert stored(keeping) == {"1": True, "2": True}
        assert counted(keeping) == 0
        set_consent(keeping, "u", lambda _: ALL)
        collect(keeping, [sent("3")])
        assert stored(keeping) == {"1": True, "2": True, "3": False}, "what was private is not made public"
        assert list(keeping.events.searches(NOW)) == []
        assert [[each.event_id for each in own] for own in keeping.events.histories(clock.now() + MINUTE)] == [["3"]]

    def test_without_either_nothing_is_kept_and_it_is_said(self, keeping: Keeping) -> None:
        set_consent(keeping, "u", lambda _: NONE)
        told = collect(keeping, [sent("1"), sent("2", "v"), {"type": "dance"}])
        assert (told.accepted, told.not_kept, len(told.rejected)) == (1, 1, 1)
        assert keeping.events.count() == 1

    def test_given_back_it_starts_anew(self, keeping: Keeping, clock: StillClock) -> None:
        early, between = NOW - MINUTE, NOW + MINUTE
        collect(keeping, [sent("1")])
        set_consent(keeping, "u", lambda _: NONE)
        clock.forward(minutes=2)
        set_consent(keeping, "u", lambda _: ALL)
        late = [sent("1"), sent("2", occurred_at=early.isoformat()), sent("3", occurred_at=between.isoformat())]
        assert collect(keeping, [*late, sent("4", occurred_at=clock.now().isoformat())]).not_kept == 2
        assert stored(keeping) == {"1": False, "4": False}, "an event without a time of its own occurs as it comes in"

    def test_where_it_is_required_giving_it_starts_anew(self, keeping: Keeping, clock: StillClock) -> None:
        collect(keeping, [sent("1")])
        required = replace(keeping, default=NONE)
        assert consent_of(required, "u").consent == NONE
        assert collect(required, [sent("2")]).not_kept == 1
        set_consent(required, "u", lambda _: ALL)
        assert stored(keeping) == {}
        collect(required, [sent("3")])
        assert stored(keeping) == {"3": False}

    def test_late_events_of_who_was_erased_are_told_as_any_without_leave(
        self, keeping: Keeping, clock: StillClock
    ) -> None:
        change(keeping.state, "u", NOW, lambda _: Choices(consent=NONE, forgotten_at=NOW, erased_at=NOW))
        set_consent(keeping, "v", lambda _: NONE)
        clock.forward(minutes=1)
        told = [
            collect(keeping, [sent("1", user, occurred_at=at.isoformat())])
            for user in ("u", "v")
            for at in (NOW - MINUTE, clock.now())
        ]
        assert {(each.accepted, each.duplicates, each.not_kept, each.rejected) for each in told} == {(0, 0, 1, ())}

    def test_nobody_is_a_name_that_nobody_has(self, keeping: Keeping) -> None:
        told = collect(keeping, [sent("1", "nobody:1"), sent("2", "anon:nobody:1")])
        assert [each.index for each in told.rejected] == [0, 1]


class TestKilled:
    @pytest.mark.parametrize("then", ["an event of the person", "the same again", "consent again"])
    def test_a_withdrawal_is_finished_by_what_comes_next(self, keeping: Keeping, clock: StillClock, then: str) -> None:
        """Killed at any step, it has either done nothing, or its record says that there is something to be done."""
        killed = 0
        for _ in killed_at_every_step(keeping, lambda failing: _withdrawing(keeping, failing)):
            killed += 1
            if consent_of(keeping, "u").consent.personalise:
                assert stored(keeping)["before"] is False
                continue
            assert not choices_of(keeping.state, ["u"])["u"].settled or stored(keeping) == {}
            clock.forward(seconds=1)
            if then == "an event of the person":
                collect(keeping, [sent(f"next-{clock.now()}")])
            else:
                set_consent(keeping, "u", lambda _: OFF if then == "the same again" else ALL)
            assert stored(keeping) == {}
            assert declared_by(keeping.state, "u", clock.now()) == NOTHING_DECLARED
            assert choices_of(keeping.state, ["u"])["u"].settled
        assert killed >= 10

    def test_withholding_at_every_step(self, keeping: Keeping) -> None:
        def withholding(failing: Keeping) -> None:
            set_consent(keeping, "u", lambda _: ALL)
            collect(keeping, [sent("open")])
            set_consent(failing, "u", lambda _: QUIET)

        for _ in killed_at_every_step(keeping, withholding):
            if consent_of(keeping, "u").consent == QUIET:
                set_consent(keeping, "u", lambda _: ALL)
                assert all(stored(keeping).values()), "given back before it was withheld, it is not withheld"

    def test_a_merge_at_every_step(self, keeping: Keeping, clock: StillClock) -> None:
        for refused in (True, False):
            guest = f"c-{refused}"

            def merging(failing: Keeping, guest: str = guest, refused: bool = refused) -> None:
                if refused:
                    set_consent(keeping, f"anon:{guest}", lambda _: NONE)
                else:
                    collect(keeping, [sent(guest, f"anon:{guest}")])
                    declare(keeping.state, f"anon:{guest}", Declared(brands=("Acme",)), clock.now())
                merge_guest(failing, guest, f"u-{refused}")

            for _ in killed_at_every_step(keeping, merging):
                clock.forward(seconds=1)
                merge_guest(keeping, guest, f"u-{refused}")
                own = stored(keeping, f"u-{refused}")
                assert own == ({} if refused else {guest: False})
                assert stored(keeping, f"anon:{guest}") == {}
                assert declared_by(keeping.state, f"anon:{guest}", clock.now()) == NOTHING_DECLARED

    def test_an_erasure_that_takes_too_long_is_gone_on_with(
        self, keeping: Keeping, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.adapters.sqlite.MOST_FORGOTTEN", 2)
        collect(keeping, [sent(str(number)) for number in range(5)])
        for left in (3, 1):
            with deadline(0), pytest.raises(Unavailable, match="send the same again"):
                set_consent(keeping, "u", lambda _: OFF)
            assert len(stored(keeping)) == left
        set_consent(keeping, "u", lambda _: OFF)
        assert stored(keeping) == {}


def _withdrawing(keeping: Keeping, failing: Keeping) -> None:
    """Of somebody who has agreed, and of whom there is something."""
    set_consent(keeping, "u", lambda _: ALL)
    keeping.events.add([event("u", EventType.VIEW, "p1", keeping.clock.now(), "before")])
    declare(keeping.state, "u", Declared(brands=("Acme",)), keeping.clock.now())
    set_consent(failing, "u", lambda _: OFF)


class TestMeanwhile:
    """A choice that is made while events are on their way to the store."""

    @pytest.mark.parametrize(("consent", "left"), [(OFF, {}), (NONE, {}), (QUIET, {"1": True}), (ALL, {"1": False})])
    def test_it_holds_for_them_too(self, keeping: Keeping, consent: Consent, left: dict[str, bool]) -> None:
        class Slow:
            def __getattr__(self, name: str) -> Any:
                return getattr(keeping.events, name)

            def add(self, events: Any) -> list[bool]:
                set_consent(keeping, "u", lambda _: consent)
                return keeping.events.add(events)

        collect(replace(keeping, events=Slow()), [sent("1")])
        assert stored(keeping) == left
        assert counted(keeping) == (1 if consent == ALL else 0)

    def test_two_who_choose_at_once(self, keeping: Keeping) -> None:
        """The later one has read what the earlier has left."""
        overtaken = [True]

        class Overtaken:
            def __getattr__(self, name: str) -> Any:
                return getattr(keeping.state, name)

            def put(self, name: str, value: Any, revision: int) -> int:
                if overtaken and overtaken.pop():
                    set_consent(keeping, "u", lambda each: replace(each, email=False))
                return keeping.state.put(name, value, revision)

        set_consent(replace(keeping, state=Overtaken()), "u", lambda each: replace(each, analytics=False))
        assert consent_of(keeping, "u").consent == Consent(True, False, False)


class TestStateDown:
    class Down:
        def get(self, name: str) -> State | None:
            raise Unavailable("no state")

        def get_all(self, names: Any) -> dict[str, State]:
            raise Unavailable("no state")

    def test_without_a_queue_the_sender_is_told(self, keeping: Keeping) -> None:
        with pytest.raises(Unavailable):
            collect(replace(keeping, state=self.Down()), [sent("1")])
        assert keeping.events.count() == 0

    def test_with_one_the_events_wait_there_and_are_asked_about_again(self, keeping: Keeping) -> None:
        waiting: list[Any] = []

        class Queue:
            def put(self, events: Any) -> None:
                waiting.extend(events)

        told = collect(replace(keeping, state=self.Down(), queue=Queue()), [sent("1"), sent("2", "v")])
        assert (told.accepted, told.queued, told.not_kept) == (2, 2, 0)
        assert keeping.events.count() == 0
        set_consent(keeping, "u", lambda _: NONE)
        again = collect(replace(keeping, events=Busy(), queue=Queue()), [sent("3")])
        assert (again.accepted, again.queued, again.not_kept) == (0, 0, 1)
        assert [each.event_id for each in waiting] == ["1", "2"]

    def test_an_unsubscribe_is_never_queued(self, keeping: Keeping) -> None:
        class Queue:
            def put(self, events: Any) -> None:
                raise AssertionError("nobody would read it there")

        with pytest.raises(Unavailable):
            collect(replace(keeping, state=self.Down(), queue=Queue()), [{"type": "unsubscribe", "user_id": "u"}])


class Busy:
    def add(self, events: Any) -> list[bool]:
        raise Unavailable("busy")

    def known(self, _: Any) -> frozenset[str]:
        raise Unavailable("busy")


class TestMerging:
    def both(self, keeping: Keeping) -> None:
        collect(keeping, [sent("1", "anon:c"), sent("2", "u")])

    @pytest.mark.parametrize(
        ("user", "guest", "then"),
        [
            (None, None, None),
            (ALL, None, ALL),
            (None, ALL, ALL),
            (ALL, QUIET, ALL),
            (QUIET, ALL, QUIET),
            (None, QUIET, QUIET),
            (ALL, NONE, ALL),
            (OFF, ALL, OFF),
            (None, OFF, OFF),
        ],
    )
    def test_the_users_word_holds_and_else_the_guests(
        self, keeping: Keeping, clock: StillClock, user: Consent | None, guest: Consent | None, then: Consent | None
    ) -> None:
        for name, consent in (("u", user), ("anon:c", guest)):
            if consent is not None:
                set_consent(keeping, name, lambda _, consent=consent: consent)
        self.both(keeping)
        clock.forward(seconds=1)
        merge_guest(keeping, "c", "u")
        choices = choices_of(keeping.state, ["u"])["u"]
        assert choices.consent == then
        if then is not None and not then.personalise:
            assert (stored(keeping), choices.merged) == ({}, ())
        else:
            private = then is not None and not then.analytics
            of_guest = {} if guest is NONE else {"1": private or guest is QUIET}  # private for good, where it was
            assert stored(keeping) == {"2": private} | of_guest
            assert choices.merged == ("c",)
        assert choices.settled
        assert stored(keeping, "anon:c") == {}

    def test_what_guests_do_later_is_erased_with_the_person(self, keeping: Keeping) -> None:
        merge_guest(keeping, "c", "u")
        self.both(keeping)
        set_consent(keeping, "u", lambda _: OFF)
        assert stored(keeping, "anon:c") == stored(keeping) == {}

    def test_the_guests_profile_is_gone(self, keeping: Keeping, clock: StillClock) -> None:
        declare(keeping.state, "anon:c", Declared(brands=("Acme",)), clock.now())
        (name,) = [each for each in _names(keeping) if each.startswith("declared-")]
        clock.forward(seconds=1)
        merge_guest(keeping, "c", "u")
        assert name not in _names(keeping)
        assert declared_by(keeping.state, "u", clock.now()).brands == ("Acme",)


def _names(keeping: Keeping) -> set[str]:
    rows = keeping.state._database.connection().execute("SELECT name FROM records")  # type: ignore[attr-defined]
    return {name for (name,) in rows}


def test_an_event_that_is_on_its_way_as_nobodys_stays_so(keeping: Keeping) -> None:
    """What waited in the queue is asked about again: under its digest there is nobody to ask about."""
    nobody = admitted(event("u", EventType.PURCHASE, "p1", value=2.0), Choices(consent=OFF), ALL)
    assert nobody is not None
    assert "u-purchase" not in nobody.event_id + nobody.user_id
    assert admitted(nobody, NOTHING_CHOSEN, NONE) == nobody
    assert admitted(event("u", EventType.SEARCH, query="mug"), Choices(consent=OFF), ALL) is None


class TestEmails:
    def test_who_unsubscribes_gets_no_more_picks(self, keeping: Keeping) -> None:
        set_consent(keeping, "quiet", lambda _: QUIET)
        batch = [
            {"type": "unsubscribe", "user_id": "u"},
            {"type": "track", "event": "Unsubscribed", "userId": "quiet", "messageId": "m"},
            sent("1"),
        ]
        for _ in range(2):
            told = collect(keeping, batch)
            assert told.emails == {"unsubscribed": 2}
        assert consent_of(keeping, "u").consent == Consent(email=False)
        assert consent_of(keeping, "quiet").consent == Consent(email=False, analytics=False)
        assert stored(keeping) == {"1": False}

    @pytest.mark.parametrize("time", ["yesterday", 10**30, "0001-01-01T00:00:00Z", [1]])
    def test_a_time_that_is_no_good_keeps_nobody_subscribed(self, keeping: Keeping, time: object) -> None:
        name = "users.messages.email.Unsubscribe"
        told = collect(keeping, [{"event_type": name, "id": "b", "external_user_id": "u", "time": time}])
        assert (told.emails, told.rejected) == ({"unsubscribed": 1}, ())
        assert not consent_of(keeping, "u").consent.email

    def test_what_is_delivered_counts_as_sent(self, keeping: Keeping, parts: wiring.Parts) -> None:
        made = Send(
            "u", "spring", "email", SendState.MADE, NOW, "ref-1", (SentPick("b", "p1", "g1", "for_you", "k", "s"),)
        )
        parts.sends.add([made])
        delivered = [{"type": "email_delivered", "user_id": user, "campaign": "spring"} for user in ("u", "u", "v")]
        opened = {"type": "email_opened", "user_id": "u", "campaign": "spring"}
        told = collect(keeping, [*delivered, opened])
        assert (told.accepted, told.emails) == (0, {"delivered": 3, "opened": 1})
        (send,) = parts.sends.of(["u", "v"], "spring").values()
        assert (send.state, send.ref) == (SendState.SENT, "ref-1")
        assert keeping.events.count() == 0

    def test_a_click_on_a_pick_is_attributed(self, keeping: Keeping, clock: StillClock) -> None:
        link = "https://shop.example/p1?vt_product=p1&vt_rec=r9"
        collect(keeping, [{"type": "email_clicked", "user_id": "u", "event_id": "c", "link": link}])
        (click,) = keeping.events.recent("u", 9, clock.now())
        assert (click.type, click.product_id, click.recommendation_id) == (EventType.CLICK, "p1", "r9")

    def test_more_unsubscribes_than_there_is_time_for(self, keeping: Keeping) -> None:
        batch = [{"type": "unsubscribe", "user_id": f"u{number}"} for number in range(3)]
        set_consent(keeping, "u0", lambda _: Consent(email=False))
        with deadline(0), pytest.raises(Unavailable, match="send the same again"):
            collect(keeping, batch)
        collect(keeping, batch)
        assert not any(consent_of(keeping, f"u{number}").consent.email for number in range(3))
