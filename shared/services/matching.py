"""What matches words: the same for what a shopper types and for what a theme asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from shared.domain.fusion import Evidence, Scores, background_of_words, contributions
from shared.domain.keywords import keyword_vector
from shared.domain.recommendations import Part
from shared.domain.rules import RuleKind
from shared.domain.spaces import DENSE_SPACES, Space, Vector
from shared.domain.versions import Manifest
from shared.services.pages import Start

WEIGHTS: Mapping[Space, float] = {Space.KEYWORDS: 1.0, Space.TEXT: 1.0, Space.IMAGE: 0.5}


class Encodes(Protocol):
    """:class:`shared.services.query_encoders.QueryEncoders`, or what stands before it."""

    def spaces(self, manifest: Manifest) -> list[Space]: ...

    def encode(self, space: Space, texts: Sequence[str], manifest: Manifest) -> list[Vector]: ...


def without_pins(begin: Start) -> Start:
    """A pin gives its product a place in every list; what nobody asked for has none among what was asked for."""
    return replace(begin, rules=tuple(rule for rule in begin.rules if rule.kind is not RuleKind.PIN))


def queries_for(begin: Start, encoders: Encodes, texts: Sequence[str]) -> list[dict[Space, Vector]]:
    """The query of each space for each text. An encoder in trouble does not keep the other from being asked."""
    queries: list[dict[Space, Vector]] = [
        {Space.KEYWORDS: by_words} if (by_words := keyword_vector(text)) else {} for text in texts
    ]
    manifest = begin.index.manifest

    def encoding(space: Space) -> Callable[[], list[Vector] | None]:
        return begin.troubles.begin(Part.ENCODER, lambda: encoders.encode(space, texts, manifest), lambda: None)

    waiting = {space: encoding(space) for space in encoders.spaces(manifest)} if texts else {}
    for space, get in waiting.items():
        for query, vector in zip(queries, get() or (), strict=False):
            query[space] = vector
    return queries


def matches(evidence: Evidence, manifest: Manifest) -> tuple[Scores, dict[Space, Scores]]:
    """How well each candidate matches, and what every space adds to that."""
    background = {
        space: background_of_words(scores, manifest.likeness.get(space))
        for (space, _), scores in evidence.scores.items()
        if space in DENSE_SPACES
    }
    parts = contributions(evidence, WEIGHTS, background)
    total: Scores = np.sum(list(parts.values()), axis=0) if parts else np.zeros(len(evidence.ids))
    return total, parts
