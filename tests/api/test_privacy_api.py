"""A person's data over HTTP: shown, handed over, corrected, erased."""

import base64
import json
import sqlite3 as engine
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shared import ports, wiring
from shared.adapters import sqlite
from shared.domain.deadline import deadline
from shared.domain.errors import Unavailable
from shared.services import audit, export, privacy
from shared.services.choices import choices_of, record_name
from shared.services.event_formats.bounds import MAX_ID
from shared.services.privacy import People, erase
from tests.privacy_parts import GUEST, TRACES, USER, a_send, client_of, live_fully, send_events
from tests.support import NOW, StillClock

STRANGER = "nobody-knows-me"


@pytest.fixture
def client(small_shop: wiring.Parts) -> TestClient:
    return client_of(small_shop)


def export_of(client: TestClient, user: str) -> dict[str, Any]:
    """All pages put together."""
    whole: dict[str, Any] = {}
    cursor = ""
    while True:
        answer = client.get(f"/v1/users/{user}/export", params={"cursor": cursor} if cursor else {})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        if not whole:
            whole = page
        else:
            whole["sends"] += page["sends"]
            whole["events"] += page["events"]
        if not (cursor := page["cursor"]):
            return whole | {"cursor": None}


def erase_all(client: TestClient, user: str) -> int:
    """How many calls it took."""
    for calls in range(1, 50):
        answer = client.delete(f"/v1/users/{user}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["erased"] is True
        if not answer.json()["more"]:
            return calls
    raise AssertionError("it comes to no end")


class TestExport:
    def test_all_that_is_kept_is_in_it(self, client: TestClient, small_shop: wiring.Parts) -> None:
        live_fully(client, small_shop)
        consent = {"personalise": True, "email": False, "analytics": True}
        assert client.put(f"/v1/users/{USER}/consent", json=consent).status_code == 200
        whole = export_of(client, USER)
        assert whole["kept"]["consent"] == consent
        assert whole["kept"]["guests"] == [GUEST]
        assert whole["kept"]["declared"] == [
            {"user_id": USER, "picked": ["p22"], "turned_down": [], "brands": ["Acme"]}
        ]
        assert [each["query"] for each in whole["profile"]["searches"]] == ["waterproof tangerine"]
        assert "p8" in [member["id"] for each in whole["profile"]["interests"] for member in each["members"]]
        (sent,) = whole["sends"]
        assert (sent["campaign"], sent["picks"][0]["product_id"]) == ("spring", "p9")
        assert {each["event_id"] for each in whole["events"]} == {
            *(f"evt-user-{number}" for number in range(1, 7)), *(f"evt-guest-{number}" for number in range(1, 4)),
        }  # fmt: skip
        searched = {each["query"] for each in whole["events"] if each["type"] == "search"}
        assert searched == {"waterproof tangerine", "quilted zeppelin"}
        assert whole["not_included"]

    def test_in_pages_everything_comes_once(
        self, client: TestClient, small_shop: wiring.Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        live_fully(client, small_shop)
        small_shop.sends.add([a_send(USER, f"c{day}", day) for day in range(1, 6)])
        at_once = export_of(client, USER)
        monkeypatch.setattr(export, "_READ_AT_ONCE", 2)
        for bytes_, events in ((1, 9), (400, 9), (10**6, 1), (10**6, 2)):
            monkeypatch.setattr(export, "MOST_BYTES", bytes_)
            monkeypatch.setattr(export, "MOST_EVENTS", events)
            in_pages = export_of(client, USER)
            assert (in_pages["sends"], in_pages["events"]) == (at_once["sends"], at_once["events"])

    def test_what_is_erased_between_two_pages_keeps_nothing_else_back(
        self, client: TestClient, small_shop: wiring.Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        live_fully(client, small_shop)
        monkeypatch.setattr(export, "MOST_EVENTS", 2)
        first = client.get(f"/v1/users/{USER}/export").json()
        last = first["events"][-1]["event_id"]
        small_shop.events._database.connection().execute("DELETE FROM events WHERE event_id = ?", (last,))
        second = client.get(f"/v1/users/{USER}/export", params={"cursor": first["cursor"]}).json()
        later = {each["event_id"] for each in second["events"]}
        assert len(later) == 2
        assert last not in later

    def test_a_cursor_names_nothing_and_is_of_one_user(
        self, client: TestClient, small_shop: wiring.Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        live_fully(client, small_shop)
        monkeypatch.setattr(export, "MOST_EVENTS", 2)
        cursor = client.get(f"/v1/users/{USER}/export").json()["cursor"]
        plain = base64.urlsafe_b64decode(cursor + "==").decode()
        assert not any(trace in plain for trace in TRACES)
        refused = client.get("/v1/users/other/export", params={"cursor": cursor})
        assert (refused.status_code, "another user" in refused.json()["detail"]) == (400, True)

    @pytest.mark.parametrize(
        "cursor", ["x", "W10", "bnVsbA", "WyJhIl0", "A" * 1_000, "WzEsMiwzLDQsNSw2XQ", "eyJhIjoxfQ", "W1tbW1tb"]
    )
    def test_hostile_cursors_are_refused(self, client: TestClient, cursor: str) -> None:
        assert client.get("/v1/users/u/export", params={"cursor": cursor}).status_code == 400

    def test_of_who_is_not_known_it_is_empty(self, client: TestClient) -> None:
        whole = export_of(client, STRANGER)
        assert whole["kept"] == {"consent": None, "removed": {}, "guests": [], "declared": [], "segments": []}
        assert whole["sends"] == whole["events"] == whole["profile"]["interests"] == []

    def test_with_nothing_published_what_is_kept_is_handed_over(self, parts: wiring.Parts) -> None:
        client = client_of(parts)
        send_events(client, "u", {"event_id": "1", "type": "view", "product_id": "p1"})
        whole = export_of(client, "u")
        assert whole["profile"] is None
        assert len(whole["events"]) == 1


class TestErase:
    def test_export_then_erase_then_export_is_that_of_a_stranger(
        self, client: TestClient, small_shop: wiring.Parts
    ) -> None:
        live_fully(client, small_shop)
        assert client.put(
            f"/v1/users/{USER}/consent", json={"personalise": True, "email": True, "analytics": False}
        ).is_success
        assert export_of(client, USER)["events"]
        assert erase_all(client, USER) == 1
        for gone in (USER, GUEST):
            assert export_of(client, gone) == export_of(client, STRANGER)
        assert small_shop.events.count() == 0
        lists = [client.get(f"/v1/users/{user}/recommendations").json()["items"] for user in (USER, STRANGER)]
        assert lists[0] == lists[1]

    def test_what_is_left_is_a_tombstone(self, client: TestClient, small_shop: wiring.Parts) -> None:
        live_fully(client, small_shop)
        erase_all(client, USER)
        for name in (record_name(USER), record_name(GUEST)):
            value = small_shop.state.get(name).value
            assert value == {
                "consent": {"personalise": False, "email": False, "analytics": False},
                "forgotten_at": NOW.isoformat(), "erased_at": NOW.isoformat(), "changed_at": NOW.isoformat(),
            }  # fmt: skip

    def test_nobody_else_loses_anything(self, client: TestClient, small_shop: wiring.Parts) -> None:
        live_fully(client, small_shop)
        send_events(client, "neighbour", {"event_id": "n1", "type": "view", "product_id": "p8"})
        client.post(
            "/v1/quiz/answers", json={"user_id": "neighbour", "answers": [{"question": "q1", "chosen": ["p22"]}]}
        )
        small_shop.sends.add([a_send("neighbour")])
        before = export_of(client, "neighbour")
        erase_all(client, USER)
        assert export_of(client, "neighbour") == before
        client.post("/v1/users/merge", json={"anonymous_id": GUEST, "user_id": "neighbour"})  # in the same browser
        after = export_of(client, "neighbour")
        assert (after["events"], after["kept"]["consent"]) == (before["events"], before["kept"]["consent"])

    def test_what_comes_late_meets_the_tombstone(
        self, client: TestClient, small_shop: wiring.Parts, clock: StillClock
    ) -> None:
        live_fully(client, small_shop)
        clock.forward(minutes=5)
        erase_all(client, USER)
        clock.forward(minutes=5)
        late = {"event_id": "evt-late", "type": "view", "product_id": "p8"}
        for who in (USER, GUEST):
            told = send_events(client, who, late)
            assert (told["accepted"], told["not_kept"]) == (0, 1)
            told = send_events(client, who, late | {"occurred_at": clock.now().isoformat()})
            assert (told["accepted"], told["not_kept"]) == (0, 1)
        client.post("/v1/users/merge", json={"anonymous_id": GUEST, "user_id": USER})
        assert small_shop.events.count() == 0
        client.put(f"/v1/users/{USER}/consent", json={"personalise": True, "email": False, "analytics": True})
        clock.forward(minutes=5)
        assert send_events(client, USER, late)["not_kept"] == 1  # of before
        told = send_events(client, USER, late | {"occurred_at": clock.now().isoformat()})
        assert (told["accepted"], told["not_kept"]) == (1, 0)

    def test_a_guest_can_be_erased_alone(self, client: TestClient, small_shop: wiring.Parts) -> None:
        send_events(client, GUEST, {"event_id": "g1", "type": "view", "product_id": "p7"})
        assert erase_all(client, GUEST) == 1
        assert export_of(client, GUEST) == export_of(client, STRANGER)

    def test_it_may_be_asked_again(self, client: TestClient, small_shop: wiring.Parts, clock: StillClock) -> None:
        live_fully(client, small_shop)
        erase_all(client, USER)
        clock.forward(hours=1)
        erase_all(client, USER)
        assert choices_of(small_shop.state, [USER])[USER].forgotten_at == clock.now()


class Breaking:
    """One store of a shop's; calls are counted over all of them, and after so many done all fail."""

    def __init__(self, store: Any, calls: list[str], fails_after: int) -> None:
        self._store, self._calls, self._fails_after = store, calls, fails_after

    def __getattr__(self, name: str) -> Any:
        def call(*asked: Any, **more: Any) -> Any:
            if len(self._calls) >= self._fails_after:
                raise Unavailable("injected")
            self._calls.append(name)
            return getattr(self._store, name)(*asked, **more)

        return call


def breaking(people: People, calls: list[str], fails_after: int) -> People:
    stores = {
        each.name: Breaking(getattr(people, each.name), calls, fails_after)
        for each in fields(people)
        if each.name not in ("clock", "turns")
    }
    return replace(people, **stores)


class TestFaults:
    def test_broken_off_after_any_step_the_next_call_erases_the_rest(
        self, client: TestClient, small_shop: wiring.Parts
    ) -> None:
        calls: list[str] = []
        live_fully(client, small_shop)
        erase(breaking(wiring.people(small_shop), calls, 10**6), USER)
        steps = len(calls)
        assert steps > 15
        for fails_at in range(steps):
            user, guest = f"{USER}-{fails_at}", f"{GUEST}-{fails_at}"
            live_briefly(client, small_shop, user, guest)
            people = wiring.people(small_shop)
            with pytest.raises(Unavailable):
                erase(breaking(people, [], fails_at), user)
            assert not erase(people, user).more
            assert export_of(client, user) == export_of(client, STRANGER)
            assert small_shop.events.everything(guest, 9) == []
            assert small_shop.events.count() == 0

    def test_with_little_time_it_goes_on_with_every_call(
        self, client: TestClient, small_shop: wiring.Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "MOST_FORGOTTEN", 2)
        live_fully(client, small_shop)
        for number in range(5):
            send_events(client, f"anon:g{number}", {"event_id": f"g{number}", "type": "view", "product_id": "p1"})
            client.post("/v1/users/merge", json={"anonymous_id": f"g{number}", "user_id": USER})
        calls = 0
        with deadline(0):
            while erase(wiring.people(small_shop), USER).more:
                calls += 1
                assert calls < 40
                assert choices_of(small_shop.state, [USER])[USER].forgotten_at == NOW
        assert calls > 5
        assert small_shop.events.count() == 0

    def test_a_reader_of_the_log_is_waited_for_and_said(
        self, client: TestClient, small_shop: wiring.Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.adapters.sqlite_database._SWEEP_MILLISECONDS", 10)
        live_fully(client, small_shop)
        reading = engine.connect(small_shop.events._database._path, isolation_level=None)
        reading.execute("BEGIN")
        reading.execute("SELECT COUNT(*) FROM events").fetchone()
        refused = client.delete(f"/v1/users/{USER}")
        assert (refused.status_code, "again" in refused.json()["detail"]) == (503, True)
        assert export_of(client, USER)["events"] == []
        reading.close()
        assert erase_all(client, USER) == 1


def live_briefly(client: TestClient, parts: wiring.Parts, user: str, guest: str) -> None:
    """As :func:`live_fully`, in short."""
    send_events(client, guest, {"event_id": f"{guest}-1", "type": "view", "product_id": "p7"})
    client.post("/v1/users/merge", json={"anonymous_id": guest, "user_id": user})
    send_events(client, user, {"event_id": f"{user}-1", "type": "search", "query": "mug"})
    send_events(client, guest, {"event_id": f"{guest}-2", "type": "view", "product_id": "p8"})
    client.post("/v1/quiz/answers", json={"user_id": user, "answers": [{"question": "q1", "chosen": ["p22"]}]})
    parts.sends.add([a_send(user)])


class TestProfile:
    @pytest.fixture
    def shopper(self, client: TestClient) -> str:
        """Mugs and scarves were looked at; of a search, a scarf came."""
        views = [
            {"event_id": f"e{product}", "type": "view", "product_id": product}
            for product in ("p6", "p18", "p24", "p4", "p16")
        ]
        send_events(client, "u", {"event_id": "s", "type": "search", "query": "wool scarf"}, *views)
        return "u"

    def profile(self, client: TestClient, user: str) -> dict[str, Any]:
        answer = client.get(f"/v1/users/{user}/profile")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def test_interests_are_what_lists_go_by(self, client: TestClient, shopper: str) -> None:
        known = self.profile(client, shopper)
        assert len(known["interests"]) > 1
        assert sum(each["weight"] for each in known["interests"]) == pytest.approx(1, abs=1e-5)
        members = [{member["id"] for member in each["members"]} for each in known["interests"]]
        assert set().union(*members) == {"p6", "p18", "p24", "p4", "p16"}
        assert all(each["product_id"] in of_it for each, of_it in zip(known["interests"], members, strict=True))
        assert all(each["sentence"].startswith("Because you viewed ") for each in known["interests"])
        (searched,) = known["searches"]
        assert searched["query"] == "wool scarf"
        assert 0 < searched["weight"] < 1
        seeds = self.seeds(client, shopper)
        assert seeds
        assert seeds <= set().union(*members)

    def seeds(self, client: TestClient, user: str) -> set[str]:
        items = client.get(f"/v1/users/{user}/recommendations", params={"limit": 40}).json()["items"]
        return {item["reason"]["product_id"] for item in items} - {""}

    def test_the_same_members_have_the_same_id_and_another_users_another(
        self, client: TestClient, shopper: str, clock: StillClock
    ) -> None:
        first = {each["id"] for each in self.profile(client, shopper)["interests"]}
        clock.forward(hours=5)
        assert {each["id"] for each in self.profile(client, shopper)["interests"]} == first
        for number, product in enumerate(("p6", "p18", "p24", "p4", "p16")):
            send_events(client, "v", {"event_id": f"v{number}", "type": "view", "product_id": product})
        assert not first & {each["id"] for each in self.profile(client, "v")["interests"]}

    def test_the_very_next_answer_follows_a_removal(self, client: TestClient, shopper: str, clock: StillClock) -> None:
        before = self.profile(client, shopper)["interests"]
        heaviest, rest = before[0], before[1:]
        gone = {member["id"] for member in heaviest["members"]}
        assert self.seeds(client, shopper) & gone
        answer = client.delete(f"/v1/users/{shopper}/profile/interests/{heaviest['id']}")
        assert answer.json() == {"removed": len(gone)}, answer.text
        assert not self.seeds(client, shopper) & gone
        after = self.profile(client, shopper)
        assert {each["id"] for each in after["interests"]} == {each["id"] for each in rest}
        if gone >= {"p4", "p16"}:
            assert after["searches"] == []
        again = client.delete(f"/v1/users/{shopper}/profile/interests/{heaviest['id']}")
        assert (again.status_code, "no such interest any more" in again.json()["detail"]) == (404, True)
        clock.forward(minutes=1)
        back = sorted(gone)[0]
        send_events(
            client, shopper,
            {"event_id": "back", "type": "view", "product_id": back, "occurred_at": clock.now().isoformat()},
        )  # fmt: skip
        members = [member["id"] for each in self.profile(client, shopper)["interests"] for member in each["members"]]
        assert back in members
        assert not gone - {back} & set(members)

    def test_a_session_does_not_bring_it_back(self, client: TestClient, shopper: str) -> None:
        heaviest = self.profile(client, shopper)["interests"][0]
        gone = {member["id"] for member in heaviest["members"]}
        client.delete(f"/v1/users/{shopper}/profile/interests/{heaviest['id']}")
        session = [
            {"event_id": f"e{product}", "type": "view", "product_id": product, "occurred_at": NOW.isoformat()}
            for product in sorted(gone)
        ]
        body = {"session": session, "user_id": shopper, "limit": 40}
        items = client.post("/v1/recommendations", json=body).json()["items"]
        assert not {item["reason"]["product_id"] for item in items} & gone

    def test_a_list_that_was_begun_before_goes_on_as_it_was(
        self, client: TestClient, shopper: str, clock: StillClock
    ) -> None:
        url = f"/v1/users/{shopper}/recommendations"
        first = client.get(url, params={"limit": 6}).json()
        undisturbed = client.get(url, params={"limit": 6, "cursor": first["cursor"]}).json()["items"]
        clock.forward(seconds=30)
        heaviest = self.profile(client, shopper)["interests"][0]
        client.delete(f"/v1/users/{shopper}/profile/interests/{heaviest['id']}")
        later = client.get(url, params={"limit": 6, "cursor": first["cursor"]}).json()["items"]
        assert [item["id"] for item in later] == [item["id"] for item in undisturbed]

    def test_what_was_picked_in_the_quiz_is_taken_back_with_its_interest(self, client: TestClient) -> None:
        client.post(
            "/v1/quiz/answers",
            json={
                "user_id": "q",
                "answers": [{"question": "q1", "chosen": ["p21", "p22"]}],
                "likes": {"brands": ["Acme"]},
            },
        )
        for _ in range(2):
            interest = self.profile(client, "q")["interests"][0]
            assert interest["sentence"].startswith("Because you picked ")
            answer = client.delete(f"/v1/users/q/profile/interests/{interest['id']}")
            assert answer.status_code == 200, answer.text
        after = self.profile(client, "q")
        assert after["interests"] == []
        assert after["declared"] == {"picked": [], "turned_down": [], "brands": ["Acme"]}

    @pytest.mark.parametrize("name", ["x", "A" * 8, "_-_-", "%00", "a" * 500, "ab.c", "AAAAAAAA" * 50])
    def test_ids_of_nothing(self, client: TestClient, shopper: str, name: str) -> None:
        before = self.profile(client, shopper)
        assert client.delete(f"/v1/users/{shopper}/profile/interests/{name}").status_code in (404, 422)
        assert self.profile(client, shopper) == before

    def test_without_leave_there_is_none(self, client: TestClient, shopper: str) -> None:
        client.put(f"/v1/users/{shopper}/consent", json={"personalise": False, "email": True, "analytics": True})
        known = self.profile(client, shopper)
        assert (known["interests"], known["searches"], known["declared"]) == ([], [], {})


class TestAudit:
    def test_who_did_what_and_nothing_of_whom(self, client: TestClient, small_shop: wiring.Parts) -> None:
        live_fully(client, small_shop)
        interest = client.get(f"/v1/users/{USER}/profile").json()["interests"][0]
        client.delete(f"/v1/users/{USER}/profile/interests/{interest['id']}")
        export_of(client, USER)
        agreed = {"personalise": True, "email": False, "analytics": True}
        client.put(f"/v1/users/{USER}/consent", json=agreed)
        erase_all(client, USER)
        day = NOW.date()
        found = list(audit.entries(small_shop.blobs, day - timedelta(days=1), day + timedelta(days=1)))
        by_action = {each.action: each for each in found}
        assert {"interest-removed", "export", "erase"} <= set(by_action)
        assert by_action["erase"].facts == {"count": 10, "more": False}
        assert by_action["consent"].facts == agreed
        assert all(each.at == NOW for each in found)
        text = json.dumps([dict(each.facts) for each in found]) + "".join(small_shop.blobs.names("audit"))
        assert not [trace for trace in (*TRACES, record_name(USER)[7:], interest["id"]) if trace in text]

    def test_two_at_one_moment_do_not_meet(self, parts: wiring.Parts) -> None:
        for number in range(3):
            audit.note(parts.blobs, NOW, "erase", count=number, key="")
        found = list(audit.entries(parts.blobs, NOW.date(), NOW.date()))
        assert sorted(each.facts["count"] for each in found) == [0, 1, 2]
        assert all("key" not in each.facts for each in found)


ROUTES: list[tuple[str, str, Callable[[TestClient, str], Any]]] = [
    ("export", "/v1/users/{}/export", TestClient.get),
    ("profile", "/v1/users/{}/profile", TestClient.get),
    ("consent", "/v1/users/{}/consent", TestClient.get),
    ("interest", "/v1/users/{}/profile/interests/AAAAAAAA", TestClient.delete),
    ("erase", "/v1/users/{}", TestClient.delete),
]


@pytest.mark.parametrize(("path", "call"), [route[1:] for route in ROUTES], ids=[route[0] for route in ROUTES])
def test_no_answer_about_a_person_is_kept_on_the_way(client: TestClient, path: str, call: Any) -> None:
    for user in ("u", "u" * (MAX_ID + 1)):
        answer = call(client, path.format(user))
        assert answer.headers["cache-control"] == "no-store", (answer.status_code, answer.text)


def test_the_bounds_are_sane() -> None:
    assert privacy._LEAST_TIME < 1
    assert export.MOST_BYTES < 4_000_000
    assert ports.MOST_FORGOTTEN >= 1_000
