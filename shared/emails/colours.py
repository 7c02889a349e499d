"""Colours that can be read on one another (WCAG 2.2: relative luminance and contrast ratio)."""

import re

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
READABLE = 4.5
"""The least contrast of text of ordinary size (WCAG 2.2, 1.4.3)."""
_VISIBLE = 3.0
"""The least contrast of the shape of a button (WCAG 2.2, 1.4.11)."""
_STEPS = 20
_BLACK, _WHITE = "#000000", "#ffffff"


def is_colour(text: str) -> bool:
    """Whether it is written as ``#rrggbb``."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), of two colours written as ``#rrggbb``."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def on(colour: str) -> str:
    """Black or white, whichever can be read better on ``colour``."""
    return max((_WHITE, _BLACK), key=lambda each: contrast(each, colour))


def lightened(colour: str, background: str) -> str:
    """``colour``, or the nearest mixture of it with white that stands out from the dark ``background``."""
    mixed = (_mixed(colour, step / _STEPS) for step in range(_STEPS + 1))
    return next((each for each in mixed if contrast(each, background) >= _VISIBLE), _WHITE)


def _mixed(colour: str, white: float) -> str:
    return "#" + "".join(f"{round(each + (255 - each) * white):02x}" for each in _channels(colour))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(each / 255) for each in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
