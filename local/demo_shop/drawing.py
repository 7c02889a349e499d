"""Product pictures: flat illustrations, drawn as SVG and rendered with resvg."""

from io import BytesIO

from local.demo_shop.captions import caption, captions
from local.demo_shop.colours import BACKDROPS, mix
from local.demo_shop.designs import Design, random_design
from local.demo_shop.patterns import tile
from local.demo_shop.pen import BOX, Pen
from local.demo_shop.silhouettes import SILHOUETTES, ZOOM

__all__ = ["caption", "captions", "picture", "random_design", "svg"]

JPEG_QUALITY = 88


def _stop(offset: float, colour: str, opacity: float) -> str:
    return f'<stop offset="{offset}" stop-color="{colour}" stop-opacity="{opacity}"/>'


_SHADES = (
    '<linearGradient id="flat" x1="0" y1="0" x2="1" y2=".55">'
    + _stop(0, "#fff", 0.2)
    + _stop(0.45, "#fff", 0)
    + _stop(0.55, "#14182c", 0)
    + _stop(1, "#14182c", 0.2)
    + '</linearGradient><linearGradient id="round" x1="0" y1="0" x2="1" y2="0">'
    + _stop(0, "#14182c", 0.16)
    + _stop(0.2, "#fff", 0.06)
    + _stop(0.32, "#fff", 0.26)
    + _stop(0.5, "#fff", 0)
    + _stop(1, "#14182c", 0.3)
    + '</linearGradient><radialGradient id="ball" cx=".36" cy=".3" r=".78">'
    + _stop(0, "#fff", 0.38)
    + _stop(0.45, "#fff", 0)
    + _stop(0.6, "#14182c", 0.02)
    + _stop(1, "#14182c", 0.32)
    + '</radialGradient><radialGradient id="ground">'
    + _stop(0, "#1c2038", 0.32)
    + _stop(0.6, "#1c2038", 0.16)
    + _stop(1, "#1c2038", 0)
    + "</radialGradient>"
)
_SHADOWS = ((3, 5, 0.13), (6, 11, 0.08))
"""Offset in x and y, and opacity: two flat ones suit the style and cost a fraction of a blur."""


def _shadow(shapes: str) -> str:
    return "".join(
        f'<g fill="#1c2038" opacity="{opacity}" transform="translate({x} {y})">{shapes}</g>'
        for x, y, opacity in _SHADOWS
    )


def svg(design: Design) -> str:
    """The picture of ``design`` as an SVG document of 400 x 400 units."""
    pen = Pen(design)
    zoom = ZOOM.get(design.kind, 1.0)
    with pen.turned(f"translate(200 202) scale({zoom}) translate(-200 -202)"):
        SILHOUETTES[design.kind](pen)
    backdrop = BACKDROPS[pen.choose(7, len(BACKDROPS))]
    if design.colour in ("white", "cream"):
        # A pale thing on a pale ground would be lost.
        backdrop = mix(backdrop, "#3c4a66", 0.26)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {BOX} {BOX}"><defs>{_SHADES}{tile(pen)}</defs>'
        f'<rect width="{BOX}" height="{BOX}" fill="{backdrop}"/>'
        f'<circle cx="200" cy="200" r="172" fill="{mix(backdrop, "#ffffff", 0.42)}"/>'
        f"{_shadow(''.join(pen.shadows))}{''.join(pen.elements)}</svg>"
    )


def picture(design: Design, size: int) -> bytes:
    """The picture of ``design`` as a JPEG of ``size`` x ``size`` pixels."""
    from PIL import Image
    from resvg_py import svg_to_bytes

    drawn = svg_to_bytes(svg_string=svg(design), width=size, height=size, skip_system_fonts=True)
    buffer = BytesIO()
    Image.open(BytesIO(drawn)).convert("RGB").save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
