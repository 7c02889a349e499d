"""Candidates for a taste: one batched query finds them in every space, a second one scores each in all of them."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from shared.domain.behaviour import behaviour_query
from shared.domain.filters import Filter
from shared.domain.fusion import Evidence, Scores, View
from shared.domain.recommendations import Hit, SpaceQuery
from shared.domain.searches import in_words
from shared.domain.spaces import TASTE_SPACES, Space, Vector, Vectors
from shared.domain.taste import Taste, mix
from shared.ports import ProductIndex
from shared.services.trace import Trace

_OF_INTEREST = (Space.TEXT, Space.KEYWORDS)
"""Meaning, not looks, tells interests apart."""

_INTEREST_SHARE = 4
"""An interest is asked for a quarter of what the whole taste is: it only has to fill its own places."""

_SCORED = 2
"""Candidates that are scored in every space, in depths of the search: those that the lists put first together."""

_RANK_OFFSET = 60
"""Of reciprocal rank fusion, as its authors have it (Cormack et al., SIGIR 2009)."""

_Asked = dict[tuple[Space, View], Vector]
_OfInterests = Sequence[tuple[Space, int, Vector]]


def gather(
    index: ProductIndex,
    taste: Taste,
    vectors: Mapping[str, Vectors],
    condition: Filter | None,
    depth: int,
    without: Collection[str] = (),
    spaces: Collection[Space] = TASTE_SPACES,
    views: Collection[View] = (View.WHOLE,),
    trace: Trace | None = None,
) -> tuple[Evidence, bool]:
    """What ``spaces`` propose for ``taste``, ``depth`` products each, and what all of ``views`` say of every proposal.

    ``vectors`` are those of the taste's products. Products ``without`` are left out, before anything is compared. The
    flag says that a deeper look would find more. What was found goes into a ``trace``.
    """
    asked = {key: vector for key, vector in _asked(taste, vectors, views).items() if key[0] in spaces}
    whole = {space: vector for (space, view), vector in asked.items() if view is View.WHOLE}
    of_interests = _of_interests(taste, spaces)
    finding = [SpaceQuery(space, vector, depth, condition) for space, vector in whole.items()]
    finding += [SpaceQuery(space, vector, depth // _INTEREST_SHARE, condition) for space, _, vector in of_interests]
    found = index.search(finding) if finding else []
    voted = _voted(found, without)
    if trace is not None:
        numbers = [*(None for _ in whole), *(number for _, number, _ in of_interests)]
        trace.asked, trace.voted = list(zip(finding, numbers, found, strict=True)), voted
    ids = tuple(sorted(voted[: _SCORED * depth]))
    cut_off = any(len(hits) >= depth for hits in found)
    if not ids:
        return Evidence((), {}), cut_off
    return _scored(index, taste, asked, of_interests, ids), cut_off


def evidence_on(
    index: ProductIndex,
    taste: Taste,
    vectors: Mapping[str, Vectors],
    product_ids: Collection[str],
    spaces: Collection[Space],
    views: Collection[View],
) -> Evidence:
    """As :func:`gather`, on products that somebody has chosen already; nothing is looked for."""
    asked = {key: vector for key, vector in _asked(taste, vectors, views).items() if key[0] in spaces}
    if not asked or not product_ids:
        return Evidence((), {})
    return _scored(index, taste, asked, _of_interests(taste, spaces), tuple(sorted(product_ids)))


def _of_interests(taste: Taste, spaces: Collection[Space]) -> _OfInterests:
    """Each interest by its number, where there are several."""
    several = taste.interests if len(taste.interests) > 1 else ()
    return [
        (space, number, interest.vectors[space])
        for space in _OF_INTEREST
        if space in spaces
        for number, interest in enumerate(several)
        if space in interest.vectors
    ]


def _scored(
    index: ProductIndex, taste: Taste, asked: _Asked, of_interests: _OfInterests, ids: tuple[str, ...]
) -> Evidence:
    """What every query says of each of ``ids``, in one batch."""
    of_meaning = [each for each in of_interests if each[0] is Space.TEXT]
    against = [each[Space.TEXT] for each in taste.against if Space.TEXT in each]
    scoring = [SpaceQuery(space, vector, len(ids), among=ids) for (space, _), vector in asked.items()]
    scoring += [SpaceQuery(space, vector, len(ids), among=ids) for space, _, vector in of_meaning]
    scoring += [SpaceQuery(Space.TEXT, vector, len(ids), among=ids) for vector in against]
    columns = iter(_columns(ids, index.search(scoring)))
    scores = {key: next(columns) for key in asked}
    interests = [np.zeros(len(ids))] * (len(taste.interests) if len(taste.interests) > 1 else 0)
    for _, number, _ in of_meaning:
        interests[number] = next(columns)
    dislikes = list(columns)
    return Evidence(
        ids,
        scores,
        np.stack(interests, axis=1) if interests else None,
        np.max(dislikes, axis=0) if dislikes else None,
    )


def gather_asked(
    index: ProductIndex, asked: Mapping[Space, Vector], condition: Filter | None, depth: int
) -> tuple[Evidence, bool]:
    """As :func:`gather`, for who says what is wanted: one query a space."""
    return gather_each(index, [(asked, condition)], depth)[0]


def gather_each(
    index: ProductIndex, wishes: Sequence[tuple[Mapping[Space, Vector], Filter | None]], depth: int
) -> list[tuple[Evidence, bool]]:
    """As :func:`gather_asked`, for several wishes in the same two searches."""
    finding = [SpaceQuery(space, asked[space], depth, condition) for asked, condition in wishes for space in asked]
    hits = iter(index.search(finding) if finding else ())
    found = [[next(hits) for _ in asked] for asked, _ in wishes]
    ids = [tuple(sorted(_voted(each, ())[: _SCORED * depth])) for each in found]
    scoring = [
        SpaceQuery(space, vector, len(among), among=among)
        for (asked, _), among in zip(wishes, ids, strict=True)
        for space, vector in asked.items()
        if among
    ]
    scored = iter(index.search(scoring) if scoring else ())
    evidence = []
    for (asked, _), among in zip(wishes, ids, strict=True):
        spaces = list(asked) if among else []
        columns = _columns(among, [next(scored) for _ in spaces])
        scores = {(space, View.WHOLE): column for space, column in zip(spaces, columns, strict=True)}
        evidence.append(Evidence(among, scores))
    return [(each, any(len(hits) >= depth for hits in of)) for each, of in zip(evidence, found, strict=True)]


def _voted(found: Sequence[Sequence[Hit]], without: Collection[str]) -> list[str]:
    """The products of the lists, those first that the lists put first together.

    Only who may be scored is decided here, by ranks; what is best is decided by the scores. A hit of no positive score
    is no proposal: ``behaviour`` names what follows a disliked product too, with what speaks against it.
    """
    votes: dict[str, float] = {}
    for hits in found:
        for rank, hit in enumerate(hits):
            if hit.score > 0:
                votes[hit.product_id] = votes.get(hit.product_id, 0.0) + 1 / (_RANK_OFFSET + rank)
    return sorted(votes.keys() - without, key=lambda each: (-votes[each], each))


def _asked(taste: Taste, vectors: Mapping[str, Vectors], views: Collection[View]) -> _Asked:
    """The query of each space under each view. What was turned away from counts against in ``behaviour`` alone."""
    liked = taste.liked
    asked: _Asked = {}
    for view in views:
        match view:
            case View.WHOLE:
                weights, mixed = taste.weights, liked
            case View.LAST:
                weights = mixed = {taste.latest: 1.0} if taste.latest else {}
            case View.EVEN:
                weights = mixed = dict.fromkeys(liked, 1.0)
        if weights:
            asked[Space.BEHAVIOUR, view] = behaviour_query(weights)
        asked |= {(space, view): vector for space, vector in mix(mixed, vectors).items()}
    if taste.searches and (words := in_words(liked, vectors, taste.searches)):
        asked[Space.KEYWORDS, View.WHOLE] = words
    return asked


def _columns(ids: Sequence[str], answers: Sequence[Sequence[Hit]]) -> list[Scores]:
    """Each answer as one score for each of ``ids``; 0 for those it does not name."""
    place = {product_id: number for number, product_id in enumerate(ids)}
    columns = []
    for hits in answers:
        column = np.zeros(len(ids))
        column[[place[hit.product_id] for hit in hits]] = [hit.score for hit in hits]
        columns.append(column)
    return columns
