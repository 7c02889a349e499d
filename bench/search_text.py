"""Search by words: products found again by damaged titles, and by what they are; each arm beside the whole.

A query is a title that lost a word (of four or more), in which one or two words are misspelt, and whose words are in
any order. Titles repeat, so any product of the same title is a hit.
"""

import random
import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.indexing import index
from shared import wiring
from shared.domain.cursor import DEPTHS
from shared.domain.keywords import keyword_vector
from shared.domain.products import Product
from shared.domain.recommendations import SpaceQuery
from shared.domain.rules import Scenario
from shared.domain.spaces import Space, Vector
from shared.services.kept_catalogue import catalogue_products
from shared.services.matching import WEIGHTS, query_of_words
from shared.services.pages import Question, Start, start
from shared.services.query_encoders import QueryEncoders
from shared.services.search import search
from shared.services.shop import Shop
from shared.services.wanted import Wanted
from shared.services.wish_ranking import gather_wishes, rated
from shared.services.wishes import Wishes
from shared.settings import Settings

SEED = 6
"""Of the figures; what was chosen by measuring was chosen on seeds 1 to 3."""
_QUERIES = 500
_PLACES = 10
_PAGE = 100
_SHORT = 4
_OTHER_WEIGHTS: Mapping[str, Mapping[Space, float]] = {
    "keywords 1, text 1, image .5": {Space.KEYWORDS: 1.0, Space.TEXT: 1.0, Space.IMAGE: 0.5},
    "keywords 1, text .5, image .25": {Space.KEYWORDS: 1.0, Space.TEXT: 0.5, Space.IMAGE: 0.25},
    "keywords 1, text .25, image .1 (as it is)": WEIGHTS,
    "keywords 1": {Space.KEYWORDS: 1.0},
}
_KINDS = (("articleType",), ("baseColour", "articleType"), ("gender", "articleType"), ("usage", "articleType"))

Case = tuple[str, frozenset[str]]
"""What is typed, and the products that it is to find."""
Finds = Callable[[str], list[str]]


class Searched:
    """A shop that is searched, with its catalogue."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data=folder)
        parts = wiring.parts(settings)
        self.shop: Shop = wiring.shop(parts)
        self.encoders: QueryEncoders = wiring.query_encoders(settings)
        self.products = sorted(
            catalogue_products(parts.blobs, parts.versions.live() or ""), key=lambda product: product.id
        )

    def asked(self, text: str) -> tuple[Start, dict[Space, Vector]]:
        begin = start(self.shop, Scenario.SEARCH, Question(), text)
        return begin, query_of_words(begin, self.encoders, text)

    def whole(self, understand: bool, limit: int = _PLACES) -> Finds:
        def find(text: str) -> list[str]:
            found = search(self.shop, self.encoders, Wanted(text=text, understand=understand), Question(limit=limit))
            return [item.product.id for item in found.list.items]

        return find

    def arm(self, space: Space) -> Finds:
        def find(text: str) -> list[str]:
            begin, asked = self.asked(text)
            return self._nearest(begin, space, asked[space]) if space in asked else []

        return find

    def as_documents(self, text: str) -> list[str]:
        """By keywords that are weighed as those of products are: without corrections and other forms."""
        begin, _ = self.asked("")
        return self._nearest(begin, Space.KEYWORDS, keyword_vector(text))

    def weighed(self, weights: Mapping[Space, float]) -> Finds:
        def find(text: str) -> list[str]:
            begin, asked = self.asked(text)
            wishes = Wishes(asked, weights)
            evidence, _ = gather_wishes(begin.index, wishes, None, DEPTHS[0])
            total, _ = rated(evidence, wishes, begin.index.manifest)
            return [evidence.ids[place] for place in np.argsort(-total, kind="stable")[:_PLACES].tolist()]

        return find

    def _nearest(self, begin: Start, space: Space, vector: Vector) -> list[str]:
        (hits,) = begin.index.search([SpaceQuery(space, vector, _PLACES)])
        return [hit.product_id for hit in hits]


def measure(data: Path, work: Path) -> dict[str, Any]:
    feeds = {"beauty": data / "beauty" / "items.csv", "eshop": data / "eshop" / "catalog.json"}
    for name, feed in feeds.items():
        index([str(feed)], work / f"words-{name}")
    fashion = Searched(work / "fashion")
    titles = by_title(fashion.products, random.Random(SEED), _QUERIES)
    kinds = by_kind(fashion.products, random.Random(SEED), _QUERIES // 5)
    measured: dict[str, Any] = {"fashion, damaged titles": len(titles), "fashion, kinds asked for": len(kinds)}
    measured |= _arms("fashion", fashion, titles)
    for name in feeds:
        searched = Searched(work / f"words-{name}")
        measured |= _arms(name, searched, by_title(searched.products, random.Random(SEED), _QUERIES))
    for name, weights in _OTHER_WEIGHTS.items():
        find = fashion.weighed(weights)
        measured[f"{name}: titles, recall@10"] = recall(find, titles)
        measured[f"{name}: kinds, precision@10"] = precision(find, kinds)
    shown = fashion.whole(understand=False, limit=_PAGE)
    return measured | {
        "kinds, what is listed at all: precision": precision(shown, kinds),
        "kinds, what is listed at all: recall": share_found(shown, kinds),
        "products listed for 'asdfgh qwerty'": len(shown("asdfgh qwerty")),
    }


def _arms(name: str, searched: Searched, cases: Sequence[Case]) -> dict[str, float]:
    arms: dict[str, Finds] = {
        "search": searched.whole(understand=True),
        "search, nothing read as a filter": searched.whole(understand=False),
        "keywords": searched.arm(Space.KEYWORDS),
        "keywords, as documents are weighed": searched.as_documents,
        "text": searched.arm(Space.TEXT),
        "image": searched.arm(Space.IMAGE),
    }
    return {f"{name}, recall@10: {arm}": recall(find, cases) for arm, find in arms.items()}


def recall(find: Finds, cases: Sequence[Case]) -> float:
    """The share of the cases of which something that is wanted was found."""
    return float(np.mean([not wanted.isdisjoint(find(text)) for text, wanted in cases]))


def precision(find: Finds, cases: Sequence[Case]) -> float:
    """The mean share of what is wanted among what is found."""
    found = [(find(text), wanted) for text, wanted in cases]
    return float(np.mean([len(wanted.intersection(ids)) / max(len(ids), 1) for ids, wanted in found]))


def share_found(find: Finds, cases: Sequence[Case]) -> float:
    """The mean share of what is found among what is wanted."""
    return float(np.mean([len(wanted.intersection(find(text))) / len(wanted) for text, wanted in cases]))


def by_title(products: Sequence[Product], rng: random.Random, count: int) -> list[Case]:
    """``count`` products, or all there are, each by its damaged title."""
    groups: dict[str, set[str]] = {}
    for product in products:
        groups.setdefault(product.title, set()).add(product.id)
    chosen = rng.sample(list(products), min(count, len(products)))
    return [(damaged(product.title, rng), frozenset(groups[product.title])) for product in chosen]


def by_kind(products: Sequence[Product], rng: random.Random, count: int) -> list[Case]:
    """``count`` kinds of thing that a fashion shop has ten to eighty of, by their attributes' values."""
    cases: dict[str, frozenset[str]] = {}
    while len(cases) < count:
        example, columns = rng.choice(products), rng.choice(_KINDS)
        values = [_value(example, column) for column in columns]
        of_kind = [each.id for each in products if [_value(each, column) for column in columns] == values]
        if all(values) and _PLACES <= len(of_kind) <= 80:
            cases[" ".join(values).lower()] = frozenset(of_kind)
    return list(cases.items())


def _value(product: Product, column: str) -> str:
    match column:
        case "articleType":
            return product.categories[-1] if product.categories else ""
        case "baseColour":
            return product.colour
        case "gender":
            return product.gender
        case _:
            return product.attributes.get(column, "")


def damaged(title: str, rng: random.Random) -> str:
    """``title`` without one word, where it has four or more, with one or two misspelt, its words in any order."""
    words = title.split()
    if len(words) >= _SHORT:
        words.pop(rng.randrange(len(words)))
    places = [place for place, word in enumerate(words) if len(word) > 2 and any(map(str.isalpha, word))]
    for place in rng.sample(places, min(len(places), rng.randint(1, 2))):
        words[place] = misspelt(words[place], rng)
    rng.shuffle(words)
    return " ".join(words)


def misspelt(word: str, rng: random.Random) -> str:
    """``word``, of two letters at least, with one letter replaced, left out or put in, or two swapped, anywhere."""
    place, letter = rng.randrange(len(word)), rng.choice(string.ascii_lowercase)
    match rng.randrange(4):
        case 0:
            return word[:place] + letter + word[place + 1 :]
        case 1:
            return word[:place] + word[place + 1 :]
        case 2:
            return word[:place] + letter + word[place:]
        case _:
            place = rng.randrange(len(word) - 1)
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
