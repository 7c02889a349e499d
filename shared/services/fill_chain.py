"""One user's lists for a mailing, each made when it is first needed: the blocks' own, and the chain that fills them up.

The chain goes from what is known of the user to what is known of nobody: for you, similar to what was looked at last,
trending in the category that the user turns to most, best sellers.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from shared.domain.errors import NotFound
from shared.domain.events import EventType
from shared.domain.filters import AllOf, FilterField, OneOf
from shared.domain.picks import IMPERSONAL, Block, Campaign, Link, own_link
from shared.domain.recommendations import Part, Recommendation, RecommendedProduct
from shared.domain.rules import Scenario
from shared.domain.taste import product_weights
from shared.services.complements import complements_listing
from shared.services.guarded import Deeds
from shared.services.listing import Listing, narrowed, paged
from shared.services.lists import ListName, shop_listing
from shared.services.own_lists import buy_again, recently_viewed
from shared.services.pages import Question, Start, start
from shared.services.personal import FRESH
from shared.services.recommend import RECENT_EVENTS, personal_listing
from shared.services.shop import Shop
from shared.services.similar import By, similar_listing

Items = Sequence[RecommendedProduct]
_LOOKED_AT = frozenset({EventType.VIEW, EventType.CLICK})
_LISTS = {
    Link.TRENDING: ListName.TRENDING,
    Link.BEST_SELLERS: ListName.BEST_SELLERS,
    Link.NEW_ARRIVALS: ListName.NEW_ARRIVALS,
    Link.BACK_IN_STOCK: ListName.BACK_IN_STOCK,
    Link.PRICE_DROPS: ListName.PRICE_DROPS,
}


class Common:
    """The lists that are the same for all users of a mailing, each ranked once."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Listing] = {}

    def listing(self, key: Hashable, begin: Start, make: Callable[[Start], Listing]) -> Listing:
        """As ``make`` has it, narrowed to what ``begin`` admits. One that was made without a part is not kept."""
        if key in self._known:
            return self._known[key]
        made = narrowed(begin, make(begin))
        if not begin.troubles.parts:
            self._known[key] = made
        return made


@dataclass
class Lists:
    """Of one user. ``size`` is how many of each list are looked at; ``without`` are products that must not be in any,
    and ``groups`` item groups, also of products that the catalogue no longer has.

    ``parts`` are those that the lists had to do without.
    """

    shop: Shop
    common: Common
    campaign: Campaign
    user_id: str
    size: int
    without: frozenset[str]
    groups: frozenset[str]
    parts: set[Part] = field(default_factory=set)
    _known: dict[Hashable, Items] = field(default_factory=dict)
    _begun: dict[str, Start] = field(default_factory=dict)

    def own(self, block: Block) -> tuple[Link, Items]:
        """What the block's kind says."""
        link = own_link(block.kind, self.campaign.trigger)
        return link, self._once(link, block.filter)

    def chain(self, condition: str) -> Iterator[tuple[Link, Items]]:
        """What fills up a block with that filter, in order."""
        for link in (Link.FOR_YOU, Link.SIMILAR_TO_VIEWED, Link.CATEGORY_TRENDING, Link.BEST_SELLERS):
            yield link, self._once(link, condition)

    @cached_property
    def deeds(self) -> Deeds:
        begin = self.begin("")
        return begin.events.deeds(self.user_id, RECENT_EVENTS, begin.as_of, begin.as_of - FRESH)

    def begin(self, condition: str) -> Start:
        """Where the lists with that filter start."""
        if condition not in self._begun:
            self._begun[condition] = start(self.shop, Scenario.PICKS, self._question(condition), self.user_id)
        return self._begun[condition]

    def found_without(self) -> tuple[Part, ...]:
        """The parts that any list so far had to do without."""
        down = self.parts.union(*(begin.troubles.parts for begin in self._begun.values()))
        return tuple(part for part in Part if part in down)

    def _question(self, condition: str) -> Question:
        return Question(self.size, condition, without=self.without, pictured=True)

    def _once(self, link: Link, condition: str) -> Items:
        if (link, condition) not in self._known:
            self._known[link, condition] = self._made(link, condition)
        return self._known[link, condition]

    def _made(self, link: Link, condition: str) -> Items:
        match link:
            case Link.FOR_YOU:
                return self._personal(condition)
            case Link.SIMILAR_TO_VIEWED:
                return self._similar_to_viewed(condition)
            case Link.CATEGORY_TRENDING:
                return [item for each in self._categories for item in self._trending_in(each, condition)]
            case Link.RECENTLY_VIEWED:
                found = recently_viewed(self.shop, self.user_id, self._question(condition), Scenario.PICKS)
                return self._told(found)
            case Link.BUY_AGAIN:
                return self._told(buy_again(self.shop, self.user_id, self._question(condition), Scenario.PICKS))
            case _:
                make = _maker(link, self.campaign.trigger)
                return self._shared((link, condition), self.begin(condition), make)

    def _personal(self, condition: str) -> Items:
        """Of "for you", what the user's own deeds or words speak for: what is popular has links of its own."""
        begin = self.begin(condition)
        listing = replace(personal_listing(self.shop, begin, self.user_id), fill=lambda _: ())
        items = self._told(paged(self.shop, begin, listing, ()))
        return [item for item in items if IMPERSONAL.isdisjoint(item.source.split("+"))]

    def _similar_to_viewed(self, condition: str) -> Items:
        begin = self.begin(condition)
        try:
            listing = similar_listing(begin, self._last_viewed, By.ALL) if self._last_viewed else None
        except NotFound:  # looked at, and no longer in the catalogue
            listing = None
        return self._told(paged(self.shop, begin, listing, self.deeds.standing.excluded)) if listing else ()

    def _trending_in(self, category: str, condition: str) -> Items:
        begin = self.begin(condition)
        of_it = OneOf(FilterField.CATEGORY, (category,))
        within = replace(begin, condition=AllOf((of_it, begin.condition)) if begin.condition else of_it)
        return self._shared((Link.CATEGORY_TRENDING, category, condition), within, lambda _: self._trending(condition))

    def _trending(self, condition: str) -> Listing:
        make = _maker(Link.TRENDING, self.campaign.trigger)
        return self.common.listing((Link.TRENDING, condition), self.begin(condition), make)

    def _shared(self, key: Hashable, begin: Start, make: Callable[[Start], Listing]) -> Items:
        listing = self.common.listing(key, begin, make)
        return self._told(paged(self.shop, begin, listing, self.deeds.standing.excluded))

    def _told(self, found: Recommendation) -> Items:
        self.parts.update(found.degraded)
        return found.items

    @cached_property
    def _last_viewed(self) -> str:
        return next((each.product_id for each in self.deeds.recent if each.type in _LOOKED_AT), "")

    @cached_property
    def _categories(self) -> list[str]:
        """The narrowest category that the user turns to most, and the trigger's."""
        begin = self.begin("")
        weights = product_weights(self.deeds.recent, begin.as_of, begin.index.manifest.tuning.fading)
        liked = {each: weight for each, weight in weights.items() if weight > 0}
        products = begin.products.get([*liked, *filter(None, [self.campaign.trigger])])
        total: dict[str, float] = {}
        for each, weight in liked.items():
            if each in products and products[each].categories:
                category = products[each].categories[-1]
                total[category] = total.get(category, 0.0) + weight
        found = [min(total, key=lambda each: (-total[each], each))] if total else []
        about = products.get(self.campaign.trigger)
        return list(dict.fromkeys([*found, *(about.categories[-1:] if about else ())]))


def _maker(link: Link, trigger: str) -> Callable[[Start], Listing]:
    match link:
        case Link.SIMILAR:
            return lambda begin: similar_listing(begin, trigger, By.ALL)
        case Link.COMPLEMENTS:
            return lambda begin: complements_listing(begin, trigger)
        case _:
            return lambda begin: shop_listing(begin, _LISTS[link])
