"""The pen that silhouettes draw with: paths in a 400 x 400 box, filled in the tones and pattern of a design."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from local.demo_shop.colours import Tones, rgb, tones
from local.demo_shop.designs import Design

BOX = 400
_SEGMENT = re.compile(r"([MLQC])([^MLQCZ]*)")


def _segments(path: str) -> list[tuple[str, list[tuple[float, float]]]]:
    found = []
    for command, numbers in _SEGMENT.findall(path):
        values = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", numbers)]
        found.append((command, list(zip(values[::2], values[1::2], strict=True))))
    return found


def _spell(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def mirrored(path: str) -> str:
    """``path`` (absolute M, L, Q and C only) reflected in the vertical axis of the box."""
    return " ".join(c + _spell([(BOX - x, y) for x, y in points]) for c, points in _segments(path))


def both(path: str) -> str:
    """``path`` and its reflection, as two strokes."""
    return f"{path} {mirrored(path)}"


def symmetric(path: str) -> str:
    """The closed outline whose right half is ``path``, drawn from top to bottom."""
    segments = _segments(path)
    there = " ".join(c + _spell(points) for c, points in segments)
    starts = [points[-1] for _, points in segments]
    back = [f"L{_spell([(BOX - starts[-1][0], starts[-1][1])])}"]
    for index in range(len(segments) - 1, 0, -1):
        command, points = segments[index]
        turned = [*reversed(points[:-1]), starts[index - 1]]
        back.append(command + _spell([(BOX - x, y) for x, y in turned]))
    return f"{there} {' '.join(back)} Z"


def oval(x: float, y: float, rx: float, ry: float | None = None) -> str:
    """An ellipse round (x, y), a circle when ``ry`` is left out."""
    ry = rx if ry is None else ry
    return f"M{x - rx:.1f},{y:.1f} a{rx:.1f},{ry:.1f} 0 1 0 {2 * rx:.1f},0 a{rx:.1f},{ry:.1f} 0 1 0 {-2 * rx:.1f},0 Z"


def slab(x: float, y: float, width: float, height: float, radius: float = 8.0) -> str:
    """A rectangle with rounded corners."""
    r = min(radius, width / 2, height / 2)
    arc = f"a{r:.1f},{r:.1f} 0 0 1"
    return (
        f"M{x + r:.1f},{y:.1f} h{width - 2 * r:.1f} {arc} {r:.1f},{r:.1f} v{height - 2 * r:.1f} {arc} {-r:.1f},{r:.1f} "
        f"h{2 * r - width:.1f} {arc} {-r:.1f},{-r:.1f} v{2 * r - height:.1f} {arc} {r:.1f},{-r:.1f} Z"
    )


class Pen:
    """Collects the SVG elements of one product.

    A tone is ``base``, ``light``, ``dark`` or ``deep`` of the design's colour, ``accent`` or ``accent-dark`` of its
    second one, or the name of a palette or material colour.
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        self.elements: list[str] = []
        self.shadows: list[str] = []
        self._transforms: list[str] = []
        self._own: Tones = tones(rgb(design.colour))
        self._accent: Tones = tones(rgb(design.accent))

    def vary(self, parameter: int, low: float, high: float) -> float:
        """The design's shape parameter, stretched to [low, high]."""
        return low + (high - low) * self.design.shape[parameter]

    def choose(self, parameter: int, options: int) -> int:
        """The design's shape parameter as one of ``options`` equally likely numbers from 0."""
        return min(int(self.design.shape[parameter] * options), options - 1)

    def colour(self, tone: str) -> str:
        if tone in ("base", "light", "dark", "deep"):
            return str(getattr(self._own, tone))
        if tone == "accent":
            return self._accent.base
        return self._accent.dark if tone == "accent-dark" else rgb(tone)

    def _cast(self, shape: str) -> None:
        """Remember a shape for the shadow, which is drawn under everything else."""
        self.shadows.append(f'<path d="{shape}" transform="{" ".join(self._transforms)}"/>')

    def body(self, path: str, tone: str = "base", shade: str = "flat", pattern: bool = True) -> None:
        """A surface of the product: its colour, its pattern, then light and shadow (``flat``, ``round``, ``ball``)."""
        self._cast(path)
        self.elements.append(
            f'<path d="{path}" fill="{self.colour(tone)}" stroke="{self._own.deep}" stroke-opacity=".45" '
            f'stroke-width="1.8" stroke-linejoin="round" fill-rule="evenodd"/>'
        )
        if pattern and self.design.pattern != "plain":
            self.elements.append(f'<path d="{path}" fill="url(#pattern)" fill-rule="evenodd"/>')
        self.elements.append(f'<path d="{path}" fill="url(#{shade})" fill-rule="evenodd"/>')

    def part(self, path: str, tone: str, opacity: float = 1.0) -> None:
        """A plain piece: a button, a sole, a handle's inside."""
        veil = "" if opacity == 1.0 else f' fill-opacity="{opacity}"'
        self.elements.append(f'<path d="{path}" fill="{self.colour(tone)}" fill-rule="evenodd"{veil}/>')

    def solid(self, path: str, tone: str, shade: str = "flat") -> None:
        """A piece with light and shadow but without pattern."""
        self._cast(path)
        self.elements.append(f'<path d="{path}" fill="{self.colour(tone)}" fill-rule="evenodd"/>')
        self.elements.append(f'<path d="{path}" fill="url(#{shade})" fill-rule="evenodd"/>')

    def line(self, path: str, tone: str = "deep", width: float = 2.5, dash: str = "", opacity: float = 1.0) -> None:
        """A stroke with round ends: a seam, a lace, a strap."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.elements.append(
            f'<path d="{path}" fill="none" stroke="{self.colour(tone)}" stroke-width="{width}" stroke-linecap="round" '
            f'stroke-linejoin="round" stroke-opacity="{opacity}"{dashed}/>'
        )

    def seam(self, path: str, opacity: float = 0.6) -> None:
        """A fine line in the deep tone."""
        self.line(path, "deep", 2.2, opacity=opacity)

    def stitch(self, path: str, tone: str = "deep") -> None:
        self.line(path, tone, 1.8, dash="5 4", opacity=0.7)

    def shine(self, path: str, width: float = 7.0, opacity: float = 0.45) -> None:
        """A highlight."""
        self.line(path, "snow", width, opacity=opacity)

    def ground(self, x: float, y: float, rx: float, ry: float = 0.0) -> None:
        """The soft shadow where the product stands."""
        self.elements.append(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry or rx * 0.11:.1f}" fill="url(#ground)"/>'
        )

    @contextmanager
    def turned(self, transform: str) -> Iterator[None]:
        """Draw under an SVG transform."""
        self.elements.append(f'<g transform="{transform}">')
        self._transforms.append(transform)
        yield
        self._transforms.pop()
        self.elements.append("</g>")
