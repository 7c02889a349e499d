"""Which suggestions fit what has been typed so far, best first, and which of their letters were typed."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.domain.highlights import Ranges, folded
from shared.domain.keywords import plain
from shared.domain.prefix_typos import errors_allowed, nearest_prefix, prefix_distances
from shared.domain.suggestions import Kind, Numbers, Suggestions

LONGEST_TYPED_TEXT = 100
MOST_WORDS = 8
"""Typed words that are looked up; who has typed more knows what to search for."""

_WIDEST = 12_000
"""Words that one typed word is compared with at most."""

_WORD = re.compile(r"[^\W_]+")
_BEYOND_PLANE = re.compile(r"[\U00010000-\U0010ffff]")
_BY_KIND: Mapping[Kind, float] = {Kind.CATEGORY: 0.4, Kind.BRAND: 0.4, Kind.SEARCH: 0.5, Kind.PRODUCT: 0.0}
"""What each kind has ahead: what leads to many products is more often wanted than a single one."""

_STARTS, _COVERED, _WHOLE_WORD, _TO_TASTE, _TYPED_WRONG = 0.6, 0.5, 0.3, 2.0, 1.5
"""What it adds that the first typed word begins the text, that nothing of it is left to type, that the last typed word
is whole, and that it is of what the user likes, which outweighs kind and popularity together; what it takes that
letters were typed wrong. Popularity adds up to 1."""

_ITSELF = 1.5
"""What a liked category or brand is to the reader's taste where a product of it is 1."""

Scores = NDArray[np.float32]
"""One number for each entry, shape (n,)."""


def words_of(text: str) -> list[str]:
    """The words of ``text`` as they are looked up: plain, and apart at whatever is no letter and no digit."""
    return _WORD.findall(_BEYOND_PLANE.sub(" ", plain(text)))


def standing(made: Suggestions, shares: Mapping[str, float]) -> Scores:
    """How well known each entry is, by the ``shares`` of products (:attr:`Popularity.shares`), and its kind.

    Products count by their own share, brands and categories by the sum of their products', searches by how many users
    made them; each kind's best known is 1 before its root is taken, so that the second is not lost beside it.
    """
    known = product_shares(made, shares)
    sums = np.where(made.kinds == Kind.SEARCH, made.users.astype(np.float32), made.leads.sums(known))
    scores = np.zeros(len(made), dtype=np.float32)
    for kind, ahead in _BY_KIND.items():
        of_kind = made.kinds == kind
        most = float(sums[of_kind].max(initial=0.0))
        scores[of_kind] = ahead + (np.sqrt(np.maximum(sums[of_kind], 0.0) / most) if most > 0 else 0.0)
    return scores


def product_shares(made: Suggestions, shares: Mapping[str, float]) -> Scores:
    """The share of each of the entries' products."""
    known = np.zeros(len(made.products), dtype=np.float32)
    for product_id, share in shares.items():
        if (place := made.products.find(product_id)) >= 0:
            known[place] = share
    return known


def titled(made: Suggestions) -> Numbers:
    """For each of the products, the entry of its title."""
    places = np.zeros(len(made.products), dtype=np.int32)
    first = int(np.searchsorted(made.kinds, Kind.PRODUCT))
    of_titles = made.leads.span(first, len(made))
    places[of_titles] = np.repeat(np.arange(first, len(made), dtype=np.int32), made.leads.lengths()[first:])
    return places


def to_taste(made: Suggestions, titles: Numbers, liked: Mapping[tuple[Kind, str], float]) -> Scores:
    """How far each entry is one of the ``liked`` categories and brands, or a product of theirs, by their weights.

    ``titles`` are as :func:`titled` gives them. What others searched for is nobody's own taste.
    """
    taste = np.zeros(len(made), dtype=np.float32)
    own = {made.entry(kind, " ".join(words_of(name))): weight for (kind, name), weight in liked.items()}
    for entry, weight in own.items():
        if entry >= 0:
            of_entry = titles[made.leads[entry]]
            taste[of_entry] = np.maximum(taste[of_entry], np.float32(weight))
    for entry, weight in own.items():
        if entry >= 0:
            taste[entry] = _ITSELF * weight
    return taste


def fitting(made: Suggestions, typed: Sequence[str], known: Scores, taste: Scores | None, most: int) -> list[int]:
    """The entries for the words ``typed``, best first, ``most`` at most; without any, what is best known.

    Each typed word begins some word of the entry, in whatever order; with so many letters wrong as
    :func:`errors_allowed` says, where nothing is found without.
    """
    if not len(made):
        return []
    entries, exactly = _matching(made, typed)
    scores = known[entries].astype(np.float64)
    if taste is not None:
        scores += _TO_TASTE * taste[entries]
    if typed:
        first, last = made.beginning(typed[0])
        begun = made.first[entries]
        scores += _STARTS * ((begun >= first) & (begun < last))
        scores += _COVERED * np.minimum(len(typed) / np.maximum(made.length[entries], 1), 1.0)
        scores += _WHOLE_WORD * _having(made, typed[-1])[entries]
        scores -= _TYPED_WRONG * ~exactly
    if len(entries) > most:
        best = np.argpartition(-scores, most - 1)[:most]
        worst = scores[best].min()  # equals of the last one are told apart by their place, not by chance
        best = np.flatnonzero(scores >= worst)
        entries, scores = entries[best], scores[best]
    order = np.lexsort((entries, -scores))[:most]
    return [int(each) for each in entries[order]]


def _matching(made: Suggestions, typed: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The entries, ascending, and of each whether it was typed without an error."""
    if not typed:
        return np.arange(len(made)), np.ones(len(made), dtype=bool)
    meant = [_spread(made, *made.beginning(word)) for word in typed]
    exact = np.logical_and.reduce(meant)
    unknown = [place for place, entries in enumerate(meant) if not entries.any()]
    known = [place for place in range(len(typed)) if place not in unknown]
    found = np.flatnonzero(exact)
    for places in (unknown, known):  # a word that begins nothing is the likelier one to be wrong
        if not len(found):
            for place in places:
                meant[place] = meant[place] | _misspelt(made, typed[place])
            found = np.flatnonzero(np.logical_and.reduce(meant))
    return found, exact[found]


def _spread(made: Suggestions, first: int, last: int) -> NDArray[np.bool_]:
    """Of each entry, whether it has one of the words from ``first`` up to ``last``."""
    has = np.zeros(len(made), dtype=bool)
    has[made.entries.span(first, last)] = True
    return has


def _having(made: Suggestions, word: str) -> NDArray[np.bool_]:
    place = made.words.find(word)
    return _spread(made, place, place + 1) if place >= 0 else np.zeros(len(made), dtype=bool)


def _misspelt(made: Suggestions, typed: str) -> NDArray[np.bool_]:
    """Of each entry, whether a word of it may have been meant by ``typed``.

    Such a word begins with the first letter or, where the first two were swapped or one was added, with the second.
    """
    has = np.zeros(len(made), dtype=bool)
    most = errors_allowed(typed)
    if not most:
        return has
    for letter in dict.fromkeys(typed[:2]):
        first, last = made.beginning(letter)
        if last - first > _WIDEST:
            first, last = made.beginning(typed[:2])
            last = min(last, first + _WIDEST)
        if first == last:
            continue
        near = prefix_distances(typed, made.letters(first, last), most) <= most
        for place in np.flatnonzero(near):
            has[made.entries[first + int(place)]] = True
    return has


def typed_in(text: str, typed: Sequence[str]) -> Ranges:
    """Where the words ``typed`` stand in ``text``, each once, as ranges of characters (code points) of it."""
    letters, origin = folded(text)
    words = [(match.start(), match[0]) for match in _WORD.finditer(letters)]
    marked: dict[int, int] = {}
    for wanted in typed:
        begun = [(0, len(wanted), start) for start, word in words if word.startswith(wanted)]
        if not begun and (most := errors_allowed(wanted)):
            near = [(*nearest_prefix(wanted, word), start) for start, word in words]
            begun = [each for each in near if each[0] <= most]
        if begun:
            _, length, start = min(begun, key=lambda each: (each[0], each[2]))
            marked[start] = max(marked.get(start, 0), length)
    return tuple([(origin[start], origin[start + length - 1] + 1) for start, length in sorted(marked.items())])
