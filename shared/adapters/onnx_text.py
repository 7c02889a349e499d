"""Texts to embeddings through an exported encoder: a sentence transformer, a static table, or CLIP's text tower."""

import html
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.adapters.encoder_folder import TEXT_GRAPH, TOKENIZER, EncoderFolder, TextPreprocessing
from shared.adapters.onnx_graph import OnnxGraph
from shared.domain.errors import EncoderUnavailable, MissingExtra
from shared.domain.spaces import EncoderInfo, Matrix

TEXTS_PER_CHUNK = 2048
TOKENS_PER_BATCH = 8192
ALIKE = 0.75
"""How short a text may be beside the longest one of its batch: what is padded costs as much as what is there."""
FEWEST_PER_BATCH = 16
"""Texts in a batch all the same: calls of the graph have a price of their own."""
CHARACTERS_PER_TOKEN = 32
"""What a text may have per token it can be encoded to. The rest is cut before tokenising, whose cost grows with it."""


class OnnxTextEncoder:
    """The TextEncoder port over an encoder folder. Needs onnxruntime, tokenizers and numpy, and no torch."""

    def __init__(self, folder: EncoderFolder, threads: int = 0) -> None:
        manifest = folder.manifest
        self._info = manifest.info
        self._rules = manifest.text
        self._graph = OnnxGraph(folder.path / TEXT_GRAPH, manifest.dimensions, threads)
        self._tokenizer = _tokenizer(folder, manifest.text)

    @property
    def info(self) -> EncoderInfo:
        return self._info

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """Embeddings of ``texts``, shape (n, dimensions), rows L2-normalised; memory is bounded for any n."""
        vectors = np.zeros((len(texts), self._info.dimensions), dtype=np.float32)
        for start in range(0, len(texts), TEXTS_PER_CHUNK):
            tokens = self._tokens(texts[start : start + TEXTS_PER_CHUNK])
            for rows in _batches([len(ids) for ids in tokens]):
                vectors[start + rows] = self._graph.run(self._feeds([tokens[row] for row in rows]))
        return vectors

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        rules = self._rules
        encodings = self._tokenizer.encode_batch_fast([_clean(text, rules) for text in texts])
        return [encoding.ids or [rules.empty_id] for encoding in encodings]

    def _feeds(self, tokens: list[list[int]]) -> dict[str, NDArray[np.int64]]:
        lengths = np.array([len(ids) for ids in tokens])
        width = self._rules.pad_to or int(lengths.max())
        mask = np.arange(width)[None, :] < lengths[:, None]
        ids = np.full(mask.shape, self._rules.pad_id, dtype=np.int64)
        ids[mask] = np.concatenate([np.asarray(row, dtype=np.int64) for row in tokens])
        return {"input_ids": ids, "attention_mask": mask.astype(np.int64), "token_type_ids": np.zeros_like(ids)}


def _batches(lengths: list[int]) -> Iterator[NDArray[np.intp]]:
    """Row numbers in batches of similar length, each of at most TOKENS_PER_BATCH with its padding."""
    order = np.argsort(lengths, kind="stable")[::-1]
    falling = np.asarray(lengths)[order]
    start = 0
    while start < len(order):
        longest = int(falling[start])
        alike = int(np.count_nonzero(falling[start:] >= ALIKE * longest))
        size = max(1, min(TOKENS_PER_BATCH // longest, max(alike, FEWEST_PER_BATCH)))
        yield order[start : start + size]
        start += size


def _clean(text: str, rules: TextPreprocessing) -> str:
    text = text[: rules.max_tokens * CHARACTERS_PER_TOKEN]
    if rules.unescape:
        text = html.unescape(html.unescape(text))
    # Half of a surrogate pair is a legal Python character that no tokenizer takes.
    return rules.prefix + text.encode("utf-8", "replace").decode("utf-8")


def _tokenizer(folder: EncoderFolder, rules: TextPreprocessing) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as problem:
        raise MissingExtra("Encoding texts needs tokenizers: install vitrine[encode].") from problem
    path = folder.path / TOKENIZER
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as problem:
        raise EncoderUnavailable(
            f"The tokenizer {path} cannot be read ({problem}): export the encoder again."
        ) from problem
    tokenizer.no_padding()
    tokenizer.enable_truncation(rules.max_tokens)
    return tokenizer
