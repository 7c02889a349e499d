"""Dresses, skirts, trousers and swimwear, laid flat."""

from local.demo_shop.pen import Pen, both, oval, slab, symmetric


def dress(pen: Pen) -> None:
    hem, flare, waist = pen.vary(0, 316, 356), pen.vary(1, 30, 78), pen.vary(2, 38, 46)
    straps = pen.choose(3, 3)
    skirt = (
        f"L{200 + waist},176 C{204 + waist},210 {200 + waist + flare},{hem - 60} "
        f"{200 + waist + flare},{hem} Q200,{hem + 16} 200,{hem + 10}"
    )
    if straps == 0:
        pen.line(both("M168,100 L176,52"), "dark", 7)
        pen.body(symmetric(f"M200,106 Q220,90 236,94 Q256,110 256,126 Q248,150 {200 + waist},176 {skirt}"))
    elif straps == 1:
        pen.part("M166,68 Q200,56 234,68 Q224,100 200,100 Q176,100 166,68 Z", "deep")
        pen.body(
            symmetric(
                f"M200,100 Q226,98 232,66 Q256,68 276,92 L304,128 L276,150 L254,128 Q250,150 {200 + waist},176 {skirt}"
            )
        )
    else:
        pen.part("M172,62 Q200,52 228,62 Q222,112 200,118 Q178,112 172,62 Z", "deep")
        pen.body(symmetric(f"M200,122 Q222,110 226,60 L246,60 Q244,100 260,128 Q248,150 {200 + waist},176 {skirt}"))
    pen.part(
        f"M{200 - waist - 1},168 Q200,178 {200 + waist + 1},168 "
        f"L{200 + waist + 1},186 Q200,196 {200 - waist - 1},186 Z",
        "accent",
    )
    for shift in (-0.5, -0.12, 0.3, 0.62):
        x = 200 + shift * (waist + flare)
        pen.seam(f"M{200 + shift * waist},196 Q{200 + shift * (waist + 8)},240 {x},{hem - 6}", 0.32)
    if pen.choose(4, 2):
        pen.line(
            f"M{200 - waist - flare + 6},{hem - 8} Q200,{hem + 8} {200 + waist + flare - 6},{hem - 8}", "accent", 6
        )


def skirt(pen: Pen) -> None:
    hem, flare = pen.vary(0, 268, 340), pen.vary(1, 34, 92)
    waist = 52
    pen.body(
        symmetric(
            f"M200,92 L{200 + waist},92 C{206 + waist},150 {200 + waist + flare},{hem - 50} "
            f"{200 + waist + flare},{hem} Q{200 + flare},{hem + 16} 200,{hem + 14}"
        )
    )
    folds = 5 + 2 * pen.choose(2, 3)
    for step in range(folds):
        share = 2 * (step + 0.5) / folds - 1
        pen.seam(
            f"M{200 + share * waist},108 "
            f"Q{200 + share * (waist + 14)},{hem - 90} "
            f"{200 + share * (waist + flare)},{hem + 8}",
            0.36,
        )
    pen.solid(slab(200 - waist - 3, 76, 2 * waist + 6, 24, 7), "accent" if pen.choose(3, 2) else "dark")
    if pen.choose(4, 2):
        for y in (122, 152, 182):
            pen.part(oval(200, y, 5.5), "accent")


def legs(waist: float, hip: float, hem: float, leg: float, spread: float) -> str:
    """The outline of something with two legs; ``spread`` is half the gap between them at the hem."""
    return symmetric(
        f"M200,62 L{200 + waist},62 Q{206 + hip},110 {200 + hip + 4},170 "
        f"L{200 + spread + leg},{hem} L{200 + spread},{hem + 4} "
        f"Q{206 + spread * 0.4},220 200,168"
    )


def trousers(pen: Pen) -> None:
    hem, leg = pen.vary(0, 326, 352), pen.vary(1, 34, 58)
    pen.body(legs(54, 66, hem, leg, 20))
    pen.solid(slab(144, 56, 112, 20, 6), "dark")
    for x in (158, 236):
        pen.part(slab(x, 53, 7, 26, 2), "deep")
    pen.part(oval(200, 66, 5), "gold")
    pen.seam("M200,78 L200,164 M212,78 Q214,118 200,132")
    pen.stitch(both("M232,80 Q240,106 262,112"))
    pen.seam(both(f"M{228},150 Q{222 + leg / 2},240 {220 + leg / 2},{hem - 4}"), 0.25)
    if pen.choose(2, 2):
        pen.solid(f"M{220},{hem - 14} L{221 + leg},{hem - 18} L{222 + leg},{hem + 1} L{220},{hem + 6} Z", "light")
        pen.solid(f"M{180},{hem - 14} L{179 - leg},{hem - 18} L{178 - leg},{hem + 1} L{180},{hem + 6} Z", "light")


def shorts(pen: Pen) -> None:
    hem, leg = pen.vary(0, 226, 282), pen.vary(1, 78, 94)
    with pen.turned("translate(0 40)"):
        pen.body(legs(62, 78, hem, leg, 12))
        pen.solid(slab(135, 54, 130, 24, 8), "dark")
        pen.seam("M200,80 L200,164")
        pen.stitch(both("M240,82 Q248,112 276,118"))
        pen.stitch(both(f"M{214},{hem - 10} L{208 + leg},{hem - 13}"))
        if pen.choose(2, 2):
            pen.line("M192,76 Q176,100 182,122 M208,76 Q226,98 220,126", "accent", 4.5)
        else:
            pen.part(oval(200, 66, 6), "gold")


def swimsuit(pen: Pen) -> None:
    scoop, leg = pen.vary(0, 104, 150), pen.vary(1, 252, 286)
    pen.part("M164,96 L160,56 L172,56 L186,110 Z M236,96 L240,56 L228,56 L214,110 Z", "dark")
    pen.body(
        symmetric(
            f"M200,{scoop + 14} Q228,{scoop} 232,62 L246,62 Q250,116 262,146 "
            f"Q246,180 252,214 Q272,244 270,{leg} Q226,280 214,344 L200,346"
        )
    )
    pen.line(f"M168,62 Q172,{scoop} 200,{scoop + 14} Q228,{scoop} 232,62", "accent", 7)
    pen.line(both(f"M270,{leg} Q226,280 214,344"), "accent", 6)
    pen.seam(both("M246,180 Q232,170 224,150"), 0.4)
    if pen.choose(2, 2):
        pen.line("M150,206 Q200,222 250,206", "accent", 12)


SILHOUETTES = {
    "dress": dress,
    "skirt": skirt,
    "trousers": trousers,
    "shorts": shorts,
    "swimsuit": swimsuit,
}
