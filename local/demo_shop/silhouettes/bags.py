"""Bags and what is carried."""

from local.demo_shop.pen import Pen, both, oval, slab, symmetric


def backpack(pen: Pen) -> None:
    width, crown = pen.vary(0, 84, 104), pen.vary(1, 66, 92)
    pen.ground(200, 346, 120)
    pen.line("M176,78 Q176,40 200,40 Q224,40 224,78", "deep", 10)
    pen.line(both(f"M{196 + width},150 Q{226 + width},200 {206 + width},300"), "dark", 14)
    pen.body(
        symmetric(
            f"M200,62 C{200 + width * 0.8},62 {200 + width},{crown + 40} "
            f"{200 + width},{crown + 90} L{204 + width},316 Q{204 + width},344 {176 + width},344 "
            "L200,344"
        )
    )
    pen.seam(f"M{204 - width},182 Q{206 - width},104 200,96 Q{194 + width},104 {196 + width},182", 0.7)
    pen.line("M196,96 q-8,8 -4,20", "accent", 4)
    pocket = pen.vary(2, 198, 232)
    pen.body(slab(212 - width, pocket, 2 * width - 24, 330 - pocket, 18), "dark", pattern=bool(pen.choose(3, 2)))
    pen.line(f"M{226 - width},{pocket + 20} L{174 + width},{pocket + 20}", "accent", 4)
    pen.line(f"M{176 + width - 14},{pocket + 20} l0,14", "accent", 5)
    if pen.choose(4, 2):
        pen.solid(slab(178, 138, 44, 34, 6), "leather")
        pen.part(oval(190, 155, 4), "soil")
        pen.part(oval(210, 155, 4), "soil")
    pen.solid(slab(196 - width, 246, 20, 70, 8), "deep")
    pen.solid(slab(184 + width, 246, 20, 70, 8), "deep")


def tote_bag(pen: Pen) -> None:
    width, top, handle = pen.vary(0, 92, 116), pen.vary(1, 142, 172), pen.vary(2, 56, 104)
    pen.ground(200, 346, 126)
    pen.line(f"M154,{top + 10} C152,{top - handle * 1.3} 248,{top - handle * 1.3} 246,{top + 10}", "dark", 12)
    pen.body(
        symmetric(f"M200,{top} L{200 + width},{top} L{192 + width},330 Q{190 + width},344 {176 + width},344 L200,344")
    )
    pen.part(f"M{200 - width},{top} h{2 * width} v14 h{-2 * width} Z", "dark", 0.8)
    pen.line(f"M150,{top + 34} C152,{top - handle * 1.1} 248,{top - handle * 1.1} 250,{top + 34}", "accent", 12)
    for x in (150, 250):
        pen.part(slab(x - 8, top + 18, 16, 26, 3), "accent")
        pen.line(f"M{x - 4},{top + 24} l8,14 m0,-14 l-8,14", "accent-dark", 2)
    if pen.design.pattern == "plain" and pen.choose(3, 2):
        pen.part(oval(200, 252, 36), "accent")
        pen.line("M200,278 L200,236 M200,262 Q182,258 180,240 M200,252 Q216,248 220,230", "base", 6)
    pen.seam(f"M{214 - width},{top + 20} Q{220 - width},260 {222 - width},334", 0.3)


def handbag(pen: Pen) -> None:
    width, top, flap = pen.vary(0, 96, 122), pen.vary(1, 160, 188), pen.vary(2, 40, 84)
    pen.ground(200, 332, 130)
    if pen.choose(3, 2):
        pen.line(f"M{212 - width},{top + 6} C{220 - width},40 {180 + width},40 {188 + width},{top + 6}", "dark", 11)
    else:
        pen.line(f"M156,{top + 8} C150,{top - 92} 250,{top - 92} 244,{top + 8}", "leather", 13)
    pen.body(
        symmetric(
            f"M200,{top - 6} L{178 + width},{top - 6} Q{194 + width},{top} "
            f"{198 + width},{top + 30} L{204 + width},300 Q{204 + width},330 {176 + width},330 "
            "L200,330"
        )
    )
    pen.body(
        symmetric(
            f"M200,{top - 8} L{180 + width},{top - 8} Q{196 + width},{top} "
            f"{196 + width},{top + flap * 0.5} Q{180 + width},{top + flap} "
            f"200,{top + flap + 18}"
        ),
        "dark",
        pattern=False,
    )
    pen.stitch(
        f"M{212 - width},{top + flap * 0.5} Q{222 - width},{top + flap - 6} "
        f"200,{top + flap + 9} Q{178 + width},{top + flap - 6} "
        f"{188 + width},{top + flap * 0.5}",
        "light",
    )
    pen.solid(slab(186, top + flap + 2, 28, 28, 6), "gold")
    pen.part(oval(200, top + flap + 16, 4.5), "ink")
    for side in (-1, 1):
        pen.part(oval(200 + side * (width - 12), top + 4, 7), "gold")


def suitcase(pen: Pen) -> None:
    width, top = pen.vary(0, 78, 100), pen.vary(1, 112, 146)
    pen.ground(200, 348, 116)
    pen.line(f"M172,{top} L172,52 Q172,44 180,44 L220,44 Q228,44 228,52 L228,{top}", "steel-dark", 8)
    pen.line("M176,46 L224,46", "ink", 12)
    for x in (214 - width, 186 + width):
        pen.part(slab(x - 12, 326, 24, 24, 8), "ink")
    pen.body(slab(200 - width, top, 2 * width, 328 - top, 22), shade="round")
    if pen.choose(2, 2) and pen.design.pattern == "plain":
        for share in (0.2, 0.4, 0.6, 0.8):
            x = 200 - width + 2 * width * share
            pen.line(f"M{x},{top + 16} L{x},314", "dark", 6)
            pen.line(f"M{x - 4},{top + 16} L{x - 4},314", "light", 2, opacity=0.7)
    else:
        for x in (232 - width, 168 + width):
            pen.solid(slab(x - 9, top, 18, 328 - top, 2), "leather")
            pen.part(slab(x - 12, 240, 24, 16, 3), "gold")
    pen.part(slab(178, top + 26, 44, 12, 6), "ink")
    pen.shine(f"M{216 - width},{top + 34} L{216 - width},{top + 92}", 6)
    if pen.choose(3, 2):
        pen.part(oval(222, 214, 19), "accent")
        pen.line("M212,220 l9,-14 l11,10", "deep", 4)


def wallet(pen: Pen) -> None:
    height, fold = pen.vary(0, 124, 158), pen.vary(1, 0.42, 0.62)
    top = 206 - height / 2
    for step, tone in enumerate(("accent", "paper", "mist")):
        pen.solid(slab(96 + 10 * step, top - 30 + 12 * step, 190, 60, 8), tone)
    pen.body(slab(72, top, 256, height, 18))
    pen.stitch(slab(82, top + 10, 236, height - 20, 11), "light")
    pen.solid(
        f"M328,{top + height * 0.3} h-{60 * fold + 30} q-16,0 -16,{height * 0.2} "
        f"q0,{height * 0.2} 16,{height * 0.2} h{60 * fold + 30} Z",
        "dark",
    )
    pen.part(oval(262 + 10 * (1 - fold), top + height / 2, 10), "gold")
    pen.shine(f"M92,{top + 26} Q140,{top + 14} 200,{top + 20}", 5, 0.3)


def shopping_basket(pen: Pen) -> None:
    width, top = pen.vary(0, 100, 126), pen.vary(1, 190, 214)
    pen.ground(200, 338, 124)
    pen.line(f"M{206 - width},{top + 6} C{220 - width},50 {180 + width},50 {194 + width},{top + 6}", "wood-dark", 13)
    pen.line(f"M{206 - width},{top + 6} C{220 - width},50 {180 + width},50 {194 + width},{top + 6}", "wood", 6)
    pen.body(
        symmetric(f"M200,{top} L{200 + width},{top} L{176 + width},318 Q{172 + width},334 {156 + width},334 L200,334")
    )
    for step in range(1, 5):
        y = top + step * (330 - top) / 5
        inset = 24 * (y - top) / (334 - top)
        pen.line(f"M{202 - width + inset},{y} L{198 + width - inset},{y}", "deep", 3, dash="12 10", opacity=0.45)
    pen.solid(slab(192 - width, top - 10, 16 + 2 * width, 24, 11), "dark")
    pen.line(f"M{204 - width},{top + 2} h{2 * width - 8}", "accent", 6, dash="16 14")


SILHOUETTES = {
    "backpack": backpack,
    "tote bag": tote_bag,
    "handbag": handbag,
    "suitcase": suitcase,
    "wallet": wallet,
    "basket": shopping_basket,
}
