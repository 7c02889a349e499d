"""One user's email: block by block from its own list, then from the chain; and once made, made good again."""

from collections.abc import Iterable, Iterator, Mapping

from shared.domain.explain import still_true
from shared.domain.filters import matches
from shared.domain.open_time import standing_in
from shared.domain.picks import Block, Campaign, Link, Pick, Skipped, UserPicks, sourced
from shared.domain.products import Product
from shared.domain.recommendations import Reason, ReasonKind, RecommendedProduct
from shared.domain.rules import hidden_products
from shared.domain.sends import Send, SentPick
from shared.services.fill_chain import Items, Lists

_Proposed = Iterable[tuple[Link, Items]]


class _Taken:
    """What an email must not have any more: no product and no item group comes twice, in whatever block."""

    def __init__(self, groups: Iterable[str]) -> None:
        self._groups = set(groups)

    def take(self, product: Product) -> bool:
        """Whether it was not there yet; it is now."""
        if product.group in self._groups:
            return False
        self._groups.add(product.group)
        return True


def email_of(lists: Lists, recommendation_id: str) -> UserPicks:
    """Every block as full as it can honestly be, in order, and spares that meet the filters of all of them."""
    campaign, taken = lists.campaign, _Taken(lists.groups)
    picks: list[Pick] = []
    for block in campaign.blocks:
        for link, item in _first(block.count, _proposed(lists, block), taken):
            picks.append(_pick(campaign, block.name, len(picks), link, item, recommendation_id))
    if not picks:
        return UserPicks(lists.user_id, skipped=Skipped.NOTHING, degraded=lists.found_without())
    spare = enumerate(_first(campaign.spares, lists.chain(campaign.whole_filter), taken), len(picks))
    spares = tuple(_pick(campaign, "", place, link, item, recommendation_id) for place, (link, item) in spare)
    return UserPicks(lists.user_id, tuple(picks), spares, degraded=lists.found_without())


def _proposed(lists: Lists, block: Block) -> Iterator[tuple[Link, Items]]:
    yield lists.own(block)
    yield from lists.chain(block.filter)


def _first(count: int, proposed: _Proposed, taken: _Taken) -> list[tuple[Link, RecommendedProduct]]:
    """The first ``count`` that are not in the email yet; no list is made that is not needed for them."""
    found: list[tuple[Link, RecommendedProduct]] = []
    if not count:
        return found
    for link, items in proposed:
        for item in items:
            if taken.take(item.product):
                found.append((link, item))
            if len(found) == count:
                return found
    return found


def _pick(
    campaign: Campaign, block: str, place: int, link: Link, item: RecommendedProduct, recommendation_id: str
) -> Pick:
    source = sourced(link, item.source)
    fell_back = campaign.fell_back(block, source)
    return Pick(block, item.product, source, item.reason, recommendation_id, fell_back, place)


def email_again(lists: Lists, send: Send) -> tuple[UserPicks, dict[int, str]]:
    """The email that ``send`` keeps, with the products as they are now; and by place what had to be put there instead.

    What may not be shown any more makes way for a spare that may, or for nothing: the other picks keep their places.
    """
    products = _shown_now(lists, send)
    there = standing_in(send, products)
    ids = [pick.product_id for pick in send.picks]
    replaced = {place: pick.product_id for place, pick in there.items() if pick.product_id != ids[place]}
    campaign = lists.campaign
    picks = [_kept(campaign, send.picks[place].block, place, products, there[place]) for place in sorted(there)]
    taken = {products[each.product_id].group for each in there.values()}
    left = [
        each for each in send.spares if each.product_id in products and products[each.product_id].group not in taken
    ]
    return UserPicks(
        lists.user_id,
        tuple(picks),
        tuple(_kept(campaign, "", place, products, each) for place, each in enumerate(left, len(send.picks))),
        skipped=None if picks else Skipped.NOTHING,
        ref=send.ref,
        degraded=lists.found_without(),
    ), replaced


def _shown_now(lists: Lists, send: Send) -> dict[str, Product]:
    """The products of the send that may still be shown, by id: each where it stands, and a spare anywhere."""
    begin = lists.begin("")
    kept = (*send.picks, *send.spares)
    products = begin.products.get([each.product_id for each in kept])
    for hidden in hidden_products(begin.rules, list(products.values())):
        del products[hidden]
    standing = lists.deeds.standing
    never = _with_groups(lists, lists.without | standing.excluded)
    never_again = _with_groups(lists, lists.without | standing.in_cart | standing.disliked)
    filters = {each.name: each.filter for each in lists.campaign.blocks}
    spare = lists.campaign.whole_filter

    def may_be_shown(pick: SentPick, condition: str) -> bool:
        product = products.get(pick.product_id)
        if product is None or not (product.can_be_bought and product.image and still_true(_reason(pick), product)):
            return False
        bought = pick.source.startswith(f"{Link.BUY_AGAIN.value}:")
        admits = lists.begin(condition).condition
        named = {product.id, product.group}
        return named.isdisjoint(never_again if bought else never) and (admits is None or matches(admits, product))

    good = {each.product_id for each in send.picks if may_be_shown(each, filters.get(each.block, ""))}
    good |= {each.product_id for each in send.spares if may_be_shown(each, spare)}
    return {product_id: product for product_id, product in products.items() if product_id in good}


def _with_groups(lists: Lists, product_ids: frozenset[str]) -> frozenset[str]:
    return product_ids | lists.groups | lists.begin("").products.groups(sorted(product_ids))


def _kept(campaign: Campaign, block: str, place: int, products: Mapping[str, Product], said: SentPick) -> Pick:
    product, fell_back = products[said.product_id], campaign.fell_back(block, said.source)
    return Pick(block, product, said.source, _reason(said), said.recommendation_id, fell_back, place)


def _reason(kept: SentPick) -> Reason:
    return Reason(ReasonKind(kept.kind), kept.sentence, kept.seed)


def sent(pick: Pick) -> SentPick:
    """As it is kept."""
    product, reason = pick.product, pick.reason
    return SentPick(
        pick.block,
        product.id,
        product.group,
        pick.source,
        reason.kind.value,
        reason.sentence,
        reason.product_id,
        pick.recommendation_id,
    )
