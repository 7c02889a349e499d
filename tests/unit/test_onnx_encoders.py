"""Encoder folders are believed only after checking, and run without torch."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.adapters import onnx_text
from shared.adapters.encoder_folder import (
    ImagePreprocessing,
    ResizeMode,
    load_image_encoder,
    load_text_encoder,
    open_folder,
)
from shared.adapters.onnx_image import preprocess
from shared.domain.errors import EncoderUnavailable, InvalidInput

ENCODERS = Path(__file__).parents[2] / "encoders"
STARTER_TEXT, STARTER_IMAGE = ENCODERS / "starter-text", ENCODERS / "starter-image"


@pytest.fixture(scope="module")
def texts():
    return load_text_encoder(STARTER_TEXT)


@pytest.fixture(scope="module")
def pictures():
    return load_image_encoder(STARTER_IMAGE)


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(STARTER_TEXT, tmp_path / "encoder"))


def plain(colour, height=120, width=90):
    return np.full((height, width, 3), colour, dtype=np.uint8)


def test_starter_encoders_fit_their_budget_and_say_what_they_are():
    size = sum(file.stat().st_size for file in ENCODERS.rglob("*") if file.is_file())
    assert size <= 14_000_000
    for path in (STARTER_TEXT, STARTER_IMAGE):
        assert open_folder(path).manifest.info.starter
        assert "Licence" in (path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("which", ["texts", "pictures"])
def test_texts_become_unit_rows_whatever_they_hold(which, request):
    encoder = request.getfixturevalue(which)
    hostile = ["", "   ", "\ud800", "🙂", "shirt " * 100_000, "x" * 1_000_000, "\x00\x1b[31m", "&lt;b&gt;", "衬衫"]
    vectors = encoder.encode_texts(hostile)
    assert vectors.shape == (len(hostile), encoder.info.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("which", ["texts", "pictures"])
def test_a_text_has_one_vector_in_whatever_company(which, request):
    encoder = request.getfixturevalue(which)
    batch = [" ".join(["linen shirt", "blue", "for summer"][: 1 + n % 3] * (1 + n % 7)) for n in range(40)]
    together = encoder.encode_texts(batch)
    alone = np.concatenate([encoder.encode_texts([text]) for text in batch])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_nothing_in_nothing_out(texts, pictures):
    assert texts.encode_texts([]).shape == (0, texts.info.dimensions)
    assert pictures.encode_texts([]).shape == pictures.encode_images([]).shape == (0, pictures.info.dimensions)


def test_starter_text_knows_meaning(texts):
    query, near, far = texts.encode_texts(["running sneakers", "sports shoes for jogging", "ceramic soup bowl"])
    assert query @ near > query @ far + 0.2


def test_pictures_become_unit_rows_in_their_order(pictures):
    drawn = [plain((200, 30, 40)), plain((30, 60, 200), 60, 200), plain((250, 250, 250), 33, 31)] * 15
    vectors = pictures.encode_images(drawn)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[[0, 43]], pictures.encode_images([drawn[0], drawn[43]]), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 1), (3, 2000)])
def test_odd_pictures_are_encoded_within_bounds(pictures, shape):
    assert np.isfinite(pictures.encode_images([plain((9, 9, 9), *shape)])).all()


@pytest.mark.parametrize("picture", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3))])
def test_other_arrays_are_refused(pictures, picture):
    with pytest.raises(InvalidInput, match="uint8"):
        pictures.encode_images([picture])


@pytest.mark.parametrize("mode", list(ResizeMode))
@pytest.mark.parametrize("shape", [(90, 60), (61, 233), (224, 224), (50, 400), (301, 300)])
def test_preprocessing_is_open_clips(mode, shape):
    from indexer.export.torch_compat import prepare_torchvision

    prepare_torchvision()
    from open_clip.transform import PreprocessCfg, image_transform_v2

    mean, std = (0.48, 0.45, 0.41), (0.27, 0.26, 0.28)
    picture = np.random.default_rng(3).integers(0, 256, (*shape, 3), dtype=np.uint8)
    theirs = image_transform_v2(
        PreprocessCfg(size=112, mean=mean, std=std, resize_mode=mode.value, fill_color=255), is_train=False
    )(Image.fromarray(picture)).numpy()
    ours = preprocess(picture, ImagePreprocessing(112, mean, std, mode, fill=255))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_missing_folder_is_one_clear_sentence(tmp_path):
    with pytest.raises(EncoderUnavailable, match=r"no encoder at .*vitrine export-encoder"):
        load_text_encoder(tmp_path / "nowhere")


def test_a_text_encoder_is_no_image_encoder():
    with pytest.raises(EncoderUnavailable, match="texts only"):
        load_image_encoder(STARTER_TEXT)


@pytest.mark.parametrize("name", ["text.onnx", "tokenizer.json"])
def test_files_that_are_gone_cut_or_changed_are_found(folder, name):
    content = (folder / name).read_bytes()
    changed = content[:999] + bytes([content[999] ^ 1]) + content[1000:]
    for broken in (content[:-1], changed, b""):
        (folder / name).write_bytes(broken)
        with pytest.raises(EncoderUnavailable, match=name):
            load_text_encoder(folder)
    (folder / name).unlink()
    with pytest.raises(EncoderUnavailable, match=f"no {name}"):
        load_text_encoder(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"kind": "audio"},
        {"name": ""},
        {"dimensions": "256"},
        {"dimensions": True},
        {"text": {}},
        {"text": None},
        {"files": {}},
        {"files": []},
        {"revision": "0"},
        {"dimensions": 128},
        {"made_with": []},
    ],
)
def test_a_manifest_that_cannot_be_is_refused(folder, change):
    manifest = folder / "encoder.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    with pytest.raises(EncoderUnavailable, match=r"encoder\.json"):
        load_text_encoder(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b" " * (2 << 20)])
def test_a_manifest_that_is_none_is_refused(folder, content):
    (folder / "encoder.json").write_bytes(content)
    with pytest.raises(EncoderUnavailable, match=r"encoder\.json"):
        open_folder(folder)


def test_encoding_never_imports_torch():
    script = (
        "import sys, numpy as np; from pathlib import Path;"
        "from shared.adapters.encoder_folder import load_image_encoder, load_text_encoder;"
        f"load_text_encoder(Path({str(STARTER_TEXT)!r})).encode_texts(['a']);"
        f"load_image_encoder(Path({str(STARTER_IMAGE)!r})).encode_images([np.zeros((9, 9, 3), np.uint8)]);"
        "print([name for name in ('torch', 'transformers', 'open_clip', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@given(lengths=st.lists(st.integers(1, 600), min_size=1, max_size=300))
def test_texts_are_encoded_in_batches_of_similar_length(lengths):
    """Whose padding costs little, unless there are few of them; each text is in one batch."""
    batches = [rows.tolist() for rows in onnx_text._batches(lengths)]
    assert sorted(row for rows in batches for row in rows) == list(range(len(lengths)))
    for rows in batches:
        longest, shortest = max(lengths[row] for row in rows), min(lengths[row] for row in rows)
        assert len(rows) == 1 or len(rows) * longest <= onnx_text.TOKENS_PER_BATCH
        assert len(rows) <= onnx_text.FEWEST_PER_BATCH or shortest >= onnx_text.ALIKE * longest
