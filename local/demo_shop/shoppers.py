"""The demo shop's shoppers and their hidden tastes."""

from dataclasses import dataclass
from random import Random

from local.demo_shop.brands import BRANDS, RANGES
from local.demo_shop.colours import COLOURS
from local.demo_shop.kinds import KINDS, PATTERNS
from local.demo_shop.themes import FIRST_NAMES, THEMES

SHOPPERS = 320
_COLD_SHARE = 0.09
_SEED = 4711


@dataclass(frozen=True, slots=True)
class Interest:
    """A theme, the kinds it is about, and how much of the shopper's time it takes."""

    theme: str
    kinds: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Shopper:
    """Someone who visits the demo shop.

    ``about`` is the one line shown beside the name. ``wears`` are the genders of clothes bought, ``price_level`` is
    where in a kind's price range (0-1) purchases lie, ``loyalty`` how strongly favourites win over the rest.
    ``sessions`` is the number of visits in the simulated time. A ``showcase`` shopper's taste is plain to see.
    """

    id: str
    name: str
    about: str
    interests: tuple[Interest, ...]
    colours: tuple[str, ...]
    patterns: tuple[str, ...]
    brands: tuple[str, ...]
    wears: tuple[str, ...]
    price_level: float
    loyalty: float
    sessions: int
    showcase: bool = False


_SHOWCASE = (
    ("Mara", "gardening, all in green", "women"),
    ("Tomas", "a runner in blue and orange", "men"),
    ("Ines", "blue ceramics for the kitchen", "women"),
    ("Oskar", "red and yellow toys for his children", "men"),
    ("Lina", "camping in olive and teal", "women"),
    ("Viktor", "smart city clothes in black and grey", "men"),
    ("Noor", "dresses and heels in burgundy and red", "women"),
    ("Piet", "yellow and pink notebooks, pens and paper", "men"),
    ("Saga", "a pink and purple living room full of flowers", "women"),
)
"""Name, about and clothes of the shoppers a newcomer is shown first; each loves one of ``RANGES``, in its order."""


def shoppers(count: int = SHOPPERS) -> tuple[Shopper, ...]:
    """The shop's people, the showcase ones first; ids are ``shopper-001`` and on."""
    rng = Random(_SEED)
    return tuple(_showcase(number) if number < len(_SHOWCASE) else _someone(number, rng) for number in range(count))


def _identifier(number: int) -> str:
    return f"shopper-{number + 1:03d}"


def _showcase(number: int) -> Shopper:
    (name, about, wears), loved = _SHOWCASE[number], RANGES[number]
    return Shopper(
        id=_identifier(number),
        name=name,
        about=about,
        interests=(Interest(loved.theme, THEMES[loved.theme], 1.0),),
        colours=loved.colours,
        patterns=(loved.pattern,),
        brands=(loved.brand,),
        wears=(wears,),
        price_level=0.55,
        loyalty=3.2,
        sessions=7,
        showcase=True,
    )


def _someone(number: int, rng: Random) -> Shopper:
    themes = rng.sample(tuple(THEMES), rng.choice((2, 2, 3)))
    shares = (0.68, 0.32) if len(themes) == 2 else (0.55, 0.3, 0.15)
    interests = tuple(Interest(theme, THEMES[theme], share) for theme, share in zip(themes, shares, strict=True))
    departments = {step for interest in interests for kind in interest.kinds for step in KINDS[kind].path}
    suited = [brand.name for brand in BRANDS if not departments.isdisjoint(brand.departments)]
    colours = tuple(rng.sample(COLOURS, 2))
    adult = rng.choice(("women", "men"))
    cold = rng.random() < _COLD_SHARE
    return Shopper(
        id=_identifier(number),
        name=FIRST_NAMES[(number * 37) % len(FIRST_NAMES)],
        about=f"{themes[0]} and {themes[1]}, likes {colours[0]} and {colours[1]}",
        interests=interests,
        colours=colours,
        patterns=(rng.choice(PATTERNS),),
        brands=tuple(rng.sample(suited, min(2, len(suited)))),
        wears=(adult, "kids") if rng.random() < 0.3 else (adult,),
        price_level=round(rng.betavariate(2.2, 2.2), 2),
        loyalty=round(rng.uniform(0.7, 1.5), 2),
        sessions=1 if cold else max(2, round(rng.lognormvariate(1.95, 0.55))),
    )
