"""Which product a shopper looks at next: taste, popularity, and what goes with what."""

from math import exp
from random import Random

from local.demo_shop.catalogue import ShopProduct
from local.demo_shop.shoppers import Interest, Shopper

_COMPANIONS = 4
_WRONG_SIZE = 0.03
_OUT_OF_STOCK = 0.25
_SEEN_TODAY = 0.12


class Shelves:
    """The catalogue as shoppers meet it: products by kind, how popular each is, and each one's companions."""

    def __init__(self, products: tuple[ShopProduct, ...], rng: Random) -> None:
        self.products = products
        self.by_kind: dict[str, list[ShopProduct]] = {}
        for product in products:
            self.by_kind.setdefault(product.kind.key, []).append(product)
        self.popularity = self._zipf(rng)
        self.companions = {product.id: self._companions(product, rng) for product in products}

    def _zipf(self, rng: Random) -> dict[str, float]:
        """Popularity falls with a power of the rank, as it does in shops (Zipf's law)."""
        ids = [product.id for product in self.products]
        rng.shuffle(ids)
        return {product_id: (rank + 10.0) ** -0.95 for rank, product_id in enumerate(ids)}

    def _companions(self, product: ShopProduct, rng: Random) -> tuple[ShopProduct, ...]:
        """The few products that are bought along with this one: of kinds that go with it, in its look and brand."""
        partners = [other for kind in product.kind.goes_with for other in self.by_kind.get(kind, ())]

        def fit(other: ShopProduct) -> float:
            return (
                2.0 * (other.design.colour == product.design.colour)
                + 1.5 * (other.brand is product.brand)
                + 0.7 * (other.design.pattern == product.design.pattern)
                + 0.5 * (other.stock > 0)
                + rng.random()
            )

        return tuple(sorted(partners, key=fit, reverse=True)[:_COMPANIONS])

    def appeal(self, shopper: Shopper, product: ShopProduct) -> float:
        """How likely the shopper is to look at this product among others of an interest."""
        low, high = product.kind.prices
        distance = (product.price - low) / (high - low) - shopper.price_level
        liking = (
            1.6 * (product.design.colour in shopper.colours)
            + 0.7 * (product.design.pattern in shopper.patterns)
            + 1.0 * (product.brand.name in shopper.brands)
        )
        appeal = self.popularity[product.id] * exp(shopper.loyalty * liking - 2.5 * distance**2)
        if product.gender and product.kind.department != "Toys" and product.gender not in shopper.wears:
            appeal *= _WRONG_SIZE
        return appeal if product.stock else appeal * _OUT_OF_STOCK


class Browser:
    """One shopper's way through the shelves; what was bought is not looked at again."""

    def __init__(self, shopper: Shopper, shelves: Shelves, rng: Random) -> None:
        self.shopper, self.shelves, self.rng = shopper, shelves, rng
        self.owned: set[str] = set()
        self._seen: set[str] = set()
        self._unmet = self._leave_unmet() if shopper.showcase else frozenset()
        self._appeals = {interest.theme: self._weigh(interest.kinds) for interest in shopper.interests}

    def _leave_unmet(self) -> frozenset[str]:
        """Half of what a showcase shopper would like is never come across, so that there is something to recommend."""
        kinds = [kind for interest in self.shopper.interests for kind in interest.kinds]
        liked = [
            product.id
            for kind in dict.fromkeys(kinds)
            for product in self.shelves.by_kind.get(kind, ())
            if product.design.colour in self.shopper.colours
        ]
        return frozenset(liked[::2])

    def _weigh(self, kinds: tuple[str, ...]) -> list[tuple[ShopProduct, float]]:
        products = (product for kind in kinds for product in self.shelves.by_kind.get(kind, ()))
        return [
            (product, self.shelves.appeal(self.shopper, product))
            for product in products
            if product.id not in self._unmet
        ]

    def first(self, interest: Interest) -> ShopProduct:
        """Where a visit begins."""
        self._seen = set()
        return self._draw(self._appeals[interest.theme])

    def next(self, interest: Interest, current: ShopProduct) -> ShopProduct:
        """A companion of the current product, another of its kind, or something else of the interest."""
        turn = self.rng.random()
        if turn < 0.4:
            wanted = [each for each in self.shelves.companions[current.id] if self._suits(each, interest)]
            if wanted:
                found = self.rng.choices(wanted, range(len(wanted), 0, -1))[0]
                self._seen.add(found.id)
                return found
        everything = [pair for pair in self._appeals[interest.theme] if pair[0] is not current]
        alike = [pair for pair in everything if pair[0].kind is current.kind]
        return self._draw(alike if turn < 0.75 and alike and not self.shopper.showcase else everything)

    def _suits(self, product: ShopProduct, interest: Interest) -> bool:
        if product.id in self.owned or product.id in self._seen or product.id in self._unmet:
            return False
        if self.shopper.showcase and not (
            product.kind.key in interest.kinds and product.design.colour in self.shopper.colours
        ):
            return False
        gendered = product.gender and product.kind.department != "Toys"
        return not gendered or product.gender in self.shopper.wears

    def _draw(self, weighted: list[tuple[ShopProduct, float]]) -> ShopProduct:
        open_to = [pair for pair in weighted if pair[0].id not in self.owned] or weighted
        weights = [appeal * (_SEEN_TODAY if each.id in self._seen else 1.0) for each, appeal in open_to]
        found = self.rng.choices(open_to, weights)[0][0]
        self._seen.add(found.id)
        return found
