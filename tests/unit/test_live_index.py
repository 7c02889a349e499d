"""The live version: noticed, switched to when it is ready, and never at the price of the one that serves."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.adapters.bounded import BoundedCalls
from shared.adapters.edge import EdgeVersions
from shared.domain.errors import NotFound, Unavailable
from shared.domain.products import Product
from shared.domain.recommendations import IndexPoint
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.versions import Manifest
from shared.services.live_index import LiveIndex
from tests.breaking import Breaking, Hang, Recorder, unavailable, unexpected
from tests.support import NOW, StillClock

ENCODER = EncoderInfo("random", "1", 4)


def publish(versions: EdgeVersions, *names: str) -> None:
    """Real, small versions, of which the last is live."""
    for name in names:
        with versions.build(name, {Space.TEXT: ENCODER}, None) as builder:
            vector = np.array([1, 0, 0, 0], dtype=np.float32)
            builder.upsert([IndexPoint(Product("p1", name), {Space.TEXT: vector})])
            builder.finish(Manifest(name, name, NOW, 1, {Space.TEXT: ENCODER}))
    versions.activate(names[-1])


@pytest.fixture
def versions(tmp_path: Path) -> EdgeVersions:
    versions = EdgeVersions(tmp_path)
    publish(versions, "v1")
    return versions


@dataclass
class Watching:
    """A live index with the clock and the telemetry that it looks at."""

    live: LiveIndex
    clock: StillClock
    told: Recorder

    def version(self) -> str:
        return self.live.live().manifest.version


def watching(versions: Any, every: float = 15, bounded: bool = False) -> Watching:
    clock, told = StillClock(), Recorder()
    calls = BoundedCalls() if bounded else None
    return Watching(LiveIndex(versions, clock, told, timedelta(seconds=every), calls), clock, told)


def counted(call: Callable[[], object]) -> tuple[Callable[[], None], list[int]]:
    times: list[int] = []
    return lambda: times.append(1) or call(), times  # type: ignore[func-returns-value]


class TestThePointer:
    def test_it_is_looked_at_as_often_as_was_said(self, versions: EdgeVersions) -> None:
        shop = watching(versions, every=15)
        assert shop.version() == "v1"
        publish(versions, "v2")
        shop.clock.forward(seconds=14)
        assert shop.version() == "v1"
        shop.clock.forward(seconds=1)
        assert shop.version() == "v2"

    def test_after_a_sleep_it_is_looked_at_anew(self, versions: EdgeVersions) -> None:
        shop = watching(versions)
        assert shop.version() == "v1"
        publish(versions, "v2")
        shop.live.look_again()
        assert shop.version() == "v2"

    @pytest.mark.parametrize("fault", [unavailable, unexpected])
    def test_where_it_cannot_be_read_the_last_known_version_stays(
        self, versions: EdgeVersions, fault: Callable[[], None]
    ) -> None:
        breaking = Breaking(versions, fault, "live")
        breaking.whole = True
        shop = watching(breaking)
        assert shop.version() == "v1"
        publish(versions, "v2")
        breaking.whole = False
        shop.clock.forward(seconds=15)
        assert shop.version() == "v1"
        assert shop.told.counts == {"index.pointer_unreadable": 1}
        breaking.whole = True
        shop.clock.forward(seconds=1)
        assert shop.version() == "v2"

    def test_where_it_never_could_be_read_there_is_no_index_until_it_can(self, versions: EdgeVersions) -> None:
        fault, looks = counted(unavailable)
        breaking = Breaking(versions, fault, "live")
        shop = watching(breaking)
        for _ in range(5):
            with pytest.raises(Unavailable):
                shop.live.newest()
        assert len(looks) == 1, "not every request pays for what was just found to be down"
        breaking.whole = True
        shop.clock.forward(seconds=1)
        assert shop.version() == "v1"

    def test_a_hung_look_costs_no_version(self, versions: EdgeVersions, hang: Hang) -> None:
        breaking = Breaking(versions, hang, "live")
        breaking.whole = True
        shop = watching(breaking, bounded=True)
        assert shop.version() == "v1"
        breaking.whole = False
        shop.clock.forward(seconds=15)
        assert [shop.version() for _ in range(3)] == ["v1"] * 3
        assert hang.begun == 1, "the others do not wait behind it"

    def test_nothing_published_is_told_apart_from_nothing_readable(self, tmp_path: Path) -> None:
        shop = watching(EdgeVersions(tmp_path / "empty"))
        assert shop.live.newest() is None
        assert shop.live.manifest() is None
        with pytest.raises(Unavailable, match="vitrine index FEED"):
            shop.live.live()


class TestSwitching:
    def test_a_version_is_switched_to_when_it_is_ready(self, versions: EdgeVersions) -> None:
        ready: list[str] = []

        class Fetching(Breaking):
            def prepare(self, version: str) -> bool:
                return version in ready

        shop = watching(Fetching(versions, unavailable, "nothing"))
        assert shop.version() == "v1", "the first one is opened at once: there is nothing else to serve from"
        publish(versions, "v2")
        shop.clock.forward(seconds=15)
        assert shop.version() == "v1"
        ready.append("v2")
        assert shop.version() == "v2"

    def test_a_version_that_does_not_get_ready_by_itself_is_waited_for_in_the_end(
        self, versions: EdgeVersions, hang: Hang
    ) -> None:
        class Frozen(Breaking):
            """Nothing goes on in the background, as in a function between two requests."""

            def prepare(self, version: str) -> bool:
                return False

        frozen = Frozen(versions, hang, "open")
        frozen.whole = True
        shop = watching(frozen, bounded=True)
        assert shop.version() == "v1"
        publish(versions, "v2")
        shop.clock.forward(seconds=15)
        assert shop.version() == "v1"
        shop.clock.forward(seconds=30)
        assert shop.version() == "v1"
        shop.clock.forward(seconds=1)
        assert shop.version() == "v2"

    def test_a_version_that_is_waited_for_in_vain_leaves_the_old_one(self, versions: EdgeVersions, hang: Hang) -> None:
        slow = Breaking(versions, hang, "open")
        slow.whole = True
        shop = watching(slow, bounded=True)
        assert shop.version() == "v1"
        publish(versions, "v2")
        slow.whole = False
        for seconds in (15, 31, 1):
            shop.clock.forward(seconds=seconds)
            assert shop.version() == "v1"
        assert hang.begun == 1

    @pytest.mark.parametrize("fault", [unavailable, unexpected])
    def test_a_broken_version_leaves_the_old_one_and_is_tried_again_in_a_minute(
        self, versions: EdgeVersions, fault: Callable[[], None]
    ) -> None:
        fault, tries = counted(fault)
        breaking = Breaking(versions, fault, "open")
        breaking.whole = True
        shop = watching(breaking)
        assert shop.version() == "v1"
        publish(versions, "v2")
        breaking.whole = False
        shop.clock.forward(seconds=15)
        assert [shop.version() for _ in range(5)] == ["v1"] * 5
        assert len(tries) == 1
        assert shop.told.counts == {"index.version_broken": 1}
        breaking.whole = True
        shop.clock.forward(seconds=59)
        assert shop.version() == "v1"
        shop.clock.forward(seconds=1)
        assert shop.version() == "v2"

    def test_a_version_that_is_live_and_not_there_leaves_the_old_one(self, versions: EdgeVersions) -> None:
        class Pointing(Breaking):
            def live(self) -> str:
                return "v1" if self.whole else "v9"

        pointing = Pointing(versions, unavailable, "nothing")
        pointing.whole = True
        shop = watching(pointing)
        assert shop.version() == "v1"
        pointing.whole = False
        shop.clock.forward(seconds=15)
        assert shop.version() == "v1"
        with pytest.raises(Unavailable, match="v9 is live and not there"):
            watching(pointing).live.newest()

    def test_a_first_version_that_is_broken_is_not_tried_by_every_request(self, versions: EdgeVersions) -> None:
        fault, tries = counted(unavailable)
        shop = watching(Breaking(versions, fault, "open"))
        for _ in range(5):
            with pytest.raises(Unavailable):
                shop.live.newest()
        assert len(tries) == 1

    def test_a_slow_version_is_opened_beside_the_requests(self, versions: EdgeVersions, hang: Hang) -> None:
        slow = Breaking(versions, hang, "open")
        slow.whole = True
        shop = watching(slow, bounded=True)
        assert shop.version() == "v1"
        publish(versions, "v2")
        slow.whole = False
        shop.clock.forward(seconds=15)
        assert [shop.version() for _ in range(3)] == ["v1"] * 3
        assert hang.begun == 1
        hang.over.set()
        for _ in range(2_000):
            if shop.version() == "v2":
                break
            threading.Event().wait(0.005)
        assert shop.version() == "v2"

    def test_a_request_keeps_the_index_that_it_began_with(self, versions: EdgeVersions) -> None:
        shop = watching(versions)
        begun_with = shop.live.live()
        for number in range(2, 8):
            publish(versions, f"v{number}")
            shop.clock.forward(seconds=15)
            assert shop.version() == f"v{number}"
        assert begun_with.products(["p1"])["p1"].title == "v1"

    def test_older_versions_stay_at_hand_for_later_pages(self, versions: EdgeVersions) -> None:
        shop = watching(versions)
        assert shop.version() == "v1"
        publish(versions, "v2")
        shop.clock.forward(seconds=15)
        assert shop.version() == "v2"
        versions.remove("v1")
        assert shop.live.at("v1").manifest.version == "v1"
        with pytest.raises(NotFound):
            shop.live.at("v0")

    def test_threads_that_ask_together_open_once_and_miss_nothing(self, versions: EdgeVersions) -> None:
        fault, opened = counted(lambda: None)
        shop = watching(Breaking(versions, fault, "open"))
        together, seen = threading.Barrier(8, timeout=20), []

        def ask() -> None:
            together.wait()
            seen.append(shop.version())

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == ["v1"] * 8
        assert len(opened) == 1


@pytest.fixture
def hang() -> Iterator[Hang]:
    hang = Hang()
    yield hang
    hang.over.set()
