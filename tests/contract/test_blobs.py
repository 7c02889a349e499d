"""What a BlobStore keeps of its port."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.files import FileBlobs
from shared.domain.errors import InvalidInput

BAD_NAMES = [
    "", "/", "/etc/passwd", "a//b", "a/", "..", "a/../../b", ".", "a/./b", "a\\b", "a b", "ä", "a\n", "a\0b",
    "x" * 256, "a/" * 40 + "a", "a.part",
]  # fmt: skip


@pytest.fixture
def blobs(tmp_path):
    return FileBlobs(tmp_path / "blobs")


def test_put_get_replace_remove(blobs):
    assert blobs.get("picks/2026-01.json") is None
    blobs.put("picks/2026-01.json", b"one")
    blobs.put("picks/2026-01.json", b"")
    assert blobs.get("picks/2026-01.json") == b""
    blobs.remove("picks/2026-01.json")
    blobs.remove("picks/2026-01.json")
    assert blobs.get("picks/2026-01.json") is None


def test_names_are_those_below_a_folder_sorted(blobs):
    assert blobs.names("") == blobs.names("a") == []
    for name in ("b", "a/z", "a/b/c", "ab/x", "a/.hidden"):
        blobs.put(name, b"")
    assert blobs.names("") == ["a/.hidden", "a/b/c", "a/z", "ab/x", "b"]
    assert blobs.names("a") == ["a/.hidden", "a/b/c", "a/z"]
    assert blobs.names("b") == []


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_no_blob_name_is_refused(blobs, name):
    for call in (blobs.get, blobs.remove, lambda n: blobs.put(n, b"x"), *([blobs.names] if name else [])):
        with pytest.raises(InvalidInput, match="blob name"):
            call(name)


def test_a_blob_is_no_folder(blobs):
    blobs.put("a/b", b"x")
    for name in ("a", "a/b/c"):
        with pytest.raises(InvalidInput, match="both"):
            blobs.put(name, b"y")
        assert blobs.get(name) is None
        blobs.remove(name)
    assert blobs.names("") == ["a/b"]


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
