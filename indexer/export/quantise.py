"""Eight-bit weights: four times smaller, and on most CPUs about twice as fast.

Three ways. :func:`dynamic` lets ONNX Runtime multiply in eight bits (MatMul only, per channel, activations measured
at run time), :func:`partly` leaves out where that hurts most. :func:`store` only stores weights in eight bits, one
scale a channel or table row, and computes in float: for convolutions and tables, and for models that the other ways
hurt.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.export import probes
from shared.adapters.encoder_folder import (
    IMAGE_GRAPH,
    TEXT_GRAPH,
    EncoderManifest,
    load_image_encoder,
    load_text_encoder,
    write_manifest,
)
from shared.domain.errors import EncoderUnavailable
from shared.domain.spaces import EncoderInfo, Matrix

if TYPE_CHECKING:
    import onnx

INT8_AGREEMENT = 0.99
"""Least cosine between a float export's vector and its int8 form's."""

SMALLEST_STORED = 2048
"""Weights in one tensor below which eight bits save nothing worth having."""

Way: TypeAlias = Callable[[Path, Path], None]
"""Reads a float graph and writes its int8 form."""

_CHANNEL_AXIS = {"MatMul": 1, "Gemm": 0, "Conv": 0, "Gather": 0}


def quantise_folder(folder: Path, manifest: EncoderManifest, ways: tuple[Way, ...]) -> EncoderInfo:
    """Turn the float encoder in ``folder`` to int8, graph by graph, and write its manifest anew.

    Each graph takes the first of ``ways`` whose vectors keep INT8_AGREEMENT on the probes; raises
    EncoderUnavailable where none does.
    """
    is_clip = (folder / IMAGE_GRAPH).exists()
    for name in (TEXT_GRAPH, IMAGE_GRAPH) if is_clip else (TEXT_GRAPH,):
        reference = _probe(folder, name)
        original = folder / f"float-{name}"
        (folder / name).replace(original)
        for way in ways:
            way(original, folder / name)
            info = write_manifest(folder, manifest)
            agreement = float(np.sum(reference * _probe(folder, name), axis=1).min())
            if agreement >= INT8_AGREEMENT:
                break
        else:
            raise EncoderUnavailable(
                f"In int8 this model's {name} agrees with its float form only to cosine {agreement:.4f}: "
                "export it in float."
            )
        original.unlink()
    return info


def dynamic(source: Path, target: Path) -> None:
    """Multiply in eight bits, then store the tables that are left in eight bits too."""
    _multiply_in_eight_bits(source, target, [])
    store(target, target, ("Gather",))


def partly(source: Path, target: Path) -> None:
    """As :func:`dynamic`, but in float where eight bits hurt most: the products that narrow, which see the largest
    activations, and the attention's values, whose errors nothing evens out. These are only stored in eight bits."""
    import onnx

    graph = onnx.load(str(source)).graph
    shapes = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMul" and node.input[1] in shapes]
    left = [node.name for node in products if _narrows(shapes[node.input[1]]) or "/value/" in node.name]
    _multiply_in_eight_bits(source, target, left)
    store(target, target, ("Gather", "MatMul"))


def _narrows(shape: tuple[int, ...]) -> bool:
    return shape[0] > shape[-1]


def _multiply_in_eight_bits(source: Path, target: Path, but: list[str]) -> None:
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(max(level, logging.ERROR))  # it warns on the root logger of what is meant to be so
    try:
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=but,
        )
    finally:
        root.setLevel(level)


def store(source: Path, target: Path, operators: tuple[str, ...] = ("MatMul", "Gemm", "Conv", "Gather")) -> None:
    """Write ``source`` to ``target`` with the weights of ``operators`` as int8 and a scale a channel."""
    import onnx

    model = onnx.load(str(source))
    graph = model.graph
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    for weight in list(graph.initializer):
        using = users.get(weight.name, [])
        if using and all(_stores(node, weight.name, operators) for node in using):
            _store_weight(graph, weight, using)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def to_int8(weights: NDArray[Any], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """``weights`` as whole numbers in -127..127 and the scale of each slice along ``axis``, kept broadcastable."""
    others = tuple(other for other in range(weights.ndim) if other != axis)
    scale = np.maximum(np.abs(weights).max(axis=others, keepdims=True), 1e-12) / 127
    return np.round(weights / scale).astype(np.int8), scale.astype(np.float32)


def _stores(node: Any, name: str, operators: tuple[str, ...]) -> bool:
    position = 0 if node.op_type == "Gather" else 1
    return node.op_type in operators and len(node.input) > position and node.input[position] == name


def _store_weight(graph: "onnx.GraphProto", weight: "onnx.TensorProto", using: list[Any]) -> None:
    from onnx import TensorProto, helper, numpy_helper

    values = numpy_helper.to_array(weight)
    if weight.data_type != TensorProto.FLOAT or values.ndim < 2 or values.size < SMALLEST_STORED:
        return
    first = using[0]
    transposed = first.op_type == "Gemm" and not any(part.name == "transB" and part.i for part in first.attribute)
    name, axis = weight.name, 1 if transposed else _CHANNEL_AXIS[first.op_type]
    numbers, scale = to_int8(values, axis)
    graph.initializer.remove(weight)
    graph.initializer.extend(
        [numpy_helper.from_array(numbers, f"{name}.int8"), numpy_helper.from_array(scale, f"{name}.scale")]
    )
    at = min(list(graph.node).index(node) for node in using)
    if first.op_type != "Gather" or len(using) > 1 or any(part.name == "axis" and part.i for part in first.attribute):
        graph.node.insert(at, helper.make_node("Cast", [f"{name}.int8"], [f"{name}.cast"], to=TensorProto.FLOAT))
        graph.node.insert(at + 1, helper.make_node("Mul", [f"{name}.cast", f"{name}.scale"], [name]))
        return
    # A table stays in eight bits in memory too: only the rows that a batch looks up become float.
    rows, output = first.input[1], first.output[0]
    graph.node.remove(first)
    lookups = [
        helper.make_node("Gather", [f"{name}.int8", rows], [f"{name}.rows"], axis=0),
        helper.make_node("Gather", [f"{name}.scale", rows], [f"{name}.row_scale"], axis=0),
        helper.make_node("Cast", [f"{name}.rows"], [f"{name}.row_cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.row_cast", f"{name}.row_scale"], [output]),
    ]
    for offset, node in enumerate(lookups):
        graph.node.insert(at + offset, node)


def _probe(folder: Path, graph: str) -> Matrix:
    if graph == TEXT_GRAPH:
        return load_text_encoder(folder).encode_texts(probes.TEXTS)
    return load_image_encoder(folder).encode_images(probes.images())


WAYS: tuple[Way, ...] = (dynamic, partly, store)
