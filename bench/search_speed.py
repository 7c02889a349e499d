"""How long a search takes in process, through the whole service, with each pair of encoders and with none.

2,000 of the fashion products, indexed once for each pair. Every query is asked of each in turn, so that a moment in
which the machine is slow is one for all of them; the ratios are to the search by keywords alone over the same index.
ViT-B-32 has random weights: what it finds means nothing, and takes as long.
"""

import csv
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.exported import MINILM, VIT, exported
from bench.indexing import index
from indexer.images import ImageProblem, ImageSource
from shared import wiring
from shared.domain.products import Product
from shared.domain.spaces import RgbImage, Space
from shared.domain.versions import Manifest
from shared.http.steady import keep_for_good
from shared.intake.fetch import FetchPolicy
from shared.services.pages import Question
from shared.services.query_encoders import QueryEncoders
from shared.services.search import search
from shared.services.shop import Shop
from shared.services.wanted import Wanted
from shared.settings import Settings

_PRODUCTS = 2_000
_QUERIES = 150
_ROUNDS = 2
_PHOTOS = 20
_PHOTO_ROUNDS = 3

Ask = Callable[[Wanted], object]


class _NoEncoders(QueryEncoders):
    """Words are looked for in the keywords alone, and nothing is said to be missing."""

    def spaces(self, manifest: Manifest) -> list[Space]:  # noqa: ARG002
        return []


def measure(data: Path, work: Path) -> dict[str, Any]:
    feed, titles = _some_products(data, work)
    _, vit = exported(work, VIT)
    _, minilm = exported(work, MINILM)
    pairs: dict[str, list[str]] = {
        "starter encoders": [],
        f"{MINILM} int8, starter image": ["--text-encoder", str(minilm)],
        f"{MINILM} int8, {VIT} int8": ["--text-encoder", str(minilm), "--image-encoder", str(vit)],
    }
    asks: dict[str, tuple[Ask, Ask]] = {}
    for number, (name, options) in enumerate(pairs.items()):
        folder = work / f"search-{number}"
        index([str(feed), "--images", str(data / "fashion" / "images"), *options], folder)
        asks[name] = _asks(Settings(data=folder))
    keep_for_good()
    found: dict[str, Any] = {"products": len(titles), "queries": _QUERIES * _ROUNDS}
    by_words = {f"words, {name}": ask for name, (ask, _) in asks.items()}
    alone = {f"words, keywords alone, index of {name}": ask for name, (_, ask) in asks.items()}
    times = _times({**by_words, **alone}, [Wanted(text) for text in _queries(titles)], _ROUNDS)
    for what, taken in times.items():
        found |= {f"{what}: p50, ms": _percentile(taken, 50), f"{what}: p99, ms": _percentile(taken, 99)}
    for words, keywords in zip(by_words, alone, strict=True):
        found[f"{words}: p50 over keywords alone"] = _percentile(times[words], 50) / _percentile(times[keywords], 50)
    photos = [Wanted(picture=picture) for picture in _pictures(data)]
    for what, taken in _times(
        {f"photo, {name}": ask for name, (ask, _) in asks.items()}, photos, _PHOTO_ROUNDS
    ).items():
        found |= {f"{what}: p50, ms": _percentile(taken, 50), f"{what}: p99, ms": _percentile(taken, 99)}
    return found


def _asks(settings: Settings) -> tuple[Ask, Ask]:
    """With the encoders that made the version, wherever they are, and with none."""
    parts = wiring.parts(settings)
    shop = wiring.shop(parts)
    encoders = wiring.query_encoders(Settings(data=settings.data), parts.clock, parts.blobs)
    none = _NoEncoders(lambda: wiring.text_encoder(settings), lambda: wiring.image_encoder(settings), parts.clock)
    return _asker(shop, encoders), _asker(shop, none)


def _asker(shop: Shop, encoders: QueryEncoders) -> Ask:
    def ask(wanted: Wanted) -> object:
        found = search(shop, encoders, wanted, Question(limit=12))
        if found.list.degraded:
            raise RuntimeError(f"the search did without {found.list.degraded}: there is nothing to be measured")
        return found

    return ask


def _times(asks: Mapping[str, Ask], wanted: list[Wanted], rounds: int) -> dict[str, list[float]]:
    """Milliseconds, each asked of all in turn; the first ones are asked before, to warm up."""
    taken: dict[str, list[float]] = {what: [] for what in asks}
    for each in wanted[:5]:
        for ask in asks.values():
            ask(each)
    for _ in range(rounds):
        for each in wanted:
            for what, ask in asks.items():
                started = time.perf_counter()
                ask(each)
                taken[what].append((time.perf_counter() - started) * 1_000)
    return taken


def _percentile(taken: list[float], share: int) -> float:
    return float(np.percentile(taken, share))


def _some_products(data: Path, work: Path) -> tuple[Path, list[str]]:
    """A feed of every fourth product, and their titles."""
    with (data / "fashion" / "catalogue.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows = rows[:: len(rows) // _PRODUCTS][:_PRODUCTS]
    feed = work / "search-feed.csv"
    with feed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return feed, [row["productDisplayName"] for row in rows]


def _queries(titles: list[str]) -> list[str]:
    """Two to five words of a title, in its order, as a shopper might type them."""
    rng = random.Random(5)
    queries = []
    for title in rng.sample(titles, _QUERIES):
        words = title.lower().split()
        kept = sorted(rng.sample(range(len(words)), min(len(words), rng.randint(2, 5))))
        queries.append(" ".join(words[place] for place in kept))
    return queries


def _pictures(data: Path) -> list[RgbImage]:
    folder = data / "fashion_photos" / "images"
    products = [Product(path.stem, path.stem, image=path.name) for path in sorted(folder.glob("*.jpg"))[:_PHOTOS]]
    source = ImageSource(folder, None, FetchPolicy(), 224)
    return [image for _, image in source.load(products) if not isinstance(image, ImageProblem)]
