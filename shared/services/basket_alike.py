"""For a basket that purchases say little of: what goes with products like its own, and what is like them."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from shared.domain import explain
from shared.domain.behaviour import behaviour_query
from shared.domain.fusion import Scores, comparable
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Hit, Reason, ReasonKind, SpaceQuery
from shared.domain.spaces import DenseVector, Space, Vector, Vectors
from shared.domain.taste import mix
from shared.services import complements
from shared.services.lenders import lent_weights
from shared.services.pages import Ranked, Start

BORROWED: Mapping[Space, str] = {Space.BASKET: "basket_alike", Space.COMPLEMENT: complements.BORROWED}
"""The sources of what was learnt of products like those of the basket."""

_ALIKE = (Space.TEXT, Space.KEYWORDS)
_OWN = tuple(space.value for space in _ALIKE)
_LENDERS = 50
_STEEP = 3
"""Products that lend for each one of the basket, and how much faster than their likeness their say falls. Chosen on the
validation weeks of Online Retail, a tenth of the products being taken out of all baskets before. All four sources count
alike: twice as much for what is lent from baskets was worse, and weighing with popularity no better. What is like the
basket counts as well, since people buy several colours of one thing."""

_MOST_SEEDS = 20
"""Products of the basket that are asked about, the first ones: each costs a query."""


def alike_candidates(begin: Start, basket: Sequence[str], after: Sequence[Candidate], depth: int) -> Ranked:
    """What goes with products like those of ``basket`` or is like them, best first, below and without those ``after``.

    Two batched queries. The ranking depends on the index version alone.
    """
    seeds = basket[:_MOST_SEEDS]
    vectors = begin.index.vectors(seeds, _ALIKE)
    lists = _found(begin, seeds, vectors, depth)
    known = {*basket, *(candidate.product_id for candidate in after)}
    likeness = begin.index.manifest.likeness
    parts: dict[str, dict[str, float]] = {}
    for space, hits in lists.items():
        left = [hit for hit in hits if hit.product_id not in known]
        scores: Scores = comparable(np.array([hit.score for hit in left]), likeness.get(space, 0.0))
        for hit, score in zip(left, scores.tolist(), strict=True):
            if score > 0:
                parts.setdefault(hit.product_id, {})[BORROWED.get(space, space.value)] = score
    best = max((sum(own.values()) for own in parts.values()), default=1.0)
    share = (after[-1].score if after else 1.0) / best
    behind = [
        Candidate(each, share * sum(own.values()), sources={source: share * part for source, part in own.items()})
        for each, own in parts.items()
    ]
    ordered = sorted(behind, key=lambda each: (-each.score, each.product_id))
    return Ranked(ordered, any(len(hits) >= depth for hits in lists.values()))


def _found(
    begin: Start, seeds: Collection[str], vectors: Mapping[str, Vectors], depth: int
) -> dict[Space, Sequence[Hit]]:
    """What each source proposes."""
    texts = [vector for each in seeds if isinstance(vector := vectors.get(each, {}).get(Space.TEXT), np.ndarray)]
    lent = behaviour_query(_lent(begin, seeds, texts))
    asked: dict[Space, Vector] = {space: lent for space in BORROWED if lent}
    asked |= {space: vector for space, vector in mix(dict.fromkeys(seeds, 1.0), vectors).items() if space in _ALIKE}
    if not asked:
        return {}
    found = begin.index.search([SpaceQuery(space, asked[space], depth, begin.condition) for space in asked])
    return dict(zip(asked, found, strict=True))


def _lent(begin: Start, seeds: Collection[str], texts: Sequence[DenseVector]) -> dict[str, float]:
    """The say of every product that lends to any of ``seeds``."""
    if not texts:
        return {}
    random = begin.index.manifest.likeness.get(Space.TEXT, 0.0)
    total: dict[str, float] = {}
    for near in begin.index.search([SpaceQuery(Space.TEXT, text, _LENDERS + len(seeds)) for text in texts]):
        for each, say in lent_weights(near, random, _STEEP, seeds).items():
            total[each] = total.get(each, 0.0) + say
    return total


def alike_reasons(begin: Start, basket: Mapping[str, Product], taken: Sequence[Candidate]) -> dict[str, Reason]:
    """Of those ``taken`` for which the products of ``basket`` speak without a purchase, by product: which one, and how.

    It is the nearest one in ``text``, of equals the first.
    """
    strongest = {each.product_id: _strongest(each.sources) for each in taken}
    asked = [each for each, source in strongest.items() if source]
    if not asked or not basket:
        return {}
    seeds = list(basket)
    vectors = begin.index.vectors([*asked, *seeds], (Space.TEXT,))
    return {
        each: explain.goes_with(ReasonKind.GOES_WITH, basket[_nearest(each, seeds, vectors)])
        if strongest[each] in BORROWED.values()
        else explain.alike(ReasonKind.SIMILAR_TO, basket[_nearest(each, seeds, vectors)])
        for each in asked
    }


def _strongest(sources: Mapping[str, float]) -> str:
    """Empty where none of this module's is among them."""
    own = {source: sources[source] for source in (*BORROWED.values(), *_OWN) if source in sources}
    return max(own, key=lambda source: own[source], default="")


def _nearest(product_id: str, seeds: Sequence[str], vectors: Mapping[str, Vectors]) -> str:
    own, *texts = (vectors.get(each, {}).get(Space.TEXT) for each in (product_id, *seeds))
    near = {
        each: float(own @ text)
        for each, text in zip(seeds, texts, strict=True)
        if isinstance(own, np.ndarray) and isinstance(text, np.ndarray)
    }
    return max(near, key=lambda each: near[each], default=seeds[0])
