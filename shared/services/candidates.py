"""Candidates for a taste: one batched query finds them in every space, a second one scores each in all of them."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from shared.domain.behaviour import behaviour_query
from shared.domain.filters import Filter
from shared.domain.fusion import Evidence, Scores, View
from shared.domain.recommendations import Hit, SpaceQuery
from shared.domain.spaces import Space, Vector, Vectors
from shared.domain.taste import Taste, mix
from shared.ports import ProductIndex

_OF_INTEREST = (Space.TEXT, Space.KEYWORDS)
"""Meaning, not looks, tells interests apart."""

_Asked = dict[tuple[Space, View], Vector]


def gather(
    index: ProductIndex,
    taste: Taste,
    vectors: Mapping[str, Vectors],
    condition: Filter | None,
    depth: int,
    without: Collection[str] = (),
    spaces: Collection[Space] = tuple(Space),
    views: Collection[View] = (View.WHOLE,),
) -> tuple[Evidence, bool]:
    """What ``spaces`` propose for ``taste``, ``depth`` products each, and what all of ``views`` say of every proposal.

    ``vectors`` are those of the taste's products. Products ``without`` are left out, before anything is compared. The
    flag says that a deeper look would find more.
    """
    asked = {key: vector for key, vector in _asked(taste, vectors).items() if key[0] in spaces}
    whole = {space: vector for (space, view), vector in asked.items() if view is View.WHOLE}
    several = taste.interests if len(taste.interests) > 1 else ()
    of_interests = [
        (space, number, interest.vectors[space])
        for space in _OF_INTEREST
        if space in spaces
        for number, interest in enumerate(several)
        if space in interest.vectors
    ]
    finding = [SpaceQuery(space, vector, depth, condition) for space, vector in whole.items()]
    finding += [SpaceQuery(space, vector, depth, condition) for space, _, vector in of_interests]
    if not finding:
        return Evidence((), {}), False
    found = index.search(finding)
    proposed = {hit.product_id for hits in found for hit in hits}
    ids = tuple(sorted(proposed.difference(without)))
    cut_off = any(len(hits) >= depth for hits in found)
    if not ids:
        return Evidence((), {}), cut_off

    signals = [(key, vector) for key, vector in asked.items() if key[1] in views]
    against = [each[Space.TEXT] for each in taste.against if Space.TEXT in each]
    scoring = [SpaceQuery(space, vector, len(ids), among=ids) for (space, _), vector in signals]
    scoring += [SpaceQuery(space, vector, len(ids), among=ids) for space, _, vector in of_interests]
    scoring += [SpaceQuery(Space.TEXT, vector, len(ids), among=ids) for vector in against]
    columns = iter(_columns(ids, index.search(scoring)))
    scores = {key: next(columns) for key, _ in signals}
    interests: dict[Space, list[Scores]] = {space: [np.zeros(len(ids))] * len(several) for space in _OF_INTEREST}
    for space, number, _ in of_interests:
        interests[space][number] = next(columns)
    dislikes = list(columns)
    return (
        Evidence(
            ids,
            scores,
            {space: np.stack(each, axis=1) for space, each in interests.items() if each},
            np.max(dislikes, axis=0) if dislikes else None,
        ),
        cut_off,
    )


def _asked(taste: Taste, vectors: Mapping[str, Vectors]) -> _Asked:
    """The query of each space under each view."""
    liked = taste.liked
    views = {
        View.WHOLE: (mix(liked, vectors), taste.weights),
        View.LAST: (mix({taste.latest: 1.0}, vectors), {taste.latest: 1.0} if taste.latest else {}),
        View.EVEN: (mix(dict.fromkeys(liked, 1.0), vectors), dict.fromkeys(liked, 1.0)),
    }
    asked: _Asked = {}
    for view, (mean, weights) in views.items():
        if weights:
            asked[Space.BEHAVIOUR, view] = behaviour_query(weights)
        for space, vector in mean.items():
            asked[space, view] = vector
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
