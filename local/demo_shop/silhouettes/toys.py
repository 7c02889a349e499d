"""Toys that roll, fly and puzzle."""

from local.demo_shop.pen import Pen, oval, slab, symmetric


def toy_car(pen: Pen) -> None:
    roof, cabin, style = pen.vary(0, 128, 168), pen.vary(1, 60, 84), pen.choose(2, 3)
    pen.ground(200, 316, 156)
    left, right = (110, 110 + 2.3 * cabin) if style != 2 else (76, 96 + cabin)
    pen.body(
        f"M{left - 14},226 L{left + 14},{roof + 8} Q{left + 20},{roof} {left + 32},{roof} "
        f"L{right},{roof} Q{right + 14},{roof} {right + 24},{roof + 12} L{right + 48},226 Z",
        "dark" if style == 1 else "base",
        pattern=False,
    )
    middle = (left + right) / 2 + 12
    pen.part(f"M{left + 10},218 L{left + 30},{roof + 16} L{middle - 6},{roof + 16} L{middle - 6},218 Z", "glass")
    pen.part(f"M{middle + 8},218 L{middle + 8},{roof + 16} L{right},{roof + 16} L{right + 26},218 Z", "glass")
    pen.body(
        "M48,290 L48,238 Q50,214 76,214 L312,214 Q352,220 354,256 L354,284 Q352,296 340,296 L60,296 Q48,296 48,290 Z"
    )
    pen.line("M50,262 L354,262", "accent", 11)
    pen.part(slab(340, 238, 16, 22, 6), "yellow")
    pen.part(slab(46, 236, 12, 22, 4), "red")
    if style == 0:
        pen.part(oval(190, 246, 23), "paper")
        pen.line("M184,238 l8,-5 v26", "ink", 5)
    if style == 1:
        for share in (0.25, 0.65):
            pen.solid(slab(left + share * (right - left), roof - 18, 26, 20, 8), "accent", "ball")
    for x in (116, 290):
        pen.part(oval(x, 296, 37), "ink")
        pen.part(oval(x, 296, 21), "steel")
        pen.part(oval(x, 296, 9), "accent")


def toy_train(pen: Pen) -> None:
    boiler, funnel = pen.vary(0, 72, 94), pen.vary(1, 40, 70)
    pen.ground(200, 334, 156)
    pen.line("M40,330 L360,330", "wood", 9)
    pen.solid(slab(252, 248 - boiler - funnel, 40, funnel + 12, 6), "accent")
    pen.solid(slab(244, 240 - boiler - funnel, 56, 20, 8), "accent-dark")
    for x, y, size in (
        (296, 236 - boiler - funnel, 0),
        (316, 214 - boiler - funnel, 15),
        (342, 196 - boiler - funnel, 21),
    ):
        pen.part(oval(x, max(y, 40), size), "snow", 0.85)
    pen.body(slab(168, 252 - boiler, 164, boiler, 26), shade="round")
    pen.body(slab(66, 118, 122, 140, 8))
    pen.solid(slab(52, 98, 150, 26, 10), "accent")
    pen.part(slab(90, 142, 72, 58, 8), "glass")
    pen.line("M126,142 v58", "deep", 4)
    pen.solid(slab(56, 248, 292, 32, 8), "dark")
    for x in (214, 262):
        pen.line(f"M{x},{254 - boiler} v{boiler - 6}", "accent", 8)
    pen.part(oval(332, 252 - boiler / 2, 13), "yellow")
    for x, size in ((112, 40), (220, 28), (296, 28)):
        pen.part(oval(x, 326 - size, size), "ink")
        pen.part(oval(x, 326 - size, size - 9), "accent")
        pen.line(f"M{x - size + 12},{326 - size} h{2 * size - 24} M{x},{338 - 2 * size} v{2 * size - 24}", "ink", 4)
    pen.line("M112,290 L296,300", "steel", 8)


def kite(pen: Pen) -> None:
    wide, cross = pen.vary(0, 82, 112), pen.vary(1, 120, 158)
    with pen.turned(f"rotate({pen.vary(2, 12, 32):.1f} 200 180)"):
        pen.line("M200,280 Q160,310 200,332 Q236,352 206,384", "deep", 4)
        for x, y, turn in ((186, 306, 20), (212, 342, -30), (210, 376, 10)):
            with pen.turned(f"translate({x} {y}) rotate({turn})"):
                pen.part("M0,0 L-22,-12 L-22,12 Z M0,0 L22,-12 L22,12 Z", "accent")
                pen.part(oval(0, 0, 5), "accent-dark")
        pen.body(f"M200,34 L{200 + wide},{cross} L200,284 L{200 - wide},{cross} Z")
        if pen.design.pattern == "plain":
            pen.part(
                f"M200,34 L{200 + wide},{cross} L200,{cross} Z M200,284 L{200 - wide},{cross} L200,{cross} Z", "accent"
            )
        pen.part(f"M200,34 L{200 + wide},{cross} L200,284 Z", "deep", 0.14)
        pen.line(f"M200,34 L200,284 M{200 - wide},{cross} L{200 + wide},{cross}", "wood-dark", 5)
        pen.part(oval(200, cross, 7), "gold")


def beach_ball(pen: Pen) -> None:
    radius, bands = pen.vary(0, 108, 130), pen.choose(1, 2)
    pen.ground(200, 206 + radius, radius * 0.9)
    pen.body(oval(200, 200, radius))
    if pen.design.pattern == "plain":
        r = radius
        pen.part(f"M200,{200 - r} Q{200 - r * 0.5},200 200,{200 + r} Q{200 + r * 0.2},200 200,{200 - r} Z", "accent")
        pen.part(
            f"M200,{200 - r} C{200 + r * 0.9},{200 - r * 0.6} {200 + r * 0.9},{200 + r * 0.6} "
            f"200,{200 + r} C{200 + r * 1.34},{200 + r} {200 + r * 1.34},{200 - r} 200,{200 - r} Z",
            "accent" if bands else "light",
        )
        pen.part(
            f"M200,{200 - r} C{200 - r * 0.96},{200 - r * 0.5} {200 - r * 0.96},{200 + r * 0.5} "
            f"200,{200 + r} C{200 - r * 1.34},{200 + r} {200 - r * 1.34},{200 - r} 200,{200 - r} Z",
            "paper",
        )
    else:
        pen.seam(
            f"M200,{200 - radius} Q{200 - radius * 0.7},200 200,{200 + radius} "
            f"M200,{200 - radius} Q{200 + radius * 0.9},200 200,{200 + radius}",
            0.7,
        )
    pen.part(oval(200, 204 - radius, 21, 8), "paper")
    pen.part(oval(200, 200, radius), "snow", 0.04)
    pen.elements.append(f'<path d="{oval(200, 200, radius)}" fill="url(#ball)"/>')
    pen.shine(
        f"M{200 - radius * 0.6},{200 - radius * 0.2} "
        f"Q{200 - radius * 0.5},{200 - radius * 0.54} "
        f"{200 - radius * 0.2},{200 - radius * 0.68}",
        9,
        0.6,
    )


def jigsaw_puzzle(pen: Pen) -> None:
    knob, side = pen.vary(0, 20, 26), 112
    loose = pen.vary(1, 14, 40)
    # Painted from the last piece to the first, so that each knob lies on its neighbour.
    for column, row, tone in ((1, 1, "light"), (0, 1, "accent"), (1, 0, "dark"), (0, 0, "base")):
        x, y = 84 + column * side, 92 + row * side
        shift = f"translate({loose:.1f} {loose * 0.7:.1f}) rotate(9 {x + 56} {y + 56})" if column and row else ""
        with pen.turned(shift or "translate(0 0)"):
            draw = pen.solid if tone == "accent" else pen.body
            if column == 0:
                draw(oval(x + side + knob * 0.6, y + side / 2, knob), tone)
            if row == 0:
                draw(oval(x + side / 2, y + side + knob * 0.6, knob), tone)
            draw(slab(x, y, side, side, 7), tone)
            if column and row:
                pen.part(oval(x + knob * 0.5, y + side / 2, knob), "deep", 0.45)
                pen.part(oval(x + side / 2, y + knob * 0.5, knob), "deep", 0.45)


def toy_rocket(pen: Pen) -> None:
    width, fin = pen.vary(0, 52, 70), pen.vary(1, 36, 60)
    with pen.turned(f"rotate({pen.vary(2, -4, 26):.1f} 200 200)"):
        pen.part("M172,306 Q176,360 200,386 Q224,360 228,306 Z", "orange")
        pen.part("M184,306 Q186,340 200,358 Q214,340 216,306 Z", "yellow")
        for side in (-1, 1):
            pen.solid(
                f"M{200 + side * width * 0.86},216 Q{200 + side * (width + fin)},250 "
                f"{200 + side * (width + fin)},318 L{200 + side * width * 0.5},296 Z",
                "accent",
            )
        pen.body(
            symmetric(
                f"M200,36 C{224},58 {206 + width},110 {200 + width},200 "
                f"C{200 + width},250 {196 + width * 0.7},290 {192 + width * 0.6},304 "
                "L200,304"
            ),
            shade="round",
        )
        pen.solid(
            symmetric(f"M200,36 C{216},50 {202 + width * 0.7},84 {200 + width * 0.78},116 Q200,128 200,126"),
            "accent",
            "round",
        )
        pen.part(oval(200, 176, 34), "steel")
        pen.part(oval(200, 176, 25), "glass")
        pen.shine("M186,174 q4,-14 16,-14", 5, 0.9)
        pen.line(f"M{206 - width},252 Q200,266 {194 + width},252", "accent", 10)
        pen.solid("M200,236 Q212,270 204,322 L196,322 Q188,270 200,236 Z", "accent-dark")


SILHOUETTES = {
    "toy car": toy_car,
    "toy train": toy_train,
    "kite": kite,
    "beach ball": beach_ball,
    "jigsaw puzzle": jigsaw_puzzle,
    "toy rocket": toy_rocket,
}
