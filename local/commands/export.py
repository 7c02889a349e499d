"""vitrine export-encoder: any sentence-transformers or open_clip model as a folder that runs without torch."""

from pathlib import Path
from typing import Annotated

import typer

from local.options import AsJson
from local.output import console, say_json
from shared.domain.errors import InvalidInput

DEFAULT_TEXT = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_IMAGE = "ViT-B-32/laion2b_s34b_b79k"


def export_encoder(
    target: Annotated[Path, typer.Argument(help="Folder to write.")],
    text: Annotated[str, typer.Option(help=f"sentence-transformers name or folder, e.g. {DEFAULT_TEXT}.")] = "",
    image: Annotated[str, typer.Option(help=f"open_clip NAME/PRETRAINED or folder, e.g. {DEFAULT_IMAGE}.")] = "",
    int8: Annotated[bool, typer.Option("--int8", help="Quantise: a quarter of the size, faster on CPUs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write an encoder as ONNX graph, tokenizer, preprocessing and manifest."""
    if bool(text) == bool(image):
        raise InvalidInput("Say which encoder to export: either --text NAME or --image NAME/PRETRAINED.")
    # Imported here: these know torch, which only this command needs.
    from indexer.export.clip import export_clip
    from indexer.export.text import export_text

    if text:
        info = export_text(text, target, int8=int8)
    elif Path(image).is_dir():
        info = export_clip(image, None, target, int8=int8)
    else:
        name, _, pretrained = image.partition("/")
        info = export_clip(name, pretrained, target, int8=int8)
    if as_json:
        say_json({"name": info.name, "revision": info.revision, "dimensions": info.dimensions, "folder": str(target)})
    else:
        kind = "TEXT" if text else "IMAGE"
        console.print(f"{info.name} ({info.dimensions} dimensions) is in {target}: set VITRINE_{kind}_ENCODER to it.")
