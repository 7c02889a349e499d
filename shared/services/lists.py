"""The shop's lists, the same for everybody: what sells, what is looked at, what is new, back, or cheaper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.domain import explain
from shared.domain.errors import InvalidInput
from shared.domain.movements import Movement, MovementKind
from shared.domain.popularity import BEST_DAYS
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason, ReasonKind, Recommendation
from shared.domain.rules import Scenario
from shared.domain.showcase import Showcase, from_bytes, reduction
from shared.services.facts import FactKind
from shared.services.listing import Listing, answered
from shared.services.pages import Question, Ranked, Start, start
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop
from shared.services.trending import in_turn, trending, trending_listing

SHOWCASE = FactKind("showcase", from_bytes, Showcase())
_MOST_MOVED = 1_000
"""Movements that a list looks at."""


class ListName(StrEnum):
    TRENDING = "trending"
    BEST_SELLERS = "best-sellers"
    MOST_VIEWED = "most-viewed"
    NEW_ARRIVALS = "new-arrivals"
    BACK_IN_STOCK = "back-in-stock"
    PRICE_DROPS = "price-drops"


@dataclass(frozen=True, slots=True)
class _Listed:
    """A list before rules and pages: candidates, what must still be true of each, and the reasons of what is shown."""

    candidates: Sequence[Candidate]
    explained: Callable[[Candidate, Mapping[str, Product]], Reason]
    holds: Callable[[Product], bool] = lambda _: True


def shop_list(shop: Shop, name: ListName, question: Question, country: str = "", user_id: str = "") -> Recommendation:
    """The list of that name; with a user, without what is not for that one.

    Raises InvalidInput for a ``country`` where the list is not counted by country.
    """
    if name is ListName.TRENDING:
        return trending(shop, question, country, user_id)
    if country:
        raise InvalidInput(f"The list {name.value} is not kept by country: leave country out, or ask for trending.")
    begin = start(shop, Scenario(name.value.replace("-", "_")), question, user_id)
    found = answered(shop, begin, shop_listing(begin, name), begin.events.standing(user_id).excluded)
    return _repeatable(found, question)


def shop_listing(begin: Start, name: ListName) -> Listing:
    """As :func:`shop_list`, for anybody."""
    if name is ListName.TRENDING:
        return trending_listing(begin)
    listed = _LISTS[name](begin)
    ranked = Ranked(reranked(begin, listed.candidates), cut_off=False, holds=listed.holds)

    def reasons(here: Start, shown: Sequence[Candidate]) -> list[Reason]:
        products = here.products.get([each.product_id for each in shown])
        return [rule_reason(each) or listed.explained(each, products) for each in shown]

    return Listing(lambda _: ranked, reasons)


def _repeatable(found: Recommendation, question: Question) -> Recommendation:
    """Without the product store nobody knows what moved: such a list is not the one that its pages go on in."""
    if Part.PRODUCTS not in found.degraded:
        return found
    return replace(found, items=(), cursor=question.cursor) if question.cursor else replace(found, cursor=None)


def _best_sellers(begin: Start) -> _Listed:
    candidates = in_turn((ReasonKind.BEST_SELLER, begin.popularity.best_sellers))
    bought = dict(begin.popularity.best_sellers)
    return _Listed(candidates, lambda candidate, _: explain.best_seller(BEST_DAYS, bought.get(candidate.product_id, 0)))


def _most_viewed(begin: Start) -> _Listed:
    candidates = in_turn((ReasonKind.MOST_VIEWED, begin.popularity.most_viewed))
    return _Listed(candidates, lambda *_: explain.most_viewed(BEST_DAYS))


def _new_arrivals(begin: Start) -> _Listed:
    """By when a product was added; one that does not say so, by when it first came in a feed.

    Both are frozen: dates are those of the index version, and an arrival after it was made is not in it.
    """
    dated = {each: at for each, at in begin.fact(SHOWCASE).newest if at <= begin.as_of}
    arrived = {each.product_id: each.at for each in _moved(begin, MovementKind.ARRIVED) if each.product_id not in dated}
    in_version = begin.index.products(list(arrived))
    undated = {each: at for each, at in arrived.items() if each in in_version and in_version[each].added_at is None}
    since = dated | undated
    newest = sorted(since, key=lambda each: (-since[each].timestamp(), each))
    return _Listed(
        in_order(ReasonKind.NEW_ARRIVAL, newest), lambda candidate, _: explain.new_arrival(since[candidate.product_id])
    )


def _back_in_stock(begin: Start) -> _Listed:
    moved = [each.product_id for each in _moved(begin, MovementKind.BACK_IN_STOCK)]
    return _Listed(in_order(ReasonKind.BACK_IN_STOCK, moved), lambda *_: explain.back_in_stock())


def _price_drops(begin: Start) -> _Listed:
    """What became cheaper, the last first, then what the feed has on sale; as long as it still is."""
    before = {each.product_id: each.before or 0.0 for each in _moved(begin, MovementKind.CHEAPER)}
    on_sale = dict.fromkeys(each for each, _ in begin.fact(SHOWCASE).on_sale if each not in before)
    fallen = in_order(ReasonKind.PRICE_DROP, list(before))
    candidates = [*fallen, *in_order(ReasonKind.ON_SALE, list(on_sale), after=fallen)]

    def holds(product: Product) -> bool:
        if product.id in before:
            return product.effective_price is not None and product.effective_price < before[product.id]
        return product.id not in on_sale or reduction(product) > 0

    def explained(candidate: Candidate, products: Mapping[str, Product]) -> Reason:
        product = products.get(candidate.product_id)
        was = before.get(candidate.product_id, product.price if product else None)
        kind = ReasonKind.PRICE_DROP if candidate.product_id in before else ReasonKind.ON_SALE
        return explain.cheaper(kind, product, was)

    return _Listed(candidates, explained, holds)


_LISTS: Mapping[ListName, Callable[[Start], _Listed]] = {
    ListName.BEST_SELLERS: _best_sellers,
    ListName.MOST_VIEWED: _most_viewed,
    ListName.NEW_ARRIVALS: _new_arrivals,
    ListName.BACK_IN_STOCK: _back_in_stock,
    ListName.PRICE_DROPS: _price_drops,
}


def in_order(kind: ReasonKind, product_ids: Sequence[str], after: Sequence[Candidate] = ()) -> list[Candidate]:
    """Candidates of a list whose order is all there is to it: a score that falls with the place."""
    places = enumerate(product_ids, len(after) + 1)
    return [Candidate(product_id, 1 / place, sources={kind.value: 1 / place}) for place, product_id in places]


def _moved(begin: Start, kind: MovementKind) -> Sequence[Movement]:
    return begin.products.moved(kind, begin.as_of, _MOST_MOVED)
