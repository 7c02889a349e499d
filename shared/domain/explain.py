"""Reasons: why a product is on the list, structured and as a sentence that is true of what the user did."""

from shared.domain.events import EventType
from shared.domain.products import Product
from shared.domain.recommendations import Reason, ReasonKind

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


def because_of(event: EventType, seed: Product | None, seed_id: str) -> Reason:
    """For a product that an interest proposed; a seed that has left the catalogue is spoken of without its name."""
    title = seed.title if seed else "a similar product"
    return Reason(ReasonKind.BECAUSE_OF, f"Because you {_DID[event].format(title=title)}", seed_id)


def seen_before(product_id: str) -> Reason:
    """For a product that the user looked at a while ago and did not buy."""
    return Reason(ReasonKind.SEEN_BEFORE, "You looked at this a while ago", product_id)


def alike(kind: ReasonKind, seed: Product) -> Reason:
    return Reason(kind, _SIMILAR[kind].format(title=seed.title), seed.id)


def trending() -> Reason:
    return Reason(ReasonKind.TRENDING, "Trending in the shop now")


def catalogue() -> Reason:
    """For a shop of which nobody's doings are known yet."""
    return Reason(ReasonKind.CATALOGUE, "From the shop's range")


def popular() -> Reason:
    return Reason(ReasonKind.POPULAR, "Popular in the shop")
