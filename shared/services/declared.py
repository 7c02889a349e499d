"""A declared taste in an answer: read while it has a part in it, what it finds, and what it raises."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.domain import explain
from shared.domain.declared import (
    NOTHING_DECLARED,
    NOTHING_SAID,
    Declared,
    Said,
    declared_share,
    fit,
    liked_words,
    likes_filter,
)
from shared.domain.filters import AllOf, FilterField
from shared.domain.keywords import keyword_vector
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason, SpaceQuery
from shared.domain.spaces import Space
from shared.services.pages import Start
from shared.services.profiles import declared_by
from shared.services.quiz import QUIZ
from shared.services.shop import Shop

SOURCE = "declared"
_LOOKED_AT = 200
"""Candidates, the best ones, that likes are held against: each costs a look into the catalogue."""

_RAISED = 2.0
"""What meeting every like adds to a score, in shares of it, where nothing but the declared taste is known."""

_FOUND = 0.5
"""The score, as a share of the best candidate's, of the most popular product that only likes have found."""


def said_by(shop: Shop, begin: Start, user_id: str, in_request: Declared, deeds: int) -> Said:
    """What the request declares, over what the user has declared before, as it counts beside so many ``deeds``.

    Where the profile cannot be had, the answer goes on without it and says that ``events`` is down.
    """
    share = declared_share(deeds)
    if not share:
        return NOTHING_SAID
    kept = NOTHING_DECLARED
    if user_id:
        kept = begin.troubles.attempt(
            Part.EVENTS, lambda: declared_by(shop.state, user_id, begin.as_of), lambda: NOTHING_DECLARED
        )
    declared = in_request.over(kept)
    if not declared:
        return NOTHING_SAID
    return Said(declared, share, begin.fact(QUIZ).beside if declared.picked else {})


def marked(candidates: Sequence[Candidate], said: Said) -> list[Candidate]:
    """Candidates of a taste that picks have a part in, each saying so."""
    if not said or not said.declared.picked:
        return list(candidates)
    return [
        replace(each, sources={**each.sources, SOURCE: each.score * said.share}) if each.score > 0 else each
        for each in candidates
    ]


def with_liked(begin: Start, said: Said, candidates: Sequence[Candidate], depth: int) -> list[Candidate]:
    """``candidates``, and below the best of them what the catalogue has of the words that are liked."""
    found = _found(begin, said, depth)
    known = {each.product_id for each in candidates}
    best = candidates[0].score if candidates else 1.0
    shares = begin.popularity.shares
    liked = [
        Candidate(each, score, {SOURCE: score})
        for each in found
        if each not in known
        for score in [best * said.share * _FOUND * (1 + shares.get(each, 0.0)) / 2]
    ]
    return sorted([*candidates, *liked], key=lambda each: -each.score)


def raised(begin: Start, said: Said, candidates: Sequence[Candidate]) -> tuple[list[Candidate], dict[str, Reason]]:
    """``candidates`` with those of them first that are of what is liked, and a reason for each such.

    The best score stays what it was.
    """
    if not said or not said.declared.has_likes or not candidates:
        return list(candidates), {}
    head = list(candidates[:_LOOKED_AT])
    products = begin.products.get([each.product_id for each in head])
    why: dict[str, Reason] = {}
    scored: list[Candidate] = []
    for each in head:
        product = products.get(each.product_id)
        met = fit(product, said.declared) if product else 0.0
        gain = each.score * _RAISED * said.share * met
        if product and gain > 0:
            why[product.id] = _reason(product, said.declared)
            sources = {**each.sources, SOURCE: each.sources.get(SOURCE, 0.0) + gain}
            each = replace(each, score=each.score + gain, sources=sources)
        scored.append(each)
    best = max(each.score for each in scored)
    scale = candidates[0].score / best if best > 0 else 1.0
    scored.sort(key=lambda each: -each.score)
    below = candidates[len(head) :]
    lowest = below[0].score if below else 0.0
    return [*(replace(each, score=max(each.score * scale, lowest)) for each in scored), *below], why


def _found(begin: Start, said: Said, depth: int) -> list[str]:
    """Products of the liked categories, brands and colours, those first that most of the words speak of."""
    wanted = likes_filter(said.declared) if said else None
    if wanted is None:
        return []
    likes: Mapping[FilterField, tuple[str, ...]] = said.declared.likes
    words = " ".join(word for where, of in likes.items() if where is not FilterField.SIZE for word in of)
    condition = wanted if begin.condition is None else AllOf((wanted, begin.condition))
    vector = keyword_vector(words)
    hits = begin.index.search([SpaceQuery(Space.KEYWORDS, vector, depth, condition)])[0] if vector else []
    return [hit.product_id for hit in hits]


def _reason(product: Product, declared: Declared) -> Reason:
    met = liked_words(product, declared)
    return explain.liked(next(iter(met.values()), ""))
