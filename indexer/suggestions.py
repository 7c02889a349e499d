"""What the shop can suggest while somebody types: its categories, brands and products, and what others searched for.

A past search is shown to strangers, so it has to be one of many: at least three users made it within the last ninety
days (k-anonymity, Sweeney 2002, with k = 3), it reads like a search, and there is a product with all its words.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from unicodedata import normalize
from zlib import crc32

import numpy as np

from indexer.teaching import Fact, Material, Taught
from shared.domain.keywords import terms
from shared.domain.products import Product
from shared.domain.searches import looks_like_search
from shared.domain.suggesting import words_of
from shared.domain.suggestions import Kind, Lists, Suggestions, Texts, suggestions_to_bytes
from shared.domain.understanding.word_forms import Language, forms

FEWEST_USERS = 3
"""Who made a search, before it is suggested to anybody else. A user counts once, however often they searched."""

_MOST_SEARCHES = 10_000
_MOST_COUNTED = 200_000
"""Different searches that are counted at a time; beyond, those of a single user so far are forgotten (lossy counting,
Manku & Motwani, 2002)."""

_MOST_PRODUCTS = 100_000
_MOST_BYTES = 12_000_000
"""Of texts and numbers, roughly: a function reads all of it when it starts."""

_LONGEST_TEXT = 120
_LONGEST_NAME = 100
_WORDS_OF_TEXT = 30
_LEADS_OF_SEARCH = 50
_BYTES_OF_NUMBERS = 75


@dataclass(slots=True)
class _Entry:
    """``leads`` are places of products."""

    spelt: Counter[str] = field(default_factory=Counter)
    leads: list[int] = field(default_factory=list)
    users: int = 0

    @property
    def text(self) -> str:
        """The usual spelling."""
        return min(self.spelt, key=lambda each: (-self.spelt[each], each))


_Entries = dict[tuple[Kind, str], _Entry]


def teach_suggestions(material: Material) -> Taught:
    """Products and past searches go in, and no vectors."""
    material.progress.stage("Making suggestions")
    searches = past_searches(material.searches)
    made = suggestions_of(material.shelf.products(), searches)
    return Taught(facts={"suggestions": Fact.of_events(suggestions_to_bytes(made))})


def past_searches(made: Iterable[tuple[str, str]]) -> dict[str, tuple[str, int]]:
    """By its plain words, the usual spelling of each search that enough users made, and how many they were."""
    users: dict[str, set[str]] = defaultdict(set)
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for user_id, query in made:
        text = " ".join(normalize("NFC", query).split())
        key = " ".join(words_of(text))
        if not key or not looks_like_search(text) or user_id in users[key]:
            continue
        users[key].add(user_id)
        spelt[key][text] += 1
        if len(users) > _MOST_COUNTED:
            for rare in [each for each, by in users.items() if len(by) < 2]:
                del users[rare], spelt[rare]
    enough = [(key, len(by)) for key, by in users.items() if len(by) >= FEWEST_USERS]
    enough.sort(key=lambda each: (-each[1], each[0]))
    return {key: (_Entry(spelt[key]).text, count) for key, count in enough[:_MOST_SEARCHES]}


def suggestions_of(products: Iterable[Product], searches: Mapping[str, tuple[str, int]]) -> Suggestions:
    """Of ``searches`` (see :func:`past_searches`) those that a product has all words of."""
    kept = sorted(_kept(products), key=lambda each: each.id)
    entries: _Entries = defaultdict(_Entry)
    for place, product in enumerate(kept):
        for kind, name in _names(product):
            key = " ".join(words_of(name)[:_WORDS_OF_TEXT])
            if key:
                entry = entries[kind, key]
                entry.spelt[name] += 1
                if not entry.leads or entry.leads[-1] != place:
                    entry.leads.append(place)
    _add_searches(entries, kept, searches)
    return _packed(entries, [each.id for each in kept])


def _names(product: Product) -> list[tuple[Kind, str]]:
    """What of the product can be typed; a name too long to be a filter is none."""
    groups = [(Kind.BRAND, product.brand), *((Kind.CATEGORY, each) for each in product.categories)]
    names = [(kind, name) for kind, name in groups if 0 < len(name) <= _LONGEST_NAME]
    return [*names, (Kind.PRODUCT, _short(normalize("NFC", product.title)))]


def _short(title: str) -> str:
    if len(title) <= _LONGEST_TEXT:
        return title
    return f"{title[:_LONGEST_TEXT].rsplit(' ', 1)[0]}…"


def _kept(products: Iterable[Product]) -> list[Product]:
    """All that there is room for, drawn by a hash of their ids."""
    drawn = nsmallest(_MOST_PRODUCTS, products, key=lambda each: (crc32(each.id.encode(errors="replace")), each.id))
    kept: list[Product] = []
    room = _MOST_BYTES
    for each in drawn:
        room -= len(each.title.encode(errors="replace")[:_LONGEST_TEXT]) + len(each.id) + _BYTES_OF_NUMBERS
        if room < 0:
            break
        kept.append(each)
    return kept


def _add_searches(entries: _Entries, products: Sequence[Product], searches: Mapping[str, tuple[str, int]]) -> None:
    asked = {key: _single(text) for key, (text, _) in searches.items()}
    alike = {word: {word, *forms(word, tuple(Language))} for word in {each for of in asked.values() for each in of}}
    wanted = {form for of in alike.values() for form in of}
    having: dict[str, set[int]] = defaultdict(set)
    for place, product in enumerate(products) if wanted else ():
        for term in wanted.intersection(terms(product.text())):
            having[term].add(place)
    for key, words in asked.items():
        if (Kind.BRAND, key) in entries or (Kind.CATEGORY, key) in entries or not words:
            continue
        found = set.intersection(*(set().union(*(having.get(form, ()) for form in alike[word])) for word in words))
        if found:
            text, users = searches[key]
            entries[Kind.SEARCH, key] = _Entry(Counter([text]), sorted(found)[:_LEADS_OF_SEARCH], users)


def _single(text: str) -> list[str]:
    return [term for term in terms(text) if " " not in term]


def _packed(entries: _Entries, products: Sequence[str]) -> Suggestions:
    order = sorted(entries)
    of_entries = [key.split() for _, key in order]
    words = sorted({word for of in of_entries for word in of})
    places = {word: place for place, word in enumerate(words)}
    standing: list[list[int]] = [[] for _ in words]
    for number, of in enumerate(of_entries):
        for word in dict.fromkeys(of):
            standing[places[word]].append(number)
    return Suggestions(
        kinds=np.array([kind for kind, _ in order], dtype=np.uint8),
        texts=Texts.of([entries[each].text for each in order]),
        plain=Texts.of([key for kind, key in order if kind is not Kind.PRODUCT]),
        users=np.array([entries[each].users for each in order], dtype=np.int32),
        leads=Lists.of([entries[each].leads for each in order]),
        products=Texts.of(products),
        words=Texts.of(words, "utf-16-le"),
        entries=Lists.of(standing),
        first=np.array([places[of[0]] for of in of_entries], dtype=np.int32),
        length=np.array([len(of) for of in of_entries], dtype=np.uint8),
    )
