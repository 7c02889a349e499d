"""Suggestions with every letter typed: over 8,000 fashion products, and over 100,000 made up of syllables."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from indexer.jobs import jobs
from indexer.suggestions import suggestions_of
from local.output import bars
from shared import wiring
from shared.domain.events import Event, EventType
from shared.domain.products import Product
from shared.domain.suggesting import words_of
from shared.domain.suggestions import Suggestions, suggestions_from_bytes, suggestions_to_bytes
from shared.http.steady import keep_for_good
from shared.services.facts import Facts, fact_name
from shared.services.popularity import refresh_popularity
from shared.services.shop import Shop
from shared.services.suggest import SUGGESTIONS, Suggester
from shared.settings import Settings

_USERS = 300
_SYNTHETIC = 100_000
_TYPED = 400


def measure(_: Path, work: Path) -> dict[str, Any]:
    parts = wiring.parts(Settings(data=work / "fashion"))
    made = suggestions_from_bytes(_fact(parts))
    _add_searches(parts, made, work / "work")
    shop = wiring.shop(parts)
    keep_for_good()
    measured = _figures("fashion", shop, _fact(parts))
    synthetic = wiring.parts(Settings(data=work / "synthetic"))
    products = _synthetic()
    content = suggestions_to_bytes(suggestions_of(products, {}))
    version = shop.live.live().manifest.version
    synthetic.blobs.put(fact_name(version, SUGGESTIONS.name), content)
    synthetic.products.replace(version, parts.clock.now(), products)
    larger = replace(shop, facts=Facts(synthetic.blobs), products=synthetic.products)
    return measured | _figures("synthetic", larger, content)


def _fact(parts: wiring.Parts) -> bytes:
    return parts.blobs.get(fact_name(parts.versions.live() or "", SUGGESTIONS.name)) or b""


def _figures(name: str, shop: Shop, content: bytes) -> dict[str, Any]:
    parsing = [_milliseconds(lambda: suggestions_from_bytes(content))[0] for _ in range(5)]
    made = suggestions_from_bytes(content)
    suggester = Suggester(shop)
    suggester.suggest("")
    typed = _as_typed(made)
    figures: dict[str, Any] = {
        f"{name}: entries": len(made),
        f"{name}: MB": len(content) / 1e6,
        f"{name}: reading it, ms": float(np.median(parsing)),
    }
    wanted = [made.products[place] for place in range(0, len(made.products), len(made.products) // 24)][:24]
    looked_up = [_milliseconds(lambda: shop.products.get(wanted)) for _ in range(300)]
    figures |= _percentiles(f"{name}, a look-up of 24 products", looked_up)
    kinds = {"guest": (typed, ""), "known user": (typed, "user-1"), "one letter wrong": (_misspelt(typed), "")}
    for kind, (texts, user) in kinds.items():
        taken = [_milliseconds(partial(suggester.suggest, text, 8, user)) for text in texts]
        figures |= _percentiles(f"{name}, {kind}", taken)
        figures[f"{name}, {kind}: p50 over the look-up's"] = float(np.median(taken, 0)[0] / np.median(looked_up, 0)[0])
    return figures


def _percentiles(name: str, taken: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Other processes are in the time, and not in the processor time."""
    return {
        f"{name}: p{percent}, {what}": float(np.percentile([each[place] for each in taken], percent))
        for place, what in enumerate(("ms", "ms of processor time"))
        for percent in (50, 99)
    }


def _milliseconds(call: Callable[[], object]) -> tuple[float, float]:
    """Of time, and of processor time."""
    started = time.perf_counter(), time.thread_time()
    call()
    return (time.perf_counter() - started[0]) * 1_000, (time.thread_time() - started[1]) * 1_000


def _as_typed(made: Suggestions) -> list[str]:
    """Beginnings of entries, from the first letter to twelve of them."""
    rng = random.Random(5)
    texts = [made.texts[rng.randrange(len(made))] for _ in range(_TYPED)]
    return [text[: rng.randint(1, 12)] for text in texts for _ in range(2)]


def _misspelt(typed: Sequence[str]) -> list[str]:
    rng = random.Random(6)
    long_enough = [text for text in typed if len(text) >= 6]
    places = [rng.randrange(2, len(text)) for text in long_enough]
    return [text[:place] + text[place + 1 :] for text, place in zip(long_enough, places, strict=True)]


def _add_searches(parts: wiring.Parts, made: Suggestions, work: Path) -> None:
    """Users who search for two words of a title and look at the product."""
    rng = random.Random(4)
    now = parts.clock.now()
    events = []
    for number in range(_USERS):
        for step in range(6):
            place = min(int(rng.expovariate(1 / 40)), len(made.products) - 1)
            at = now - timedelta(hours=rng.uniform(1, 500))
            words = _title_words(made, place)
            who = f"user-{number}"
            events.append(Event(f"s{number}-{step}", who, EventType.SEARCH, at, now, query=" ".join(words[-2:])))
            after = at + timedelta(minutes=1)
            events.append(Event(f"v{number}-{step}", who, EventType.VIEW, after, now, made.products[place]))
    parts.events.add(events)
    refresh_popularity(parts.events, parts.blobs, now)
    with bars(quiet=True) as progress:
        jobs(parts, progress).retrain().run(work)


def _title_words(made: Suggestions, product: int) -> list[str]:
    entries = np.flatnonzero(made.leads.content == product)
    entry = int(np.searchsorted(made.leads.ends, entries[-1], side="right")) - 1
    return words_of(made.texts[entry])


def _synthetic() -> list[Product]:
    rng = random.Random(7)
    syllables = [a + b + c for a in "bdfgklmnprstvz" for b in "aeiou" for c in ("", "n", "r", "s", "l")]
    words = list(dict.fromkeys("".join(rng.choices(syllables, k=rng.randint(2, 3))) for _ in range(40_000)))
    brands = [rng.choice(words).title() for _ in range(2_000)]
    kinds = [rng.choice(words).title() for _ in range(500)]
    return [
        Product(f"s{number:06}", " ".join([brand, *rng.sample(words, 3), kind]), brand=brand, categories=(kind,))
        for number in range(_SYNTHETIC)
        for brand, kind in [(rng.choice(brands), rng.choice(kinds))]
    ]
