"""From a frozen ranking to a page of it that holds only what may be shown now."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from shared.domain.cursor import DEPTHS, Cursor, decode_cursor, encode_cursor, expired, question_digest
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.filters import Filter
from shared.domain.popularity import Popularity
from shared.domain.products import Product
from shared.domain.recommendation_ids import named
from shared.domain.recommendations import Candidate, Part, Reason, ReasonKind, Recommendation, RecommendedProduct
from shared.domain.rules import Rule, Scenario
from shared.ports import ProductIndex
from shared.services.degradation import Troubles
from shared.services.facts import FactKind, Facts
from shared.services.filter_language import parse_filter
from shared.services.guarded import GuardedEvents, GuardedIndex, GuardedProducts
from shared.services.live_index import nothing_published
from shared.services.rulebook import RuleBook
from shared.services.shop import Shop
from shared.services.walk import Walk

LARGEST_PAGE = 100
_IMPERSONAL = frozenset({ReasonKind.LATELY.value, ReasonKind.POPULAR.value, ReasonKind.CATALOGUE.value})
_Frozen = tuple[ProductIndex | None, Popularity, RuleBook]
_Kept = TypeVar("_Kept")
_Fact = TypeVar("_Fact")


@dataclass(frozen=True, slots=True)
class Question:
    """The part of a request that every list has.

    ``without`` are products that are not wanted, nor their variants; ``pictured`` asks for those with an image alone.
    Neither is part of the ranking: what is on a page follows from what is asked for it.
    """

    limit: int = 12
    filter: str = ""
    cursor: str = ""
    without: frozenset[str] = frozenset()
    pictured: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates, best first. ``cut_off`` says that a deeper look would find more.

    ``holds`` says of a product, as it is now, whether what put it on the list is still true. ``onward`` gives the
    position of the next page, and the cursor's ``done``, for the position that was reached and the products shown.
    """

    candidates: Sequence[Candidate]
    cut_off: bool
    holds: Callable[[Product], bool] = lambda _: True
    onward: Callable[[int, Sequence[str]], tuple[int, str]] = lambda position, _: (position, "")


@dataclass(frozen=True, slots=True)
class Start:
    """Where an answer starts: on the frozen things that ``at`` names, with the filter as it read at that moment.

    ``without`` and ``pictured`` are the question's.

    ``rules`` are those of the shop's ``book`` that hold for the ``scenario``, the one that wins a conflict first.
    ``index``, ``products`` and ``events`` are what a ranking is to be made from: where one of them is down, they give
    what is left, and ``troubles`` keeps note of it for the answer.
    """

    at: Cursor
    condition: Filter | None
    limit: int
    scenario: Scenario
    book: RuleBook
    rules: tuple[Rule, ...]
    popularity: Popularity
    index: GuardedIndex
    products: GuardedProducts
    events: GuardedEvents
    facts: Facts
    troubles: Troubles
    without: frozenset[str] = frozenset()
    pictured: bool = False

    def fact(self, kind: FactKind[_Fact]) -> _Fact:
        """What the ranking's index version has of ``kind``."""
        return self.troubles.attempt(Part.FACTS, lambda: self.facts.of(self.at.version, kind), lambda: kind.nothing)

    @property
    def as_of(self) -> datetime:
        return self.at.as_of

    @property
    def goes_on(self) -> bool:
        """Whether this is a later page."""
        return self.at.position > 0


def start(shop: Shop, scenario: Scenario, question: Question, *asked: str) -> Start:
    """The first page of a new ranking, or the place where ``question.cursor`` goes on.

    ``asked`` is all that the ranking depends on besides the filter. Raises InvalidInput, CursorExpired, and Unavailable
    while nothing has been published.
    """
    if not 1 <= question.limit <= LARGEST_PAGE:
        raise InvalidInput(f"limit is {question.limit}: ask for 1 to {LARGEST_PAGE} products.")
    now = shop.clock.now()
    digest = question_digest(scenario.value, *asked, question.filter)
    at = decode_cursor(question.cursor, digest, now) if question.cursor else None
    condition = parse_filter(question.filter, at.as_of if at else now) if question.filter.strip() else None
    troubles = Troubles(shop.calls, shop.telemetry)
    opened, popularity, book = _kept(shop, at, troubles) if at else _newest(shop, troubles)
    if at is None:
        version = opened.manifest.version if opened else ""
        drawn = named(shop.new_id(), scenario)
        at = Cursor(drawn, version, popularity.snapshot, book.snapshot, now, 0, DEPTHS[0], digest)
    index = GuardedIndex(opened, troubles)
    return Start(
        at=at,
        condition=condition,
        limit=question.limit,
        scenario=scenario,
        book=book,
        rules=book.in_force(scenario, at.as_of),
        popularity=popularity,
        index=index,
        products=GuardedProducts(shop.products, shop.seen, index, troubles, shop.clock),
        events=GuardedEvents(shop.events, shop.state, shop.consent, troubles, at.as_of if question.cursor else None),
        facts=shop.facts,
        troubles=troubles,
        without=question.without,
        pictured=question.pictured,
    )


def _newest(shop: Shop, troubles: Troubles) -> _Frozen:
    """What a new ranking is frozen on."""
    index = troubles.begin(Part.INDEX, shop.live.newest, lambda: None)
    popularity = troubles.begin(Part.POPULARITY, shop.popularity.newest, shop.popularity.last)
    book = troubles.begin(Part.RULES, shop.rules.newest, shop.rules.last)
    frozen = index(), popularity(), book()
    if frozen[0] is None and not troubles.has(Part.INDEX):
        raise nothing_published()
    return frozen


def _kept(shop: Shop, at: Cursor, troubles: Troubles) -> _Frozen:
    """What the ranking was frozen on. Raises CursorExpired where any of it is no longer kept."""
    index = troubles.begin(Part.INDEX, lambda: _still(shop.live.at, at.version), lambda: None)
    popularity = troubles.begin(Part.POPULARITY, lambda: _still(shop.popularity.at, at.snapshot), shop.popularity.last)
    book = troubles.begin(Part.RULES, lambda: _still(shop.rules.at, at.rules), shop.rules.last)
    return index(), popularity(), book()


def _still(look_up: Callable[[str], _Kept | None], name: str) -> _Kept:
    try:
        found = look_up(name)
    except NotFound:
        found = None
    if found is None:
        raise expired()
    return found


def answer(
    shop: Shop,
    begin: Start,
    rank: Callable[[int], Ranked],
    excluded: Collection[str],
    explain: Callable[[Sequence[Candidate]], Sequence[Reason]],
    fill: Callable[[Sequence[Candidate]], Sequence[Candidate]] = lambda _: (),
) -> Recommendation:
    """As :func:`page`, told to the operators."""
    found = page(shop, begin, rank, excluded, explain, fill)
    tell(shop, begin, found)
    return found


def page(
    shop: Shop,
    begin: Start,
    rank: Callable[[int], Ranked],
    excluded: Collection[str],
    explain: Callable[[Sequence[Candidate]], Sequence[Reason]],
    fill: Callable[[Sequence[Candidate]], Sequence[Candidate]] = lambda _: (),
) -> Recommendation:
    """The page that starts at ``begin``, without ``excluded`` products, their variants and what the shop's rules hide.

    ``rank`` makes the ranking at a depth; ``explain`` gives the reasons for what is shown; ``fill`` is what may follow
    when the ranking has come to its end. A first page that uses a cut-off ranking up is made once more from a deeper
    one; the cursor keeps the depth.

    Where a part was down, the answer says so. Such a ranking cannot be made again, so its first page is all there is of
    it, and a later page of a whole one stays where it is until the part is back.
    """
    items: list[RecommendedProduct] = []
    cursor: str | None = None
    if not (begin.goes_on and begin.troubles.beyond_repeating):
        begin, onward, taken = walked(shop, begin, rank, excluded, fill)
        items = [
            RecommendedProduct(product, candidate.score, "+".join(candidate.sources), reason)
            for (candidate, product), reason in zip(taken, explain([each for each, _ in taken]), strict=True)
        ]
        cursor = encode_cursor(onward) if onward else None
    if begin.troubles.beyond_repeating:
        items, cursor = ([], encode_cursor(begin.at)) if begin.goes_on else (items, None)
    degraded = begin.troubles.parts
    return Recommendation(begin.at.recommendation_id, tuple(items), begin.at.version, cursor, degraded)


def walked(
    shop: Shop,
    begin: Start,
    rank: Callable[[int], Ranked],
    excluded: Collection[str],
    fill: Callable[[Sequence[Candidate]], Sequence[Candidate]],
) -> tuple[Start, Cursor | None, list[tuple[Candidate, Product]]]:
    """Down the ranking for a page, at the depth that it takes, which the Start that comes back says; and where the next
    page starts."""
    while True:
        with shop.telemetry.stage("rank"):
            ranked = rank(begin.at.depth)
        shop.telemetry.count("candidates", len(ranked.candidates))
        place, rules, left_out = begin.at.position, begin.rules, frozenset(excluded) | begin.without
        holds = pictured(ranked.holds) if begin.pictured else ranked.holds
        walk = Walk(begin.products, ranked.candidates, fill, place, left_out, begin.condition, rules, holds)
        taken = walk.take(begin.limit)
        used_up = ranked.cut_off and walk.position >= len(ranked.candidates)
        if begin.goes_on or begin.at.depth == DEPTHS[-1] or not used_up:
            position, done = ranked.onward(walk.position, [product.id for _, product in taken])
            onward = replace(begin.at, position=position, done=done)
            return begin, onward if walk.has_more else None, taken
        begin = replace(begin, at=replace(begin.at, depth=DEPTHS[-1]))


def pictured(holds: Callable[[Product], bool]) -> Callable[[Product], bool]:
    """``holds``, of products with an image alone."""
    return lambda product: bool(product.image) and holds(product)


def tell(shop: Shop, begin: Start, found: Recommendation) -> None:
    """What the operators want to know of an answer; of the one it is for, nothing."""
    telemetry = shop.telemetry
    sources = [item.source.split("+") for item in found.items]
    for source in (each for of_item in sources for each in of_item):
        telemetry.count(f"source.{source}")
    if begin.scenario is not Scenario.TRENDING:
        telemetry.count("fallback", float(any(_IMPERSONAL.intersection(of_item) for of_item in sources)))
    tell_degraded(shop, found.degraded)
    telemetry.note(
        recommendation_id=found.recommendation_id,
        index_version=found.version,
        scenario=begin.scenario.value,
        degraded=",".join(found.degraded),
    )


def tell_degraded(shop: Shop, parts: Iterable[Part]) -> None:
    for part in parts:
        shop.telemetry.count(f"degraded.{part.value}")
