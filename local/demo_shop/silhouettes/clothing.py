"""Tops, coats and nightwear, laid flat."""

from math import sqrt

from local.demo_shop.pen import Pen, both, mirrored, oval, slab, symmetric
from local.demo_shop.silhouettes.dresses import legs


def _torso(width: float, hem: float, sleeve: float, neck: float = 22, flare: float = 0, collar: float = 33) -> str:
    """The right half of a top: ``sleeve`` is 0 for a cap sleeve and 1 for a long one."""
    shoulder_x, shoulder_y = 200 + width + 8, 106.0
    reach = 34 + 166 * sleeve
    along_x = 0.74 - 0.5 * sleeve
    along_y = sqrt(1 - along_x**2)
    wide = 52 - 16 * sleeve
    end_x, end_y = shoulder_x + along_x * reach, shoulder_y + along_y * reach
    under_x, under_y = end_x - along_y * wide, end_y + along_x * wide
    return (
        f"M200,{80 + neck} Q{200 + collar * 0.8},{78 + neck} {200 + collar},80 "
        f"Q{(200 + collar + shoulder_x) / 2},88 {shoulder_x},{shoulder_y} "
        f"Q{shoulder_x + along_x * reach * 0.5 + 6},{shoulder_y + along_y * reach * 0.5 - 8} {end_x},{end_y} "
        f"L{under_x},{under_y} L{200 + width - 3},176 "
        f"Q{200 + width - 4},{(hem + 176) / 2} {200 + width + flare},{hem} "
        f"Q{200 + width / 2},{hem + 7} 200,{hem + 7}"
    )


def _armholes(pen: Pen, width: float) -> None:
    pen.seam(both(f"M{200 + width - 4},98 Q{200 + width - 20},140 {200 + width - 3},176"), 0.45)


def _cuffs(pen: Pen, width: float, tone: str) -> None:
    """Bands at the ends of long sleeves."""
    x, y = 200 + width + 8 + 0.24 * 200, 106 + 0.9708 * 200
    half = f"M{x},{y} L{x - 35},{y + 8.6} L{x - 31.5},{y - 11} L{x + 3.5},{y - 19.5}"
    pen.part(f"{half} Z", tone)
    pen.part(f"{mirrored(half)} Z", tone)


def t_shirt(pen: Pen) -> None:
    width, hem, sleeve = pen.vary(0, 66, 84), pen.vary(1, 290, 326), pen.vary(2, 0.1, 0.34)
    neck = (22, 22, 46)[pen.choose(3, 3)]
    pen.part("M166,80 Q200,66 234,80 Q224,104 200,104 Q176,104 166,80 Z", "deep")
    pen.body(symmetric(_torso(width, hem, sleeve, neck)))
    _armholes(pen, width)
    if neck > 30:
        pen.line(both("M200,126 L233,81"), "dark", 7)
    else:
        pen.line("M167,81 Q174,103 200,103 Q226,103 233,81", "dark" if pen.design.pattern != "plain" else "accent", 7)
    pen.stitch(f"M{200 - width + 4},{hem - 9} Q200,{hem - 3} {200 + width - 4},{hem - 9}")
    if pen.choose(4, 3) == 0:
        pen.part(slab(214, 140, 36, 40, 5), "dark")
        pen.stitch("M216,149 L248,149", "light")


def shirt(pen: Pen) -> None:
    width, hem = pen.vary(0, 68, 82), pen.vary(1, 304, 330)
    long = pen.choose(2, 3) > 0
    pen.part("M160,84 Q200,58 240,84 L200,120 Z", "deep")
    pen.body(symmetric(_torso(width, hem, 1.0 if long else 0.26, 34)))
    _armholes(pen, width)
    if long:
        _cuffs(pen, width, "dark")
    pen.line(f"M191,112 L191,{hem + 6} M209,112 L209,{hem + 6}", "dark", 2, opacity=0.8)
    for y in range(128, int(hem), 36):
        pen.part(oval(200, y, 5.2), "accent")
        pen.part(oval(200, y, 1.6), "deep")
    pen.body("M200,118 L160,76 Q150,92 158,124 Q166,134 174,130 Z", "light")
    pen.body("M200,118 L240,76 Q250,92 242,124 Q234,134 226,130 Z", "light")
    if pen.choose(3, 2):
        pen.part("M222,150 h34 v30 l-17,9 l-17,-9 Z", "dark", 0.75)


def _ribs(pen: Pen, left: float, right: float, top: float, bottom: float, step: int = 9) -> None:
    marks = " ".join(f"M{x},{top} L{x},{bottom}" for x in range(int(left) + 4, int(right) - 2, step))
    pen.line(marks, "deep", 1.8, opacity=0.5)


def jumper(pen: Pen) -> None:
    width, hem = pen.vary(0, 74, 90), pen.vary(1, 276, 306)
    turtle = pen.choose(2, 3) == 0
    pen.body(symmetric(_torso(width, hem, 1.0, 24)))
    _armholes(pen, width)
    _cuffs(pen, width, "dark")
    pen.part(slab(200 - width, hem - 6, 2 * width, 26, 8), "dark")
    _ribs(pen, 200 - width, 200 + width, hem - 3, hem + 17)
    if pen.design.pattern == "plain" and pen.choose(3, 2):
        for x in (168, 200, 232):
            path = " ".join(
                f"Q{x + 9},{y + 8} {x},{y + 16} Q{x - 9},{y + 24} {x},{y + 32}" for y in range(128, 250, 32)
            )
            pen.line(f"M{x},128 {path}", "dark", 5)
            pen.line(f"M{x + 3},128 {path}", "light", 2.5, opacity=0.8)
    if turtle:
        pen.solid("M164,92 Q166,70 170,56 Q200,48 230,56 Q234,70 236,92 Q200,112 164,92 Z", "dark")
        _ribs(pen, 168, 234, 60, 94)
    else:
        pen.part("M166,80 Q200,66 234,80 Q224,106 200,106 Q176,106 166,80 Z", "deep")
        pen.line("M165,82 Q172,107 200,107 Q228,107 235,82", "dark", 11)


def hoodie(pen: Pen) -> None:
    width, hem = pen.vary(0, 76, 90), pen.vary(1, 284, 310)
    pen.solid("M150,112 C136,60 166,40 200,40 C234,40 264,60 250,112 Q200,140 150,112 Z", "dark", "ball")
    pen.part("M168,108 C162,76 180,62 200,62 C220,62 238,76 232,108 Q200,128 168,108 Z", "deep")
    pen.body(symmetric(_torso(width, hem, 1.0, 44, collar=46)))
    _armholes(pen, width)
    _cuffs(pen, width, "dark")
    pen.part(slab(200 - width, hem - 6, 2 * width, 24, 8), "dark")
    pocket = f"M158,{hem - 70} L242,{hem - 70} L264,{hem - 24} L264,{hem - 6} L136,{hem - 6} L136,{hem - 24} Z"
    pen.solid(pocket, "dark")
    pen.seam(f"M158,{hem - 70} L136,{hem - 24} M242,{hem - 70} L264,{hem - 24}")
    if pen.choose(2, 2):
        pen.line(f"M200,124 L200,{hem + 16}", "mist", 5)
        pen.line(f"M200,124 L200,{hem + 16}", "deep", 1.5, dash="3 3")
    cord = pen.vary(3, 34, 62)
    pen.line(
        f"M180,116 Q176,{120 + cord / 2} 180,{124 + cord} M220,116 Q226,{120 + cord / 2} 222,{124 + cord}", "accent", 4
    )
    pen.part(oval(180, 128 + cord, 4.5), "accent")
    pen.part(oval(222, 128 + cord, 4.5), "accent")


def cardigan(pen: Pen) -> None:
    width, hem = pen.vary(0, 72, 86), pen.vary(1, 296, 334)
    depth = pen.vary(2, 84, 124)
    pen.part("M164,82 Q200,66 236,82 L200,190 Z", "deep")
    pen.body(symmetric(_torso(width, hem, 1.0, depth)))
    _armholes(pen, width)
    _cuffs(pen, width, "accent")
    pen.line(f"M166,84 Q176,140 200,{80 + depth} Q224,140 234,84", "accent", 13)
    pen.line(f"M200,{82 + depth} L200,{hem + 2}", "accent", 15)
    for step in range(4):
        pen.part(oval(200, 100 + depth + step * (hem - depth - 116) / 3, 5.5), "deep")
    for side in (-1, 1):
        x = 200 + side * width * 0.56 - 22
        pen.solid(slab(x, hem - 66, 44, 42, 5), "dark")
        pen.line(f"M{x + 3},{hem - 62} h38", "accent", 6)


def coat(pen: Pen) -> None:
    width, hem = pen.vary(0, 72, 84), pen.vary(1, 318, 356)
    pen.body(symmetric(_torso(width, hem, 1.0, 60, pen.vary(2, 4, 26), 40)))
    _armholes(pen, width)
    _cuffs(pen, width, "dark")
    pen.part("M162,82 Q200,62 238,82 L200,150 Z", "deep")
    pen.body("M160,78 Q146,100 150,130 L176,140 L170,152 L200,196 L198,150 Z", "dark", pattern=False)
    pen.body("M240,78 Q254,100 250,130 L224,140 L230,152 L200,196 L202,150 Z", "dark", pattern=False)
    pen.seam(f"M200,194 L200,{hem + 6}", 0.8)
    if pen.choose(3, 2):
        for y in (212, 246, 280):
            for x in (178, 222):
                pen.part(oval(x, y, 6.5), "accent")
                pen.part(oval(x, y, 2), "deep")
    else:
        pen.solid(f"M{202 - width},214 L{198 + width},214 L{198 + width},236 L{202 - width},236 Z", "dark")
        pen.line(slab(186, 210, 30, 30, 4), "gold", 4.5)
    for side in (-1, 1):
        pen.line(f"M{200 + side * (width - 14)},{hem - 62} l{-side * 26},6", "deep", 6, opacity=0.8)


def raincoat(pen: Pen) -> None:
    width, hem = pen.vary(0, 74, 88), pen.vary(1, 300, 336)
    pen.body("M146,116 C130,56 166,34 200,34 C234,34 270,56 254,116 Q200,146 146,116 Z", "dark", "ball", pattern=False)
    pen.part("M166,112 C160,76 180,58 200,58 C220,58 240,76 234,112 Q200,132 166,112 Z", "deep")
    pen.body(symmetric(_torso(width, hem, 0.94, 40, pen.vary(2, 14, 34), 46)))
    _armholes(pen, width)
    pen.line(f"M200,122 L200,{hem + 4}", "dark", 16)
    for step in range(5):
        y = 134 + step * (hem - 150) / 4
        pen.part(oval(200, y, 6), "accent")
    for side in (-1, 1):
        x = 200 + side * width * 0.55 - 25
        pen.solid(slab(x, hem - 84, 50, 50, 8), "dark")
        pen.part(slab(x - 3, hem - 88, 56, 18, 6), "deep", 0.55)
    pen.shine(f"M{200 - width + 16},190 L{200 - width + 10},{hem - 100}", 6, 0.5)


def pyjamas(pen: Pen) -> None:
    with pen.turned("translate(52 150) scale(.74)"):
        pen.body(legs(58, 70, pen.vary(0, 250, 290), 46, 18))
        pen.solid(slab(138, 54, 124, 22, 9), "dark")
        pen.line("M194,72 Q184,96 190,116 M206,72 Q218,94 212,118", "accent", 4.5)
    with pen.turned("translate(16 -18) scale(.82)"):
        pen.body(symmetric(_torso(74, 268, pen.vary(1, 0.5, 0.9), 40)))
        _armholes(pen, 74)
        pen.line("M200,120 L200,270", "dark", 12)
        for y in (142, 180, 218, 254):
            pen.part(oval(200, y, 5.5), "accent")
        pen.line("M166,82 Q176,112 200,120 Q224,112 234,82", "accent", 9)


SILHOUETTES = {
    "t-shirt": t_shirt,
    "shirt": shirt,
    "jumper": jumper,
    "hoodie": hoodie,
    "cardigan": cardigan,
    "coat": coat,
    "raincoat": raincoat,
    "pyjamas": pyjamas,
}
