"""The words of the starter image encoder's text tower: a part of MiniLM's vocabulary, with MiniLM's meanings.

The captions of drawn pictures use a few hundred words. A tower that started from random vectors would know those and
no other; this one starts from distilled MiniLM vectors and keeps them fixed, so that a word it never saw in a
caption ("sneakers") lands near one that it did ("trainers").
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.starter.text import principal_components, token_vectors, weigh

PAD, UNKNOWN, END = "[PAD]", "[UNK]", "[EOS]"


def choose_tokens(tokenizer: Any, captions: Iterable[str], size: int) -> list[str]:
    """At most ``size`` tokens of ``tokenizer``: the letters, what the captions use, then the most frequent ones."""
    by_frequency = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    plain = [token for token in by_frequency if token.isascii() and not token.startswith("[")]
    letters = [token for token in plain if len(token.removeprefix("##")) == 1]
    used = {token for encoding in tokenizer.encode_batch(sorted(set(captions))) for token in encoding.tokens}
    chosen = dict.fromkeys([*letters, *(token for token in plain if token in used), *plain])
    return [PAD, UNKNOWN, *list(chosen)[: size - 3], END]


def write_tokenizer(tokens: list[str], folder: Path, context_length: int) -> None:
    """A lower-casing WordPiece tokenizer over ``tokens`` that ends each text with the last of them."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    numbers = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, numbers[END])])
    tokenizer.add_special_tokens([PAD, UNKNOWN, END])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context_length,
        **{"pad_token": PAD, "unk_token": UNKNOWN, "eos_token": END},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def meanings(model: Any, tokens: list[str], width: int) -> NDArray[np.float32]:
    """MiniLM's vector of each of ``tokens``, shrunk to ``width``, shape (tokens, width), rows of length about 1."""
    return _rows(principal_components(token_vectors(model), width), model.tokenizer.get_vocab(), tokens)


def table_meanings(table: Path, tokenizer: Any, tokens: list[str], width: int) -> NDArray[np.float32]:
    """As :func:`meanings`, from the starter text encoder's graph ``table`` and its ``tokenizer``: needs no MiniLM.

    Its columns are the same principal components, the strongest first; the weight of each word is taken out again.
    """
    import onnx

    stored = {each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(str(table)).graph.initializer}
    vectors = stored["table"][:, :width].astype(np.float64) * stored["scale"].reshape(-1, 1)
    return _rows(vectors / weigh(np.ones((len(vectors), 1))), tokenizer.get_vocab(), tokens)


def _rows(vectors: NDArray[np.float64], numbers: dict[str, int], tokens: list[str]) -> NDArray[np.float32]:
    vectors = vectors / np.linalg.norm(vectors, axis=1).mean()
    rows = np.array([numbers.get(token, numbers[UNKNOWN]) for token in tokens])
    table: NDArray[np.float32] = vectors[rows].astype(np.float32)
    table[0] = 0
    return table
