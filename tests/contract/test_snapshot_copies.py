"""The copies of snapshots that a reading machine keeps: how they come, how they go, and what a shopper sees of it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.adapters.aws import Connections
from shared.adapters.s3 import S3Blobs
from shared.adapters.scratch import scratch_folder
from shared.domain.errors import NotFound, Unavailable
from shared.services.live_index import LiveIndex
from tests.breaking import Recorder
from tests.contract.index_shop import build
from tests.contract.snapshot_cloud import ARCHIVE, LISTING, QUERY, SHOP, wait_for


def test_a_copy_takes_no_more_room_than_it_needs(cloud):
    cloud.list_versions("v1")
    cloud.machine("function").open("v1")

    copies = [path for path in (cloud.folder / "function" / "v1").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in copies) > 100_000_000
    assert sum(path.stat().st_blocks * 512 for path in copies) < 8_000_000
    assert len(cloud.blobs.get(ARCHIVE)) < 1_000_000


@pytest.mark.parametrize(
    ("name", "damage", "sentence"),
    [
        (ARCHIVE, lambda content: content[:99] + bytes([content[99] ^ 1]) + content[100:], "digest"),
        (ARCHIVE, lambda content: content[: len(content) // 2], "bytes and not"),
        (LISTING, lambda content: content.replace(b'"size"', b'"sise"'), "manifest"),
        (LISTING, lambda content: content[:50], "manifest"),
    ],
    ids=["flipped", "cut", "unknown listing", "cut listing"],
)
def test_a_damaged_snapshot_is_said_and_leaves_nothing(cloud, name, damage, sentence):
    function = cloud.machine("function")
    cloud.list_versions("v0", "v1")
    before = function.open("v0")
    cloud.blobs.put(name, damage(cloud.blobs.get(name)))

    with pytest.raises(Unavailable, match=rf"v1.*{sentence}|{sentence}.*v1"):
        function.open("v1")
    assert not function.prepare("v1")
    wait_for(lambda: "v1" not in function._under_way)

    assert cloud.files_of("function") == ["v0"]
    assert len(before.search(QUERY)[0]) == 5


def test_a_snapshot_that_is_gone_is_said(cloud):
    cloud.list_versions("v1")
    cloud.blobs.remove(ARCHIVE)
    with pytest.raises(Unavailable, match="v1 is damaged, it is not there"):
        cloud.machine("function").open("v1")


def test_what_is_left_of_a_copy_gives_way(cloud):
    cloud.list_versions("v1")
    rest = cloud.folder / "function" / "v1" / "shard"
    rest.mkdir(parents=True)
    (rest / "half").write_bytes(b"x")
    assert cloud.machine("function").open("v1").count() == len(SHOP)


def test_a_copy_that_is_damaged_later_is_fetched_anew(cloud):
    machine = cloud.machine("function")
    cloud.list_versions("v1")
    machine.open("v1").close()
    for state in (cloud.folder / "function" / "v1" / "shard").rglob("status.dat"):
        state.write_bytes(b"x")

    with pytest.raises(Unavailable, match="embedded index"):
        machine.open("v1")
    assert machine.open("v1").count() == len(SHOP)


class TestPrepare:
    def test_fetches_in_the_background_once(self, cloud):
        cloud.list_versions("v1")
        function = cloud.machine("function")
        asked, go_on = [], threading.Event()

        def slow(call):
            if call.operation.startswith("GET") and call.operation.endswith("snapshot.tar.zst"):
                asked.append(call)
                assert go_on.wait(9)

        with cloud.aws.faulty(slow):
            assert not function.prepare("v1")
            wait_for(lambda: asked)
            threads = threading.active_count()
            assert not any(function.prepare("v1") for _ in range(20))
            assert threading.active_count() < threads + 10
            go_on.set()
            wait_for(lambda: function.prepare("v1"))

        assert len(asked) == 1
        assert function.open("v1").count() == len(SHOP)

    def test_what_failed_rests_for_a_minute(self, cloud, caplog):
        cloud.list_versions("v1")
        function = cloud.machine("function")
        content = cloud.blobs.get(ARCHIVE)
        cloud.blobs.remove(ARCHIVE)

        assert not function.prepare("v1")
        wait_for(lambda: "v1 could not be fetched" in caplog.text and "v1" not in function._under_way)
        cloud.blobs.put(ARCHIVE, content)
        cloud.seconds.now = 59.0
        assert not function.prepare("v1")
        assert "v1" not in function._under_way
        assert cloud.files_of("function") == []
        cloud.seconds.now = 61.0
        wait_for(lambda: function.prepare("v1"))

    def test_of_what_is_not_there_is_no_error(self, cloud):
        function = cloud.machine("function")
        for version in ("nope", "../v1", ""):
            assert not function.prepare(version)
            wait_for(lambda version=version: version not in function._under_way)


class TestCopies:
    def test_names_that_are_no_versions_leave_nothing_behind(self, cloud):
        machine = cloud.machine("function")
        for name in ("v8", "v9"):
            with pytest.raises(NotFound):
                machine.open(name)
        assert not machine._fetches

    def test_fetched_by_several_at_once(self, cloud):
        """Two processes are two adapters over one folder: they share nothing but its files."""
        cloud.list_versions("v1")
        machines = [cloud.machine("function") for _ in range(2)]
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda number: machines[number % 2].open("v1").count(), range(6)))
        assert found == [len(SHOP)] * 6
        assert cloud.files_of("function") == ["v1"]

    def test_all_but_two_go_and_none_that_is_open(self, cloud):
        function = cloud.machine("function")
        cloud.list_versions(*(f"v{number}" for number in range(5)))
        oldest = function.open("v0")
        for number in range(1, 5):
            function.open(f"v{number}").close()

        assert cloud.files_of("function") == ["v0", "v4"]
        assert oldest.count() == len(SHOP)
        assert build(function, "v5", SHOP[:3]).count() == 3
        assert cloud.files_of("function") == ["v0", "v5"]
        assert function.open("v1").count() == len(SHOP)

    def test_a_removed_version_goes_on_where_it_is_open(self, cloud):
        job, function = cloud.machine("job"), cloud.machine("function")
        cloud.list_versions("v1")
        index = function.open("v1")
        job.remove("v1")

        assert cloud.blobs.names("") == []
        assert len(index.search(QUERY)[0]) == 5
        with pytest.raises(NotFound):
            cloud.machine("another").open("v1")

    def test_a_fetch_that_hangs_ends(self, cloud):
        cloud.list_versions("v1")
        go_on = threading.Event()
        impatient = S3Blobs(Connections(read_seconds=0.2, attempts=1), cloud.bucket)

        def hang(call):
            if call.operation.endswith("snapshot.tar.zst"):
                go_on.wait(9)

        start = time.monotonic()
        with cloud.aws.faulty(hang), pytest.raises(Unavailable):
            cloud.machine("function", blobs=impatient).open("v1")
        assert time.monotonic() - start < 8
        go_on.set()
        assert cloud.files_of("function") == []

    def test_leftovers_of_a_killed_fetch_are_cleared_and_those_at_work_are_not(self, cloud):
        cloud.list_versions("v1")
        function = cloud.machine("function")
        killed = cloud.folder / "function" / ".scratch-0011223344556677"
        killed.mkdir()
        (killed / "snapshot.tar.zst").write_bytes(b"half of it")
        with scratch_folder(cloud.folder / "function") as at_work:
            (at_work / "x").write_bytes(b"x")
            function.open("v1")
            assert (at_work / "x").read_bytes() == b"x"
            assert cloud.files_of("function") == [at_work.name, "v1"]
        assert cloud.files_of("function") == ["v1"]


class TestLiveIndex:
    """With the reader of the functions on top: what a shopper sees while versions come and go."""

    @pytest.fixture
    def live(self, cloud, clock):
        cloud.list_versions("v1", "v2")
        cloud.machine("job").activate("v1", fence=1)
        live = LiveIndex(cloud.machine("function"), clock, Recorder(), timedelta(seconds=15))
        assert live.newest().manifest.version == "v1"
        return live

    def test_a_new_version_takes_over_once_it_is_here(self, cloud, clock, live):
        go_on = threading.Event()

        def slow(call):
            if call.operation.endswith("v2/snapshot.tar.zst") and call.operation.startswith("GET"):
                go_on.wait(9)

        cloud.machine("job").activate("v2", fence=2)
        clock.forward(seconds=16)
        with cloud.aws.faulty(slow):
            for _ in range(20):
                assert live.newest().manifest.version == "v1"
                assert len(live.newest().search(QUERY)[0]) == 5
            go_on.set()
            wait_for(lambda: live.newest().manifest.version == "v2")

    def test_a_broken_version_is_never_served_and_rolling_back_ends_it(self, cloud, clock, live, caplog):
        cloud.blobs.put("versions/v2/snapshot.tar.zst", b"broken")
        cloud.machine("job").activate("v2", fence=2)
        clock.forward(seconds=16)
        assert live.newest().manifest.version == "v1"
        wait_for(lambda: "v2 could not be fetched" in caplog.text)
        assert "is damaged, it has 6 bytes" in caplog.text
        assert live.newest().manifest.version == "v1"

        cloud.machine("job").activate("v1", fence=3)
        clock.forward(seconds=16)
        assert live.newest().manifest.version == "v1"
        assert cloud.files_of("function") == ["v1"]
