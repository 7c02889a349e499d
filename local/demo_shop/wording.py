"""Titles and descriptions as a shop would write them."""

from random import Random

from local.demo_shop.brands import STYLES, Brand
from local.demo_shop.captions import MOTIFS
from local.demo_shop.designs import Design
from local.demo_shop.kinds import Kind

_TITLE_PATTERNS = {
    "striped": "Striped",
    "dotted": "Polka Dot",
    "checked": "Checked",
    "floral": "Floral",
    "zigzag": "Zigzag",
    "starry": "Starry",
    "wavy": "Wavy",
}
_CLOSINGS = {
    "minimal": ("Nothing added that it does not need.", "Calm shapes that last longer than a season."),
    "classic": ("A piece that never asks what year it is.", "Made the way it has always been made."),
    "playful": ("Guaranteed to make somebody smile.", "Because grown-ups deserve fun as well."),
    "rustic": ("It only gets better with use.", "Feels like a weekend in the country."),
    "outdoor": ("Built for weather, mud and years of use.", "Tested far from the nearest road."),
    "retro": ("As if found in a very good flea market.", "A wink at the seventies."),
    "romantic": ("For people who still write letters.", "Soft colours, soft light."),
    "bold": ("Not for wallflowers.", "Sees you from across the street."),
}
_WEARERS = {"women": "for women", "men": "for men", "kids": "for children"}


def title(brand: Brand, kind: Kind, design: Design, material: str, gender: str) -> str:
    """Such as "Larkfield Striped Linen Shirt, Navy"."""
    child = "Kids'" if gender == "kids" and kind.department != "Toys" else ""
    stuff = "" if " and " in material or len(material) > 16 else material
    words = (child, _TITLE_PATTERNS.get(design.pattern, ""), stuff, kind.key)
    name = " ".join(" ".join(filter(None, words)).split())
    return f"{brand.name} {_capitalised(name)}, {design.colour.capitalize()}"


def _capitalised(words: str) -> str:
    small = {"of", "and", "in"}
    return " ".join(word if word in small else word[0].upper() + word[1:] for word in words.split()).replace("-s", "-S")


def description(brand: Brand, kind: Kind, design: Design, material: str, gender: str, rng: Random) -> str:
    """One to three sentences on what it is, what it is for, what it is made of, and its style."""
    manner = rng.choice(STYLES[brand.style])
    motif = MOTIFS.get(design.pattern)
    look = f"{design.colour} with {design.accent} {motif}" if motif else f"plain {design.colour}"
    wearer = _WEARERS.get(gender, "") if kind.department != "Toys" else ""
    noun = " ".join(filter(None, (kind.counted, manner, kind.key)))
    article = "An" if noun[0] in "aeiou" else "A"
    opening = rng.choice(
        (
            f"{article} {noun} {wearer} in {look}, made of {material} for {rng.choice(kind.uses)}.",
            f"{article} {noun} {wearer} for {rng.choice(kind.uses)}, in {look} {material}."
            if not motif
            else f"{article} {noun} {wearer} for {rng.choice(kind.uses)}: {material}, {look}.",
            f"Made for {rng.choice(kind.uses)}: {noun} {wearer} of {material}, {look}.",
        )
    )
    first, second = rng.sample(kind.details, 2)
    middle = rng.choice((f"It has {first} and {second}.", f"With {first}.", f"Look closer for {first} and {second}."))
    if kind.counted == "pair of":
        middle = middle.replace("It has", "They have")
    closing = rng.choice(_CLOSINGS[brand.style])
    sentences = ((opening,), (opening, middle), (opening, middle), (opening, middle, closing))[rng.randrange(4)]
    return " ".join(" ".join(sentences).split())
