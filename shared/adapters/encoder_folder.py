"""An encoder as an artefact: a folder of ONNX graphs, a tokenizer and the numbers of its preprocessing.

The folder holds ``encoder.json`` (the manifest), ``text.onnx`` and ``tokenizer.json``, and for a CLIP model
``image.onnx``. :func:`open_folder` believes nothing: every field is checked, every file measured against the manifest.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.domain import encoder_files
from shared.domain.encoder_files import MOST_BYTES, EncoderFiles
from shared.domain.errors import EncoderUnavailable
from shared.domain.spaces import EncoderInfo

if TYPE_CHECKING:
    from shared.adapters.onnx_image import OnnxClipEncoder
    from shared.adapters.onnx_text import OnnxTextEncoder

MANIFEST = encoder_files.MANIFEST
TEXT_GRAPH, IMAGE_GRAPH, TOKENIZER = "text.onnx", "image.onnx", "tokenizer.json"
FORMAT = 1

MAX_MANIFEST_BYTES = 1 << 20
MAX_HASHED_BYTES = 32 << 20
"""Larger files are compared by size only: hashing a large model would cost a function more than loading it."""

REMEDY = "export it again with `vitrine export-encoder`, or point at another encoder folder"


class EncoderKind(StrEnum):
    TEXT = "text"
    CLIP = "clip"


class ResizeMode(StrEnum):
    """How a picture becomes a square, as open_clip names it."""

    SHORTEST = "shortest"
    LONGEST = "longest"
    SQUASH = "squash"


@dataclass(frozen=True, slots=True)
class TextPreprocessing:
    """How a text becomes token ids.

    ``pad_to`` is the fixed length that the graph wants, or 0 where each batch may be as long as its longest text.
    ``prefix`` stands before every text. ``unescape`` undoes HTML entities, as open_clip does before it tokenises.
    ``empty_id`` is the token that stands for a text without any.
    """

    max_tokens: int
    pad_id: int = 0
    pad_to: int = 0
    empty_id: int = 0
    prefix: str = ""
    unescape: bool = False


@dataclass(frozen=True, slots=True)
class ImagePreprocessing:
    """How a picture becomes the model's input; ``mean`` and ``std`` are of RGB in 0..1, ``fill`` of RGB in 0..255."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resize: ResizeMode = ResizeMode.SHORTEST
    interpolation: str = "bicubic"
    fill: int = 0


@dataclass(frozen=True, slots=True)
class StoredFile:
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class EncoderManifest:
    """What ``encoder.json`` says. ``made_with`` names the versions of the libraries that exported it."""

    name: str
    kind: EncoderKind
    dimensions: int
    text: TextPreprocessing
    image: ImagePreprocessing | None = None
    starter: bool = False
    licence: str = ""
    made_with: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, StoredFile] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        """A digest of all that changes a vector: weights, tokenizer and preprocessing."""
        what = {
            "dimensions": self.dimensions,
            "text": asdict(self.text),
            "image": asdict(self.image) if self.image else None,
            "files": {name: file.sha256 for name, file in self.files.items()},
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def info(self) -> EncoderInfo:
        return EncoderInfo(self.name, self.revision, self.dimensions, self.starter)

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, "revision": self.revision, **asdict(self)}, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class EncoderFolder:
    """A checked encoder folder."""

    path: Path
    manifest: EncoderManifest

    @property
    def files(self) -> EncoderFiles:
        return EncoderFiles(self.manifest.info, self.path, (*self.manifest.files, MANIFEST))


def open_folder(path: Path) -> EncoderFolder:
    """Read and check the encoder folder at ``path``; raises EncoderUnavailable for anything missing or broken."""
    manifest = read_manifest(path)
    _check_files(path, manifest, MAX_HASHED_BYTES)
    return EncoderFolder(path, manifest)


def open_brought_folder(path: Path) -> EncoderFolder:
    """As :func:`open_folder`, with every file hashed, whatever its size: for one that has come a long way."""
    manifest = read_manifest(path)
    _check_files(path, manifest, MOST_BYTES)
    return EncoderFolder(path, manifest)


def read_manifest(path: Path) -> EncoderManifest:
    """What the folder ``path`` says that it holds. Raises EncoderUnavailable where that cannot be understood."""
    manifest_path = path / MANIFEST
    if not manifest_path.is_file():
        raise EncoderUnavailable(f"There is no encoder at {path} ({MANIFEST} is missing): {REMEDY}.")
    if manifest_path.stat().st_size > MAX_MANIFEST_BYTES:
        raise EncoderUnavailable(f"The manifest {manifest_path} is larger than {MAX_MANIFEST_BYTES} bytes: {REMEDY}.")
    try:
        raw = json.loads(manifest_path.read_text(encoding="utf-8"))
        manifest = _manifest(raw)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as problem:
        raise EncoderUnavailable(
            f"The manifest {manifest_path} cannot be understood ({problem}): {REMEDY}."
        ) from problem
    if raw.get("revision") != manifest.revision:
        raise EncoderUnavailable(
            f"The manifest {manifest_path} says revision {raw.get('revision')!r}, but its content is "
            f"{manifest.revision}: {REMEDY}."
        )
    return manifest


def load_text_encoder(path: Path, threads: int = 0) -> "OnnxTextEncoder":
    """The text encoder in the folder ``path``, on ``threads`` cores (0: all); a CLIP folder gives its text tower."""
    from shared.adapters.onnx_text import OnnxTextEncoder

    return OnnxTextEncoder(open_folder(path), threads)


def load_image_encoder(path: Path, threads: int = 0) -> "OnnxClipEncoder":
    """The CLIP encoder in the folder ``path``, on ``threads`` cores (0: all)."""
    from shared.adapters.onnx_image import OnnxClipEncoder

    return OnnxClipEncoder(open_folder(path), threads)


def write_manifest(path: Path, manifest: EncoderManifest) -> EncoderInfo:
    """Write ``encoder.json`` for the files that are in the folder ``path``, and check the folder by opening it."""
    names = file_names(manifest.kind)
    files = {name: StoredFile((path / name).stat().st_size, _sha256(path / name)) for name in names}
    (path / MANIFEST).write_text(replace(manifest, files=files).to_json(), encoding="utf-8")
    return open_folder(path).manifest.info


def file_names(kind: EncoderKind) -> tuple[str, ...]:
    return (TEXT_GRAPH, TOKENIZER, IMAGE_GRAPH) if kind is EncoderKind.CLIP else (TEXT_GRAPH, TOKENIZER)


def _manifest(raw: Mapping[str, Any]) -> EncoderManifest:
    if raw["format"] != FORMAT:
        raise ValueError(f"its format is {raw['format']!r}, this version reads {FORMAT}")
    kind = EncoderKind(raw["kind"])
    files = {
        name: StoredFile(int(raw["files"][name]["bytes"]), str(raw["files"][name]["sha256"]))
        for name in file_names(kind)
    }
    return EncoderManifest(
        name=_text(raw["name"], "name"),
        kind=kind,
        dimensions=_whole(raw["dimensions"], "dimensions", 1, 65_536),
        text=_text_preprocessing(raw["text"]),
        files=files,
        image=_image_preprocessing(raw["image"]) if kind is EncoderKind.CLIP else None,
        starter=raw["starter"] is True,
        licence=str(raw["licence"]),
        made_with={str(name): str(version) for name, version in raw["made_with"].items()},
    )


def _text_preprocessing(raw: Mapping[str, Any]) -> TextPreprocessing:
    longest = _whole(raw["max_tokens"], "max_tokens", 1, 65_536)
    return TextPreprocessing(
        max_tokens=longest,
        pad_id=_whole(raw["pad_id"], "pad_id", 0, 1 << 31),
        pad_to=_whole(raw["pad_to"], "pad_to", 0, longest),
        empty_id=_whole(raw["empty_id"], "empty_id", 0, 1 << 31),
        prefix=str(raw["prefix"]),
        unescape=raw["unescape"] is True,
    )


def _image_preprocessing(raw: Mapping[str, Any]) -> ImagePreprocessing:
    if raw["interpolation"] not in ("bicubic", "bilinear"):
        raise ValueError(f"interpolation is {raw['interpolation']!r}, not bicubic or bilinear")
    return ImagePreprocessing(
        size=_whole(raw["size"], "image size", 1, 4096),
        mean=_rgb(raw["mean"], "mean"),
        std=_rgb(raw["std"], "std", above=0.0),
        resize=ResizeMode(raw["resize"]),
        interpolation=str(raw["interpolation"]),
        fill=_whole(raw["fill"], "fill", 0, 255),
    )


def _rgb(value: Any, name: str, above: float = float("-inf")) -> tuple[float, float, float]:
    red, green, blue = (float(part) for part in value)
    if not all(above < part < float("inf") for part in (red, green, blue)):
        raise ValueError(f"{name} is {value!r}")
    return red, green, blue


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} is {value!r}, not a whole number in {least}..{most}")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is {value!r}, not a text")
    return value


def _check_files(path: Path, manifest: EncoderManifest, most_hashed: int) -> None:
    for name, stored in manifest.files.items():
        file = path / name
        if not file.is_file():
            raise EncoderUnavailable(f"The encoder at {path} has no {name}: {REMEDY}.")
        size = file.stat().st_size
        if size != stored.bytes or (size <= most_hashed and _sha256(file) != stored.sha256):
            raise EncoderUnavailable(f"The encoder's file {file} is not the one its manifest names: {REMEDY}.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
