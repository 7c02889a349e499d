"""Where a candidate's score came from, and its place after each stage: read off what the ranking left."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nlargest

import numpy as np

from shared.domain.attribution import added_by_deeds, deeds_of
from shared.domain.fusion import View, belonging, tenth_best
from shared.domain.recommendations import Candidate, Hit
from shared.domain.spaces import TASTE_SPACES, Space
from shared.domain.why import DeedPart, Found, Scored, SpacePart, Stage, Standing
from shared.services.pages import Start
from shared.services.trace import Trace

MOST_DEEDS = 12


def found_by(begin: Start, trace: Trace, product_id: str) -> list[Found]:
    """What each of retrieval's questions says of the product: one search more, of it alone."""
    alone = [replace(query, limit=1, filter=None, among=(product_id,)) for query, _, _ in trace.asked]
    scores = [hits[0].score if hits else None for hits in begin.index.search(alone)] if alone else []
    return [
        Found(
            query.space,
            interest,
            query.limit,
            _place([hit.product_id for hit in hits], product_id),
            _own(hits, product_id, score),
            hits[-1].score if hits else None,
        )
        for (query, interest, hits), score in zip(trace.asked, scores, strict=True)
    ]


def _own(hits: Sequence[Hit], product_id: str, otherwise: float | None) -> float | None:
    return next((hit.score for hit in hits if hit.product_id == product_id), otherwise)


def scored(begin: Start, trace: Trace, candidate: Candidate | None) -> Scored:
    """How the candidate's score was put together; of one that only the shop's lists brought, what those add."""
    if candidate is None:
        return Scored()
    spaces = {space.value for space in TASTE_SPACES}
    raised = {source: adds for source, adds in candidate.sources.items() if source not in spaces}
    ids = trace.evidence.ids
    if candidate.product_id not in ids or trace.total is None:
        return Scored(raised=raised)
    i = ids.index(candidate.product_id)
    interests = trace.evidence.interests
    return Scored(
        parts=list(_parts(begin, trace, i)),
        sum=float(trace.total[i]),
        learned=None if trace.learned is None else float(trace.learned[i]),
        lost_to_dislikes=0.0 if trace.lost is None else float(trace.lost[i]),
        interest=None if interests is None else int(belonging(interests)[i]),
        deeds=_deeds(begin, trace, candidate),
        raised=raised,
    )


def _parts(begin: Start, trace: Trace, i: int) -> Iterator[SpacePart]:
    manifest = begin.index.manifest
    for space, adds in trace.parts.items():
        raw, background = trace.evidence.scores[space, View.WHOLE], manifest.likeness.get(space, 0.0)
        reference = tenth_best(np.maximum(raw - background, 0.0))
        weight = manifest.tuning.for_you[space]
        yield SpacePart(space, float(raw[i]), background, reference, weight, float(adds[i]))


def _deeds(begin: Start, trace: Trace, candidate: Candidate) -> list[DeedPart]:
    """What adds something, the most first: shared out as the sentence of the reason has it."""
    liked = dict(nlargest(MOST_DEEDS, trace.taste.liked.items(), key=lambda deed: deed[1]))
    held = begin.index.vectors([candidate.product_id], TASTE_SPACES).get(candidate.product_id, {})
    shares = added_by_deeds(candidate.sources, held, deeds_of(liked, trace.vectors), begin.index.manifest.likeness)
    deeds = []
    for column, (product_id, weight) in enumerate(liked.items()):
        spaces: dict[Space, float] = {
            space: float(share) for space, share in zip(TASTE_SPACES, shares[:, column], strict=True) if share > 0
        }
        if spaces:
            type_ = trace.taste.deeds.get(product_id)
            deeds.append(DeedPart(product_id, type_, weight, sum(spaces.values()), spaces))
    return sorted(deeds, key=lambda each: (-each.adds, each.product_id))


def stages(trace: Trace, product_id: str) -> list[Standing]:
    """The product's place after each stage that took part, but for the pages themselves."""
    ids = trace.evidence.ids
    orders: list[tuple[Stage, Sequence[str]]] = [(Stage.RETRIEVAL, trace.voted)]
    for stage, scores in ((Stage.SUM, trace.total), (Stage.RANKER, trace.learned)):
        if scores is not None:
            orders.append((stage, [ids[i] for i in np.argsort(-scores, kind="stable")]))
    orders.append((Stage.INTERESTS, [each.product_id for each in trace.personal]))
    if trace.said:
        orders.append((Stage.DECLARED, [each.product_id for each in trace.declared]))
    orders.append((Stage.RERANKING, [each.product_id for each in trace.reranked]))
    return [Standing(stage, _place(order, product_id), len(order)) for stage, order in orders]


def _place(order: Sequence[str], product_id: str) -> int | None:
    """From 1."""
    return next((place for place, each in enumerate(order, 1) if each == product_id), None)
