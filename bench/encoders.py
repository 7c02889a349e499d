"""Images and texts a second: the models in torch, and their exports in float and in int8, in turn in one run.

Pictures are decoded before, as large as the indexer decodes them; each side then prepares them in its own way, 32 at a
time. A figure is the median of the rounds, and a ratio the median of the rounds' ratios: what slows the machine down
for a while slows down all that is measured in that round.
"""

import csv
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.exported import MINILM, VIT, exported, minilm_weights, open_clip_model
from indexer.export.text import load_sentence_transformer
from indexer.images import ImageProblem, ImageSource
from shared import wiring
from shared.adapters.encoder_folder import load_image_encoder, load_text_encoder
from shared.domain.products import Product
from shared.domain.spaces import Matrix, RgbImage
from shared.intake.fetch import FetchPolicy
from shared.settings import Settings

_ROUNDS = 7
_IMAGES = 64
_TEXTS = 256
_BATCH = 32
_LEAST = 3.0
"""How many times as fast as torch int8 is meant to be, for images on two cores."""

Encode = Callable[[], Matrix]


def measure(data: Path, work: Path) -> dict[str, Any]:
    titles, pictures = _titles(data), _pictures(data)
    found: dict[str, Any] = {"batch": _BATCH, "rounds": _ROUNDS}
    looks, words, tokens = _clip_in_torch(pictures, titles)
    as_float, as_int8 = (load_image_encoder(folder) for folder in exported(work, VIT))
    by_image = {
        "torch": looks,
        "float": lambda: as_float.encode_images(pictures),
        "int8": lambda: as_int8.encode_images(pictures),
    }
    found |= _compared(f"{VIT} images", by_image, len(pictures))
    found["int8 is as fast as is meant to be"] = found[f"{VIT} images: int8 over torch"] >= _LEAST
    by_text = {
        "torch": words,
        "float": lambda: as_float.encode_texts(titles),
        "int8": lambda: as_int8.encode_texts(titles),
    }
    found |= _compared(f"{VIT} texts", by_text, len(titles)) | {"tokens a text, ViT-B-32": tokens}
    found |= _minilm(work, titles)
    words_of_ours, ours = wiring.text_encoder(Settings()), wiring.image_encoder(Settings())
    found |= _compared("starter-text texts", {"as it ships": lambda: words_of_ours.encode_texts(titles)}, len(titles))
    found |= _compared("starter-image texts", {"as it ships": lambda: ours.encode_texts(titles)}, len(titles))
    return found | _compared(
        "starter-image images", {"as it ships": lambda: ours.encode_images(pictures)}, len(pictures)
    )


def _minilm(work: Path, titles: list[str]) -> dict[str, Any]:
    model = load_sentence_transformer(minilm_weights())
    as_float, as_int8 = (load_text_encoder(folder) for folder in exported(work, MINILM))
    ways = {
        "torch": lambda: model.encode(titles, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False),
        "float": lambda: as_float.encode_texts(titles),
        "int8": lambda: as_int8.encode_texts(titles),
    }
    return _compared(f"{MINILM} texts", ways, len(titles))


def _clip_in_torch(pictures: list[RgbImage], titles: list[str]) -> tuple[Encode, Encode, int]:
    import torch
    from PIL import Image

    model, transform, tokenizer = open_clip_model()

    def looks() -> Matrix:
        rows = []
        with torch.inference_mode():
            for start in range(0, len(pictures), _BATCH):
                batch = [transform(Image.fromarray(each)) for each in pictures[start : start + _BATCH]]
                rows.append(model.encode_image(torch.stack(batch), normalize=True).numpy())
        return np.concatenate(rows)

    def words() -> Matrix:
        with torch.inference_mode():
            batches = (titles[start : start + _BATCH] for start in range(0, len(titles), _BATCH))
            return np.concatenate([model.encode_text(tokenizer(each), normalize=True).numpy() for each in batches])

    return looks, words, int(tokenizer(titles[:1]).shape[1])


def _compared(what: str, ways: Mapping[str, Encode], count: int) -> dict[str, Any]:
    """Things a second by each way, over the first way, and the least cosine with its vectors."""
    first, *others = ways
    vectors = {name: encode() for name, encode in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_ROUNDS):
        for name, encode in ways.items():
            started = time.perf_counter()
            encode()
            seconds[name].append(time.perf_counter() - started)
    found: dict[str, Any] = {f"{what} a second: {name}": count / median(taken) for name, taken in seconds.items()}
    for name in others:
        ratios = [slow / fast for slow, fast in zip(seconds[first], seconds[name], strict=True)]
        found[f"{what}: {name} over {first}"] = median(ratios)
        found[f"{what}: {name} over {first}, least and most"] = f"{min(ratios):.2f}-{max(ratios):.2f}"
        cosines = np.sum(vectors[first] * vectors[name], axis=1)
        found[f"{what}: {name}, least cosine with {first}"] = float(cosines.min())
    return found


def _titles(data: Path) -> list[str]:
    with (data / "fashion" / "catalogue.csv").open(encoding="utf-8") as file:
        titles = sorted({row["productDisplayName"] for row in csv.DictReader(file)})
    return titles[:: len(titles) // _TEXTS][:_TEXTS]


def _pictures(data: Path) -> list[RgbImage]:
    folder = data / "fashion_photos" / "images"
    products = [Product(path.stem, path.stem, image=path.name) for path in sorted(folder.glob("*.jpg"))[:_IMAGES]]
    source = ImageSource(folder, None, FetchPolicy(), 224)
    return [image for _, image in source.load(products) if not isinstance(image, ImageProblem)]
