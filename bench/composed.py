"""Composed queries: "like this, but …" on fashion products that no encoder has learnt from, and in the demo shop.

Every case is a product and a change for which the shop has another product of the same kind (articleType) with it. A
page has five places, and where fewer products meet all that is asked, fewer are shown: shares are of what is shown, and
how much that is stands beside them. A page on which anything was given up says so; such pages are counted.

Held out are the products that ``vitrine adapt`` measures on; what the method needs was chosen on others of the 7,000.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from indexer.adapt.run import SPLIT_SEED
from indexer.adapt.split import held_out
from local.demo_shop.build import build
from local.indexing import IndexOptions, index_feed
from local.output import bars
from shared import wiring
from shared.domain.products import Product
from shared.domain.rules import Scenario
from shared.domain.spaces import Space
from shared.domain.understanding.parsing import understand
from shared.services.kept_catalogue import catalogue_products
from shared.services.pages import Question, start
from shared.services.personal import as_candidates
from shared.services.query_encoders import QueryEncoders
from shared.services.search import search
from shared.services.shop import Shop
from shared.services.understanding import VOCABULARY
from shared.services.wanted import Wanted
from shared.services.wish_ranking import gather_wishes, rated
from shared.services.wishes import seeds_of, wishes_for
from shared.settings import Settings

HELD_OUT = 1_000
PAIRS = 500
_OTHERS = 200
"""Cases of each change besides colour."""
_PLACES = 5
_SEED = 6
_NO_COLOUR = frozenset(("", "na"))
_KNOWN_BRAND = 10
"""Titles that begin with a word from which on the word counts as a brand: the feed has no column for it."""

_Meets = Callable[[Product], bool]
_Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """Ask for ``like``, but ``text``; ``meets`` says whether a product is so changed."""

    like: Product
    text: str
    meets: _Meets

    def is_answer(self, product: Product) -> bool:
        return product.id != self.like.id and _kind(product) == _kind(self.like) and self.meets(product)


@dataclass(frozen=True, slots=True)
class Bench:
    shop: Shop
    encoders: QueryEncoders
    products: Sequence[Product]

    def cases(self, changes: Iterator[Case], count: int) -> list[Case]:
        """``count`` of those that have an answer, drawn with a seed."""
        by_kind: dict[str, list[Product]] = defaultdict(list)
        for product in self.products:
            by_kind[_kind(product)].append(product)
        able = [case for case in changes if any(case.is_answer(other) for other in by_kind[_kind(case.like)])]
        return Random(_SEED).sample(able, min(count, len(able)))


def measure(data: Path, work: Path, image_encoder: Path | None = None) -> _Figures:
    """``image_encoder`` is the folder of the encoder to measure with; the starter where none is given."""
    settings = Settings(data=work / "composed")
    settings = replace(settings, image_encoder=image_encoder) if image_encoder else settings
    fashion = _fashion(data / "fashion", work, settings)
    colours = fashion.cases(_colours(fashion.products), PAIRS)
    others = {
        "for women, for men": _genders(fashion.products),
        "but <usage>": _usages(fashion.products),
        "but <brand>": _brands(fashion.products),
    }
    figures = {"encoder of pictures": settings.image_encoder.name} | _asked(fashion, "but <colour>", colours)
    figures |= _unfiltered(fashion, "but <colour>", colours)
    for name, changes in others.items():
        figures |= _asked(fashion, name, fashion.cases(changes, _OTHERS))
    demo = _demo(work, settings)
    for name, changes in _demo_changes(demo.products).items():
        figures |= _asked(demo, f"demo shop, {name}", demo.cases(changes, _OTHERS))
    return figures


def _fashion(data: Path, work: Path, settings: Settings) -> Bench:
    """A shop of the held-out products alone."""
    with (data / "catalogue.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    chosen = held_out([row["productDisplayName"] for row in rows], HELD_OUT, SPLIT_SEED)
    feed = work / "held-out.csv"
    with feed.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for row, is_held_out in zip(rows, chosen, strict=True) if is_held_out)
    return _indexed(replace(settings, data=work / "composed-fashion"), feed, data / "images")


def _demo(work: Path, settings: Settings) -> Bench:
    demo = build(work / "composed-demo" / "shop", datetime(2026, 5, 1, 12, tzinfo=UTC))
    return _indexed(replace(settings, data=work / "composed-demo"), demo.feed, demo.images)


def _indexed(settings: Settings, feed: Path, images: Path) -> Bench:
    with bars(quiet=True) as progress:
        index_feed(settings, str(feed), IndexOptions(images=images), progress)
    parts = wiring.parts(settings)
    products = list(catalogue_products(parts.blobs, parts.versions.live() or ""))
    return Bench(wiring.shop(parts), wiring.query_encoders(settings), products)


def _kind(product: Product) -> str:
    return product.categories[-1] if product.categories else ""


def _colours(products: Sequence[Product]) -> Iterator[Case]:
    known = sorted({product.colour for product in products} - {""})
    for product in products:
        for colour in known:
            if colour != product.colour and colour.casefold() not in _NO_COLOUR:
                yield Case(product, f"but {colour.casefold()}", _is(lambda other: other.colour, colour))


def _genders(products: Sequence[Product]) -> Iterator[Case]:
    for product in products:
        for asked, own in (("Women", "Men"), ("Men", "Women")):
            if product.gender == own:
                yield Case(product, f"for {asked.casefold()}", _is(lambda other: other.gender, asked))


def _usages(products: Sequence[Product]) -> Iterator[Case]:
    """A column that no filter knows: what it holds is a word of the text like any other."""
    for product in products:
        for usage in ("Casual", "Ethnic", "Formal", "Sports"):
            if product.attributes.get("usage", usage) != usage:
                yield Case(product, f"but {usage.casefold()}", _is(lambda other: other.attributes.get("usage"), usage))


def _brands(products: Sequence[Product]) -> Iterator[Case]:
    """Red Tape is left out: "but red" is a colour."""
    first = Counter(_first_word(product) for product in products)
    colours = {product.colour.casefold() for product in products}
    known = sorted(word for word, count in first.items() if count >= _KNOWN_BRAND and word not in colours)
    for product in products:
        for brand in known:
            if brand != _first_word(product):
                yield Case(product, f"but {brand}", _is(_first_word, brand))


def _first_word(product: Product) -> str:
    return product.title.split()[0].casefold()


def _demo_changes(products: Sequence[Product]) -> Mapping[str, Iterator[Case]]:
    return {
        "cheaper": (Case(each, "cheaper", _cheaper_than(each)) for each in products),
        "without stripes": (Case(each, "without stripes", _plain) for each in products if not _plain(each)),
        "in leather": (Case(each, "in leather", _of_leather) for each in products if not _of_leather(each)),
    }


def _is(read: Callable[[Product], str | None], value: str) -> _Meets:
    return lambda product: read(product) == value


def _cheaper_than(seed: Product) -> _Meets:
    return lambda product: (product.effective_price or 0.0) < (seed.effective_price or 0.0)


def _plain(product: Product) -> bool:
    return "strip" not in product.text().casefold()


def _of_leather(product: Product) -> bool:
    material = product.material.casefold()
    return material.endswith("leather") and not material.startswith("vegan")


def _asked(bench: Bench, name: str, cases: Sequence[Case]) -> _Figures:
    """Through the search service, as a shopper asks."""
    pages: list[list[Product]] = []
    given_up = 0
    for case in cases:
        found = search(bench.shop, bench.encoders, Wanted(text=case.text, like=case.like.id), Question(limit=_PLACES))
        pages.append([item.product for item in found.list.items])
        given_up += bool(found.given_up)
    return {
        f"{name}: cases": len(cases),
        **_shares(name, cases, pages),
        f"{name}: shown, of {_PLACES}": float(np.mean([len(page) for page in pages])),
        f"{name}: pages on which something was given up": given_up / len(cases),
    }


def _unfiltered(bench: Bench, name: str, cases: Sequence[Case]) -> _Figures:
    """The same without any filter: the vectors alone, first of the picture only; and what no order could better."""
    every = dict.fromkeys((Space.TEXT, Space.IMAGE, Space.KEYWORDS), 1.0)
    look = {Space.IMAGE: 1.0}
    best = [min(_PLACES, sum(map(case.is_answer, bench.products))) / _PLACES for case in cases]
    return {
        **_shares(f"{name}, picture not moved", cases, _by_vectors(bench, cases, look, moved=False)),
        **_shares(f"{name}, picture moved", cases, _by_vectors(bench, cases, look)),
        **_shares(f"{name}, all vectors", cases, _by_vectors(bench, cases, every)),
        f"{name}, at best: both": float(np.mean(best)),
    }


def _by_vectors(
    bench: Bench, cases: Sequence[Case], counted: Mapping[Space, float], moved: bool = True
) -> list[list[Product]]:
    begin = start(bench.shop, Scenario.SEARCH, Question())
    products = {product.id: product for product in bench.products}
    pages = []
    for case in cases:
        wanted = Wanted(text=case.text if moved else "", like=case.like.id)
        seeds = seeds_of(begin, wanted)
        understood = understand(wanted.text, begin.fact(VOCABULARY), seeds.like)
        wishes = wishes_for(begin, bench.encoders, wanted, understood, seeds)
        asked = {space: vector for space, vector in wishes.asked.items() if space in counted}
        weights = {space: wishes.weights.get(space, 0.0) for space in asked}
        wishes = replace(wishes, asked=asked, weights=weights)
        evidence, _ = gather_wishes(begin.index, wishes, None, 100)
        ranking = as_candidates(evidence, *rated(evidence, wishes, begin.index.manifest))
        others = [products[each.product_id] for each in ranking if each.product_id != case.like.id]
        pages.append(others[:_PLACES])
    return pages


def _shares(name: str, cases: Sequence[Case], pages: Sequence[Sequence[Product]]) -> _Figures:
    """Of all the products shown."""
    shown = [(case, product) for case, page in zip(cases, pages, strict=True) for product in page]
    return {
        f"{name}: kind kept": float(np.mean([_kind(product) == _kind(case.like) for case, product in shown])),
        f"{name}: change holds": float(np.mean([case.meets(product) for case, product in shown])),
        f"{name}: both": float(np.mean([case.is_answer(product) for case, product in shown])),
    }
