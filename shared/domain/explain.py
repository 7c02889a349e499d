"""Reasons: why a product is on the list, structured and as a sentence that is true of what raised it."""

from datetime import datetime, timedelta
from decimal import Decimal

from shared.domain.context import Dimension
from shared.domain.events import EventType
from shared.domain.money import rounded
from shared.domain.products import Product
from shared.domain.recommendations import Reason, ReasonKind
from shared.domain.spaces import Space

_DID = {
    EventType.VIEW: "viewed {title}",
    EventType.CLICK: "looked at {title}",
    EventType.SHARE: "shared {title}",
    EventType.WISHLIST: "saved {title}",
    EventType.ADD_TO_CART: "put {title} in your cart",
    EventType.PURCHASE: "bought {title}",
    EventType.RATE: "rated {title} well",
}
_SIMILAR = {
    ReasonKind.SIMILAR_TO: "Similar to {title}",
    ReasonKind.LOOKS_LIKE: "Looks like {title}",
}
_TOGETHER = {
    ReasonKind.CHOSEN_WITH: "Often chosen with {title}",
    ReasonKind.GOES_WITH: "Goes well with {title}",
}

_FEWEST_OF_BEST_SELLER = 3
_REDUCED = "Reduced"
_IN_CONTEXT = {
    Dimension.COUNTRY: "Popular in your country now",
    Dimension.CAMPAIGN: "Popular with those who came the same way",
    Dimension.DEVICE: "Popular on devices like yours",
    Dimension.SEASON: "Popular at this time of year",
    Dimension.HOUR: "Popular at this time of day",
}
_MATCHES = {
    Space.KEYWORDS: "Has words of your search",
    Space.TEXT: "Close to what you searched for",
    Space.IMAGE: "Looks like what you searched for",
}


def because_of(event: EventType, seed: Product | None, seed_id: str) -> Reason:
    """For a product that is like one the user turned to; a seed without a name has left the catalogue."""
    title = seed.title if seed else "a similar product"
    return Reason(ReasonKind.BECAUSE_OF, f"Because you {_DID[event].format(title=title)}", seed_id)


def often_after(seed: Product | None, seed_id: str) -> Reason:
    """For a product that others went on to from one the user turned to.

    The rows of ``behaviour`` are learnt from views and purchases alike: "chosen" is true of both.
    """
    title = seed.title if seed else "something you liked"
    return Reason(ReasonKind.OFTEN_AFTER, f"Often chosen after {title}", seed_id)


def searched(query: str) -> Reason:
    """For a product that has the words of the user's own search, where something came of that.

    The query is shown to nobody but who typed it.
    """
    return Reason(ReasonKind.SEARCHED, f"Because you searched for {query}")


def picked(seed: Product | None, seed_id: str) -> Reason:
    """For a product that is like one the user picked, or like what stands for the same in the quiz."""
    title = seed.title if seed else "a similar product"
    return Reason(ReasonKind.PICKED, f"Because you picked {title}", seed_id)


def picked_itself(product_id: str) -> Reason:
    return Reason(ReasonKind.PICKED, "You picked this", product_id)


def liked(word: str) -> Reason:
    """For a product of a category, brand, colour or size that the user likes; without one, of the right price."""
    return Reason(ReasonKind.LIKED, f"You like {word}" if word else "Within your budget")


def asked_for() -> Reason:
    """For a product that what the user declared has found, where it cannot be said by which word."""
    return Reason(ReasonKind.LIKED, "Like what you told us you like")


def popular_in(dimension: Dimension) -> Reason:
    """For a popular product that where, how or when the visitor comes makes more so."""
    return Reason(ReasonKind.IN_CONTEXT, _IN_CONTEXT[dimension])


def for_you() -> Reason:
    """For a personal pick where it cannot be said which deed speaks for it."""
    return Reason(ReasonKind.FOR_YOU, "Picked for you")


def seen_before(product_id: str) -> Reason:
    """For a product that the user looked at a while ago and did not buy."""
    return Reason(ReasonKind.SEEN_BEFORE, "You looked at this a while ago", product_id)


def alike(kind: ReasonKind, seed: Product) -> Reason:
    return Reason(kind, _SIMILAR[kind].format(title=seed.title), seed.id)


def goes_with(kind: ReasonKind, seed: Product | None, seed_id: str = "") -> Reason:
    """For a complement of ``seed``: "often chosen" where deeds say so, "goes well" where only kind and look do.

    The rows of ``complement`` are learnt from baskets, carts and visits alike: "chosen" is true of all of them.
    """
    title = seed.title if seed else "it"
    return Reason(kind, _TOGETHER[kind].format(title=title), seed.id if seed else seed_id)


def fills_basket(total: Decimal, currency: str) -> Reason:
    """For a product with which the basket costs ``total``, which is what was asked for or a little more."""
    return Reason(ReasonKind.FILLS_BASKET, f"Brings your basket to {total:,} {currency}".rstrip())


def matches(space: Space) -> Reason:
    """For a product that a search found, most of all in ``space``. What was searched for is not said again."""
    return Reason(ReasonKind.MATCHES, _MATCHES[space])


def exact() -> Reason:
    """For a product whose id, number, title or brand is what was searched for."""
    return Reason(ReasonKind.MATCHES, "Exactly what you searched for")


def fits(title: str, to_taste: bool) -> Reason:
    """For a product of the collection called ``title``; ``to_taste`` where the reader's taste raised it too."""
    return Reason(ReasonKind.FITS, f"Fits {title} and your taste" if to_taste else f"Fits {title}")


def shared() -> Reason:
    """For a product of a collection that somebody sent the link of."""
    return Reason(ReasonKind.SHARED, "In the collection that was shared with you")


def new(product: Product, liked_brand: bool) -> Reason:
    """For a product that its newness raised."""
    if liked_brand:
        return Reason(ReasonKind.NEW_FROM_BRAND, f"New from {product.brand}, a brand you like")
    return Reason(ReasonKind.NEW, "New in the shop")


def featured() -> Reason:
    """For a product that the shop's own rule put there."""
    return Reason(ReasonKind.FEATURED, "Featured by the shop")


def discovery() -> Reason:
    """For a product that got its place so that somebody sees it at all."""
    return Reason(ReasonKind.DISCOVERY, "One that few have seen yet")


def trending() -> Reason:
    return Reason(ReasonKind.TRENDING, "Trending in the shop now")


def trending_in_country() -> Reason:
    """For a list that was asked for a country: which one, who asked knows."""
    return Reason(ReasonKind.TRENDING_IN_COUNTRY, "Trending in this country now")


def lately() -> Reason:
    """For a product that much happened to in the last days, be that usual for it or not."""
    return Reason(ReasonKind.LATELY, "Popular in the shop these days")


def best_seller(days: int, bought: float) -> Reason:
    """What few have bought is in the list, in a shop with few purchases, but not called a best seller."""
    said = "A best seller of" if bought >= _FEWEST_OF_BEST_SELLER else "Bought in"
    return Reason(ReasonKind.BEST_SELLER, f"{said} the last {days} days")


def most_viewed(days: int) -> Reason:
    return Reason(ReasonKind.MOST_VIEWED, f"Among the most viewed of the last {days} days")


def new_arrival(since: datetime) -> Reason:
    return Reason(ReasonKind.NEW_ARRIVAL, f"In the shop since {since.day} {since:%B %Y}")


def back_in_stock() -> Reason:
    return Reason(ReasonKind.BACK_IN_STOCK, "Back in stock")


def cheaper(kind: ReasonKind, product: Product | None, before: float | None) -> Reason:
    """For a price that fell, or is reduced: what it is now, and what it was or is otherwise."""
    price = product.effective_price if product else None
    if product is None or price is None or before is None:
        return Reason(kind, _REDUCED)
    now, was = (_amount(each, product.currency) for each in (price, before))
    return Reason(kind, f"Now {now} instead of {was} {product.currency}".rstrip())


def still_true(reason: Reason, product: Product) -> bool:
    """Whether a reason given a while ago is still true of ``product``; one that speaks of its price may not be."""
    if reason.kind not in (ReasonKind.PRICE_DROP, ReasonKind.ON_SALE) or reason.sentence == _REDUCED:
        return True
    price = product.effective_price
    return price is not None and reason.sentence.startswith(f"Now {_amount(price, product.currency)} instead of ")


def _amount(price: float, currency: str) -> str:
    return f"{rounded(Decimal(repr(price)), currency):,}"


def recently_viewed(ago: timedelta) -> Reason:
    return Reason(ReasonKind.RECENTLY_VIEWED, f"You looked at this {_ago(ago)}")


def buy_again(every: float | None, ago: timedelta) -> Reason:
    """For what the user bought before: ``every`` so many days, where there is an interval to speak of."""
    if every is None:
        return Reason(ReasonKind.BUY_AGAIN, f"You bought this {_ago(ago)}")
    days = max(round(every), 1)
    return Reason(ReasonKind.BUY_AGAIN, f"You buy this about every {f'{days} days' if days > 1 else 'day'}")


def _ago(ago: timedelta) -> str:
    match ago.days:
        case days if days < 1:
            return "within the last day"
        case 1:
            return "a day ago"
        case days:
            return f"{days} days ago"


def catalogue() -> Reason:
    """For a shop of which nobody's doings are known yet."""
    return Reason(ReasonKind.CATALOGUE, "From the shop's range")


def given() -> Reason:
    """For a product that stands where who asked had put it, since nothing is known that would move it."""
    return Reason(ReasonKind.GIVEN, "In the shop's own order")


def popular() -> Reason:
    return Reason(ReasonKind.POPULAR, "Popular in the shop")
