"""A user's own lists: what was looked at lately, and what it is time to buy again."""

from datetime import datetime, timedelta
from statistics import median

from shared.domain import explain
from shared.domain.events import EventType
from shared.domain.recommendations import Candidate, Reason, ReasonKind, Recommendation
from shared.domain.repurchase import Buyings, Repurchase, Rhythm, buyings, dues, from_bytes, own_rhythm
from shared.domain.rules import Scenario
from shared.services.facts import FactKind
from shared.services.guarded import Deeds
from shared.services.lists import in_order
from shared.services.pages import Question, Ranked, Start, answer, start
from shared.services.reranking import reranked, rule_reason
from shared.services.shop import Shop

REPURCHASE = FactKind("repurchase", from_bytes, Repurchase())
_VIEWS_FROM = 200
"""Of the user's last events: nobody looks further back."""
_BUYINGS_FROM = 1_000
_LOOKED_AT = frozenset({EventType.VIEW, EventType.CLICK})
_DAY = timedelta(days=1)


def recently_viewed(
    shop: Shop, user_id: str, question: Question, scenario: Scenario = Scenario.RECENTLY_VIEWED
) -> Recommendation:
    """What the user looked at, the last first; without what is bought, in the cart, disliked or sold out."""
    begin = start(shop, scenario, question, user_id)
    deeds = _deeds(shop, begin, user_id, _VIEWS_FROM)
    last: dict[str, datetime] = {}
    for event in deeds.recent:
        if event.type in _LOOKED_AT:
            last.setdefault(event.product_id, event.occurred_at)
    ordered = reranked(begin, in_order(ReasonKind.RECENTLY_VIEWED, list(last)))

    def explained(candidate: Candidate) -> Reason:
        return rule_reason(candidate) or explain.recently_viewed(begin.as_of - last[candidate.product_id])

    ranked, excluded = Ranked(ordered, cut_off=False), deeds.standing.excluded
    return answer(shop, begin, lambda _: ranked, excluded, lambda shown: [explained(each) for each in shown])


def buy_again(shop: Shop, user_id: str, question: Question, scenario: Scenario = Scenario.BUY_AGAIN) -> Recommendation:
    """What the user bought, by how probable it is to be bought again within the week; without what was sent back.

    The only list that has what is bought: that is its point. Nothing of it that is in the cart, disliked or sold out.
    """
    begin = start(shop, scenario, question, user_id)
    deeds = _deeds(shop, begin, user_id, _BUYINGS_FROM)
    bought = buyings(deeds.recent)
    own = _own_rhythms(begin, bought)
    ids = sorted(bought)
    since = [(begin.as_of - bought[each].moments[-1]) / _DAY for each in ids]
    due = dict(zip(ids, dues([own[each] for each in ids], since).tolist(), strict=True)) if ids else {}
    candidates = [
        Candidate(each, due[each], sources={ReasonKind.BUY_AGAIN.value: due[each]})
        for each in sorted(ids, key=lambda each: (-due[each], each))
    ]
    ordered = reranked(begin, candidates)

    def explained(candidate: Candidate) -> Reason:
        return rule_reason(candidate) or _reason(begin, bought[candidate.product_id])

    ranked, excluded = Ranked(ordered, cut_off=False), deeds.standing.in_cart | deeds.standing.disliked
    return answer(shop, begin, lambda _: ranked, excluded, lambda shown: [explained(each) for each in shown])


def _deeds(shop: Shop, begin: Start, user_id: str, limit: int) -> Deeds:
    """What was touched lately is of no interest here: it is asked for from now on, where there is nothing."""
    return begin.events.deeds(user_id, limit, begin.as_of, shop.clock.now())


def _own_rhythms(begin: Start, bought: dict[str, Buyings]) -> dict[str, Rhythm]:
    """By product; kinds are those of the index version, for the order to stay as it is."""
    learnt = begin.fact(REPURCHASE)
    products = begin.index.products([each for each in bought if each not in learnt.products])
    kinds = {each.id: each.categories[-1] for each in products.values() if each.categories}
    return {
        product_id: own_rhythm(learnt.of(product_id, kinds.get(product_id, "")), each.intervals)
        for product_id, each in bought.items()
    }


def _reason(begin: Start, bought: Buyings) -> Reason:
    """An interval is spoken of where it is the user's own, and no single one."""
    intervals = bought.intervals
    every = median(intervals) if len(intervals) > 1 else None
    return explain.buy_again(every, begin.as_of - bought.moments[-1])
