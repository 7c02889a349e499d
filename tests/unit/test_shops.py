"""The register of shops, what a process keeps open of them, and the command."""

import gc
import json
import threading
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from local.cli import app
from shared import wiring
from shared.adapters.sqlite_state import SqliteState
from shared.domain.access import Caller
from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.http.gate import Gate
from shared.ports import StateStore
from shared.services.open_shops import KEPT, OpenShops
from shared.services.shops import EVERY, EVERY_UNKNOWN, Shops
from shared.settings import Aws, Settings, shop_from_environment
from tests.support import NOW, StillClock


class Counted:
    """A state store that counts how often it is read, and that may be down."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self.reads = 0
        self.down = False

    def get(self, name: str) -> Any:
        self.reads += 1
        if self.down:
            raise Unavailable("The state store is down: try again in a moment.")
        return self._state.get(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)


@pytest.fixture
def state(tmp_path: Path) -> Counted:
    return Counted(SqliteState(tmp_path / "state.sqlite"))


@pytest.fixture
def shops(state: Counted, clock: StillClock) -> Shops:
    return Shops(lambda: state, clock)  # type: ignore[arg-type,return-value]


class TestRegister:
    def test_a_shop_that_was_added_is_known(self, shops: Shops) -> None:
        assert shops.names() == ("",)
        added = shops.add("outlet", "The outlet", "https://outlet.example/feed.xml")
        shops.add("b-2")
        assert (added.label, added.feed, added.created_at) == ("The outlet", "https://outlet.example/feed.xml", NOW)
        assert shops.names() == ("", "b-2", "outlet")
        assert [each.label for each in shops.all()] == ["b-2", "The outlet"]
        assert shops.known("outlet") == "outlet"
        assert shops.feed("outlet") == "https://outlet.example/feed.xml"

    def test_added_again_it_keeps_what_is_not_said_anew(self, shops: Shops, clock: StillClock) -> None:
        first = shops.add("outlet", "The outlet", "https://a.example/f.csv")
        clock.forward(days=1)
        assert shops.add("outlet") == first
        changed = shops.add("outlet", feed="https://b.example/f.csv")
        assert (changed.label, changed.created_at) == ("The outlet", NOW)
        assert shops.feed("outlet") == "https://b.example/f.csv"

    @pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "a.b", "a/b", "..", "ü", "a\n", "a" * 32])
    def test_what_is_no_name_is_refused_and_never_known(self, shops: Shops, state: Counted, name: str) -> None:
        with pytest.raises(InvalidInput, match="cannot be a shop's name"):
            shops.add(name)
        assert shops.is_known(name) == (name == "")
        assert state.reads == 0

    def test_a_feed_that_no_job_could_read_is_refused(self, shops: Shops) -> None:
        with pytest.raises(InvalidInput, match=r"^The feed 'ftp://a.example/f.csv' cannot be read"):
            shops.add("outlet", feed="ftp://a.example/f.csv")

    def test_a_strange_one_is_refused_in_one_sentence(self, shops: Shops) -> None:
        with pytest.raises(NotFound, match=r"^There is no shop 'nope' here: add it by vitrine shops add, or check its"):
            shops.known("nope")

    def test_many_who_add_at_once_are_all_in_it(self, shops: Shops) -> None:
        threads = [threading.Thread(target=shops.add, args=(f"shop-{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(shops.all()) == 8

    def test_the_first_shop_costs_no_reading(self, shops: Shops, state: Counted) -> None:
        assert shops.known("") == ""
        assert state.reads == 0

    def test_what_was_read_is_good_for_a_while(self, shops: Shops, state: Counted, clock: StillClock) -> None:
        shops.add("outlet")
        before = state.reads
        for _ in range(3):
            assert shops.is_known("outlet")
            assert not shops.is_known("nope")
        assert state.reads == before
        clock.forward(seconds=EVERY_UNKNOWN.total_seconds())
        assert not shops.is_known("nope")
        assert state.reads == before + 1
        clock.forward(seconds=EVERY.total_seconds())
        assert shops.is_known("outlet")
        assert state.reads == before + 2

    def test_one_that_another_process_added_is_soon_known(
        self, shops: Shops, state: Counted, clock: StillClock
    ) -> None:
        assert not shops.is_known("outlet")
        Shops(lambda: state, clock).add("outlet")  # type: ignore[arg-type,return-value]
        assert not shops.is_known("outlet")
        clock.forward(seconds=EVERY_UNKNOWN.total_seconds())
        assert shops.is_known("outlet")

    def test_while_it_cannot_be_read_the_known_ones_go_on(
        self, shops: Shops, state: Counted, clock: StillClock
    ) -> None:
        shops.add("outlet")
        state.down = True
        clock.forward(days=1)
        assert shops.is_known("outlet")
        with pytest.raises(Unavailable):
            shops.is_known("nope")

    def test_who_asks_for_strange_ones_keeps_nobody_waiting(
        self, shops: Shops, state: Counted, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The names in slots' addresses are anybody's to make up, and the store may be slow."""
        shops.add("outlet")
        clock.forward(seconds=EVERY_UNKNOWN.total_seconds())
        asked, answered, read = threading.Event(), threading.Event(), state.get

        def slowly(name: str) -> Any:
            asked.set()
            assert answered.wait(10)
            return read(name)

        monkeypatch.setattr(state, "get", slowly)
        with ThreadPoolExecutor(2) as pool:
            stranger = pool.submit(shops.is_known, "nope")
            assert asked.wait(10)
            known = pool.submit(shops.is_known, "outlet")
            try:
                assert known.result(10)
                assert not stranger.done()
            finally:
                answered.set()


class Held:
    """What is open of a shop."""

    def __init__(self, name: str) -> None:
        self.name = name


class TestOpenShops:
    def test_each_is_opened_once_also_by_many_at_a_time(self) -> None:
        made: list[str] = []
        barrier = threading.Barrier(6)
        open_shops = OpenShops(lambda name: made.append(name) or Held(name))

        def ask() -> None:
            barrier.wait()
            open_shops("outlet")

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert made == ["outlet"]

    def test_the_first_stays_and_of_the_others_those_that_were_asked_for_last(self) -> None:
        let_go: list[int] = []
        open_shops = OpenShops(Held, lambda: let_go.append(1))
        first, held = open_shops(), {f"s{number}": open_shops(f"s{number}") for number in range(KEPT)}
        assert open_shops("s0") is held["s0"]
        assert let_go == []
        open_shops("one-more")
        assert let_go == [1]
        assert open_shops("s0") is held["s0"]
        assert open_shops("s1") is not held["s1"]
        assert open_shops("") is first

    def test_what_is_let_go_is_there_for_who_is_in_the_middle_of_it_and_then_gone(self) -> None:
        open_shops = OpenShops(Held)
        at_work, idle = open_shops("at-work"), weakref.ref(open_shops("idle"))
        for number in range(KEPT):
            open_shops(f"s{number}")
        gc.collect()
        assert at_work.name == "at-work"
        assert idle() is None

    def test_one_that_cannot_be_opened_takes_nobodys_place(self) -> None:
        def open_shop(name: str) -> Held:
            if name == "nope":
                raise NotFound("There is no such shop.")
            return Held(name)

        open_shops = OpenShops(open_shop)
        held = [open_shops(f"s{number}") for number in range(KEPT)]
        for _ in range(2 * KEPT):
            with pytest.raises(NotFound):
                open_shops("nope")
        assert [open_shops(f"s{number}") for number in range(KEPT)] == held


class TestSettings:
    def test_another_shop_has_nothing_of_the_first_ones(self, tmp_path: Path) -> None:
        aws = Aws("bucket", "events", "products", "state", events_queue="queue")
        first = Settings(data=tmp_path, feed="https://a.example/f.csv", aws=aws)
        other = first.of_shop("outlet")
        assert other.aws is not None
        assert (other.data, other.feed) == (tmp_path / "shops" / "outlet", "")
        assert (other.aws.events_table, other.aws.products_table) == ("events-outlet", "products-outlet")
        assert (other.aws.state_table, other.aws.folder) == ("state-outlet", "shops/outlet/")
        assert other.aws.events_queue == "queue"

    def test_of_any_shop_the_way_leads_to_any_other(self, tmp_path: Path) -> None:
        first = Settings(data=tmp_path, aws=Aws("bucket", "events"))
        other = first.of_shop("outlet")
        assert other.of_shop("") is first
        assert other.of_shop("b").data == tmp_path / "shops" / "b"
        assert other.of_shop("outlet") == other

    def test_a_table_that_the_first_one_is_not_given_no_other_is(self) -> None:
        other = Settings(aws=Aws("bucket", "events")).of_shop("outlet").aws
        assert other is not None
        assert other.products_table == ""

    def test_a_job_is_told_whose_it_is(self) -> None:
        assert shop_from_environment({}) == ""
        assert shop_from_environment({"VITRINE_SHOP": "outlet"}) == "outlet"


class TestCommand:
    def run(self, *words: object, **environment: str) -> Any:
        return CliRunner().invoke(app, [str(word) for word in words], env=environment)

    def test_a_shop_is_added_listed_and_spoken_of(self, tmp_path: Path) -> None:
        added = self.run("shops", "add", "outlet", "--feed", "https://a.example/f.csv", "--data", tmp_path)
        assert added.exit_code == 0, added.output
        listed = self.run("shops", "list", "--data", tmp_path, "--json")
        (entry,) = json.loads(listed.stdout)["shops"]
        assert (entry["name"], entry["label"], entry["feed"]) == ("outlet", "outlet", "https://a.example/f.csv")

        rules = tmp_path / "rules.yaml"
        rules.write_text("rules:\n  - {id: a, kind: hide, products: [p1]}\n")
        applied = self.run("rules", "apply", rules, "--data", tmp_path, "--shop", "outlet")
        assert applied.exit_code == 0, applied.output
        shown = self.run("rules", "show", "--data", tmp_path, "--json", VITRINE_SHOP="outlet")
        assert len(json.loads(shown.stdout)["rules"]) == 1
        of_the_first = self.run("rules", "show", "--data", tmp_path, "--json", "--shop", "", VITRINE_SHOP="outlet")
        assert json.loads(of_the_first.stdout)["rules"] == []

    @pytest.mark.parametrize("way", ["option", "variable"])
    def test_for_a_shop_that_there_is_not_nothing_comes_to_be(self, tmp_path: Path, way: str) -> None:
        words = ["rules", "show", "--data", tmp_path]
        ran = self.run(*words, "--shop", "nope") if way == "option" else self.run(*words, VITRINE_SHOP="nope")
        assert isinstance(ran.exception, NotFound)
        assert not (tmp_path / "shops").exists()

    def test_every_command_with_data_is_for_a_shop(self) -> None:
        for words in (["search"], ["index"], ["reindex"], ["rules", "apply"], ["events", "import"], ["rollback"]):
            told = self.run(*words, "--help", COLUMNS="200")
            assert "--shop" in told.output, told.output
        assert "--shop" not in self.run("serve", "--help").output


class OfHeader:
    """Whose request it is, by a header."""

    def caller(self, headers: Mapping[str, str], path: str) -> Caller:
        return Caller(shop=headers["x-shop"])

    def origins(self) -> frozenset[str]:
        return frozenset()

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:
        return True


def test_a_gate_lets_apps_go_with_all_that_they_hold(clock: StillClock, tmp_path: Path) -> None:
    """FastAPI remembers what its routes hold on to, which for a shop is an index."""
    from fastapi.testclient import TestClient

    from functions.recommend.app import create_app

    settings, held = Settings(data=tmp_path), {}

    def open_app(name: str) -> Any:
        shop = wiring.shop(wiring.parts(settings.of_shop(name), clock))
        held[name] = weakref.ref(shop.live)
        return create_app(lambda: shop)

    client = TestClient(Gate(OfHeader(), open_app))
    for number in range(KEPT + 1):
        asked = client.get("/v1/users/u/recommendations", headers={"x-shop": f"s{number}"})
        assert asked.status_code == 503  # nothing is published
    gone = [name for name, index in held.items() if index() is None]
    assert gone == ["s0"]


class TestServer:
    """One server for all shops of a data folder."""

    @pytest.fixture
    def settings(self, tmp_path: Path, clock: StillClock) -> Settings:
        settings = Settings(data=tmp_path)
        wiring.shops(settings, clock).add("outlet", feed="https://outlet.example/f.csv")
        return settings

    @pytest.fixture
    def client(self, settings: Settings) -> Any:
        from fastapi.testclient import TestClient

        from local.server import create_gate
        from local.site import NO_SITE

        return TestClient(create_gate(settings, OfHeader(), NO_SITE))

    def test_each_request_is_answered_by_its_shop(self, settings: Settings, client: Any) -> None:
        rules = {"rules": [{"id": "a", "kind": "hide", "products": ["p1"]}]}
        assert client.put("/v1/rules", json=rules, headers={"x-shop": "outlet"}).status_code == 200
        assert len(client.get("/v1/rules", headers={"x-shop": "outlet"}).json()["rules"]) == 1
        assert client.get("/v1/rules", headers={"x-shop": ""}).json()["rules"] == []

    def test_a_shop_that_there_is_not_is_a_problem_of_one_sentence(self, settings: Settings, client: Any) -> None:
        answer = client.get("/v1/rules", headers={"x-shop": "nope"})
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("There is no shop 'nope' here")
        assert [each.name for each in (settings.data / "shops").glob("*")] == []

    def test_the_popular_products_of_all_are_kept_ranked(self, settings: Settings, clock: StillClock) -> None:
        from local import server

        both = [wiring.parts(settings.of_shop(name), clock) for name in ("", "outlet")]
        server._rank(lambda: both)
        assert [len(each.blobs.names("popularity")) for each in both] == [1, 1]
