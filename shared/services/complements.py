"""Complements: what goes with a product, and never what could be bought in its place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shared.domain import explain
from shared.domain.behaviour import behaviour_query
from shared.domain.companions import NO_COMPANIONS, Companions, companions_from_bytes
from shared.domain.errors import NotFound
from shared.domain.filters import AllOf, Filter, FilterField, OneOf
from shared.domain.fusion import comparable
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Hit, Part, Reason, ReasonKind, Recommendation, SpaceQuery
from shared.domain.rules import Scenario
from shared.domain.spaces import DENSE_SPACES, Space, Vectors
from shared.services.facts import FactKind
from shared.services.lenders import lent_weights
from shared.services.listing import Listing, answered
from shared.services.pages import Question, Ranked, Start, start
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop

COMPANIONS = FactKind("companions", companions_from_bytes, NO_COMPANIONS)

BORROWED = "complement_alike"
"""The source of what goes with products like the seed, which was taken with little or nothing itself so far."""

MAPPED = "complement_map"
"""The source of what the learned map of a space leads to from the seed."""

_AMPLE = 48
"""Learnt complements that need nothing behind them: as many as anybody looks at beside one product."""

_LENDERS = 20
_STEEP = 4
_OF_A_MAP = 0.5
"""Products that lend, how much faster than their likeness their say falls, and what a map counts beside them: chosen on
the validation weeks of Online Retail, a tenth of the products being taken out of all baskets before."""


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
    return answered(shop, begin, complements_listing(begin, product_id), begin.events.standing(user_id).excluded)


def complements_listing(begin: Start, product_id: str) -> Listing:
    """As :func:`complements`, for anybody. Raises NotFound."""
    seed = begin.products.get([product_id]).get(product_id)
    if seed is None and not begin.troubles.has(Part.INDEX):
        raise NotFound(f"No product '{product_id}' is in the catalogue: check the id, or index a feed that has it.")
    known = seed_of(begin, product_id)

    def rank(depth: int) -> Ranked:
        ranked = complement_candidates(begin, known, depth) if known else Ranked((), cut_off=False)
        return Ranked(reranked(begin, ranked.candidates), ranked.cut_off)

    seeds = frozenset({product_id})
    return Listing(rank, lambda _, shown: [complement_reason(each, seed) for each in shown], excluded=seeds)


def seed_of(begin: Start, product_id: str) -> Seed | None:
    """None for a product that the index version has not got."""
    product = begin.index.products([product_id]).get(product_id)
    if product is None:
        return None
    vectors = begin.index.vectors([product_id], DENSE_SPACES).get(product_id, {})
    return Seed(product, vectors, begin.fact(COMPANIONS).kind(product, vectors))


def complement_candidates(begin: Start, seed: Seed, depth: int) -> Ranked:
    """Complements of ``seed``, best first: the learnt ones, then, where these are few, what fills behind them.

    None of its kind or its group. One batched query finds what is learnt, a second one what was learnt of products
    like it. The ranking depends on the index version alone.
    """
    companions = begin.fact(COMPANIONS)
    mapped = companions.mapped(seed.vectors)
    within = _in_partners(companions, seed.kind, begin.condition)
    queries = [SpaceQuery(Space.COMPLEMENT, behaviour_query({seed.product.id: 1.0}), depth, begin.condition)]
    queries += [SpaceQuery(Space.TEXT, seed.vectors[Space.TEXT], _LENDERS + 1)] if Space.TEXT in seed.vectors else []
    queries += [SpaceQuery(space, vector, depth, within) for space, vector in mapped.items()]
    answers = begin.index.search(queries)
    learnt = [hit for hit in answers[0] if hit.score > 0]
    best = max((hit.score for hit in learnt), default=1.0)
    shares = [(hit.product_id, hit.score / best) for hit in learnt]
    ranking = [Candidate(each, 1 + share, sources={Space.COMPLEMENT.value: share}) for each, share in shares]
    if not companions.kinds or len(learnt) >= _AMPLE:
        return Ranked(ranking, len(learnt) >= depth)
    near = answers[1] if Space.TEXT in seed.vectors else []
    borrowed, led_to = _borrowed(begin, seed, near, depth), answers[len(answers) - len(mapped) :]
    likeness = begin.index.manifest.likeness
    maps: dict[str, float] = {}
    for space, hits in zip(mapped, led_to, strict=True):
        for each, share in _shares(hits, likeness.get(space, 0.0)).items():
            maps[each] = maps.get(each, 0.0) + _OF_A_MAP * share
    behind = _behind(begin, companions, seed, {BORROWED: _shares(borrowed), MAPPED: maps}, {each for each, _ in shares})
    return Ranked([*ranking, *behind], any(len(hits) >= depth for hits in (learnt, borrowed, *led_to)))


def _in_partners(companions: Companions, kind: str, condition: Filter | None) -> Filter | None:
    """``condition``, and of a category that holds a kind that goes with ``kind``: or the nearest would all be alike."""
    categories = companions.partner_categories(kind)
    if not categories:
        return condition
    partners = OneOf(FilterField.CATEGORY, categories)
    return AllOf((partners, condition)) if condition else partners


def _borrowed(begin: Start, seed: Seed, near: Sequence[Hit], depth: int) -> list[Hit]:
    """What goes with the products ``near`` to the seed, the nearest counting by far the most."""
    random = begin.index.manifest.likeness.get(Space.TEXT, 0.0)
    query = behaviour_query(lent_weights(near, random, _STEEP, {seed.product.id}))
    if not query:
        return []
    found = begin.index.search([SpaceQuery(Space.COMPLEMENT, query, depth, begin.condition)])[0]
    return [hit for hit in found if hit.score > 0]


def _behind(
    begin: Start,
    companions: Companions,
    seed: Seed,
    proposed: Mapping[str, Mapping[str, float]],
    known: Collection[str],
) -> list[Candidate]:
    """What is ``proposed``, {source: {product: score}}, and neither ``known`` nor a substitute, scored at most 1.

    What a map leads to is weighed by how far its kind goes with the seed's.
    """
    ids = sorted({each for scores in proposed.values() for each in scores} - set(known) - {seed.product.id})
    products = begin.index.products(ids)
    vectors = begin.index.vectors(ids, (Space.TEXT,)) if companions.divided else {}
    random = begin.index.manifest.likeness.get(Space.TEXT, 0.0)
    affinities = dict(companions.kinds.get(seed.kind, ()))
    most = max(affinities.values(), default=1.0)
    sources: dict[str, dict[str, float]] = {}
    for each, product in products.items():
        own = vectors.get(each, {})
        if is_substitute(companions, seed, product, own, random):
            continue
        fit = {BORROWED: 1.0, MAPPED: affinities.get(companions.kind(product, own), 0.0) / most}
        parts = {source: scores.get(each, 0.0) * fit[source] for source, scores in proposed.items()}
        sources[each] = {source: part for source, part in parts.items() if part > 0}
    totals = {each: sum(parts.values()) for each, parts in sources.items() if parts}
    best = max(totals.values(), default=1.0)
    ordered = sorted(totals, key=lambda each: (-totals[each], each))
    return [Candidate(each, totals[each] / best, sources=sources[each]) for each in ordered]


def is_substitute(companions: Companions, seed: Seed, product: Product, vectors: Vectors, random: float) -> bool:
    """Whether ``product`` is a variant of ``seed``, of its kind, or very like it; ``random`` is the cosine in ``text``
    of two random products."""
    if product.group == seed.product.group or companions.kind(product, vectors) == seed.kind:
        return True
    return companions.too_alike((seed.product, product), (seed.vectors, vectors), random)


def _shares(hits: Sequence[Hit], background: float = 0.0) -> dict[str, float]:
    """The scores of one list on the scale that all lists share."""
    scores = comparable(np.array([hit.score for hit in hits]), background) if hits else np.zeros(0)
    return {hit.product_id: score for hit, score in zip(hits, scores.tolist(), strict=True)}


def complement_reason(candidate: Candidate, seed: Product | None) -> Reason:
    """The shop's own rule, or whether purchases or only kind and look speak for the candidate."""
    bought = Space.COMPLEMENT.value in candidate.sources
    kind = ReasonKind.CHOSEN_WITH if bought else ReasonKind.GOES_WITH
    return rule_reason(candidate) or explain.goes_with(kind, seed)
