"""vitrine export-encoder: any sentence-transformers or open_clip model as a folder that runs without torch."""

from pathlib import Path
from typing import Annotated

import typer

from local.options import AsJson
from local.output import console, say_json
from shared.domain.errors import InvalidInput
from shared.domain.spaces import EncoderInfo

DEFAULT_TEXT = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_IMAGE = "ViT-B-32/laion2b_s34b_b79k"


def export_encoder(
    text: Annotated[str, typer.Option(metavar="NAME|DIR", help="A sentence-transformers model.")] = "",
    image: Annotated[str, typer.Option(metavar="NAME/PRETRAINED|DIR", help="An open_clip model.")] = "",
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write. [default: ./encoders/<name of the model>]")
    ] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Quantise: a quarter of the size, faster on CPUs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write encoders as ONNX graph, tokenizer, preprocessing and manifest.

    With neither --text nor --image it is the two that Vitrine is best used with: all-MiniLM-L6-v2 and ViT-B-32.
    """
    if not text and not image:
        text, image = DEFAULT_TEXT, DEFAULT_IMAGE
    if text and image and to:
        raise InvalidInput("--to names one folder, but two encoders are to be written: leave it out, or export one.")
    written = {}
    if text:
        written["text"] = _export_text(text, to or _folder(text), int8)
    if image:
        written["image"] = _export_image(image, to or _folder(image), int8)
    if as_json:
        say_json(
            {
                kind: {"name": info.name, "revision": info.revision, "dimensions": info.dimensions, "folder": folder}
                for kind, (info, folder) in written.items()
            }
        )
        return
    for kind, (info, folder) in written.items():
        console.print(f"{info.name} ({info.dimensions} dimensions): set VITRINE_{kind.upper()}_ENCODER={folder}")


def _folder(model: str) -> Path:
    name = Path(model).resolve().name if Path(model).is_dir() else model.removeprefix("sentence-transformers/")
    return Path("encoders") / name.replace("/", "-")


# The exporters are imported when they are needed: they know torch, and no other command does.


def _export_text(model: str, target: Path, int8: bool) -> tuple[EncoderInfo, Path]:
    from indexer.export.text import export_text

    return export_text(model, target, int8=int8), target


def _export_image(model: str, target: Path, int8: bool) -> tuple[EncoderInfo, Path]:
    from indexer.export.clip import export_clip

    if Path(model).is_dir():
        return export_clip(model, None, target, int8=int8), target
    name, slash, pretrained = model.partition("/")
    if not (name and slash and pretrained):
        raise InvalidInput(f"--image {model} cannot be read: write it as NAME/PRETRAINED, such as {DEFAULT_IMAGE}.")
    return export_clip(name, pretrained, target, int8=int8), target
