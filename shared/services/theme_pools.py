"""What belongs to a theme: the same for every reader, so it is found once and kept."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shared.domain.filters import Filter
from shared.domain.fusion import Evidence, Scores
from shared.domain.recommendations import Part
from shared.domain.spaces import Space, Vector
from shared.domain.themes import Theme
from shared.services.candidates import gather_each
from shared.services.filter_language import filter_at, says_now
from shared.services.matching import Encodes, matches, queries_for
from shared.services.pages import Start

FITS = 0.5
"""What fits at least this share as well as what fits best belongs to the theme; the rest would be padding."""
PLACES_APART = 25
"""A collection of n products is chosen among n × depth / 25 of those that fit best: four for each place at first."""

_AT_ONCE = 16
"""Themes in one search. A full book is found in four: what one search found is kept, also where time is up then."""
_MOST_KEPT = 300
_SAYS = (Space.TEXT, Space.IMAGE, Space.KEYWORDS)
_Key = tuple[str, int, Theme, Filter | None]


@dataclass(frozen=True, slots=True)
class Pool:
    """What fits a theme best: ``ids`` ascending, ``fit`` of each from 0 to 1, and what every space added.

    ``cut_off`` says that a deeper look would find more.
    """

    ids: tuple[str, ...]
    fit: Scores
    parts: Mapping[Space, Scores]
    cut_off: bool


class ThemeFinder:
    """Finds the pools of themes, and keeps the last ones. Safe to use from several threads.

    A pool depends on the index version, the theme and, where its filter speaks of ``now``, the minute; none of these
    changes. What was found without an encoder, or while the index was in trouble, is not kept.
    """

    def __init__(self, encoders: Encodes) -> None:
        self._encoders = encoders
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, Pool] = OrderedDict()

    def pools(self, begin: Start, themes: Sequence[Theme], depth: int) -> list[Pool]:
        """One for each of ``themes``; two searches for sixteen of them."""
        keys: list[_Key] = [(begin.at.version, depth, theme, condition_of(theme, begin)) for theme in themes]
        with self._lock:
            known = {key: self._kept[key] for key in keys if key in self._kept}
        wanted = [key for key in dict.fromkeys(keys) if key not in known]
        for first in range(0, len(wanted), _AT_ONCE):
            some = wanted[first : first + _AT_ONCE]
            found = dict(zip(some, self._find(begin, some, depth), strict=True))
            known |= found
            if not begin.troubles.has(Part.INDEX) and not begin.troubles.has(Part.ENCODER):
                self._keep(found)
        return [known[key] for key in keys]

    def _keep(self, found: Mapping[_Key, Pool]) -> None:
        with self._lock:
            self._kept.update(found)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)

    def _find(self, begin: Start, wanted: Sequence[_Key], depth: int) -> list[Pool]:
        themes = [theme for _, _, theme, _ in wanted]
        conditions = [condition for _, _, _, condition in wanted]
        asked = _asked(begin, self._encoders, themes)
        found = gather_each(begin.index, list(zip(asked, conditions, strict=True)), depth)
        return [
            _pool(begin, evidence, theme.size * depth // PLACES_APART, cut_off)
            for theme, (evidence, cut_off) in zip(themes, found, strict=True)
        ]


def condition_of(theme: Theme, begin: Start) -> Filter | None:
    """The theme's filter as it reads in the minute that the answer stands on."""
    return filter_at(theme.filter, begin.as_of) if says_now(theme.filter) else theme.condition


def _asked(begin: Start, encoders: Encodes, themes: Sequence[Theme]) -> list[dict[Space, Vector]]:
    """A theme's product asks by its picture, in place of words for a look; without a prompt, by all that it is."""
    prompts = [theme.prompt for theme in themes if theme.prompt]
    by_prompt = dict(zip(prompts, queries_for(begin, encoders, prompts), strict=True))
    products = sorted({theme.product for theme in themes if theme.product})
    vectors = begin.index.vectors(products, _SAYS) if products else {}
    asked = []
    for theme in themes:
        own = vectors.get(theme.product, {})
        look = {space: vector for space, vector in own.items() if space is Space.IMAGE or not theme.prompt}
        asked.append(by_prompt.get(theme.prompt, {}) | look)
    return asked


def _pool(begin: Start, evidence: Evidence, most: int, cut_off: bool) -> Pool:
    total, parts = matches(evidence, begin.index.manifest)
    best = float(total.max(initial=0.0))
    fitting = np.flatnonzero((total >= FITS * best) & (total > 0))
    kept = np.sort(fitting[np.argsort(-total[fitting], kind="stable")[:most]])
    ids = tuple(evidence.ids[i] for i in kept.tolist())
    added = {space: amounts[kept] for space, amounts in parts.items()}
    return Pool(ids, total[kept] / max(best, 1e-9), added, cut_off or len(fitting) > len(kept))
