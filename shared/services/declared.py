"""A declared taste in an answer: read while it has a part in it, what it finds, and what it raises."""

import math
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
)
from shared.domain.filters import AllOf, FilterField, OneOf
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
"""The score, as a share of the best candidate's, of the most popular product that only a liked word has found."""


def said_by(shop: Shop, begin: Start, user_id: str, in_request: Declared, deeds: int) -> Said:
    """What the request declares, over what the user has declared before, as it counts beside so many ``deeds``.

    Where the profile cannot be had, the answer goes on without it and says that ``events`` is down; without leave it is
    not looked at.
    """
    share = declared_share(deeds)
    if not share:
        return NOTHING_SAID
    kept = NOTHING_DECLARED
    if user_id and begin.events.may_be_used(user_id):
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
    known = {each.product_id for each in candidates}
    best = candidates[0].score if candidates else 1.0
    liked = [
        Candidate(each, score, {SOURCE: score})
        for each, standing in _found(begin, said, depth).items()
        if each not in known
        for score in [best * said.share * _FOUND * (1 + standing) / 2]
    ]
    return sorted([*candidates, *liked], key=lambda each: -each.score)


def raised(begin: Start, said: Said, candidates: Sequence[Candidate]) -> tuple[list[Candidate], dict[str, Reason]]:
    """``candidates`` with those of them first that are of what is liked, and a reason for each such.

    The best score stays what it was. Likes are held against products as the index version has them: prices change
    between two pages, and the ranking must not.
    """
    if not said or not said.declared.has_likes or not candidates:
        return list(candidates), {}
    head = list(candidates[:_LOOKED_AT])
    ids = [each.product_id for each in head]
    known = begin.index.products(ids)
    products = begin.products.get(ids) if begin.troubles.has(Part.INDEX) else known
    liked: list[Product] = []
    scored: list[Candidate] = []
    for each in head:
        product = products.get(each.product_id)
        met = fit(product, said.declared) if product else 0.0
        gain = each.score * _RAISED * said.share * met
        if product and gain > 0:
            liked.append(product)
            sources = {**each.sources, SOURCE: each.sources.get(SOURCE, 0.0) + gain}
            each = replace(each, score=each.score + gain, sources=sources)
        scored.append(each)
    best = max(each.score for each in scored)
    scale = candidates[0].score / best if best > 0 else 1.0
    scored.sort(key=lambda each: -each.score)
    below = candidates[len(head) :]
    lowest = below[0].score if below else 0.0
    ranking = [*(replace(each, score=max(each.score * scale, lowest)) for each in scored), *below]
    return ranking, _reasons(begin, liked, said.declared)


def _found(begin: Start, said: Said, depth: int) -> dict[str, float]:
    """Products of each liked category, brand and colour, by how they stand in (0, 1]: 1 for a word's most popular.

    Each word has a list of its own: whoever likes sandals and blue would else see all that is blue before a sandal.
    """
    likes: Mapping[FilterField, tuple[str, ...]] = said.declared.likes if said else {}
    asked = [
        (OneOf(where, (word,)), vector)
        for where, words in likes.items()
        if where is not FilterField.SIZE  # of itself no taste
        for word in words
        if (vector := keyword_vector(word))
    ]
    queries = [
        SpaceQuery(
            Space.KEYWORDS,
            vector,
            math.ceil(depth / len(asked)),
            wanted if begin.condition is None else AllOf((wanted, begin.condition)),
        )
        for wanted, vector in asked
    ]
    shares = begin.popularity.shares
    found: dict[str, float] = {}
    for hits in begin.index.search(queries) if queries else ():
        popular = sorted(hits, key=lambda hit: -shares.get(hit.product_id, 0.0))
        for place, hit in enumerate(popular, 1):
            found[hit.product_id] = max(found.get(hit.product_id, 0.0), 1 / place)
    return found


def _reasons(begin: Start, liked: Sequence[Product], declared: Declared) -> dict[str, Reason]:
    """By product id. A price alone is spoken of where it is within the budget now, too."""
    words = {each.id: next(iter(liked_words(each, declared).values()), "") for each in liked}
    now = begin.products.get([each for each, word in words.items() if not word])
    within = {each.id for each in now.values() if declared.budget and declared.budget.admits(each)}
    return {each: explain.liked(word) for each, word in words.items() if word or each in within}
