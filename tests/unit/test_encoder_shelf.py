"""Encoders kept as blobs beside the versions that they made, and brought from there."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.encoder_blobs import drop_encoders, keep_encoder
from shared.adapters import encoder_folder
from shared.adapters.blob_names import parts_of
from shared.adapters.encoder_copies import EncoderCopies
from shared.adapters.encoder_folder import load_image_encoder, load_text_encoder, open_folder
from shared.adapters.files import FileBlobs
from shared.adapters.s3 import S3Blobs
from shared.domain import encoder_files
from shared.domain.encoder_files import EncoderFiles, encoder_blob, folder_name
from shared.domain.errors import EncoderUnavailable, InvalidInput, Unavailable
from shared.domain.spaces import EncoderInfo
from shared.settings import Settings
from tests.breaking import Breaking, unavailable
from tests.encoder_variants import text_variant

IMAGE = open_folder(Settings().image_encoder).files
TEXT = open_folder(Settings().text_encoder).files


class CountedBlobs:
    """Counts what goes up and comes down."""

    def __init__(self, blobs: Any) -> None:
        self.blobs = blobs
        self.up: list[str] = []
        self.down: list[str] = []

    def upload(self, name: str, source: Path) -> None:
        self.up.append(name)
        self.blobs.upload(name, source)

    def download(self, name: str, target: Path) -> bool:
        self.down.append(name)
        return bool(self.blobs.download(name, target))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.blobs, name)


@pytest.fixture
def blobs(tmp_path: Path) -> CountedBlobs:
    return CountedBlobs(FileBlobs(tmp_path / "blobs"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "encoders"


def there(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()} if root.exists() else set()


@pytest.mark.parametrize("store", ["folder", "s3"])
def test_what_is_kept_is_had_again_and_encodes_the_same(
    store: str, tmp_path: Path, root: Path, request: pytest.FixtureRequest
) -> None:
    aws, names = (request.getfixturevalue(each) if store == "s3" else None for each in ("aws", "aws_names"))
    held = FileBlobs(tmp_path / "blobs") if store == "folder" else S3Blobs(aws.connections, names.bucket)
    blobs = CountedBlobs(held)
    for files in (TEXT, IMAGE, TEXT):
        keep_encoder(blobs, files)
    assert len(blobs.up) == len(set(blobs.up)) == len(TEXT.names) + len(IMAGE.names)

    copies = EncoderCopies(blobs, root)
    words, looks = copies.text_encoder(TEXT.info), copies.image_encoder(IMAGE.info)
    copies.text_encoder(TEXT.info)

    assert (words.info, looks.info) == (TEXT.info, IMAGE.info)
    assert sorted(blobs.down) == sorted(blobs.up)
    texts, picture = ["warm wool scarf"], np.full((40, 30, 3), 90, np.uint8)
    assert np.array_equal(words.encode_texts(texts), load_text_encoder(TEXT.folder).encode_texts(texts))
    assert np.array_equal(looks.encode_images([picture]), load_image_encoder(IMAGE.folder).encode_images([picture]))
    assert there(root) == {folder_name(TEXT.info), folder_name(IMAGE.info)}


def flip(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


DAMAGE: dict[str, Callable[[bytes], bytes]] = {"cut": lambda content: content[:-1], "flipped": flip}


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("name", TEXT.names)
def test_a_damaged_one_is_never_used(
    name: str, kind: str, blobs: CountedBlobs, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However large the file is: those that are too large to be hashed at every start are hashed when they come."""
    monkeypatch.setattr(encoder_folder, "MAX_HASHED_BYTES", 0)
    keep_encoder(blobs, TEXT)
    blob = encoder_blob(TEXT.info, name)
    content = blobs.get(blob)
    damaged = b"x" + content if name == "encoder.json" else DAMAGE[kind](content)
    blobs.put(blob, damaged)

    copies = EncoderCopies(blobs, root)
    with pytest.raises(
        EncoderUnavailable, match=rf"{TEXT.info.fingerprint} is not here.*damaged.*: remove that, and index"
    ):
        copies.text_encoder(TEXT.info)
    assert there(root) == set()

    blobs.put(blob, content)
    assert copies.text_encoder(TEXT.info).info == TEXT.info


@pytest.mark.parametrize("name", TEXT.names)
def test_one_that_is_not_all_there_is_not_used(name: str, blobs: CountedBlobs, root: Path) -> None:
    keep_encoder(blobs, TEXT)
    blobs.remove(encoder_blob(TEXT.info, name))
    with pytest.raises(
        EncoderUnavailable, match=rf"{TEXT.info.fingerprint} is not here.*has no {name}: .*index the feed"
    ):
        EncoderCopies(blobs, root).text_encoder(TEXT.info)
    assert there(root) == set()


def test_another_one_under_its_name_is_refused(blobs: CountedBlobs, root: Path, tmp_path: Path) -> None:
    other = open_folder(text_variant(tmp_path / "other", "query: ")).files
    keep_encoder(blobs, EncoderFiles(TEXT.info, other.folder, other.names))
    with pytest.raises(EncoderUnavailable, match=rf"{TEXT.info.fingerprint} .* is {other.info.fingerprint}"):
        EncoderCopies(blobs, root).text_encoder(TEXT.info)
    assert len(blobs.down) == 1


def test_its_size_is_bounded_on_both_ways(
    blobs: CountedBlobs, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_encoder(blobs, TEXT)
    monkeypatch.setattr("shared.adapters.encoder_copies.MOST_BYTES", 1_000_000)
    with pytest.raises(EncoderUnavailable, match=r"8,\d{3},\d{3} bytes.*1,000,000"):
        EncoderCopies(blobs, root).text_encoder(TEXT.info)
    assert len(blobs.down) == 1
    monkeypatch.setattr("indexer.encoder_blobs.MOST_BYTES", 1_000_000)
    with pytest.raises(InvalidInput, match=r"8,\d{3},\d{3} bytes.*1,000,000"):
        keep_encoder(blobs, TEXT)


def test_a_copy_that_was_damaged_here_is_brought_anew(blobs: CountedBlobs, root: Path) -> None:
    keep_encoder(blobs, TEXT)
    copies = EncoderCopies(blobs, root)
    copies.text_encoder(TEXT.info)
    (root / folder_name(TEXT.info) / "tokenizer.json").write_text("{}")
    assert copies.text_encoder(TEXT.info).encode_texts(["a"]).shape == (1, TEXT.info.dimensions)
    assert len(blobs.down) == 2 * len(TEXT.names)


def test_threads_that_want_one_bring_it_once(blobs: CountedBlobs, root: Path) -> None:
    keep_encoder(blobs, IMAGE)
    copies = EncoderCopies(blobs, root)
    threads = [threading.Thread(target=copies.image_encoder, args=(IMAGE.info,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(blobs.down) == len(IMAGE.names)


def test_processes_that_bring_one_at_once_both_have_it(blobs: CountedBlobs, root: Path) -> None:
    """Each has a scratch folder of its own; who comes second finds the name taken, by as good a copy."""
    keep_encoder(blobs, TEXT)
    late, early = EncoderCopies(blobs, root), EncoderCopies(blobs.blobs, root)

    def overtaken() -> None:
        if not (root / folder_name(TEXT.info)).exists():
            early.text_encoder(TEXT.info)

    slow = EncoderCopies(Breaking(blobs, overtaken, "download"), root)
    assert slow.text_encoder(TEXT.info).info == late.text_encoder(TEXT.info).info == TEXT.info
    assert there(root) == {folder_name(TEXT.info)}


def test_the_copies_used_last_are_kept(blobs: CountedBlobs, root: Path, tmp_path: Path) -> None:
    variants = [open_folder(text_variant(tmp_path / f"v{number}", f"{number}: ")).files for number in range(5)]
    copies = EncoderCopies(blobs, root)
    for files in variants[:4]:
        keep_encoder(blobs, files)
        copies.text_encoder(files.info)
    copies.text_encoder(variants[0].info)
    keep_encoder(blobs, variants[4])
    copies.text_encoder(variants[4].info)
    assert there(root) == {folder_name(variants[number].info) for number in (0, 2, 3, 4)}


def test_without_room_it_is_said(blobs: CountedBlobs, tmp_path: Path) -> None:
    keep_encoder(blobs, TEXT)
    (tmp_path / "full").write_text("")
    with pytest.raises(Unavailable, match=r"could not be written to .*full.*more room"):
        EncoderCopies(blobs, tmp_path / "full").text_encoder(TEXT.info)


def test_an_upload_that_was_killed_is_begun_again(blobs: CountedBlobs, root: Path) -> None:
    dying = Breaking(blobs, lambda: unavailable() if len(blobs.up) == 2 else None, "upload")
    with pytest.raises(Unavailable):
        keep_encoder(dying, TEXT)
    keep_encoder(blobs, TEXT)
    assert EncoderCopies(blobs, root).text_encoder(TEXT.info).info == TEXT.info


def test_those_that_no_version_needs_go_the_manifest_first(blobs: CountedBlobs) -> None:
    for files in (TEXT, IMAGE):
        keep_encoder(blobs, files)
    removed: list[str] = []
    noting = Breaking(blobs, lambda: removed.append("one"), "remove")
    drop_encoders(noting, {IMAGE.info})
    assert len(removed) == len(TEXT.names)
    assert blobs.names("encoders") == sorted(encoder_blob(IMAGE.info, name) for name in IMAGE.names)

    dying = Breaking(
        blobs, lambda: unavailable() if len(blobs.names("encoders")) < len(IMAGE.names) else None, "remove"
    )
    with pytest.raises(Unavailable):
        drop_encoders(dying, ())
    assert blobs.get(encoder_blob(IMAGE.info, encoder_files.MANIFEST)) is None


def test_every_encoder_has_a_name_of_its_own_that_is_fit_for_a_blob() -> None:
    base = EncoderInfo("org/model", "1f", 384)
    infos = [
        base, replace(base, name="org-model"), replace(base, name="org model"), replace(base, revision="2f"),
        replace(base, dimensions=8), replace(base, starter=True), replace(base, name="../../etc/passwd"),
        replace(base, name="модель"), replace(base, name="x" * 5_000), replace(base, name=""),
    ]  # fmt: skip
    names = [folder_name(info) for info in infos]
    assert len(set(names)) == len(infos)
    assert all(len(parts_of(encoder_blob(info, "text.onnx"))) == 3 for info in infos)
    assert names[0].startswith("org-model-")
