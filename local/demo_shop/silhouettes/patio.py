"""What makes an evening outside."""

from math import pi, sin

from local.demo_shop.pen import Pen, oval, slab, symmetric


def deckchair(pen: Pen) -> None:
    top, sag = pen.vary(0, 62, 84), pen.vary(1, 226, 252)
    pen.ground(200, 350, 142)
    for x, lean in ((112, -18), (288, 18)):
        pen.line(f"M{x},{sag - 40} L{x + lean},346", "wood-dark", 12)
    pen.line("M96,318 L304,318", "wood-dark", 10)
    pen.body(
        f"M118,{top} L282,{top} C270,{top + 90} 268,{sag - 60} 276,{sag} "
        f"Q200,{sag + 26} 124,{sag} C132,{sag - 60} 130,{top + 90} 118,{top} Z"
    )
    pen.body(f"M124,{sag} Q200,{sag + 26} 276,{sag} L296,300 Q200,318 104,300 Z", "dark")
    for side in (-1, 1):
        pen.line(f"M{200 + side * 88},{top - 12} L{200 + side * 88},{sag + 6} L{200 + side * 112},346", "wood", 13)
        if pen.choose(2, 2):
            pen.line(
                f"M{200 + side * 92},{sag - 34} L{200 + side * 124},{sag - 26} L{200 + side * 118},{sag + 40}",
                "wood-dark",
                12,
            )
    pen.line(f"M106,{top - 4} L294,{top - 4}", "wood", 14)
    pen.line("M96,302 L304,302", "wood", 13)
    if pen.choose(3, 2):
        pen.solid(slab(142, top + 12, 116, 44, 20), "accent", "ball")


def lantern(pen: Pen) -> None:
    width, top, roof = pen.vary(0, 58, 80), pen.vary(1, 142, 166), pen.vary(2, 36, 64)
    pen.ground(200, 346, width + 30)
    pen.line(oval(200, top - roof - 30, 26), "deep", 7)
    pen.part(oval(200, 250, width + 30), "flame", 0.16)
    pen.solid(slab(202 - width, top, 2 * width - 4, 322 - top, 4), "glass")
    pen.part(oval(200, 262, width * 0.86), "flame", 0.34)
    pen.solid(slab(178, 262, 44, 62, 5), "paper", "round")
    pen.part("M200,206 C216,232 214,256 200,256 C186,256 184,232 200,206 Z", "orange")
    pen.part("M200,228 C208,240 207,254 200,254 C193,254 192,240 200,228 Z", "yellow")
    if pen.choose(3, 2):
        pen.line(f"M{202 - width},{top + 4} L{198 + width},318 M{198 + width},{top + 4} L{202 - width},318", "base", 4)
    for x in (200 - width, 200 + width):
        pen.line(f"M{x},{top} L{x},324", "base", 12)
    pen.body(
        symmetric(
            f"M200,{top - roof - 8} L218,{top - roof - 8} Q224,{top - 18} {222 + width},{top + 6} L200,{top + 8}"
        ),
        shade="round",
    )
    pen.body(slab(184 - width, 318, 2 * width + 32, 24, 7), shade="round")
    pen.line(f"M{192 - width},330 h{2 * width + 16}", "accent", 5)


def parasol(pen: Pen) -> None:
    arch, spread = pen.vary(0, 66, 96), pen.vary(1, 128, 150)
    pen.ground(200, 358, 74)
    pen.line("M200,84 L200,350", "wood", 10)
    pen.solid(symmetric("M200,334 Q236,334 248,356 L200,358"), "steel-dark", "round")
    edge = 186
    scallop = spread / 3
    hem = " ".join(
        f"L{200 + spread - i * scallop},{edge} q{-scallop * 0.1},22 "
        f"{-scallop * 0.5},22 q{-scallop * 0.4},0 {-scallop * 0.5},-22"
        for i in range(6)
    )
    pen.body(
        f"M{200 - spread},{edge} Q{200 - spread * 0.5},{arch + 12} 200,{arch} "
        f"Q{200 + spread * 0.5},{arch + 12} {200 + spread},{edge} {hem} Z",
        shade="ball",
    )
    if pen.design.pattern == "plain":
        for share in (-2 / 3, 0, 2 / 3):
            x = 200 + share * spread
            pen.part(
                f"M200,{arch} Q{200 + (x - 200 - scallop / 2) * 0.6},{arch + 30} "
                f"{x - scallop / 2},{edge} h{scallop} "
                f"Q{200 + (x - 200 + scallop / 2) * 0.6},{arch + 30} 200,{arch} Z",
                "accent",
                0.85,
            )
    for share in (-1 / 3, 1 / 3):
        pen.seam(f"M200,{arch} Q{200 + share * spread * 0.6},{arch + 40} {200 + share * spread},{edge}", 0.4)
    pen.part(oval(200, arch - 4, 9), "accent-dark")


def string_lights(pen: Pen) -> None:
    sag, bulbs = pen.vary(0, 40, 76), 5 + pen.choose(1, 3)
    tones = ("base", "accent", "base", "light")
    pen.line("M40,70 L40,350 M360,70 L360,350", "wood-dark", 10)
    for row, y in enumerate((84, 206)):
        pen.line(f"M40,{y} Q200,{y + 2 * sag} 360,{y}", "ink", 4.5)
        for step in range(bulbs):
            share = (step + 0.5) / bulbs
            x, hang = 40 + 320 * share, y + sag * sin(pi * share) * 1.03 + 6
            pen.part(oval(x, hang + 30, 34), "flame", 0.2)
            pen.part(slab(x - 7, hang - 8, 14, 18, 3), "ink")
            path = (
                f"M{x},{hang + 6} C{x + 26},{hang + 18} {x + 22},{hang + 50} {x},{hang + 54} "
                f"C{x - 22},{hang + 50} {x - 26},{hang + 18} {x},{hang + 6} Z"
            )
            pen.solid(path, tones[(step + row) % 4 if pen.choose(2, 2) else 0], "ball")
            pen.shine(f"M{x - 8},{hang + 26} v10", 5, 0.7)


SILHOUETTES = {
    "deckchair": deckchair,
    "lantern": lantern,
    "parasol": parasol,
    "string lights": string_lights,
}
