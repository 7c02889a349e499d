"""Spans put together: "Nike or Adidas" is one wish, and in "dress shoes" the shoes are what is meant."""

from collections.abc import Sequence
from dataclasses import replace

from shared.domain.filters import Comparison, FilterField, InRange
from shared.domain.understanding.spans import Span
from shared.domain.understanding.vocabulary import Vocabulary
from shared.domain.understanding.wording import Token

_COMPLEMENT = frozenset(("with", "of", "for", "to", "in", "on", "without"))


def joined(spans: Sequence[Span], words: Sequence[Token], vocabulary: Vocabulary) -> list[tuple[Span, ...]]:
    """In the order of the query, the spans of each constraint; the first one of these carries what it asks.

    A product has one colour, one brand, one size: two that are wished for are alternatives.
    """
    groups: list[list[Span]] = []
    by_field: dict[FilterField, list[Span]] = {}
    for span in _without_modifiers(spans, words):
        wish = span.field if span.values and not span.negated and span.condition is None else None
        if wish is not None and wish in by_field:
            by_field[wish].append(span)
            continue
        groups.append([span])
        if wish is not None:
            by_field[wish] = groups[-1]
    kinds = [value for span in by_field.get(FilterField.CATEGORY, ()) for value in span.values]
    return [tuple(_first_of(group, kinds, vocabulary)) for group in groups]


def _first_of(group: list[Span], kinds: Sequence[str], vocabulary: Vocabulary) -> list[Span]:
    first = group[0]
    if first.guessed:
        return [replace(first, condition=_cheap(kinds, vocabulary))]
    together = tuple(dict.fromkeys(value for span in group for value in span.values))
    return [replace(first, values=together), *group[1:]]


def _cheap(kinds: Sequence[str], vocabulary: Vocabulary) -> InRange | None:
    """In the lower third of the prices of what is asked for, or of the shop."""
    known = [vocabulary.prices[kind.casefold()] for kind in kinds if kind.casefold() in vocabulary.prices]
    if not known and not vocabulary.priced:
        return None
    low = max((low for low, _ in known), default=0.0) if known else vocabulary.prices[""][0]
    return InRange(FilterField.PRICE, Comparison.AT_MOST, low)


def _without_modifiers(spans: Sequence[Span], words: Sequence[Token]) -> list[Span]:
    """Of kinds of things beside each other the last one is meant, and what follows a "with" only describes."""
    kept: list[Span] = []
    for span in spans:
        before = next((each for each in reversed(kept) if _is_kind(each)), None)
        if _is_kind(span) and before is not None:
            between = [word.text for word in words[before.end : span.start]]
            if any(word in _COMPLEMENT for word in between):
                continue
            if not between and not words[span.start].before.strip(" -"):
                kept.remove(before)
        kept.append(span)
    return kept


def _is_kind(span: Span) -> bool:
    return span.field is FilterField.CATEGORY and not span.negated
