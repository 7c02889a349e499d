"""How a user stands to products: what is owned, in the cart, disliked. None of these is recommended."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.events import Event, EventType

STANDING_TYPES = frozenset(
    {
        EventType.PURCHASE,
        EventType.REFUND,
        EventType.ADD_TO_CART,
        EventType.REMOVE_FROM_CART,
        EventType.DISLIKE,
        EventType.WISHLIST,
        EventType.RATE,
    }
)
"""The types :func:`fold` looks at; a store may leave the others out."""

POOR_RATING = 2.0
GOOD_RATING = 4.0


@dataclass(frozen=True, slots=True)
class Standing:
    bought: frozenset[str] = frozenset()
    in_cart: frozenset[str] = frozenset()
    disliked: frozenset[str] = frozenset()

    @property
    def excluded(self) -> frozenset[str]:
        return self.bought | self.in_cart | self.disliked


def fold(events: Iterable[Event]) -> Standing:
    """The standing after ``events``, in whatever order they come.

    A purchase takes the product out of the cart; a refund does not make it unbought, for who sent a thing back
    does not want it offered again. A cart holds net quantities: two added and one removed leaves one; a removal
    without a quantity removes all. The last opinion (dislike or rating against wishlist or rating) counts.
    """
    bought: set[str] = set()
    cart: dict[str, float] = {}
    disliked: set[str] = set()
    for event in sorted(events, key=lambda event: (event.occurred_at, event.event_id)):
        product_id, quantity = event.product_id, event.value
        match event.type:
            case EventType.PURCHASE | EventType.REFUND:
                bought.add(product_id)
                cart.pop(product_id, None)
            case EventType.ADD_TO_CART:
                cart[product_id] = cart.get(product_id, 0.0) + (1.0 if quantity is None else quantity)
            case EventType.REMOVE_FROM_CART:
                left = 0.0 if quantity is None else cart.get(product_id, 0.0) - quantity
                cart[product_id] = max(left, 0.0)
            case EventType.DISLIKE:
                disliked.add(product_id)
            case EventType.WISHLIST:
                disliked.discard(product_id)
            case EventType.RATE if quantity is not None and quantity <= POOR_RATING:
                disliked.add(product_id)
            case EventType.RATE if quantity is not None and quantity >= GOOD_RATING:
                disliked.discard(product_id)
            case _:
                pass
    in_cart = frozenset(product_id for product_id, quantity in cart.items() if quantity > 0)
    return Standing(frozenset(bought), in_cart, frozenset(disliked))
