"""The shop's named colours, their tones, and which ones contrast well enough to make a pattern."""

from dataclasses import dataclass

PALETTE = {
    "white": "#f6f5f1",
    "cream": "#efdfba",
    "grey": "#9aa1a8",
    "black": "#303238",
    "brown": "#80543a",
    "red": "#d5393a",
    "burgundy": "#7f2039",
    "pink": "#f29bb3",
    "orange": "#f0832f",
    "yellow": "#f6ca37",
    "green": "#469b56",
    "olive": "#7d8041",
    "teal": "#22989a",
    "blue": "#3f7cd6",
    "navy": "#24366c",
    "purple": "#8357b3",
}
COLOURS = tuple(PALETTE)

ACCENTS = {
    "white": ("navy", "blue", "red", "green", "black", "pink", "teal"),
    "cream": ("brown", "navy", "burgundy", "olive", "red", "teal"),
    "grey": ("white", "navy", "yellow", "black", "burgundy"),
    "black": ("white", "cream", "grey", "red", "yellow", "pink"),
    "brown": ("cream", "white", "orange", "yellow"),
    "red": ("white", "cream", "navy", "yellow"),
    "burgundy": ("cream", "pink", "white", "yellow"),
    "pink": ("white", "burgundy", "red", "purple", "cream"),
    "orange": ("white", "cream", "navy", "brown"),
    "yellow": ("white", "navy", "green", "orange", "black"),
    "green": ("white", "cream", "yellow", "navy"),
    "olive": ("cream", "white", "yellow", "black"),
    "teal": ("white", "cream", "yellow", "navy"),
    "blue": ("white", "cream", "yellow", "navy"),
    "navy": ("white", "cream", "yellow", "red", "pink"),
    "purple": ("white", "cream", "yellow", "pink"),
}

MATERIALS = {
    "wood": "#cb9f6b",
    "wood-dark": "#a67a48",
    "steel": "#bcc4cb",
    "steel-dark": "#858e98",
    "leather": "#a66f40",
    "gum": "#d8a56c",
    "glass": "#d8eaf1",
    "leaf": "#62a35d",
    "leaf-dark": "#3e7c48",
    "soil": "#5c4335",
    "ink": "#2b2e36",
    "paper": "#fcf9f2",
    "gold": "#d7ae48",
    "flame": "#ffb938",
    "clay": "#c8704a",
    "snow": "#ffffff",
    "mist": "#e4e7ea",
}
"""Fixed tones of things that keep their own colour whatever the product's is."""

BACKDROPS = ("#eef1ec", "#f3ede4", "#e8eef4", "#f4eae8", "#ece9f3", "#e6f0ee", "#f4f0df", "#ebebeb")


@dataclass(frozen=True, slots=True)
class Tones:
    """One colour as light falls on it."""

    base: str
    light: str
    dark: str
    deep: str


def mix(colour: str, other: str, share: float) -> str:
    """``colour`` with ``share`` (0-1) of ``other`` in it; both are ``#rrggbb``."""
    pairs = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def tones(colour: str) -> Tones:
    """The tones of a ``#rrggbb`` colour: shadows lean to a cool ink, so that they stay lively."""
    return Tones(colour, mix(colour, "#ffffff", 0.28), mix(colour, "#1c2038", 0.18), mix(colour, "#1c2038", 0.42))


def rgb(name: str) -> str:
    """The ``#rrggbb`` of a palette or material colour."""
    return PALETTE.get(name) or MATERIALS[name]
