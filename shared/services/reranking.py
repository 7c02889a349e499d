"""Re-ranking a scenario's list by its settings and the shop's rules."""

from collections.abc import Mapping, Sequence

from shared.domain import explain
from shared.domain.popularity import Popularity
from shared.domain.recommendations import Candidate, Reason
from shared.domain.rerank import EXPLORATION, HEAD, Exposure, exposure, rerank
from shared.domain.rerank.prices import price_affinity
from shared.domain.rerank.scene import Scene
from shared.domain.rerank.settings import Reranking
from shared.domain.rules import RuleKind, Scenario, pinned_products
from shared.domain.spaces import Space
from shared.services.pages import Start

DEFAULTS: Mapping[Scenario, Reranking] = {
    Scenario.FOR_YOU: Reranking(diversity=0.08, exploration=0.05),
    Scenario.PICKS: Reranking(diversity=0.08),
    Scenario.COLLECTION: Reranking(diversity=0.3),
}
"""What holds where the shop's rule book says nothing; nothing at all for the other lists.

An email is opened once, days later, and its clicks come back to nobody in time: no place in it is spent on exploring.
"""


def reranked(
    begin: Start, candidates: Sequence[Candidate], liked: Mapping[str, float] | None = None
) -> Sequence[Candidate]:
    """``candidates`` as the list's scenario has them shown. ``liked`` are the taste's products with their weights."""
    settings = begin.book.reranking(begin.scenario, DEFAULTS.get(begin.scenario, Reranking()))
    rules = begin.rules
    if settings == Reranking() and not rules:
        return candidates
    head = [candidate.product_id for candidate in candidates[:HEAD]]
    liked = liked if liked and settings.price_affinity else {}
    products = {}
    if rules or _looks_at_products(settings):
        products = begin.products.get(list(dict.fromkeys([*head, *pinned_products(rules), *liked])))
    return rerank(
        candidates,
        settings,
        rules,
        Scene(
            now=begin.as_of,
            products=products,
            vectors=begin.index.vectors(head, (Space.TEXT,)) if settings.diversity and head else {},
            likeness=begin.index.manifest.likeness,
            seed=f"{begin.at.question} {begin.as_of:%Y-%m-%d}",  # the same question on the same day, the same answer
            paid=price_affinity((products[each], weight) for each, weight in liked.items() if each in products),
            exposure=_exposure_of(begin.popularity) if settings.exploration else Exposure(),
        ),
    )


_latest: list[tuple[Popularity, Exposure]] = []


def _exposure_of(popularity: Popularity) -> Exposure:
    """Made once a snapshot: it is of up to 20,000 products, and the next answer's is nearly always the same one."""
    for known, made in _latest:
        if known is popularity:
            return made
    made = exposure(dict(popularity.shown), dict(popularity.clicked))
    _latest[:] = [(popularity, made)]
    return made


def _looks_at_products(settings: Reranking) -> bool:
    return bool(settings.most_per_brand or settings.most_per_category or settings.freshness or settings.price_affinity)


def rule_reason(candidate: Candidate) -> Reason | None:
    """Where the shop's rules or its wish to explore put the candidate there."""
    if RuleKind.PIN.value in candidate.sources or RuleKind.BOOST.value in candidate.sources:
        return explain.featured()
    return explain.discovery() if EXPLORATION in candidate.sources else None
