"""The demo shop's catalogue: the same products every time."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from local.demo_shop.brands import RANGES, Brand, Range, brand_named, pick_brand
from local.demo_shop.colours import ACCENTS, COLOURS
from local.demo_shop.designs import Design, random_design
from local.demo_shop.kinds import KINDS, Kind
from local.demo_shop.themes import THEMES
from local.demo_shop.wording import description, title

SEED = 20260
PRODUCTS_PER_KIND = 10
CURRENCY = "EUR"
OLDEST_DAYS = 400

_VARIANT_SHARE = 0.2
_SALE_SHARE = 0.16
_OUT_OF_STOCK_SHARE = 0.05
_SEASONS = {
    "summer": (
        "shorts",
        "swimsuit",
        "sandals",
        "deckchair",
        "parasol",
        "sunglasses",
        "kite",
        "beach ball",
        "dress",
        "tent",
    ),
    "winter": ("coat", "jumper", "beanie", "scarf", "gloves", "slippers", "blanket", "candle", "ankle boots"),
    "spring": ("raincoat", "wellingtons", "umbrella", "trowel", "watering can", "plant pot", "garden gloves"),
}


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A product of the demo shop; ``age`` is how long before the shop's ``now`` it was added."""

    id: str
    title: str
    description: str
    brand: Brand
    kind: Kind
    design: Design
    material: str
    gender: str
    price: float
    sale_price: float | None
    stock: int
    group: str
    age: timedelta

    @property
    def season(self) -> str:
        return next((season for season, kinds in _SEASONS.items() if self.kind.key in kinds), "all year")

    def row(self, now: datetime) -> dict[str, str | int]:
        """The product as a row of the feed, with the image's file name."""
        added = (now - self.age).replace(microsecond=0)
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "brand": self.brand.name,
            "category": " > ".join(self.kind.path),
            "color": self.design.colour,
            "pattern": self.design.pattern,
            "material": self.material,
            "gender": self.gender,
            "style": self.brand.style,
            "season": self.season,
            "price": f"{self.price:.2f} {CURRENCY}",
            "sale_price": "" if self.sale_price is None else f"{self.sale_price:.2f} {CURRENCY}",
            "availability": "in_stock" if self.stock else "out_of_stock",
            "stock": self.stock,
            "image": f"{self.id}.jpg",
            "item_group_id": self.group,
            "added_at": added.isoformat(),
            "link": f"https://shop.example/p/{self.id}",
        }


def catalogue(per_kind: int = PRODUCTS_PER_KIND, seed: int = SEED) -> tuple[ShopProduct, ...]:
    """Every product of the shop, ``per_kind`` of each kind; variants of one design follow each other."""
    rng = Random(seed)
    titles: set[str] = set()
    products: list[ShopProduct] = []
    for kind in KINDS.values():
        made: list[ShopProduct] = []
        signature = [(each, colour) for each in RANGES if kind.key in THEMES[each.theme] for colour in each.colours]
        while len(made) < per_kind:
            if len(made) < len(signature):
                family = [_signature(kind, *signature[len(made)], len(made), rng)]
            else:
                family = _family(kind, len(made), per_kind - len(made), rng)
            if titles.isdisjoint(product.title for product in family):
                titles.update(product.title for product in family)
                made.extend(family)
        products.extend(made)
    return tuple(products)


def designs() -> tuple[Design, ...]:
    """The design of every product, in the catalogue's order."""
    return tuple(product.design for product in catalogue())


def _signature(kind: Kind, signed: Range, colour: str, made: int, rng: Random) -> ShopProduct:
    """A product of a brand's signature range."""
    brand = brand_named(signed.brand)
    design = _in_brand_taste(random_design(rng, kind.key), brand, kind, rng)
    pattern = signed.pattern if signed.pattern in kind.patterns else design.pattern
    design = replace(design, colour=colour, accent=rng.choice(ACCENTS[colour]), pattern=pattern)
    gender = signed.gender if signed.gender in kind.genders else rng.choice(kind.genders or ("",))
    return _made(kind, brand, [design], gender, made, rng)[0]


def _family(kind: Kind, made: int, room: int, rng: Random) -> list[ShopProduct]:
    """One design, sometimes in two to four colours."""
    brand = pick_brand(kind.path, rng)
    design = _in_brand_taste(random_design(rng, kind.key), brand, kind, rng)
    size = min(rng.choice((2, 3, 3, 4)) if rng.random() < _VARIANT_SHARE else 1, room)
    others = [colour for colour in kind.colours or COLOURS if colour != design.colour]
    designs = [design]
    for colour in rng.sample(others, size - 1):
        designs.append(replace(design, colour=colour, accent=rng.choice(ACCENTS[colour])))
    return _made(kind, brand, designs, rng.choice(kind.genders or ("",)), made, rng)


def _made(kind: Kind, brand: Brand, designs: list[Design], gender: str, made: int, rng: Random) -> list[ShopProduct]:
    """Products of these designs, variants of each other, numbered on from ``made``."""
    material = rng.choice(kind.materials)
    price, age = _price(kind, brand, rng), timedelta(minutes=rng.randrange(60, OLDEST_DAYS * 24 * 60))
    slug = kind.key.replace("'", "").replace(" ", "-")
    group = f"{slug}-group-{made + 1:02d}" if len(designs) > 1 else ""
    return [
        ShopProduct(
            id=f"{slug}-{number:02d}",
            title=title(brand, kind, design, material, gender),
            description=description(brand, kind, design, material, gender, rng),
            brand=brand,
            kind=kind,
            design=design,
            material=material,
            gender=gender,
            price=price,
            sale_price=_shop_price(price * rng.uniform(0.6, 0.85)) if rng.random() < _SALE_SHARE else None,
            stock=0 if rng.random() < _OUT_OF_STOCK_SHARE else int(2 + 80 * rng.random() ** 2),
            group=group,
            age=age,
        )
        for number, design in enumerate(designs, made + 1)
    ]


def _in_brand_taste(design: Design, brand: Brand, kind: Kind, rng: Random) -> Design:
    """The design in one of the brand's colours and patterns, more often than not."""
    if rng.random() < 0.5:
        colour = rng.choice(
            [each for each in brand.colours if not kind.colours or each in kind.colours] or [design.colour]
        )
        design = replace(design, colour=colour, accent=rng.choice(ACCENTS[colour]))
    suited = [pattern for pattern in brand.patterns if pattern in kind.patterns]
    return replace(design, pattern=rng.choice(suited)) if suited and rng.random() < 0.5 else design


def _price(kind: Kind, brand: Brand, rng: Random) -> float:
    low, high = kind.prices
    place = min(max(brand.price_level + rng.gauss(0, 0.16), 0.0), 1.0)
    return _shop_price(low + (high - low) * place)


def _shop_price(amount: float) -> float:
    """Rounded as shops do: 8.50, 24.90, 149.00."""
    if amount < 10:
        return round(amount * 2) / 2
    return float(round(amount)) if amount >= 100 else round(amount) - 0.1
