"""An encoder's files, and where they are kept beside the index versions that it made."""

import hashlib
import re
from dataclasses import astuple, dataclass
from pathlib import Path

from shared.domain.spaces import EncoderInfo

MANIFEST = "encoder.json"
"""The file that tells what the others are. Written last and removed first, it marks a whole encoder."""

MOST_BYTES = 2 << 30
"""What all files of one encoder may have together: whoever searches a version has to bring them first."""

_FOLDER = "encoders"
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """The files ``names`` in ``folder``, :data:`MANIFEST` the last of them, are the encoder ``info``."""

    info: EncoderInfo
    folder: Path
    names: tuple[str, ...]


def folder_name(info: EncoderInfo) -> str:
    """Of one encoder alone, fit for a path and for a blob: its name, as far as that can be had, and a digest."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", info.name).strip("-")[:_LONGEST_NAME] or "encoder"
    return f"{readable}-{hashlib.sha256(repr(astuple(info)).encode()).hexdigest()[:16]}"


def encoder_blob(info: EncoderInfo, file: str) -> str:
    """The blob's name of one of the encoder's files."""
    return f"{_FOLDER}/{folder_name(info)}/{file}"


def encoder_blobs() -> str:
    """The folder of all encoders' blobs."""
    return _FOLDER
