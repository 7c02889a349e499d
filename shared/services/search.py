"""Search: the products that match a shopper's words, by the words themselves, by meaning and by look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain import explain
from shared.domain.errors import InvalidInput
from shared.domain.filters import AllOf, Filter, FilterField
from shared.domain.recommendations import Candidate, Reason, Recommendation
from shared.domain.rules import Scenario
from shared.domain.sorting import Sort
from shared.domain.spaces import RgbImage
from shared.domain.understanding.understood import Constraint, Understood
from shared.services.candidates import gather_asked
from shared.services.matching import WEIGHTS, matches, queries_for, without_pins
from shared.services.pages import Question, Ranked, Start, page, start, tell
from shared.services.personal import as_candidates
from shared.services.query_encoders import QueryEncoders
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop

LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is searched for: any of ``text``, ``picture``, ``like`` and ``unlike`` (product ids), and filters.

    ``understand`` says whether the text may be read as filters; ``personal``, from 0 to 1, how much the user's taste
    counts in the order.
    """

    text: str = ""
    picture: RgbImage | None = None
    like: str = ""
    unlike: str = ""
    user_id: str = ""
    understand: bool = True
    sort: Sort = Sort.RELEVANCE
    facets: tuple[FilterField, ...] = ()
    filters: Filter | None = None
    personal: float = 0.0


@dataclass(frozen=True, slots=True)
class Detail:
    """What is told of one product on request: ``parts`` are the shares of its score."""

    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """``relaxed`` are the guesses that were given up, because nothing met them all."""

    list: Recommendation
    understood: Understood
    relaxed: tuple[Constraint, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)


def search(shop: Shop, encoders: QueryEncoders, wanted: Wanted, question: Question) -> Found:
    """Products for what is ``wanted``, without what its user dislikes; bought before is no reason against one.

    Where an encoder is missing, broken or not the index's own, the spaces that are left are searched, the keywords in
    any case, and the answer says so; where the index is down, nothing is found, and that is said too. Raises
    InvalidInput for a text without anything in it.
    """
    words = wanted.text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise InvalidInput(f"text has {len(words)} characters: search for 1 to {LONGEST_TEXT}.")
    begin = without_pins(start(shop, Scenario.SEARCH, question, words, wanted.user_id))
    (asked,) = queries_for(begin, encoders, [words])
    details: dict[str, Detail] = {}

    def rank(depth: int) -> Ranked:
        evidence, cut_off = gather_asked(begin.index, asked, begin.condition, depth)
        total, parts = matches(evidence, begin.index.manifest)
        return Ranked(reranked(begin, as_candidates(evidence, total, parts)), cut_off)

    def explained(shown: Sequence[Candidate]) -> list[Reason]:
        details.update({each.product_id: Detail(each.sources) for each in shown})
        return [_reason(each) for each in shown]

    disliked = begin.events.standing(wanted.user_id).disliked
    found = page(shop, begin, rank, disliked, explained)
    tell(shop, begin, found)
    return Found(found, Understood(words), details=details)


def narrowed(begin: Start, *conditions: Filter | None) -> Start:
    """``begin`` with further conditions that must all hold."""
    asked = [each for each in (begin.condition, *conditions) if each is not None]
    return replace(begin, condition=AllOf(tuple(asked)) if len(asked) > 1 else next(iter(asked), None))


def _reason(candidate: Candidate) -> Reason:
    if raised_by_shop := rule_reason(candidate):
        return raised_by_shop
    return explain.matches(max(WEIGHTS, key=lambda space: candidate.sources.get(space.value, 0.0)))
