"""Ninety days in the demo shop, as events: visits, baskets, purchases and what follows them."""

from datetime import datetime, timedelta
from random import Random

from local.demo_shop.browsing import Browser, Shelves
from local.demo_shop.captions import pattern_words
from local.demo_shop.catalogue import ShopProduct
from local.demo_shop.shoppers import Interest, Shopper
from shared.domain.events import Event, EventType

DAYS = 90
_SEED = 815
_LAST_VISIT = timedelta(hours=2)
_AFTERWARDS = timedelta(minutes=30)
"""Nothing happens in the shop's last half hour, so that a rating or a refund never lies in the future."""


def simulate(shoppers: tuple[Shopper, ...], products: tuple[ShopProduct, ...], now: datetime) -> tuple[Event, ...]:
    """Every event of the ``DAYS`` before ``now`` (aware, UTC), oldest first; the same for the same arguments.

    Each shopper has a random stream of its own, so adding one changes nobody else's events.
    """
    shelves = Shelves(products, Random(_SEED))
    now = now.replace(microsecond=0)
    happened = [event for shopper in shoppers for event in _Visitor(shopper, shelves, now).live()]
    return tuple(sorted(happened, key=lambda event: (event.occurred_at, event.event_id)))


class _Visitor:
    """Writes one shopper's diary."""

    def __init__(self, shopper: Shopper, shelves: Shelves, now: datetime) -> None:
        self.shopper, self.now = shopper, now
        self.rng = Random(f"{_SEED} {shopper.id}")
        self.browser = Browser(shopper, shelves, self.rng)
        self.shelves = shelves
        self.clock = now
        # Who is shown first has bought little, so that something of their taste is left to recommend.
        self._most_in_cart = 1 if shopper.showcase else 12
        self.diary: list[tuple[datetime, EventType, str, float | None, str]] = []

    def live(self) -> list[Event]:
        for started in self._visits():
            self.clock = started
            self._visit(self._interest())
        kept = sorted(entry for entry in self.diary if entry[0] <= self.now - _AFTERWARDS)
        return [
            Event(
                f"demo-{self.shopper.id[-3:]}-{number:04d}", self.shopper.id, kind, when, when, product_id, value, query
            )
            for number, (when, kind, product_id, value, query) in enumerate(kept, 1)
        ]

    def _visits(self) -> list[datetime]:
        """When the shopper comes: by day more than by night, lately a little more than long ago."""
        visits = []
        for _ in range(self.shopper.sessions):
            days_ago = 1 + (DAYS - 2) * self.rng.random() ** 1.25
            day = (self.now - timedelta(days=round(days_ago))).replace(hour=0, minute=0, second=0)
            hour = self.rng.triangular(7, 23, 20)
            visits.append(min(day + timedelta(seconds=int(hour * 3600)), self.now - timedelta(hours=9)))
        if self.shopper.showcase:
            visits.append(self.now - _LAST_VISIT)
        return sorted(visits)

    def _interest(self) -> Interest:
        interests = self.shopper.interests
        return self.rng.choices(interests, [interest.share for interest in interests])[0]

    def _note(
        self, kind: EventType, product: ShopProduct | None = None, value: float | None = None, query: str = ""
    ) -> None:
        self.clock += timedelta(seconds=self.rng.randint(4, 75))
        self.diary.append((self.clock, kind, product.id if product else "", value, query))

    def _later(self, kind: EventType, product: ShopProduct, days: float, value: float | None = None) -> None:
        when = self.clock + timedelta(seconds=int(days * 86_400))
        self.diary.append((when, kind, product.id, value, ""))

    def _visit(self, interest: Interest) -> None:
        product = self.browser.first(interest)
        if self.rng.random() < 0.22:
            self._note(EventType.SEARCH, query=self._query(product))
        cart: dict[str, ShopProduct] = {}
        looks = 2 + int(self.rng.expovariate(0.28)) if self.shopper.sessions > 1 else self.rng.randint(1, 2)
        if self.shopper.showcase:
            looks = max(looks, 6)
        for _ in range(min(looks, 12)):
            self._look(product, cart)
            product = self.browser.next(interest, product)
        self._check_out(cart)

    def _query(self, product: ShopProduct) -> str:
        design, kind = product.design, product.kind
        noun = self.rng.choice((kind.key, kind.key, *kind.synonyms))
        pattern = self.rng.choice(pattern_words(design.pattern)) if design.pattern != "plain" else ""
        return " ".join(
            self.rng.choice(
                (
                    [noun],
                    [design.colour, noun],
                    [*([pattern] if pattern else []), noun],
                    [product.material, noun],
                    [noun, "for", self.rng.choice(("a gift", "summer", "the weekend"))],
                    [product.brand.name.lower(), noun],
                )
            )
        )

    @staticmethod
    def _can_buy(product: ShopProduct, cart: dict[str, ShopProduct]) -> bool:
        return bool(product.stock) and product.id not in cart

    def _look(self, product: ShopProduct, cart: dict[str, ShopProduct]) -> None:
        """One product page: how the shopper came to it and what they did there."""
        chance = self.rng.random
        if chance() < 0.3:
            self._note(EventType.IMPRESSION, product)
        if chance() < 0.35:
            self._note(EventType.CLICK, product)
        self._note(EventType.VIEW, product)
        wanted = product.design.colour in self.shopper.colours or product.brand.name in self.shopper.brands
        if chance() < (0.1 if wanted else 0.04):
            self._note(EventType.WISHLIST, product)
        if chance() < 0.02:
            self._note(EventType.SHARE, product)
        if not wanted and chance() < 0.035:
            self._note(EventType.DISLIKE, product)
        elif len(cart) < self._most_in_cart and self._can_buy(product, cart) and chance() < (0.3 if wanted else 0.14):
            quantity = 2.0 if product.price < 30 and chance() < 0.2 else 1.0
            self._note(EventType.ADD_TO_CART, product, quantity)
            cart[product.id] = product

    def _check_out(self, cart: dict[str, ShopProduct]) -> None:
        """Buy, put back, or leave; a companion often comes along at the till."""
        for product in [each for each in cart.values() if self.rng.random() < 0.12]:
            self._note(EventType.REMOVE_FROM_CART, product)
            del cart[product.id]
        if not cart or self.rng.random() > (0.4 if self.shopper.showcase else 0.62):
            return
        if self.rng.random() < 0.45:
            bought = next(iter(cart.values()))
            along = [each for each in self.shelves.companions[bought.id] if each.stock and each.id not in cart]
            if along and not self.shopper.showcase:
                self._note(EventType.VIEW, along[0])
                self._note(EventType.ADD_TO_CART, along[0], 1.0)
                cart[along[0].id] = along[0]
        for product in cart.values():
            self._note(EventType.PURCHASE, product, 1.0)
            self.browser.owned.add(product.id)
            self._live_with(product)

    def _live_with(self, product: ShopProduct) -> None:
        """What comes after a purchase: a rating, now and then a refund."""
        wanted = product.design.colour in self.shopper.colours or product.brand.name in self.shopper.brands
        if self.rng.random() < 0.07:
            self._later(EventType.REFUND, product, self.rng.uniform(2, 12))
            self._later(EventType.RATE, product, self.rng.uniform(12, 14), self.rng.choice((1.0, 2.0)))
        elif self.rng.random() < 0.4:
            stars = self.rng.choices((2.0, 3.0, 4.0, 5.0), (1, 3, 10, 14) if wanted else (3, 6, 8, 5))[0]
            self._later(EventType.RATE, product, self.rng.uniform(1, 20), stars)
