"""What only the embedded index behind a blob store promises: its snapshots, its fetches, its fences."""

import io
import json
import subprocess
import sys
import tarfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest
import zstandard

from shared.adapters.aws import Connections
from shared.adapters.dynamodb_state import DynamoState
from shared.adapters.edge import EdgeVersions
from shared.adapters.edge_snapshots import EdgeSnapshots
from shared.adapters.s3 import S3Blobs
from shared.adapters.scratch import scratch_folder
from shared.adapters.snapshot_archive import Damaged, Seal, check, pack, unpack
from shared.domain.errors import NotFound, StateConflict, TurnLost, Unavailable
from shared.domain.recommendations import SpaceQuery
from shared.domain.spaces import Space
from shared.services.live_index import LiveIndex
from tests.aws_stand_in import Fault
from tests.breaking import Recorder
from tests.contract.index_shop import ENCODERS, build, manifest, shop

SHOP = shop(60)
QUERY = [SpaceQuery(Space.TEXT, SHOP[0].vectors[Space.TEXT], 5)]
ARCHIVE = "versions/v1/snapshot.tar.zst"
LISTING = "versions/v1/manifest.json"

BUILD_AND_HANG = """
import sys
from pathlib import Path
from shared.adapters.edge import EdgeVersions
from shared.adapters.edge_snapshots import EdgeSnapshots
from shared.adapters.aws import Connections
from shared.adapters.s3 import S3Blobs
from shared.adapters.sqlite import SqliteState
from tests.contract.index_shop import build, shop

class HangingBlobs(S3Blobs):
    def put(self, name, content):
        print(name, flush=True)
        sys.stdin.read()

folder, bucket = Path(sys.argv[1]), sys.argv[2]
state = SqliteState(folder / "state.sqlite")
build(EdgeSnapshots(EdgeVersions(folder / "job"), HangingBlobs(Connections(), bucket), state), "v1", shop(60))
"""


class Seconds:
    """A clock for waiting, moved by hand."""

    now = 0.0

    def __call__(self):
        return self.now


class Cloud:
    """One bucket and one record of what is live; each machine has a folder of its own."""

    def __init__(self, folder, aws, built):
        self.folder = folder
        self.aws = aws
        self.built = built
        names = aws.make()
        self.bucket = names.bucket
        self.blobs = S3Blobs(aws.connections, self.bucket)
        self.state = DynamoState(aws.connections, names.state_table)
        self.seconds = Seconds()

    def machine(self, name, **other):
        parts = {"blobs": self.blobs, "state": self.state, "seconds": self.seconds} | other
        return EdgeSnapshots(EdgeVersions(self.folder / name), **parts)

    def list_versions(self, *versions):
        """As if some machine had built them: all of the same 60 products."""
        archive, listing = self.built
        for version in versions:
            record = json.loads(listing) | {"version": version, "digest": f"digest of {version}"}
            self.blobs.put(f"versions/{version}/snapshot.tar.zst", archive)
            self.blobs.put(f"versions/{version}/manifest.json", json.dumps(record).encode())

    def files_of(self, name):
        return sorted(path.name for path in (self.folder / name).iterdir() if path.name != ".lock")


@pytest.fixture(scope="module")
def built(tmp_path_factory, aws):
    """The blobs of one version, which takes a while to build."""
    cloud = Cloud(tmp_path_factory.mktemp("built"), aws, None)
    build(cloud.machine("job"), "v1", SHOP)
    return cloud.blobs.get(ARCHIVE), cloud.blobs.get(LISTING)


@pytest.fixture
def cloud(tmp_path, aws, built):
    return Cloud(tmp_path, aws, built)


def wait_for(condition):
    """Threads have no clock to move: they are given ten seconds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def test_what_one_machine_builds_another_serves(cloud):
    job, function = cloud.machine("job"), cloud.machine("function")
    expected = build(job, "v1", SHOP).search(QUERY)
    job.activate("v1", fence=4)

    index = function.open(function.live())

    assert index.search(QUERY) == expected
    assert index.manifest == manifest("v1", len(SHOP))
    assert index.products([SHOP[3].product.id]) == {SHOP[3].product.id: SHOP[3].product}
    assert build(function, "v2", SHOP[:5], base="v1").count() == len(SHOP)
    assert [found.version for found in job.all()] == ["v2", "v1"]
    assert cloud.files_of("function") == ["v1", "v2"]


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
            assert not any(function.prepare("v1") for _ in range(20))
            assert threading.active_count() < 40
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


class TestUpload:
    @pytest.mark.parametrize("name", ["snapshot.tar.zst", "manifest.json"])
    @pytest.mark.parametrize("done", [False, True], ids=["refused", "answer lost"])
    def test_one_that_fails_lists_nothing(self, cloud, name, done):
        job = cloud.machine("job")

        def refuse(call):
            put = call.operation.split()[0] in ("PUT", "POST")
            return Fault(403, "AccessDenied", done) if put and name in call.operation else None

        with cloud.aws.faulty(refuse), pytest.raises(Unavailable):
            build(job, "v1", SHOP)

        assert job.all() == []
        assert cloud.blobs.names("") == []
        assert cloud.files_of("job") == []
        assert build(job, "v1", SHOP).count() == len(SHOP)

    def test_one_that_is_killed_lists_nothing_and_is_cleared_by_the_next_build(self, cloud):
        command = [sys.executable, "-c", BUILD_AND_HANG, str(cloud.folder), cloud.bucket]
        killed = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert killed.stdout.readline().strip() == LISTING
        killed.kill()
        killed.communicate()

        machine = cloud.machine("job")
        assert machine.all() == []
        assert cloud.blobs.names("") == [ARCHIVE]
        assert build(machine, "v2", SHOP[:9]).count() == 9
        assert cloud.blobs.names("versions/v1") == []
        assert cloud.files_of("job") == ["v2"]

    def test_the_listing_is_written_last_and_removed_first(self, cloud):
        calls = []
        job = cloud.machine("job")
        with cloud.aws.faulty(lambda call: calls.append(call.operation)):
            build(job, "v1", SHOP)
            job.remove("v1")

        puts = [each.rpartition("/")[2].split("?")[0] for each in calls if each.startswith(("PUT", "POST"))]
        gone = [each.rpartition("/")[2] for each in calls if each.startswith("DELETE")]
        assert (puts[0], puts[-1]) == ("snapshot.tar.zst", "manifest.json")
        assert gone == ["manifest.json", "snapshot.tar.zst"]


class TestLive:
    def test_a_late_job_does_not_move_it(self, cloud):
        machine = cloud.machine("job")
        cloud.list_versions("v1", "v2")
        machine.activate("v2", fence=7)
        with pytest.raises(TurnLost, match="v1"):
            machine.activate("v1", fence=6)
        assert machine.live() == "v2"
        machine.activate("v1", fence=7)
        assert machine.live() == "v1"

    def test_writes_that_cross_are_made_again(self, cloud):
        class Crossed:
            """Somebody else's write comes between, twice."""

            left = 2

            def get(self, name):
                return cloud.state.get(name)

            def put(self, name, value, revision):
                if self.left:
                    self.left -= 1
                    cloud.state.put(name, {"version": "v2", "fence": 1}, revision)
                return cloud.state.put(name, value, revision)

        machine = cloud.machine("job", state=Crossed())
        cloud.list_versions("v1", "v2")
        machine.activate("v1", fence=1)
        assert (machine.live(), cloud.state.get("live").revision) == ("v1", 3)

    def test_it_gives_up_where_writes_always_cross(self, cloud):
        class Busy:
            def get(self, name):
                return cloud.state.get(name)

            def put(self, *_):
                raise StateConflict("again")

        machine = cloud.machine("job", state=Busy())
        cloud.list_versions("v1")
        with pytest.raises(Unavailable, match="v1"):
            machine.activate("v1")

    def test_of_many_jobs_at_once_the_last_turn_wins(self, cloud):
        machine = cloud.machine("job")
        cloud.list_versions(*(f"v{turn}" for turn in range(6)))

        def activate(turn):
            try:
                cloud.machine("job").activate(f"v{turn}", fence=turn)
            except TurnLost:
                return turn
            return None

        with ThreadPoolExecutor(6) as pool:
            lost = list(pool.map(activate, range(6)))
        assert machine.live() == "v5"
        assert 5 not in lost


class TestCopies:
    def test_fetched_by_several_at_once(self, cloud):
        """Two processes are two adapters over one folder: they share nothing but its files."""
        cloud.list_versions("v1")
        machines = [cloud.machine("function") for _ in range(2)]
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda number: machines[number % 2].open("v1").count(), range(6)))
        assert found == [len(SHOP)] * 6
        assert cloud.files_of("function") == ["v1"]

    def test_all_but_three_go_and_none_that_is_open(self, cloud):
        function = cloud.machine("function")
        cloud.list_versions(*(f"v{number}" for number in range(5)))
        oldest = function.open("v0")
        for number in range(1, 5):
            function.open(f"v{number}").close()

        assert cloud.files_of("function") == ["v0", "v3", "v4"]
        assert oldest.count() == len(SHOP)
        assert build(function, "v5", SHOP[:3]).count() == 3
        assert cloud.files_of("function") == ["v0", "v4", "v5"]
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


class TestArchive:
    def test_comes_back_as_it_went_in(self, tmp_path):
        source = tmp_path / "source"
        (source / "deep" / "empty").mkdir(parents=True)
        contents = {
            "a": b"",
            "deep/b": b"x" * 3_000_001,
            "deep/zeros": bytes(200_000),
            "deep/tail": b"y" + bytes(70_000),
        }
        for name, content in contents.items():
            (source / name).write_bytes(content)

        seal = pack(source, tmp_path / "archive")
        check(tmp_path / "archive", seal)
        unpack(tmp_path / "archive", tmp_path / "target", seal)

        assert {name: (tmp_path / "target" / name).read_bytes() for name in contents} == contents
        assert (tmp_path / "target" / "deep" / "empty").is_dir()
        assert len(list((tmp_path / "target").rglob("*"))) == len(list(source.rglob("*")))
        assert seal.unpacked == sum(map(len, contents.values()))

    @pytest.mark.parametrize(
        "member",
        [
            {"name": "../outside"}, {"name": "/outside"}, {"name": "a/../../outside"}, {"name": "."},
            {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, {"type": tarfile.LNKTYPE, "linkname": "first"},
            {"type": tarfile.FIFOTYPE}, {"type": tarfile.CHRTYPE}, {"name": "first"}, {"name": "first/below"},
            {"size": 3000},
        ],
        ids=lambda member: " ".join(str(part)[:20] for part in member.values()),
    )  # fmt: skip
    def test_a_hostile_one_writes_nothing_outside(self, tmp_path, member):
        seal = self.archive(
            tmp_path / "archive", [{"name": "first", "size": 5}, {"name": "second"} | member], most=1000
        )
        check(tmp_path / "archive", seal)
        with pytest.raises(Damaged):
            unpack(tmp_path / "archive", tmp_path / "target", seal)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "target"]
        assert [path.name for path in (tmp_path / "target").rglob("*")] == ["first"]

    def test_more_files_than_an_index_has_are_refused(self, tmp_path):
        seal = self.archive(tmp_path / "archive", [{"name": "d", "type": tarfile.DIRTYPE}] * 10_001, most=10**9)
        with pytest.raises(Damaged, match="files"):
            unpack(tmp_path / "archive", tmp_path / "target", seal)

    @pytest.mark.parametrize("content", [b"", b"no archive", zstandard.compress(b"no tar" * 999)])
    def test_what_is_no_archive_is_damaged(self, tmp_path, content):
        (tmp_path / "archive").write_bytes(content)
        with pytest.raises(Damaged):
            unpack(tmp_path / "archive", tmp_path / "target", Seal(sha256(content).hexdigest(), len(content), 10**9))

    def archive(self, path, members, most):
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w|") as tar:
            for member in members:
                info = tarfile.TarInfo(member["name"])
                for field, value in member.items():
                    setattr(info, field, value)
                tar.addfile(info, io.BytesIO(b"z" * info.size) if info.isreg() else None)
        content = zstandard.compress(plain.getvalue())
        path.write_bytes(content)
        return Seal(sha256(content).hexdigest(), len(content), most)


def test_the_listing_says_how_to_check_the_snapshot(cloud):
    cloud.list_versions("v1")
    record, content = json.loads(cloud.blobs.get(LISTING)), cloud.blobs.get(ARCHIVE)
    assert record["snapshot"]["sha256"] == sha256(content).hexdigest()
    assert record["snapshot"]["size"] == len(content)
    assert record["version"] == "v1"


def test_a_build_needs_its_base_and_says_so(cloud):
    cloud.list_versions("v1")
    cloud.blobs.remove(ARCHIVE)
    with pytest.raises(Unavailable, match="v1 is damaged"), cloud.machine("other").build("v2", ENCODERS, "v1"):
        pass
    assert cloud.machine("other").all() == [manifest("v1", len(SHOP))]


def test_importing_the_adapter_imports_nothing_heavy():
    code = (
        "import sys, shared.adapters.edge_snapshots;"
        "print([name for name in ('boto3', 'qdrant_edge', 'zstandard') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
