"""What only the embedded index behind a blob store promises of building: its uploads, its listings, its fences."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from shared.domain.errors import StateConflict, TurnLost, Unavailable
from tests.aws_stand_in import Fault
from tests.contract.index_shop import ENCODERS, build, manifest
from tests.contract.snapshot_cloud import ARCHIVE, LISTING, QUERY, SHOP

BUILD_AND_HANG = """
import sys
from pathlib import Path
from shared.adapters.edge import EdgeVersions
from shared.adapters.edge_snapshots import EdgeSnapshots
from shared.adapters.aws import Connections
from shared.adapters.s3 import S3Blobs
from shared.adapters.sqlite_state import SqliteState
from tests.contract.index_shop import build, shop

class HangingBlobs(S3Blobs):
    def put(self, name, content):
        print(name, flush=True)
        sys.stdin.read()

folder, bucket = Path(sys.argv[1]), sys.argv[2]
state = SqliteState(folder / "state.sqlite")
build(EdgeSnapshots(EdgeVersions(folder / "job"), HangingBlobs(Connections(), bucket), state), "v1", shop(60))
"""


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
