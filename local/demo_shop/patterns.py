"""The patterns a product may carry, as SVG tiles that fill its surfaces."""

from math import cos, pi, sin

from local.demo_shop.pen import Pen

_LONG = 600
"""Width of the tiles whose lines run on, wider than any product: a seam between two tiles would show in a line."""


def _ring(x: float, y: float, radius: float, count: int, turn: float = 0.0) -> list[tuple[float, float]]:
    angles = (turn + 2 * pi * step / count for step in range(count))
    return [(x + radius * sin(angle), y - radius * cos(angle)) for angle in angles]


def _flower(x: float, y: float, petal: str, heart: str, size: float) -> str:
    petals = "".join(
        f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{size:.1f}" fill="{petal}"/>' for px, py in _ring(x, y, size * 1.15, 5)
    )
    return f'{petals}<circle cx="{x}" cy="{y}" r="{size * 0.75:.1f}" fill="{heart}"/>'


def _star(x: float, y: float, size: float, turn: float) -> str:
    points = zip(_ring(x, y, size, 5, turn), _ring(x, y, size * 0.45, 5, turn + pi / 5), strict=True)
    return " ".join(f"{px:.1f},{py:.1f}" for pair in points for px, py in pair)


def _striped(accent: str, _: str) -> tuple[float, float, str]:
    return _LONG, 34, f'<rect width="{_LONG}" height="14" fill="{accent}"/>'


def _dotted(accent: str, _: str) -> tuple[float, float, str]:
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="7.2" fill="{accent}"/>' for x, y in ((11, 11), (33, 33)))
    return 44, 44, dots


def _checked(accent: str, _: str) -> tuple[float, float, str]:
    return (
        48,
        48,
        (
            f'<rect width="48" height="24" fill="{accent}" fill-opacity=".6"/>'
            f'<rect width="24" height="48" fill="{accent}" fill-opacity=".6"/>'
        ),
    )


def _floral(accent: str, heart: str) -> tuple[float, float, str]:
    leaf = "M{0},{1} q9,-10 17,-2 q-8,9 -17,2 Z"
    leaves = "".join(f'<path d="{leaf.format(x, y)}" fill="#5d9a5c"/>' for x, y in ((28, 30), (64, 70)))
    return 76, 76, leaves + _flower(20, 22, accent, heart, 8.2) + _flower(56, 60, accent, heart, 8.2)


def _zigzag(accent: str, _: str) -> tuple[float, float, str]:
    line = "M-10,26 " + " ".join(f"L{x + 10},6 L{x + 30},26" for x in range(0, _LONG, 40))
    return _LONG, 32, f'<path d="{line}" fill="none" stroke="{accent}" stroke-width="9" stroke-linejoin="miter"/>'


def _starry(accent: str, _: str) -> tuple[float, float, str]:
    stars = ((16, 17, 0.1), (46, 47, 0.5))
    return 60, 60, "".join(f'<polygon points="{_star(x, y, 13, t)}" fill="{accent}"/>' for x, y, t in stars)


def _wavy(accent: str, _: str) -> tuple[float, float, str]:
    line = "M-15,14 Q0,-4 15,14 " + " ".join(f"T{x},14" for x in range(45, _LONG + 60, 30))
    return _LONG, 28, f'<path d="{line}" fill="none" stroke="{accent}" stroke-width="6"/>'


_TILES = {
    "striped": _striped,
    "dotted": _dotted,
    "checked": _checked,
    "floral": _floral,
    "zigzag": _zigzag,
    "starry": _starry,
    "wavy": _wavy,
}
_UPRIGHT = 0.62
"""Above this, the pattern's parameter turns stripes upright; checks stand on their corner above it."""


def tile(pen: Pen) -> str:
    """The ``<pattern id="pattern">`` of the pen's design; nothing for a plain one."""
    name = pen.design.pattern
    if name == "plain":
        return ""
    heart = "#f3c948" if pen.design.accent != "yellow" else "#c8633c"
    width, height, drawn = _TILES[name](pen.colour("accent"), heart)
    variation = pen.design.shape[6]
    scale = 0.86 + 0.3 * (variation * 7 % 1)
    turn = {"striped": 90, "checked": 45}.get(name, 0) if variation > _UPRIGHT else 0
    return (
        f'<pattern id="pattern" width="{width}" height="{height}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({turn}) scale({scale:.3f})">{drawn}</pattern>'
    )
