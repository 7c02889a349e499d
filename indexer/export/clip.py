"""An open_clip model as an encoder folder: both towers, its tokenizer and its preprocessing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.export import probes, quantise
from indexer.export.attention import plain_attention
from indexer.export.clip_tokenizer import portable_tokenizer
from indexer.export.graph import AGREEMENT, made_with, require_agreement, staging, write_graph
from indexer.export.hub import hub_access
from indexer.export.text_tower import TextTower
from indexer.export.torch_compat import prepare_torchvision
from shared.adapters.encoder_folder import (
    IMAGE_GRAPH,
    TEXT_GRAPH,
    TOKENIZER,
    EncoderKind,
    EncoderManifest,
    ImagePreprocessing,
    ResizeMode,
    TextPreprocessing,
    load_image_encoder,
    write_manifest,
)
from shared.domain.errors import EncoderUnavailable, InvalidInput, MissingExtra
from shared.domain.spaces import EncoderInfo

if TYPE_CHECKING:
    import torch

FOLDER_HINT = "download it where there is a network and give the folder with its open_clip_config.json and weights"


def export_clip(
    name: str,
    pretrained: str | None,
    target: Path,
    int8: bool = False,
    *,
    random_weights: bool = False,
    called: str = "",
    licence: str = "",
) -> EncoderInfo:
    """Write the open_clip model ``name`` with the weights ``pretrained`` to the folder ``target`` as an encoder.

    ``name`` is an architecture of open_clip, ``hf-hub:NAME``, or a folder with ``open_clip_config.json`` and weights;
    ``pretrained`` is one of open_clip's tags or a weights file, for an architecture only. ``random_weights`` leaves
    the model as initialised, for trying things out. Raises EncoderUnavailable where the model cannot be loaded, or
    its export does not agree with it.
    """
    source = f"local-dir:{name}" if Path(name).is_dir() else name
    if ":" not in source and not pretrained and not random_weights:
        raise InvalidInput(f"{name} names no weights: give NAME/PRETRAINED, such as ViT-B-32/laion2b_s34b_b79k.")
    model, transform, tokenizer = load_open_clip(source, pretrained, random_weights)
    own_name = (
        Path(name).resolve().name if source.startswith("local-dir:") else "/".join(filter(None, (name, pretrained)))
    )
    ways = quantise.WAYS if int8 else ()
    return export_model(model, transform, tokenizer, target, quantise_by=ways, name=called or own_name, licence=licence)


def export_model(
    model: Any,
    transform: Any,
    tokenizer: Any,
    target: Path,
    *,
    quantise_by: tuple[quantise.Way, ...],
    name: str,
    licence: str = "",
    starter: bool = False,
) -> EncoderInfo:
    """Write a loaded open_clip ``model`` to the folder ``target``, in int8 by the first fitting way given, if any."""
    text = TextTower(model)
    manifest = EncoderManifest(
        name=name,
        kind=EncoderKind.CLIP,
        dimensions=int(model.encode_text(tokenizer(["a"])).shape[1]),
        text=_text_preprocessing(tokenizer, text.may_be_short),
        image=image_preprocessing(model.visual.preprocess_cfg),
        starter=starter,
        licence=licence,
        made_with=made_with("torch", "open-clip-torch", "timm", "onnxruntime"),
    )
    with staging(target) as folder:
        portable_tokenizer(tokenizer).save(str(folder / TOKENIZER), pretty=False)
        _write_graphs(model, text, transform, tokenizer, folder)
        info = write_manifest(folder, manifest)
        _require_agreement(model, transform, tokenizer, folder, name)
        return quantise.quantise_folder(folder, manifest, quantise_by) if quantise_by else info


def load_open_clip(source: str, pretrained: str | None, random_weights: bool = False) -> tuple[Any, Any, Any]:
    """The model on the CPU ready for inference, its inference transform and its tokenizer."""
    try:
        prepare_torchvision()
        import open_clip
    except ImportError as problem:
        raise MissingExtra("Exporting an image encoder needs torch: install vitrine[export].") from problem
    _require_known(open_clip, source, pretrained)
    with hub_access("/".join(filter(None, (source, pretrained))), FOLDER_HINT):
        model, _, transform = open_clip.create_model_and_transforms(
            source, pretrained, device="cpu", load_weights=not random_weights, require_pretrained=not random_weights
        )
        return model.eval(), transform, open_clip.get_tokenizer(source)


def _require_known(open_clip: Any, source: str, pretrained: str | None) -> None:
    if ":" in source:
        return
    architecture = source.replace("/", "-")
    if architecture not in open_clip.list_models():
        raise InvalidInput(f"open_clip knows no architecture {source}: choose one of its list_models().")
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if pretrained and pretrained not in tags and not Path(pretrained).is_file():
        raise InvalidInput(f"open_clip knows no weights {pretrained} for {source}: choose one of {', '.join(tags)}.")


def _write_graphs(model: Any, text: TextTower, transform: Any, tokenizer: Any, folder: Path) -> None:
    ids = tokenizer(list(probes.TEXTS[:2]))
    ids = ids[:, :20] if text.may_be_short else ids
    axes = ("batch", "sequence") if text.may_be_short else ("batch",)
    with plain_attention(model):
        write_graph(text.module, {"input_ids": ids}, axes, folder / TEXT_GRAPH)
        write_graph(model.visual, {"pixels": _pixels(transform, 2)}, ("batch",), folder / IMAGE_GRAPH)


def _require_agreement(model: Any, transform: Any, tokenizer: Any, folder: Path, name: str) -> None:
    import torch

    exported = load_image_encoder(folder)
    pictures = probes.images()
    with torch.inference_mode():
        texts = model.encode_text(tokenizer(list(probes.TEXTS)), normalize=True).numpy()
        images = model.encode_image(_pixels(transform, len(pictures)), normalize=True).numpy()
    require_agreement(texts, exported.encode_texts(probes.TEXTS), AGREEMENT, f"text tower of {name}")
    require_agreement(images, exported.encode_images(pictures), AGREEMENT, f"image tower of {name}")


def _pixels(transform: Any, count: int) -> "torch.Tensor":
    import torch
    from PIL import Image

    return torch.stack([transform(Image.fromarray(picture)) for picture in probes.images(count)])


def _text_preprocessing(tokenizer: Any, may_be_short: bool) -> TextPreprocessing:
    length = int(tokenizer.context_length)
    pad_id = int(getattr(getattr(tokenizer, "tokenizer", None), "pad_token_id", 0) or 0)
    return TextPreprocessing(
        max_tokens=length, pad_id=pad_id, pad_to=0 if may_be_short else length, empty_id=pad_id, unescape=True
    )


def image_preprocessing(settings: dict[str, Any]) -> ImagePreprocessing:
    """How open_clip's ``preprocess_cfg`` makes a square of a picture; raises EncoderUnavailable for another shape."""
    size = settings["size"]
    height, width = (size, size) if isinstance(size, int) else (int(side) for side in size)
    if height != width:
        raise EncoderUnavailable(f"This model sees {height} × {width} pixels: only square ones can be exported.")
    mean, std = (tuple(float(part) for part in np.broadcast_to(settings[key], 3)) for key in ("mean", "std"))
    return ImagePreprocessing(
        size=height,
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
        resize=ResizeMode(settings.get("resize_mode") or "shortest"),
        interpolation="bilinear" if settings.get("interpolation") == "bilinear" else "bicubic",
        fill=int(settings.get("fill_color") or 0),
    )
