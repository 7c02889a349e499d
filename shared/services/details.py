"""What is told of each product that a search shows: where the words stand in it, and how its score came about."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.filters import AllOf, AnyOf, Filter, FilterField, OneOf
from shared.domain.highlights import Highlights, highlights
from shared.domain.keywords import terms
from shared.domain.products import Product
from shared.domain.recommendations import Candidate
from shared.domain.rerank import EXPLORATION
from shared.domain.rules import RuleKind
from shared.domain.understanding.understood import Constraint, Understood, holds

RULES = "rules"
"""The part of a score that neither spaces nor taste explain: what the shop's rules and re-ranking gave or took."""
_MARKS = frozenset({EXPLORATION, RuleKind.PIN.value})
"""Sources that say how a place came about and add nothing to a score."""
_LEAST = 1e-9
_MOST_WORDS = 40
"""Words of a search that are looked for in the products shown."""


@dataclass(frozen=True, slots=True)
class Detail:
    """``parts``, by source, add up to the score; ``met`` are the constraints that it meets, given up or not."""

    parts: Mapping[str, float] = field(default_factory=dict)
    highlights: Highlights = field(default_factory=Highlights)
    met: tuple[Constraint, ...] = ()


def detail_of(
    candidate: Candidate, product: Product, words: Iterable[str], constraints: Sequence[Constraint]
) -> Detail:
    """``words`` as :func:`words_to_mark` gives them; ``constraints`` are all that were understood."""
    met = tuple(each for each in constraints if each.applied and holds(each, product))
    return Detail(parts_of(candidate), highlights(product, frozenset(words)), met)


def parts_of(candidate: Candidate) -> dict[str, float]:
    """What each source adds to the score, and under :data:`RULES` what is left, so that all add up to it."""
    parts = {source: part for source, part in candidate.sources.items() if source not in _MARKS}
    rest = candidate.score - sum(parts.values())
    return parts | ({RULES: rest} if abs(rest) > _LEAST * max(abs(candidate.score), 1.0) else {})


def words_to_mark(understood: Understood, variants: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """The single words, written plainly, that a product was found by: as typed and corrected, and other forms of them.

    What was asked not to be, and amounts of money, are nothing to point at.
    """
    wanted = [each for each in understood.constraints if each.applied and not each.negated]
    asked = [understood.words, *(value for each in wanted for value in _values(each.condition))]
    plain = [term for text in asked for term in terms(text)] + [term for each in wanted for term in each.having]
    words = list(dict.fromkeys(term for term in plain if " " not in term))[:_MOST_WORDS]
    return frozenset([*words, *(form for word in words for form in variants(word))])


def _values(condition: Filter | None) -> Iterator[str]:
    match condition:
        case OneOf(where, values) if where is not FilterField.AVAILABILITY:
            yield from values
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _values(part)
        case _:
            return
