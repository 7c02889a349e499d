"""For a basket: what else people put into one like it, and what brings it to free shipping."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from shared.domain import explain
from shared.domain.behaviour import behaviour_query, dimension
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.fusion import Evidence, View, contributions
from shared.domain.money import price_of, rounded, totals
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason, ReasonKind, Recommendation, SpaceQuery
from shared.domain.rules import Scenario
from shared.domain.spaces import Space, SparseVector, Vectors
from shared.domain.taste import Taste
from shared.services.basket_alike import alike_candidates, alike_reasons
from shared.services.candidates import evidence_on
from shared.services.pages import Question, Ranked, Start, answer, start
from shared.services.personal import as_candidates
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop
from shared.services.trending import explain_popularity, popular_candidates

MOST_PRODUCTS = 100
FILLER = "filler"
"""The source of a product that brings the basket to the total asked for."""

_LEARNT = (Space.BASKET, Space.COMPLEMENT)
WEIGHTS: Mapping[Space, float] = {
    Space.BASKET: 1.0,
    Space.KEYWORDS: 0.3,
    Space.TEXT: 0.2,
    Space.BEHAVIOUR: 0.15,
    Space.COMPLEMENT: 0.1,
}
"""Those of words, text and behaviour were chosen on weeks of Online Retail before those that are tested on; complements
have the small say of what was not tuned. Words, text and behaviour only weigh what purchases propose."""

_AMPLE = 48
"""Proposals of purchases that need nothing behind them: as many as anybody looks at beside one basket."""


@dataclass(frozen=True, slots=True)
class ForBasket:
    """``unknown`` are no products of the catalogue. ``total`` is what the known ones cost now, as often as they were
    given, and ``missing`` what that is short of the total asked for; both 0 where none was."""

    recommendation: Recommendation
    unknown: tuple[str, ...]
    currency: str = ""
    total: Decimal = Decimal(0)
    missing: Decimal = Decimal(0)


def for_basket(
    shop: Shop,
    product_ids: Sequence[str],
    question: Question,
    user_id: str = "",
    target_total: Decimal | None = None,
) -> ForBasket:
    """What goes with all of ``product_ids`` together, none of them and no variant of one being in it.

    With a user, without what is not for that one. With a ``target_total`` in the basket's currency, only products that
    alone bring the basket there, those first that are wanted and overshoot little; a basket that is there already gets
    the list as without. Products that are not in the catalogue are left out of account. The end is filled with popular
    products. Raises NotFound where no product is known, and InvalidInput.
    """
    if not 1 <= len(product_ids) <= MOST_PRODUCTS:
        raise InvalidInput(f"product_ids holds {len(product_ids):,} products: send 1 to {MOST_PRODUCTS}.")
    if target_total is not None and not (target_total.is_finite() and target_total > 0):
        raise InvalidInput(f"target_total is {target_total}: give an amount above 0.")
    asked = list(dict.fromkeys(product_ids))
    begin = start(shop, Scenario.BASKET, question, user_id, str(target_total), *product_ids)
    products = begin.products.get(asked)
    if not products and not (begin.troubles.has(Part.PRODUCTS) and begin.troubles.has(Part.INDEX)):
        raise NotFound(f"No product of the basket is in the catalogue, '{asked[0]}' for one: check the ids.")
    owed = _owed([products[each] for each in product_ids if each in products], target_total)
    basket = [each for each in asked if each in products]

    def shown(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        return _fillers(begin, candidates, owed) if owed.missing else candidates

    def rank(depth: int) -> Ranked:
        ranked = candidates_for(begin, basket, depth)
        return Ranked(reranked(begin, shown(ranked.candidates)), ranked.cut_off, owed.let_through)

    excluded = {*asked, *begin.events.standing(user_id).excluded}
    found = answer(
        shop,
        begin,
        rank,
        excluded,
        lambda taken: _reasons(begin, products, owed, taken),
        lambda ranked: shown(popular_candidates(begin, ranked)),
    )
    unknown = () if begin.troubles.has(Part.PRODUCTS) else tuple(each for each in asked if each not in products)
    return ForBasket(found, unknown, owed.currency, owed.total, owed.missing)


def candidates_for(begin: Start, basket: Sequence[str], depth: int) -> Ranked:
    """What purchases propose for ``basket``, and where that is little, what goes with products like its own behind."""
    ranked = basket_candidates(begin, basket, depth)
    if len(ranked.candidates) >= _AMPLE:
        return ranked
    behind = alike_candidates(begin, basket, ranked.candidates, depth)
    return Ranked([*ranked.candidates, *behind.candidates], ranked.cut_off or behind.cut_off)


def basket_candidates(begin: Start, basket: Sequence[str], depth: int) -> Ranked:
    """What purchases propose for ``basket`` as a whole, best first, weighed by everything that speaks for it.

    One batched query finds the candidates, a second one compares them. The ranking depends on the index version alone.
    """
    weights = dict.fromkeys(basket, 1.0)
    query = behaviour_query(weights)
    if not query:
        return Ranked((), cut_off=False)
    found = begin.index.search([SpaceQuery(space, query, depth, begin.condition) for space in _LEARNT])
    known = [{hit.product_id: hit.score for hit in hits if hit.score > 0} for hits in found]
    ids = tuple(sorted(set().union(*known) - set(basket)))
    if not ids:
        return Ranked((), cut_off=False)
    vectors = begin.index.vectors(basket, (Space.KEYWORDS, Space.TEXT))
    alike = evidence_on(begin.index, Taste(weights=weights), vectors, ids, WEIGHTS, (View.WHOLE,))
    learnt = {
        (space, View.WHOLE): np.array([scores.get(each, 0.0) for each in ids])
        for space, scores in zip(_LEARNT, known, strict=True)
    }
    evidence = Evidence(ids, {**alike.scores, **learnt})
    parts = contributions(evidence, WEIGHTS, begin.index.manifest.likeness)
    total = np.sum(list(parts.values()), axis=0)
    return Ranked(as_candidates(evidence, total, parts), any(len(hits) >= depth for hits in found))


@dataclass(frozen=True, slots=True)
class _Owed:
    """What a basket costs, and what it is short of."""

    currency: str = ""
    total: Decimal = Decimal(0)
    missing: Decimal = Decimal(0)

    def let_through(self, product: Product) -> bool:
        """Whether the product may be offered at its price of now."""
        return not self.missing or self.fills(product) is not None

    def fills(self, product: Product | None) -> Decimal | None:
        """The price of a product that alone makes up what is missing, None for another one."""
        if product is None or product.currency.upper() != self.currency:
            return None
        price = price_of(product)
        return price if price is not None and price >= self.missing else None


def _owed(basket: Sequence[Product], target: Decimal | None) -> _Owed:
    """Raises InvalidInput where the basket's products say nothing of one currency."""
    if target is None or not basket:
        return _Owed()
    sums = totals(basket)
    if len(sums) != 1:
        found = f"prices in {' and '.join(sums)}" if sums else "no price"
        raise InvalidInput(f"The basket has {found}: target_total needs products that are priced in one currency.")
    (currency, total), *_ = sums.items()
    return _Owed(currency, total, max(rounded(target, currency) - total, Decimal(0)))


def _fillers(begin: Start, candidates: Sequence[Candidate], owed: _Owed) -> list[Candidate]:
    """Those that alone make up what is missing, each by its score times the share of its price that was missing.

    By the version's prices, or a page would not go on where the one before it ended; the price of now is looked at
    when a product is shown. Without an index there is no second page.
    """
    ids = [each.product_id for each in candidates]
    products = begin.index.products(ids) or begin.products.get(ids)
    weighed = []
    for each in candidates:
        price = owed.fills(products.get(each.product_id))
        if price is not None:
            score = each.score * float(owed.missing / price)
            weighed.append(replace(each, score=score, sources={**each.sources, FILLER: score}))
    return sorted(weighed, key=lambda each: (-each.score, each.product_id))


def _reasons(begin: Start, products: Mapping[str, Product], owed: _Owed, taken: Sequence[Candidate]) -> list[Reason]:
    """The shop's own rule, the total that it brings the basket to, or the product of the basket that speaks for it."""
    ids = [each.product_id for each in taken]
    proposed = [each.product_id for each in taken if each.sources.keys() & set(_LEARNT)]
    rows = begin.index.vectors(proposed, _LEARNT) if proposed else {}
    offered = begin.products.get(ids) if owed.missing else {}
    alike = alike_reasons(begin, products, [each for each in taken if not each.sources.keys() & set(_LEARNT)])
    return [
        rule_reason(each)
        or _filling(each, offered.get(each.product_id), owed)
        or _chosen_with(rows.get(each.product_id, {}), products)
        or alike.get(each.product_id)
        or explain_popularity(each)
        for each in taken
    ]


def _filling(candidate: Candidate, product: Product | None, owed: _Owed) -> Reason | None:
    price = owed.fills(product) if FILLER in candidate.sources else None
    return None if price is None else explain.fills_basket(owed.total + price, owed.currency)


def _chosen_with(rows: Vectors, products: Mapping[str, Product]) -> Reason | None:
    """The product of the basket that says most in the learnt rows."""
    for space in _LEARNT:
        row = rows.get(space)
        said = _said(row, products) if isinstance(row, SparseVector) else {}
        if said:
            strongest = max(said, key=lambda each: (said[each], each))
            return explain.goes_with(ReasonKind.CHOSEN_WITH, products[strongest])
    return None


def _said(row: SparseVector, basket: Collection[str]) -> dict[str, float]:
    values = dict(zip(row.indices.tolist(), row.values.tolist(), strict=True))
    return {each: values[dimension(each)] for each in basket if dimension(each) in values}
