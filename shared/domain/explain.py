"""Reasons: why a product is on the list, structured and as a sentence that is true of what raised it."""

from shared.domain.events import EventType
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


def for_you() -> Reason:
    """For a personal pick where it cannot be said which deed speaks for it."""
    return Reason(ReasonKind.FOR_YOU, "Picked for you")


def seen_before(product_id: str) -> Reason:
    """For a product that the user looked at a while ago and did not buy."""
    return Reason(ReasonKind.SEEN_BEFORE, "You looked at this a while ago", product_id)


def alike(kind: ReasonKind, seed: Product) -> Reason:
    return Reason(kind, _SIMILAR[kind].format(title=seed.title), seed.id)


def matches(space: Space) -> Reason:
    """For a product that a search found, most of all in ``space``. What was searched for is not said again."""
    return Reason(ReasonKind.MATCHES, _MATCHES[space])


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


def catalogue() -> Reason:
    """For a shop of which nobody's doings are known yet."""
    return Reason(ReasonKind.CATALOGUE, "From the shop's range")


def popular() -> Reason:
    return Reason(ReasonKind.POPULAR, "Popular in the shop")
