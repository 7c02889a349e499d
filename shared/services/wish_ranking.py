"""Candidates for what a search asks of the spaces, and how well each of them meets it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared.domain.filters import Filter
from shared.domain.fusion import Evidence, Scores, penalty
from shared.domain.recommendations import Candidate, SpaceQuery
from shared.domain.spaces import Space, Vectors
from shared.domain.versions import Manifest
from shared.ports import ProductIndex
from shared.services.browsing import browse
from shared.services.candidates import gather_asked
from shared.services.matching import matches
from shared.services.pages import Ranked, Start
from shared.services.wishes import Wishes


def gather_wishes(index: ProductIndex, wishes: Wishes, condition: Filter | None, depth: int) -> tuple[Evidence, bool]:
    """As :func:`shared.services.candidates.gather_asked`, with how near each one is to what to keep away from."""
    evidence, cut_off = gather_asked(index, wishes.asked, condition, depth)
    return _with_against(index, evidence, wishes.against), cut_off


def rated(evidence: Evidence, wishes: Wishes, manifest: Manifest) -> tuple[Scores, dict[Space, Scores]]:
    """How well each candidate meets ``wishes``, and what every space adds to that."""
    total, parts = matches(evidence, manifest, wishes.weights)
    left = 1 - penalty(evidence, manifest.likeness)
    return total * left, {space: added * left for space, added in parts.items()}


def browse_unlike(begin: Start, wishes: Wishes, depth: int) -> Ranked:
    """For who names nothing but what to keep away from: as :func:`browse`, what is unlike that first."""
    ranked = browse(begin, begin.condition, depth)
    popular = sorted(ranked.candidates, key=lambda each: each.product_id)
    evidence = Evidence(tuple(each.product_id for each in popular), {})
    evidence = _with_against(begin.index, evidence, wishes.against)
    left = (1 - penalty(evidence, begin.index.manifest.likeness)).tolist()
    lessened = [
        Candidate(each.product_id, each.score * share, {name: part * share for name, part in each.sources.items()})
        for each, share in zip(popular, left, strict=True)
    ]
    return replace(ranked, candidates=sorted(lessened, key=lambda each: (-each.score, each.product_id)))


def _with_against(index: ProductIndex, evidence: Evidence, against: Sequence[Vectors]) -> Evidence:
    ids = evidence.ids
    asked = [SpaceQuery(Space.TEXT, each[Space.TEXT], len(ids), among=ids) for each in against if Space.TEXT in each]
    if not asked or not ids:
        return evidence
    nearness = [{hit.product_id: hit.score for hit in hits} for hits in index.search(asked)]
    return replace(evidence, against=np.array([max(each.get(name, 0.0) for each in nearness) for name in ids]))
