"""A folder as one compressed file: it comes back as it was, and nothing else comes out of it."""

import io
import tarfile
from hashlib import sha256

import pytest
import zstandard

from shared.adapters.snapshot_archive import Damaged, Seal, check, pack, unpack


def archive_of(path, members, most):
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


def test_comes_back_as_it_went_in(tmp_path):
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
def test_a_hostile_one_writes_nothing_outside(tmp_path, member):
    seal = archive_of(tmp_path / "archive", [{"name": "first", "size": 5}, {"name": "second"} | member], most=1000)
    check(tmp_path / "archive", seal)
    with pytest.raises(Damaged):
        unpack(tmp_path / "archive", tmp_path / "target", seal)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "target"]
    assert [path.name for path in (tmp_path / "target").rglob("*")] == ["first"]


def test_more_files_than_an_index_has_are_refused(tmp_path):
    seal = archive_of(tmp_path / "archive", [{"name": "d", "type": tarfile.DIRTYPE}] * 10_001, most=10**9)
    with pytest.raises(Damaged, match="files"):
        unpack(tmp_path / "archive", tmp_path / "target", seal)


@pytest.mark.parametrize("content", [b"", b"no archive", zstandard.compress(b"no tar" * 999)])
def test_what_is_no_archive_is_damaged(tmp_path, content):
    (tmp_path / "archive").write_bytes(content)
    with pytest.raises(Damaged):
        unpack(tmp_path / "archive", tmp_path / "target", Seal(sha256(content).hexdigest(), len(content), 10**9))
