"""Where a model starts: from nothing, from the starter, or from an open_clip model with its weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from indexer.adapt.small import CONFIGURATION, Shape, lay_out, set_meanings
from indexer.adapt.starter_weights import read_weights
from indexer.export.clip import load_open_clip
from indexer.starter.vocabulary import choose_tokens, table_meanings, write_tokenizer
from shared.adapters.encoder_folder import TEXT_GRAPH, TOKENIZER
from shared.domain.errors import EncoderUnavailable, InvalidInput, MissingExtra

SCRATCH, STARTER = "scratch", "starter"
SCRATCH_SHAPE = Shape(image_size=80)
VOCABULARY = 12_000


@dataclass(frozen=True, slots=True)
class Beginning:
    """A model to train, on the CPU. ``tuned`` says that its weights come from elsewhere and are worth keeping near."""

    model: Any
    transform: Any
    tokenizer: Any
    tuned: bool


@dataclass(frozen=True, slots=True)
class Starters:
    """The encoder folders that ship with Vitrine: the words' meanings come from one, ``starter`` is the other."""

    text: Path
    image: Path


def begin(source: str, starters: Starters, titles: Sequence[str], work: Path) -> Beginning:
    """The model that ``source`` names; ``work`` keeps what is laid out for it.

    ``source`` is ``scratch``, ``starter``, ARCHITECTURE/PRETRAINED as open_clip names them, ``hf-hub:NAME``, or a
    folder with ``open_clip_config.json`` and weights. From scratch only the words have meanings before anything is
    learnt. Raises EncoderUnavailable or InvalidInput where there is no such model, MissingExtra without torch.
    """
    require_torch()
    if source == SCRATCH:
        return _from_scratch(starters, titles, work)
    if source == STARTER:
        return _from_starter(starters, work)
    if Path(source).is_dir():
        if not (Path(source) / CONFIGURATION).is_file():
            raise EncoderUnavailable(f"The folder {source} is no open_clip model: it has no {CONFIGURATION}.")
        return Beginning(*load_open_clip(f"local-dir:{source}", None), tuned=True)
    if source.startswith("hf-hub:"):
        return Beginning(*load_open_clip(source, None), tuned=True)
    architecture, slash, pretrained = source.partition("/")
    if not (architecture and slash and pretrained):
        raise InvalidInput(
            f"--from {source} cannot be read: write {SCRATCH}, {STARTER}, ARCHITECTURE/PRETRAINED such as "
            "ViT-B-32/laion2b_s34b_b79k, or the folder of an open_clip model."
        )
    return Beginning(*load_open_clip(architecture, pretrained), tuned=True)


def require_torch() -> None:
    """Raises MissingExtra where torch or open_clip is not installed: said before the photos are read, not after."""
    if any(find_spec(name) is None for name in ("torch", "open_clip", "onnx")):
        raise MissingExtra("Adapting an encoder needs torch and open_clip: install vitrine[export].")


def lock(beginning: Beginning, groups: int) -> None:
    """Let only the top ``groups`` layers of each tower learn (Zhai et al., LiT, CVPR 2022, lock a whole tower)."""
    try:
        beginning.model.lock_image_tower(unlocked_groups=groups, freeze_bn_stats=True)
        beginning.model.lock_text_tower(unlocked_layers=groups)
    except (AssertionError, AttributeError, NotImplementedError, IndexError) as problem:
        raise InvalidInput("This model's layers cannot be locked: leave --layers out.") from problem


def _from_scratch(starters: Starters, titles: Sequence[str], work: Path) -> Beginning:
    from tokenizers import Tokenizer

    if not (work / CONFIGURATION).exists():
        words = Tokenizer.from_file(str(starters.text / TOKENIZER))
        tokens = choose_tokens(words, titles, VOCABULARY)
        write_tokenizer(tokens, work, SCRATCH_SHAPE.context_length)
        meanings = table_meanings(starters.text / TEXT_GRAPH, words, tokens, SCRATCH_SHAPE.width)
        lay_out(SCRATCH_SHAPE, meanings, SCRATCH, work)
    loaded = load_open_clip(f"local-dir:{work}", None, random_weights=True)
    set_meanings(loaded[0], work)
    return Beginning(*loaded, tuned=False)


def _from_starter(starters: Starters, work: Path) -> Beginning:
    """The starter is kept as ONNX alone: its weights are read out of its graphs."""
    from tokenizers import Tokenizer

    if not (work / CONFIGURATION).exists():
        vocabulary = Tokenizer.from_file(str(starters.image / TOKENIZER)).get_vocab()
        tokens = sorted(vocabulary, key=lambda token: vocabulary[token])
        write_tokenizer(tokens, work, Shape().context_length)
        lay_out(Shape(), np.zeros((len(tokens), Shape().width), dtype=np.float32), STARTER, work)
    loaded = load_open_clip(f"local-dir:{work}", None, random_weights=True)
    read_weights(loaded[0], loaded[2], starters.image)
    return Beginning(*loaded, tuned=False)
