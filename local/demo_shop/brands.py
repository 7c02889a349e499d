"""The demo shop's invented brands, each with a character that its products and its customers share."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Brand:
    """``price_level`` is where in a kind's price range the brand sits (0 cheap, 1 dear); ``departments`` are categories
    of any level; ``colours`` and ``patterns`` are those it favours; ``style`` is one of ``STYLES``."""

    name: str
    price_level: float
    departments: tuple[str, ...]
    colours: tuple[str, ...]
    patterns: tuple[str, ...]
    style: str


STYLES = {
    "minimal": ("pared-back", "clean-lined", "quiet"),
    "classic": ("timeless", "well-mannered", "classic"),
    "playful": ("playful", "cheerful", "funny"),
    "rustic": ("rustic", "country-house", "hearty"),
    "outdoor": ("hard-wearing", "trail-ready", "sturdy"),
    "retro": ("retro", "seventies-inspired", "vintage-looking"),
    "romantic": ("romantic", "delicate", "dreamy"),
    "bold": ("bold", "graphic", "eye-catching"),
}

BRANDS = (
    Brand(
        "Larkfield", 0.55, ("Clothing", "Accessories"), ("navy", "cream", "white"), ("striped", "checked"), "classic"
    ),
    Brand(
        "Odd Otter",
        0.25,
        ("Clothing", "Bags", "Accessories", "Shoes"),
        ("orange", "teal", "yellow"),
        ("wavy", "zigzag"),
        "bold",
    ),
    Brand(
        "Maison Brindille",
        0.85,
        ("Clothing", "Bags", "Shoes", "Accessories"),
        ("burgundy", "cream", "black"),
        ("plain", "floral"),
        "romantic",
    ),
    Brand(
        "Fjordholm",
        0.75,
        ("Home", "Clothing", "Accessories"),
        ("grey", "white", "navy"),
        ("plain", "striped"),
        "minimal",
    ),
    Brand(
        "Pepper & Plum",
        0.4,
        ("Clothing", "Home", "Stationery"),
        ("purple", "pink", "burgundy"),
        ("floral", "dotted"),
        "romantic",
    ),
    Brand("Nine Lanes", 0.5, ("Sport", "Shoes", "Clothing"), ("black", "yellow", "red"), ("plain", "striped"), "bold"),
    Brand("Stridewell", 0.65, ("Sport", "Shoes"), ("blue", "orange", "grey"), ("plain", "zigzag"), "outdoor"),
    Brand("Copper Kettle Co.", 0.5, ("Home",), ("brown", "cream", "orange"), ("plain", "checked"), "rustic"),
    Brand(
        "Blue Harbour Pottery",
        0.6,
        ("Mugs", "Teapots", "Plates", "Bowls", "Storage Jars", "Vases"),
        ("blue", "navy", "white"),
        ("striped", "wavy", "dotted"),
        "classic",
    ),
    Brand("Tilde", 0.3, ("Home", "Stationery"), ("white", "grey", "yellow"), ("plain", "dotted"), "minimal"),
    Brand("Rosa & Rye", 0.55, ("Home", "Garden"), ("pink", "cream", "green"), ("floral",), "romantic"),
    Brand("Greenthumb & Daughters", 0.45, ("Garden",), ("green", "olive", "brown"), ("plain", "striped"), "rustic"),
    Brand("Potting Shed", 0.25, ("Garden",), ("olive", "green", "orange"), ("plain", "dotted"), "outdoor"),
    Brand(
        "Solstice Outdoor",
        0.7,
        ("Garden", "Camping", "Bags"),
        ("teal", "olive", "orange"),
        ("striped", "plain"),
        "outdoor",
    ),
    Brand("Tumbledown Toys", 0.35, ("Toys",), ("red", "yellow", "blue"), ("dotted", "starry"), "playful"),
    Brand(
        "Little Lantern",
        0.6,
        ("Toys", "Clothing", "Stationery"),
        ("pink", "teal", "cream"),
        ("starry", "plain"),
        "playful",
    ),
    Brand("Holz & Hopp", 0.75, ("Toys",), ("green", "red", "orange"), ("plain",), "classic"),
    Brand("Campfire Club", 0.5, ("Sport", "Bags", "Toys"), ("olive", "red", "yellow"), ("checked", "zigzag"), "retro"),
    Brand("Inkwell Lane", 0.7, ("Stationery", "Bags"), ("navy", "burgundy", "black"), ("plain", "striped"), "classic"),
    Brand("Paper Parade", 0.2, ("Stationery",), ("yellow", "pink", "teal"), ("dotted", "floral", "starry"), "playful"),
    Brand("Velvet Fox", 0.8, ("Home", "Bags", "Clothing"), ("burgundy", "teal", "olive"), ("plain", "zigzag"), "retro"),
    Brand(
        "Puddle Jumpers",
        0.35,
        ("Clothing", "Shoes", "Accessories"),
        ("yellow", "red", "green"),
        ("dotted", "starry", "plain"),
        "playful",
    ),
    Brand(
        "Atelier Nord-Sud",
        0.95,
        ("Accessories", "Bags", "Shoes", "Clothing"),
        ("black", "white", "brown"),
        ("plain",),
        "minimal",
    ),
    Brand(
        "Casa Girasol",
        0.45,
        ("Home", "Kitchen", "Garden"),
        ("yellow", "orange", "blue"),
        ("floral", "zigzag", "wavy"),
        "bold",
    ),
)


@dataclass(frozen=True, slots=True)
class Range:
    """A brand's signature range: for every kind of a theme, something in each of its colours."""

    brand: str
    theme: str
    colours: tuple[str, ...]
    pattern: str = ""
    gender: str = ""


RANGES = (
    Range("Greenthumb & Daughters", "gardening", ("green", "olive")),
    Range("Stridewell", "running", ("blue", "orange"), gender="men"),
    Range("Blue Harbour Pottery", "ceramics for the kitchen", ("blue", "navy")),
    Range("Tumbledown Toys", "toys that roll", ("red", "yellow")),
    Range("Solstice Outdoor", "camping", ("olive", "teal")),
    Range("Atelier Nord-Sud", "smart city days", ("black", "grey"), "plain", "men"),
    Range("Maison Brindille", "evenings out", ("burgundy", "red"), gender="women"),
    Range("Paper Parade", "letters and notes", ("yellow", "pink"), "dotted"),
    Range("Rosa & Rye", "cosy living rooms", ("pink", "purple"), "floral"),
)


def brand_named(name: str) -> Brand:
    return next(brand for brand in BRANDS if brand.name == name)


def pick_brand(path: tuple[str, ...], rng: Random) -> Brand:
    """A brand that makes things of this category: a specialist more often than one that makes everything."""
    makers = [brand for brand in BRANDS if not set(path).isdisjoint(brand.departments)]
    weights = [5 if path[-1] in brand.departments else 6 / (1 + len(brand.departments)) for brand in makers]
    return rng.choices(makers, weights)[0]
