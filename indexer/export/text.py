"""A sentence-transformers model as an encoder folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.export import probes, quantise
from indexer.export.graph import AGREEMENT, made_with, require_agreement, staging, write_graph
from indexer.export.hub import hub_access
from indexer.export.torch_compat import prepare_torchvision
from shared.adapters.encoder_folder import (
    TEXT_GRAPH,
    TOKENIZER,
    EncoderKind,
    EncoderManifest,
    TextPreprocessing,
    load_text_encoder,
    write_manifest,
)
from shared.domain.errors import EncoderUnavailable, MissingExtra
from shared.domain.spaces import EncoderInfo

if TYPE_CHECKING:
    import torch

MAX_TOKENS = 8192
FOLDER_HINT = "download it where there is a network and give its folder instead of its name"


def export_text(
    name_or_dir: str, target: Path, int8: bool = False, *, name: str = "", licence: str = ""
) -> EncoderInfo:
    """Write the sentence-transformers model ``name_or_dir`` to the folder ``target`` as an encoder.

    ``name`` is what the encoder is called from then on (default: ``name_or_dir``, of a folder its last part). The
    pooling, dense and normalising layers go into the graph with the transformer. Raises EncoderUnavailable where the
    model cannot be loaded, or its export does not agree with it.
    """
    model = load_sentence_transformer(name_or_dir)
    features = _features(model)
    manifest = EncoderManifest(
        name=name or (Path(name_or_dir).resolve().name if Path(name_or_dir).is_dir() else name_or_dir),
        kind=EncoderKind.TEXT,
        dimensions=int(model.get_embedding_dimension()),
        text=_preprocessing(model),
        licence=licence or str(model.model_card_data.license or ""),
        made_with=made_with("torch", "transformers", "sentence-transformers", "onnxruntime"),
    )
    with staging(target) as folder:
        write_graph(_sentence_graph(model, tuple(features)), features, ("batch", "sequence"), folder / TEXT_GRAPH)
        _tokenizer(model).save(str(folder / TOKENIZER))
        info = write_manifest(folder, manifest)
        original = model.encode(list(probes.TEXTS), normalize_embeddings=True, show_progress_bar=False)
        exported = load_text_encoder(folder).encode_texts(probes.TEXTS)
        require_agreement(np.asarray(original, dtype=np.float32), exported, AGREEMENT, f"model {manifest.name}")
        if int8:
            info = quantise.quantise_folder(folder, manifest, quantise.WAYS)
    return info


def load_sentence_transformer(name_or_dir: str) -> Any:
    """The model on the CPU, ready for inference; raises EncoderUnavailable within seconds where it cannot be had."""
    try:
        prepare_torchvision()
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as problem:
        raise MissingExtra("Exporting a text encoder needs torch: install vitrine[export].") from problem
    logging.disable_progress_bar()
    with hub_access(name_or_dir, FOLDER_HINT):
        return SentenceTransformer(name_or_dir, device="cpu").eval()


def _sentence_graph(model: Any, inputs: tuple[str, ...]) -> "torch.nn.Module":
    from torch import Tensor, nn

    class SentenceGraph(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Tensor) -> Tensor:
            embeddings: Tensor = self.model(dict(zip(inputs, tensors, strict=True)))["sentence_embedding"]
            return embeddings

    return SentenceGraph()


def _features(model: Any) -> "dict[str, torch.Tensor]":
    """Two tokenised texts of different length, so that the trace sees padding."""
    from torch import Tensor

    features = {
        name: value for name, value in model.preprocess(list(probes.TEXTS[:2])).items() if isinstance(value, Tensor)
    }
    if not {"input_ids", "attention_mask"} <= set(features) <= {"input_ids", "attention_mask", "token_type_ids"}:
        raise EncoderUnavailable(
            f"This model takes {sorted(features)}: only models of token ids and a mask can be exported."
        )
    return features


def _tokenizer(model: Any) -> Any:
    from tokenizers import normalizers

    if not model.tokenizer.is_fast:
        raise EncoderUnavailable("This model has no fast tokenizer (tokenizer.json): save it with one and export that.")
    tokenizer = model.tokenizer.backend_tokenizer
    if getattr(model[0], "do_lower_case", False):
        own = [tokenizer.normalizer] if tokenizer.normalizer else []
        tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
    return tokenizer


def _preprocessing(model: Any) -> TextPreprocessing:
    pad_id = int(model.tokenizer.pad_token_id or 0)
    prefix = model.prompts.get(model.default_prompt_name) if model.default_prompt_name else ""
    return TextPreprocessing(
        max_tokens=min(int(model.max_seq_length or MAX_TOKENS), MAX_TOKENS),
        pad_id=pad_id,
        empty_id=pad_id,
        prefix=prefix or "",
    )
