"""Real encoders that differ from those that ship in their preprocessing alone, and so in their revision and vectors."""

import shutil
from dataclasses import replace
from pathlib import Path

from shared.adapters.encoder_folder import open_folder, write_manifest
from shared.settings import Settings


def text_variant(target: Path, prefix: str) -> Path:
    """The starter text encoder with ``prefix`` before every text."""
    shutil.copytree(Settings().text_encoder, target)
    manifest = open_folder(target).manifest
    write_manifest(target, replace(manifest, text=replace(manifest.text, prefix=prefix)))
    return target


def image_variant(target: Path, mean: float) -> Path:
    """The starter image encoder with another mean colour."""
    shutil.copytree(Settings().image_encoder, target)
    manifest = open_folder(target).manifest
    assert manifest.image is not None
    write_manifest(target, replace(manifest, image=replace(manifest.image, mean=(mean,) * 3)))
    return target
