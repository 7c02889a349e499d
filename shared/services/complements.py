"""Complements: what goes with a product, and never what could be bought in its place."""

from dataclasses import dataclass

import numpy as np

from shared.domain import explain
from shared.domain.behaviour import behaviour_query
from shared.domain.companions import NO_COMPANIONS, Companions, companions_from_bytes
from shared.domain.errors import NotFound
from shared.domain.fusion import comparable
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason, ReasonKind, Recommendation, SpaceQuery
from shared.domain.rules import Scenario
from shared.domain.spaces import DENSE_SPACES, Space, Vectors
from shared.services.facts import FactKind
from shared.services.pages import Question, Ranked, Start, answer, start
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop

COMPANIONS = FactKind("companions", companions_from_bytes, NO_COMPANIONS)

MAPPED = "complement_map"
"""The source of what the map of a space leads to, for a product that was bought with little or nothing so far."""


@dataclass(frozen=True, slots=True)
class Seed:
    """The product whose complements are asked for, as the index version knows it, and its kind."""

    product: Product
    vectors: Vectors
    kind: str


def complements(shop: Shop, product_id: str, question: Question, user_id: str = "") -> Recommendation:
    """What goes with ``product_id``; with a user, without what is not for that one.

    First what was bought with it, then what the learned maps lead to, each saying which in its source; nothing for a
    shop that has sold nothing together yet. Raises NotFound for an unknown product.
    """
    begin = start(shop, Scenario.COMPLEMENTS, question, product_id, user_id)
    seed = begin.products.get([product_id]).get(product_id)
    if seed is None and not begin.troubles.has(Part.INDEX):
        raise NotFound(f"No product '{product_id}' is in the catalogue: check the id, or index a feed that has it.")
    known = seed_of(begin, product_id)

    def rank(depth: int) -> Ranked:
        ranked = complement_candidates(begin, known, depth) if known else Ranked((), cut_off=False)
        return Ranked(reranked(begin, ranked.candidates), ranked.cut_off)

    excluded = {product_id} | begin.events.standing(user_id).excluded
    return answer(shop, begin, rank, excluded, lambda shown: [complement_reason(each, seed) for each in shown])


def seed_of(begin: Start, product_id: str) -> Seed | None:
    """None for a product that the index version has not got."""
    product = begin.index.products([product_id]).get(product_id)
    if product is None:
        return None
    vectors = begin.index.vectors([product_id], DENSE_SPACES).get(product_id, {})
    return Seed(product, vectors, begin.fact(COMPANIONS).kind(product, vectors))


def complement_candidates(begin: Start, seed: Seed, depth: int) -> Ranked:
    """Complements of ``seed``, best first: the learnt ones, then those of the maps; none of its kind or its group.

    One batched query finds them. The ranking depends on the index version alone.
    """
    companions = begin.fact(COMPANIONS)
    mapped = companions.mapped(seed.vectors)
    queries = [SpaceQuery(Space.COMPLEMENT, behaviour_query({seed.product.id: 1.0}), depth, begin.condition)]
    queries += [SpaceQuery(space, vector, depth, begin.condition) for space, vector in mapped.items()]
    learnt, *led_to = begin.index.search(queries)
    found = [(hit.product_id, hit.score) for hit in learnt if hit.score > 0]
    best = max((score for _, score in found), default=1.0)
    ranking = [
        Candidate(each, 1.0 + score / best, sources={Space.COMPLEMENT.value: score / best}) for each, score in found
    ]
    seen = {each for each, _ in found} | {seed.product.id}
    scores: dict[str, float] = {}
    for space, hits in zip(mapped, led_to, strict=True):
        others = [hit for hit in hits if hit.product_id not in seen]
        alike = comparable(np.array([hit.score for hit in others]), begin.index.manifest.likeness.get(space, 0.0))
        for hit, score in zip(others, alike.tolist(), strict=True):
            scores[hit.product_id] = scores.get(hit.product_id, 0.0) + score
    ranking += _that_go_with(begin, companions, seed, scores)
    return Ranked(ranking, any(len(hits) >= depth for hits in (learnt, *led_to)))


def _that_go_with(begin: Start, companions: Companions, seed: Seed, scores: dict[str, float]) -> list[Candidate]:
    """Those of ``scores`` whose kind goes with the seed's, weighed by how far it does, below all that is learnt."""
    partners = dict(companions.kinds.get(seed.kind, ()))
    if not partners or not scores:
        return []
    products = begin.index.products(list(scores))
    vectors = begin.index.vectors(list(scores), (Space.TEXT,)) if companions.divided else {}
    weighed = {
        each: scores[each] * partners.get(companions.kind(product, vectors.get(each, {})), 0.0)
        for each, product in products.items()
        if product.group != seed.product.group
    }
    best = max(weighed.values(), default=0.0)
    ordered = sorted((each for each in weighed if weighed[each] > 0), key=lambda each: (-weighed[each], each))
    return [Candidate(each, weighed[each] / best, sources={MAPPED: weighed[each] / best}) for each in ordered]


def complement_reason(candidate: Candidate, seed: Product | None) -> Reason:
    """The shop's own rule, or whether purchases or only kind and look speak for the candidate."""
    bought = Space.COMPLEMENT.value in candidate.sources
    kind = ReasonKind.CHOSEN_WITH if bought else ReasonKind.GOES_WITH
    return rule_reason(candidate) or explain.goes_with(kind, seed)
