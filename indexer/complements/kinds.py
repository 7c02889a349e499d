"""The kind of each product, and which kinds go with which."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.clusters import k_means
from indexer.complements.evidence import UNIT, Evidence
from shared.domain.companions import Clusters, category_of, kind_title
from shared.domain.keywords import terms
from shared.domain.products import Product
from shared.domain.spaces import Matrix

_WIDE_SHARE, _WIDE = 0.1, 100
"""A category with more than a tenth of the catalogue, and more than so many products, is not one kind of thing."""

_USUAL_KIND = 8
"""Products of one kind within such a category: a design in its colours, and what is much the same."""

_MOST_KINDS = 1_000
_LOOKED_AT = 20_000
"""Products of a category that its clusters are made of, evenly from the whole."""

_FEW = 10.0
"""Pairs by which a lift is drawn towards none."""

_DOUBT = 60.0
"""Sessions by which a share of purchases together is drawn towards the usual one."""

_MOST_PARTNERS = 50
Matrix64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kinds:
    """``names`` of k kinds, the place of each product's, shape (n,), and the clusters within wide categories."""

    names: tuple[str, ...]
    of_product: NDArray[np.int64]
    divided: Mapping[str, Clusters]


def kinds_of(products: Sequence[Product], texts: Matrix) -> Kinds:
    """The kinds of ``products`` with ``texts``, shape (n, d), a row of zeros for one without a vector."""
    by_category: dict[str, list[int]] = {}
    for place, product in enumerate(products):
        by_category.setdefault(category_of(product), []).append(place)
    divided = {}
    names = [category_of(product) for product in products]
    for category, places in sorted(by_category.items()):
        if len(places) <= max(_WIDE, _WIDE_SHARE * len(products)) or not texts[places].any():
            continue
        divided[category] = clusters = _clusters(category, [products[place] for place in places], texts[places])
        for place in places:
            names[place] = clusters.nearest(texts[place]) if texts[place].any() else category
    kinds, of_product = np.unique(np.array(names, dtype=object), return_inverse=True)
    return Kinds(tuple(kinds.tolist()), of_product.astype(np.int64), divided)


def _clusters(category: str, products: Sequence[Product], texts: Matrix) -> Clusters:
    looked_at = texts[np.linspace(0, len(texts) - 1, min(len(texts), _LOOKED_AT)).astype(np.int64)]
    centres, _ = k_means(looked_at, min(len(texts) // _USUAL_KIND, _MOST_KINDS))
    nearest = np.argmax(texts @ centres.T, axis=1)
    words = [
        Counter(_words(products[place]) for place in np.flatnonzero(nearest == kind).tolist())
        for kind in range(len(centres))
    ]
    return Clusters(_named(category, words), centres)


def _words(product: Product) -> tuple[str, ...]:
    return tuple(term for term in terms(product.title) if " " not in term)


def _named(category: str, titles: Sequence[Counter[tuple[str, ...]]]) -> tuple[str, ...]:
    """Each cluster by the two words that most of its titles share and few others have; equal names are numbered."""
    own = [Counter(word for words in each for word in set(words) for _ in range(each[words])) for each in titles]
    everywhere = Counter(word for each in own for word in each.elements())
    names: Counter[str] = Counter()
    result = []
    for counts in own:
        telling = sorted(counts, key=lambda word: (-(counts[word] ** 2) / everywhere[word], word))[:2]
        name = " ".join([kind_title(category), *telling] if category else telling) or "other"
        names[name] += 1
        name = name if names[name] == 1 else f"{name} {names[name]}"
        result.append(f"{category} > {name}" if category else name)
    return tuple(result)


def affinities(evidence: Evidence, kinds: Kinds) -> Matrix64:
    """How far each kind goes with each other, shape (k, k), symmetric: below 0 where it does not, -inf on the diagonal.

    The logarithm of how many times more often than by chance two kinds are taken together, and of how their share of
    purchases together, among sessions that looked at both and bought, compares with the usual share. So co-views
    without co-purchases speak against, as in P-Companion's labels (Hao et al., CIKM 2020), by degrees.
    """
    count = len(kinds.names)
    together = _between(evidence, kinds, evidence.together / UNIT, count)
    both, either = (
        _between(evidence, kinds, each.astype(np.float64), count) for each in (evidence.both, evidence.either)
    )
    total = together.sum()
    if not total:
        return np.full((count, count), -np.inf)
    expected = np.outer(together.sum(1), together.sum(0)) / total
    lift = np.log((together + _FEW) / (expected + _FEW))
    usual = both.sum() / max(both.sum() + either.sum(), 1.0)
    rather = np.log((both + _DOUBT * usual) / (both + either + _DOUBT) / usual) if usual else np.zeros_like(lift)
    found = np.asarray(lift + rather)
    np.fill_diagonal(found, -np.inf)
    return found


def _between(evidence: Evidence, kinds: Kinds, amounts: Matrix64, count: int) -> Matrix64:
    """``amounts`` of pairs of products, added up between their kinds, both ways."""
    one, other = kinds.of_product[evidence.first], kinds.of_product[evidence.second]
    summed = np.bincount(one * count + other, amounts, count * count).reshape(count, count)
    return np.asarray(summed + summed.T)


def partners(kinds: Kinds, found: Matrix64) -> dict[str, tuple[tuple[str, float], ...]]:
    """:func:`affinities` as :attr:`Companions.kinds` has them."""
    listed = {}
    for kind, row in zip(kinds.names, found, strict=True):
        best = [place for place in np.argsort(-row, kind="stable")[:_MOST_PARTNERS].tolist() if row[place] > 0]
        if best:
            listed[kind] = tuple((kinds.names[place], round(float(row[place]), 4)) for place in best)
    return listed
