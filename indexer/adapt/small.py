"""The small CLIP model that trains on a laptop's processor, laid out as open_clip reads a model."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CONFIGURATION, MEANINGS = "open_clip_config.json", "meanings.npy"
# The whole product matters more than its middle, and shops photograph on white.
_PREPROCESSING = {"mean": [0.5] * 3, "std": [0.25] * 3, "resize_mode": "longest", "fill_color": 255}


@dataclass(frozen=True, slots=True)
class Shape:
    """The towers: timm's ``image_tower`` at ``image_size`` pixels, and open_clip's text transformer."""

    image_tower: str = "mobilenetv4_conv_small"
    image_size: int = 96
    dimensions: int = 128
    width: int = 128
    layers: int = 2
    context_length: int = 24


def lay_out(shape: Shape, meanings: NDArray[np.float32], name: str, folder: Path) -> None:
    """Write the configuration of a model whose words begin as ``meanings``, shape (tokens, width).

    ``folder`` has its tokenizer already (:func:`indexer.starter.vocabulary.write_tokenizer`).
    """
    np.save(folder / MEANINGS, meanings)
    text = {
        **{"width": shape.width, "heads": 4, "layers": shape.layers, "pool_type": "argmax"},
        **{"context_length": shape.context_length, "vocab_size": len(meanings), "hf_tokenizer_name": name},
    }
    image = {"timm_model_name": shape.image_tower, "timm_pool": "avg", "timm_proj": "", "image_size": shape.image_size}
    model = {"embed_dim": shape.dimensions, "vision_cfg": image, "text_cfg": text}
    settings = {"model_cfg": model, "preprocess_cfg": _PREPROCESSING}
    (folder / CONFIGURATION).write_text(json.dumps(settings), encoding="utf-8")


def set_meanings(model: Any, folder: Path) -> None:
    """Begin the words of ``model`` with the meanings that were laid out in ``folder``."""
    import torch

    with torch.no_grad():
        model.token_embedding.weight.copy_(torch.from_numpy(np.load(folder / MEANINGS)))
