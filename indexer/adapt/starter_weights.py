"""The weights of the small model, read back out of an encoder folder that was exported from it.

The export folds each batch norm into the convolution before it, transposes matrices and stores eight bits. Read back,
a norm only adds what was folded, and the model gives the encoder's vectors again: that is checked.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.export import probes
from indexer.export.graph import AGREEMENT, require_agreement
from shared.adapters.encoder_folder import IMAGE_GRAPH, TEXT_GRAPH, load_image_encoder, open_folder
from shared.adapters.onnx_image import preprocess
from shared.domain.errors import EncoderUnavailable

_PREFIX = "tower."
_IN_ORDER = ("attn.in_proj_weight", "attn.out_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")


def read_weights(model: Any, tokenizer: Any, folder: Path) -> None:
    """Set the weights of ``model``, laid out with the same shape, to those of the encoder in ``folder``.

    Raises EncoderUnavailable where the folder holds another model.
    """
    import torch

    manifest = open_folder(folder).manifest
    if manifest.image is None:
        raise EncoderUnavailable(f"The encoder at {folder} is for texts only: start from scratch.")
    try:
        with torch.no_grad():
            _read_image_tower(model.visual.trunk, folder / IMAGE_GRAPH)
            _read_text_tower(model, folder / TEXT_GRAPH)
    except (KeyError, RuntimeError, StopIteration, ValueError) as problem:
        raise EncoderUnavailable(f"The encoder at {folder} is not the small model: start from scratch.") from problem
    model.eval()
    encoder = load_image_encoder(folder)
    pictures = probes.images()
    with torch.inference_mode():
        pixels = torch.from_numpy(np.stack([preprocess(picture, manifest.image) for picture in pictures]))
        texts = model.encode_text(tokenizer(list(probes.TEXTS)), normalize=True).numpy()
        images = model.encode_image(pixels, normalize=True).numpy()
    require_agreement(encoder.encode_texts(probes.TEXTS), texts, AGREEMENT, "text tower of the starter, read back,")
    require_agreement(encoder.encode_images(pictures), images, AGREEMENT, "image tower of the starter, read back,")


def settle_norms(model: Any, pixels: Any) -> None:
    """Give the batch norms of ``model`` the statistics of ``pixels``, of which they know nothing after the reading.

    In training a norm measures each batch and divides by what it finds. One that was folded away would so undo what
    the layers had learnt; one whose scale and offset are those of usual photos changes nothing.
    """
    import torch
    from torch import nn

    def settle(norm: Any, inputs: Any) -> None:
        variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3), unbiased=False)
        norm.bias += norm.weight / (norm.running_var + norm.eps).sqrt() * (mean - norm.running_mean)
        norm.weight *= ((variance + norm.eps) / (norm.running_var + norm.eps)).sqrt()
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)

    norms = [each for each in model.visual.modules() if isinstance(each, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(settle) for norm in norms]
    with torch.no_grad():
        model.eval().encode_image(pixels)
    for hook in hooks:
        hook.remove()


def _read_image_tower(trunk: Any, path: Path) -> None:
    """Convolutions stand in the graph in the order of the modules, each with its norm folded in."""
    from torch import nn

    tensors, nodes = _graph(path)
    found = iter(node for node in nodes if node.op_type == "Conv")
    modules = [each for each in trunk.modules() if isinstance(each, nn.Conv2d) or hasattr(each, "running_mean")]
    for convolution, norm in zip(modules, [*modules[1:], None], strict=True):
        if not isinstance(convolution, nn.Conv2d):
            continue
        _, weight, bias = next(found).input
        _set(convolution.weight, tensors[weight])
        if hasattr(norm, "running_mean"):
            _set(norm.bias, tensors[bias])
            norm.weight.fill_(1.0)
            norm.running_mean.zero_()
            norm.running_var.fill_(1.0 - norm.eps)
        elif convolution.bias is not None:
            _set(convolution.bias, tensors[bias])
    for name in ("weight", "bias"):
        _set(getattr(trunk.classifier, name), tensors[f"trunk.classifier.{name}"])


def _read_text_tower(model: Any, path: Path) -> None:
    """What kept its name is taken by it; the transposed matrices of each block stand in the order they are used."""
    tensors, nodes = _graph(path)
    named = dict(model.named_parameters())
    for name, value in tensors.items():
        own = name.removeprefix(_PREFIX).replace("attn.layer.", "attn.")
        if name.startswith(_PREFIX) and own in named:
            _set(named[own], value)
    matrices = iter(node.input[1] for node in nodes if node.op_type == "MatMul" and node.input[1] in tensors)
    for block in range(len(model.transformer.resblocks)):
        for part in _IN_ORDER:
            _set(named[f"transformer.resblocks.{block}.{part}"], tensors[next(matrices)].T)


def _graph(path: Path) -> tuple[dict[str, NDArray[Any]], list[Any]]:
    """The float tensors of the graph by the names that its nodes use, those stored as int8 too; and its nodes."""
    import onnx

    graph = onnx.load(str(path)).graph
    tensors = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    tensors.update(dict(_stored(tensors)))
    return tensors, list(graph.node)


def _stored(tensors: dict[str, NDArray[Any]]) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, numbers in tensors.items():
        if name.endswith(".int8"):
            whole = name.removesuffix(".int8")
            yield whole, numbers.astype(np.float32) * tensors[f"{whole}.scale"]


def _set(weight: Any, value: NDArray[Any]) -> None:
    import torch

    if tuple(weight.shape) != value.shape:
        raise ValueError(f"{value.shape} is not {tuple(weight.shape)}")
    weight.copy_(torch.from_numpy(np.array(value, dtype=np.float32)))
