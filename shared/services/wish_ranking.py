"""Candidates for what a search asks of the spaces, and how well each of them meets it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared.domain.filters import Filter, FilterField, all_of
from shared.domain.fusion import Evidence, Scores, background_of_words, contributions, penalty
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, SpaceQuery
from shared.domain.spaces import DENSE_SPACES, Space, Vectors
from shared.domain.understanding.understood import Constraint, holds
from shared.domain.versions import Manifest
from shared.ports import ProductIndex
from shared.services.candidates import gather_asked
from shared.services.pages import Start
from shared.services.personal import as_candidates
from shared.services.trending import popular_candidates
from shared.services.wishes import Wishes


def gather_wishes(index: ProductIndex, wishes: Wishes, condition: Filter | None, depth: int) -> tuple[Evidence, bool]:
    """As :func:`shared.services.candidates.gather_asked`, with how near each one is to what to keep away from."""
    evidence, cut_off = gather_asked(index, wishes.asked, condition, depth)
    return _with_against(index, evidence, wishes.against), cut_off


def rated(evidence: Evidence, wishes: Wishes, manifest: Manifest) -> tuple[Scores, dict[Space, Scores]]:
    """How well each candidate meets ``wishes``, and what every space adds to that."""
    background = {
        space: background_of_words(scores, manifest.likeness.get(space))
        for (space, _), scores in evidence.scores.items()
        if space in DENSE_SPACES
    }
    left = 1 - penalty(evidence, manifest.likeness)
    parts = {space: added * left for space, added in contributions(evidence, wishes.weights, background).items()}
    total: Scores = np.sum(list(parts.values()), axis=0) if parts else np.zeros(len(evidence.ids))
    return total, parts


def loosened(begin: Start, wishes: Wishes, condition: Filter | None, after: Sequence[Candidate]) -> list[Candidate]:
    """What follows ``after``, which is for the same person as the product asked for: what is as wanted, for others.

    Few things come in every colour, and a page of two that goes on is worth more than one that ends; but what is of
    another kind than was asked for does not follow here. Scores go on falling.
    """
    stays = [each.condition for each in wishes.implied if each.field is not FilterField.GENDER and each.condition]
    if len(stays) == len(wishes.implied):
        return []
    evidence, _ = gather_wishes(begin.index, wishes, all_of(condition, *stays), begin.at.depth)
    total, parts = rated(evidence, wishes, begin.index.manifest)
    seen = {each.product_id for each in after}
    more = [each for each in as_candidates(evidence, total, parts) if each.product_id not in seen]
    ceiling = min(after[-1].score / more[0].score, 1.0) if after and more else 1.0
    return [_lessened(each, ceiling) for each in more]


def given_up(wishes: Wishes, shown: Sequence[Product]) -> tuple[Constraint, ...]:
    """What is implied and yet does not hold of all that is ``shown``."""
    return tuple(each for each in wishes.implied if not all(holds(each, product) for product in shown))


def popular_unlike(begin: Start, wishes: Wishes) -> list[Candidate]:
    """For who names nothing but what to keep away from: what is popular, and unlike that."""
    popular = sorted(popular_candidates(begin, ()), key=lambda each: each.product_id)
    evidence = Evidence(tuple(each.product_id for each in popular), {})
    evidence = _with_against(begin.index, evidence, wishes.against)
    left = (1 - penalty(evidence, begin.index.manifest.likeness)).tolist()
    lessened = [_lessened(each, share) for each, share in zip(popular, left, strict=True)]
    return sorted(lessened, key=lambda each: (-each.score, each.product_id))


def _lessened(candidate: Candidate, share: float) -> Candidate:
    sources = {name: part * share for name, part in candidate.sources.items()}
    return Candidate(candidate.product_id, candidate.score * share, sources)


def _with_against(index: ProductIndex, evidence: Evidence, against: Sequence[Vectors]) -> Evidence:
    ids = evidence.ids
    asked = [SpaceQuery(Space.TEXT, each[Space.TEXT], len(ids), among=ids) for each in against if Space.TEXT in each]
    if not asked or not ids:
        return evidence
    nearness = [{hit.product_id: hit.score for hit in hits} for hits in index.search(asked)]
    return replace(evidence, against=np.array([max(each.get(name, 0.0) for each in nearness) for name in ids]))
