"""Suggestions while somebody types: what the typed words begin, best known and most to the reader's taste first.

What was typed is looked up and forgotten: it is in no log, no metric and no cursor.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shared.domain.errors import InvalidInput
from shared.domain.filters import FilterField, OneOf
from shared.domain.highlights import Ranges
from shared.domain.popularity import Popularity
from shared.domain.products import Product
from shared.domain.recommendations import Part
from shared.domain.rules import Scenario, hidden_products
from shared.domain.suggesting import (
    LONGEST_TYPED_TEXT,
    MOST_WORDS,
    Scores,
    fitting,
    product_shares,
    standing,
    titled,
    to_taste,
    typed_in,
    words_of,
)
from shared.domain.suggestions import NO_SUGGESTIONS, Kind, Numbers, Suggestions, suggestions_from_bytes
from shared.domain.taste import product_weights
from shared.services.facts import FactKind
from shared.services.filter_language import filter_text
from shared.services.guarded import Deeds
from shared.services.pages import Question, Start, start, tell_degraded
from shared.services.shop import Shop

SUGGESTIONS: FactKind[Suggestions] = FactKind("suggestions", suggestions_from_bytes, NO_SUGGESTIONS)
MOST_SUGGESTIONS = 20
_LOOKED_AT = 3
"""Rounds of twice as many as are wanted: what is sold out makes room for the next best, but not without end."""

_LEADS = 3
"""Products of a category, brand or search, the best known ones, that are looked up: one to be had is enough."""

_RECENT = 50
_LIKED = 10
"""Products, those liked most lately, whose categories and brands come first."""

_FIELDS: Mapping[Kind, FilterField] = {Kind.CATEGORY: FilterField.CATEGORY, Kind.BRAND: FilterField.BRAND}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``filter``, in the filter language, is of categories and brands, ``product_id`` of products.

    ``typed`` are the ranges of ``text`` that were typed.
    """

    kind: Kind
    text: str
    filter: str = ""
    product_id: str = ""
    typed: Ranges = ()


@dataclass(frozen=True, slots=True)
class Suggested:
    suggestions: tuple[Suggestion, ...]
    version: str
    degraded: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """How well known the entries of ``made`` and their products are, by one snapshot; ``titles`` as :func:`titled`."""

    made: Suggestions
    popularity: Popularity
    entries: Scores
    products: Scores
    titles: Numbers


class Suggester:
    """Keeps the last standing of all suggestions: it changes with the snapshot. Safe to use from several threads."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._last: _Known | None = None

    def suggest(self, text: str, limit: int = 8, user_id: str = "") -> Suggested:
        """Up to ``limit`` suggestions for ``text``; without any text, what is best known.

        Each leads to something that can be bought now and that the shop's rules do not hide. Where the facts of the
        version cannot be had there are none, and that is said. Raises InvalidInput for too much text.
        """
        if len(text) > LONGEST_TYPED_TEXT:
            raise InvalidInput(f"q has {len(text)} characters: type {LONGEST_TYPED_TEXT} at most.")
        if not 1 <= limit <= MOST_SUGGESTIONS:
            raise InvalidInput(f"limit is {limit}: ask for 1 to {MOST_SUGGESTIONS} suggestions.")
        begin = start(self._shop, Scenario.SEARCH, Question())
        made = begin.fact(SUGGESTIONS)
        typed = words_of(text)[:MOST_WORDS]
        shown: list[Suggestion] = []
        if len(made) and (typed or not text.strip()):
            known = self._known(made, begin.popularity)
            deeds = begin.events.deeds(user_id, _RECENT, begin.as_of, begin.as_of)
            taste = to_taste(made, known.titles, _liked(begin, deeds)) if deeds.recent else None
            best = fitting(made, typed, known.entries, taste, 2 * limit * _LOOKED_AT)
            shown = _Showing(begin, known, typed, deeds.standing.disliked).first(best, limit)
        tell_degraded(self._shop, begin.troubles.parts)
        return Suggested(tuple(shown), begin.at.version, begin.troubles.parts)

    def _known(self, made: Suggestions, popularity: Popularity) -> _Known:
        last = self._last
        if last is None or last.made is not made or last.popularity is not popularity:
            shares = popularity.shares
            known = standing(made, shares), product_shares(made, shares)
            last = _Known(made, popularity, *known, titled(made))
            self._last = last
        return last


def _liked(begin: Start, deeds: Deeds) -> dict[tuple[Kind, str], float]:
    """The brands and the narrowest categories of what the user likes lately, the one liked most 1."""
    weights = product_weights(deeds.recent, begin.as_of, begin.index.manifest.tuning.fading)
    liked = sorted((each for each in weights if weights[each] > 0), key=lambda each: (-weights[each], each))[:_LIKED]
    sums: dict[tuple[Kind, str], float] = {}
    for product in begin.products.get(liked).values():
        for key in ((Kind.BRAND, product.brand), (Kind.CATEGORY, product.categories[-1] if product.categories else "")):
            if key[1]:
                sums[key] = sums.get(key, 0.0) + weights[product.id]
    most = max(sums.values(), default=1.0)
    return {key: each / most for key, each in sums.items()}


class _Showing:
    """Goes down the best entries for those that lead somewhere now, each text and each design once."""

    def __init__(self, begin: Start, known: _Known, typed: Sequence[str], disliked: frozenset[str]) -> None:
        self._begin = begin
        self._known = known
        self._made = known.made
        self._typed = typed
        self._disliked = disliked
        self._texts: set[str] = set()
        self._groups: set[str] = set()

    def first(self, best: Sequence[int], limit: int) -> list[Suggestion]:
        shown: list[Suggestion] = []
        for began in range(0, len(best), 2 * limit):
            for suggestion in self._of(best[began : began + 2 * limit]):
                shown.append(suggestion)
                if len(shown) == limit:
                    return shown
        return shown

    def _of(self, entries: Sequence[int]) -> Iterator[Suggestion]:
        leads = {each: [self._made.products[int(lead)] for lead in self._best_leads(each)] for each in entries}
        wanted = list(dict.fromkeys(lead for of_entry in leads.values() for lead in of_entry))
        products = self._begin.products.get(wanted)
        hidden = hidden_products(self._begin.rules, list(products.values()))
        there = {each.id: each for each in products.values() if each.can_be_bought and each.id not in hidden}
        for entry in entries:
            found = [there[lead] for lead in leads[entry] if lead in there]
            plain = " ".join(words_of(self._made.texts[entry]))
            if found and plain not in self._texts and (suggestion := self._made_of(entry, found)):
                self._texts.add(plain)
                yield suggestion

    def _best_leads(self, entry: int) -> Numbers:
        leads = self._made.leads[entry]
        order = np.argsort(-self._known.products[leads], kind="stable")[:_LEADS] if len(leads) > _LEADS else slice(None)
        return leads[order]

    def _made_of(self, entry: int, found: Sequence[Product]) -> Suggestion | None:
        """None where there is nothing new to lead to, or no way to say it."""
        kind, text = Kind(int(self._made.kinds[entry])), self._made.texts[entry]
        typed = typed_in(text, self._typed)
        if kind is Kind.SEARCH:
            return Suggestion(kind, text, typed=typed)
        if kind in _FIELDS:
            try:
                return Suggestion(kind, text, filter_text(OneOf(_FIELDS[kind], (text,))), typed=typed)
            except ValueError:
                return None
        new = [each for each in found if each.group not in self._groups and each.id not in self._disliked]
        if not new:
            return None
        self._groups.add(new[0].group)
        return Suggestion(kind, text, product_id=new[0].id, typed=typed)
