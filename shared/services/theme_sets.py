"""The whole collection of each of some themes, for one reader: what is small enough to be looked at whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.cursor import DEPTHS
from shared.domain.products import Product
from shared.domain.recommendations import Candidate
from shared.domain.spaces import Space
from shared.domain.themes import SMALLEST, Theme
from shared.services.matching import without_pins
from shared.services.pages import Ranked, Start
from shared.services.read_ahead import read_ahead
from shared.services.reranking import reranked
from shared.services.theme_pools import ThemeFinder, condition_of
from shared.services.theme_ranking import Reader, rank_themes
from shared.services.walk import Walk

_Ranked = tuple[Ranked, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class ThemeSet:
    """``members`` are what may be shown now of ``candidates``, which were made at ``depth``; both are empty where there
    are too few for a collection. ``liking`` is how much the reader would like them on average, next to other sets."""

    theme: Theme
    depth: int
    candidates: Sequence[Candidate]
    members: Sequence[tuple[Candidate, Product]]
    liking: float

    @property
    def products(self) -> list[Product]:
        return [product for _, product in self.members]


def theme_sets(
    begin: Start, finder: ThemeFinder, reader: Reader, themes: Sequence[Theme], depths: Sequence[int] = DEPTHS
) -> list[ThemeSet]:
    """In the order of ``themes``; those that a first look does not fill are looked for again, deeper, all together."""
    sets: dict[str, ThemeSet] = {}
    wanted = themes
    for depth in depths:
        made = rank_themes(begin, finder, reader, wanted, depth) if wanted else []
        ids = sorted({each.product_id for ranked, _ in made for each in ranked.candidates})
        ahead = read_ahead(begin, ids, (Space.TEXT,))
        for theme, ranked in zip(wanted, made, strict=True):
            sets[theme.slug] = _set(for_theme(ahead, theme), reader, theme, depth, ranked)
        cut_off = (ranked.cut_off for ranked, _ in made)
        wanted = [
            theme
            for theme, deeper in zip(wanted, cut_off, strict=True)
            if deeper and len(sets[theme.slug].members) < theme.size
        ]
    return [sets[theme.slug] for theme in themes]


def for_theme(begin: Start, theme: Theme) -> Start:
    """With the theme's filter. A pin is of no theme, so it has no place in one."""
    return without_pins(replace(begin, condition=condition_of(theme, begin)))


def _set(begin: Start, reader: Reader, theme: Theme, depth: int, ranked: _Ranked) -> ThemeSet:
    (found, liking) = ranked
    candidates = reranked(begin, found.candidates, reader.taste.liked)
    condition, rules = begin.condition, begin.rules
    walk = Walk(begin.products, candidates, lambda _: (), 0, reader.excluded, condition, rules, found.holds)
    members = walk.take(theme.size)
    if len(members) < SMALLEST:
        return ThemeSet(theme, depth, (), (), 0.0)
    liked = sum(liking.get(candidate.product_id, 0.0) for candidate, _ in members)
    return ThemeSet(theme, depth, candidates, members, liked / len(members))
