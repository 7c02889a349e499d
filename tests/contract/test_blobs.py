"""What a BlobStore keeps of its port."""

import fcntl
import os
import random
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters import s3
from shared.adapters.aws import Connections
from shared.adapters.files import FileBlobs
from shared.adapters.s3 import S3Blobs
from shared.domain.errors import InvalidInput, Unavailable
from tests.aws_stand_in import Fault

BAD_NAMES = [
    "", "/", "/etc/passwd", "a//b", "a/", "..", "a/../../b", ".", "a/./b", "a\\b", "a b", "ä", "a\n", "a\0b",
    "x" * 256, "a/" * 40 + "a", "/".join(["x" * 200] * 6), "a.part",
]  # fmt: skip


@pytest.fixture(params=["folder", "s3"])
def blobs(request, tmp_path):
    if request.param == "folder":
        return FileBlobs(tmp_path / "blobs")
    aws, names = request.getfixturevalue("aws"), request.getfixturevalue("aws_names")
    return S3Blobs(aws.connections, names.bucket)


def test_put_get_replace_remove(blobs):
    assert blobs.get("picks/2026-01.json") is None
    blobs.put("picks/2026-01.json", b"one")
    blobs.put("picks/2026-01.json", b"")
    assert blobs.get("picks/2026-01.json") == b""
    blobs.remove("picks/2026-01.json")
    blobs.remove("picks/2026-01.json")
    assert blobs.get("picks/2026-01.json") is None


@pytest.mark.parametrize("folder", ["", "shops/outlet/"])
def test_what_expires_by_a_tag_has_it(aws, aws_names, folder):
    """A rule of the bucket cannot say "in the folder of any shop"."""
    blobs, client = S3Blobs(aws.connections, aws_names.bucket, folder), aws.connections.client("s3")
    blobs.put("audit/2026/entry.json", b"{}")
    blobs.create("picks/plan.json", b"{}")
    blobs.put("picks/plan.json", b"[]")
    blobs.put("rules/1.json", b"{}")
    found = {
        name: client.get_object_tagging(Bucket=aws_names.bucket, Key=f"{folder}blobs/{name}")["TagSet"]
        for name in blobs.names("")
    }
    assert found == {
        "audit/2026/entry.json": [{"Key": "vitrine", "Value": "audit"}],
        "picks/plan.json": [{"Key": "vitrine", "Value": "picks"}],
        "rules/1.json": [],
    }


def test_what_is_created_stays_as_it_was(blobs):
    assert blobs.create("picks/plan.json", b"first")
    assert not blobs.create("picks/plan.json", b"late")
    assert blobs.get("picks/plan.json") == b"first"
    assert blobs.names("") == ["picks/plan.json"]
    blobs.remove("picks/plan.json")
    assert blobs.create("picks/plan.json", b"")


def test_one_of_those_who_create_a_blob_at_once_has_done_so(tmp_path):
    blobs, outcomes = FileBlobs(tmp_path / "blobs"), {}

    def create(mark):
        outcomes[mark] = blobs.create("picks/plan.json", mark)

    writers = [threading.Thread(target=create, args=(bytes([mark]) * 1_000,)) for mark in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    (first,) = [mark for mark, done in outcomes.items() if done]
    assert blobs.get("picks/plan.json") == first
    assert blobs.names("") == ["picks/plan.json"]


def test_names_are_those_below_a_folder_sorted(blobs):
    assert blobs.names("") == blobs.names("a") == []
    for name in ("b", "a/z", "a/b/c", "ab/x", "a/.hidden"):
        blobs.put(name, b"")
    assert blobs.names("") == ["a/.hidden", "a/b/c", "a/z", "ab/x", "b"]
    assert blobs.names("a") == ["a/.hidden", "a/b/c", "a/z"]
    assert blobs.names("b") == []


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_no_blob_name_is_refused(blobs, name):
    anywhere = Path("nowhere")
    for call in (
        blobs.get,
        blobs.remove,
        lambda n: blobs.put(n, b"x"),
        lambda n: blobs.create(n, b"x"),
        lambda n: blobs.upload(n, Path(__file__)),
        lambda n: blobs.download(n, anywhere),
        *([blobs.names] if name else []),
    ):
        with pytest.raises(InvalidInput, match="blob name"):
            call(name)


def test_in_a_folder_a_blob_is_no_folder(tmp_path):
    blobs = FileBlobs(tmp_path / "blobs")
    blobs.put("a/b", b"x")
    for name in ("a", "a/b/c"):
        with pytest.raises(InvalidInput, match="both"):
            blobs.put(name, b"y")
        assert blobs.get(name) is None
        blobs.remove(name)
    assert blobs.names("") == ["a/b"]


def test_what_a_killed_writer_left_is_swept_and_what_is_being_written_is_not(tmp_path):
    blobs = FileBlobs(tmp_path / "blobs")
    blobs.put("a/kept", b"x")
    dead, alive = (tmp_path / "blobs" / "a" / f".{name}.part" for name in ("dead", "alive"))
    for path in (dead, alive):
        path.write_bytes(b"half")
        os.utime(path, (0, 0))
    with alive.open("rb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        blobs.sweep()
    assert not dead.exists()
    assert alive.exists()
    (tmp_path / "blobs" / "a" / ".young.part").write_bytes(b"")
    blobs.sweep()
    assert {path.name for path in (tmp_path / "blobs" / "a").iterdir()} == {"kept", ".young.part"}


@given(name=st.text(alphabet="ab./\\~%\0 é", max_size=12))
def test_no_name_leaves_the_root(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("jail", numbered=True)
    blobs = FileBlobs(folder / "root")
    try:
        blobs.put(name, b"x")
    except InvalidInput:
        assert list(folder.rglob("*")) == []
    else:
        assert blobs.names("") == [name]
        assert [path.name for path in folder.iterdir()] == ["root"]


def test_a_reader_sees_the_old_bytes_or_the_new(blobs):
    versions = [bytes([turn]) * 200_000 for turn in (1, 2)]
    blobs.put("x", versions[0])
    done = threading.Event()
    seen = set()

    def read():
        while not done.is_set():
            seen.add(blobs.get("x"))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(100):
        blobs.put("x", versions[turn % 2])
    done.set()
    reader.join()

    assert seen <= set(versions)
    assert blobs.names("") == ["x"]


def test_a_file_goes_up_and_comes_down(blobs, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(random.Random(0).randbytes(1 << 20))
    target.write_bytes(b"something else")
    blobs.upload("a/file", source)
    assert blobs.get("a/file") == source.read_bytes()
    assert blobs.download("a/file", target)
    assert target.read_bytes() == source.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["source", "target"]


def test_what_is_not_there_is_not_downloaded(blobs, tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"as it was")
    assert not blobs.download("a/file", target)
    assert target.read_bytes() == b"as it was"


class TestS3:
    """What only a store far away can do."""

    @pytest.fixture
    def blobs(self, aws, aws_names):
        return S3Blobs(Connections(attempts=1), aws_names.bucket)

    def test_a_large_file_goes_in_parts(self, aws, blobs, tmp_path, monkeypatch):
        # S3 wants parts of at least 5 MiB, but for the last one.
        monkeypatch.setattr(s3, "_PART_BYTES", 5 << 20)
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(random.Random(1).randbytes((10 << 20) + 3))
        calls = Counter()

        def note(call):
            calls[call.operation.split()[0]] += 1

        with aws.faulty(note):
            blobs.upload("large", source)
            assert blobs.download("large", target)
        assert target.read_bytes() == source.read_bytes()
        assert (calls["PUT"], calls["GET"]) == (3, 3)

    def test_more_names_than_a_page_holds(self, blobs, monkeypatch):
        monkeypatch.setattr(s3, "_PAGE", 4)
        names = [f"a/{number}" for number in range(9)]
        for name in names:
            blobs.put(name, b"")
        assert blobs.names("a") == names

    def test_other_things_in_the_bucket_are_no_blobs(self, aws, aws_names, blobs):
        aws.connections.client("s3").put_object(Bucket=aws_names.bucket, Key="feeds/new.csv", Body=b"id,title")
        assert blobs.names("") == []
        assert blobs.get("feeds/new.csv") is None

    @pytest.mark.parametrize(
        "fault", [Fault(503, "SlowDown"), Fault(500, "InternalError"), Fault(403, "AccessDenied")], ids=lambda f: f.code
    )
    def test_a_bucket_that_fails_is_unavailable(self, aws, blobs, tmp_path, fault):
        blobs.put("a", b"a")
        target = tmp_path / "target"
        with aws.faulty(lambda call: fault):
            for call in (
                lambda: blobs.get("a"),
                lambda: blobs.put("b", b"b"),
                lambda: blobs.create("b", b"b"),
                lambda: blobs.names(""),
                lambda: blobs.remove("a"),
                lambda: blobs.upload("b", Path(__file__)),
                lambda: blobs.download("a", target),
            ):
                with pytest.raises(Unavailable):
                    call()
        assert blobs.names("") == ["a"]
        assert list(tmp_path.iterdir()) == []

    def test_a_download_that_breaks_off_leaves_the_target_as_it_was(self, aws, blobs, tmp_path):
        blobs.put("a", b"a" * 1_000)
        target = tmp_path / "target"
        target.write_bytes(b"as it was")

        def no_get(call):
            return Fault(500, "InternalError") if call.operation.startswith("GET") else None

        with aws.faulty(no_get), pytest.raises(Unavailable):
            blobs.download("a", target)
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("target", b"as it was")]
