"""Pots, textiles and tools of a kitchen."""

from local.demo_shop.pen import Pen, both, oval, slab, symmetric


def saucepan(pen: Pen) -> None:
    width, height, tall = pen.vary(0, 82, 104), pen.vary(1, 84, 124), pen.choose(2, 2)
    top = 308 - height
    centre = 160 if tall else 200
    pen.ground(centre + 6, 316, width + 24)
    if tall:
        pen.line(f"M{centre + width - 6},{top + 26} L352,{top + 4}", "steel-dark", 13)
        pen.line(f"M{centre + width + 34},{top + 18} L354,{top + 3}", "ink", 18)
    else:
        for side in (-1, 1):
            pen.line(
                f"M{centre + side * width},{top + 18} q{side * 36},-4 {side * 36},15 q0,18 {-side * 36},14",
                "steel-dark",
                11,
            )
    pen.body(
        f"M{centre - width},{top} h{2 * width} L{centre + width - 4},286 "
        f"Q{centre + width - 6},310 {centre + width - 30},310 "
        f"L{centre - width + 30},310 Q{centre - width + 6},310 "
        f"{centre - width + 4},286 Z",
        shade="round",
    )
    pen.line(f"M{centre - width},{top + 3} h{2 * width}", "steel", 9)
    dome = pen.vary(3, 26, 52)
    pen.solid(
        f"M{centre - width + 2},{top - 2} Q{centre - width * 0.8},{top - dome} "
        f"{centre},{top - dome - 4} Q{centre + width * 0.8},{top - dome} "
        f"{centre + width - 2},{top - 2} Z",
        "glass" if pen.choose(4, 2) else "dark",
        "round",
    )
    pen.line(f"M{centre - width + 4},{top - 3} h{2 * width - 8}", "steel-dark", 5)
    pen.solid(slab(centre - 18, top - dome - 24, 36, 22, 9), "ink" if pen.choose(4, 2) else "accent")
    pen.shine(f"M{centre - width + 24},{top + 26} v{height * 0.5}", 9)


def kettle(pen: Pen) -> None:
    width, top = pen.vary(0, 82, 102), pen.vary(1, 146, 172)
    pen.ground(200, 324, 124)
    pen.line(
        f"M{214 - width * 0.8},{top + 20} C{196 - width},{top - 112} "
        f"{204 + width},{top - 112} {186 + width * 0.8},{top + 20}",
        "ink" if pen.choose(2, 2) else "wood-dark",
        15,
    )
    pen.body(
        f"M{176 + width},{top + 96} C{204 + width},{top + 60} "
        f"{210 + width},{top + 44} {248 + width},{top + 26} L{236 + width},{top + 8} "
        f"C{196 + width},{top + 14} {176 + width},{top + 30} {164 + width},{top + 46} "
        "Z",
        "dark",
        pattern=False,
    )
    pen.body(
        symmetric(
            f"M200,{top} C{200 + width * 0.6},{top} {188 + width},{top + 30} "
            f"{202 + width},296 Q{202 + width},316 {180 + width},316 L200,316"
        ),
        shade="round",
    )
    pen.solid(slab(192 - width, 306, 2 * width + 16, 15, 7), "steel-dark")
    pen.solid(f"M148,{top + 8} Q200,{top - 26} 252,{top + 8} Q200,{top + 22} 148,{top + 8} Z", "dark")
    pen.part(oval(200, top - 16, 11), "accent")
    pen.line(f"M{204 - width},262 Q200,280 {196 + width},262", "accent", 8)
    pen.shine(f"M{232 - width},{top + 58} Q{222 - width},{top + 100} {224 - width},276", 8)


def apron(pen: Pen) -> None:
    hem, bib = pen.vary(0, 312, 346), pen.vary(1, 42, 56)
    pen.line(f"M{206 - bib},92 C{210 - bib},28 {190 + bib},28 {194 + bib},92", "accent", 8)
    pen.line("M104,190 Q72,206 62,248 M296,190 Q328,206 338,248", "accent", 8)
    pen.body(
        symmetric(
            f"M200,88 L{200 + bib},86 C{200 + bib},150 270,168 302,182 "
            f"L{296},{hem - 24} Q296,{hem} 272,{hem} L200,{hem + 2}"
        )
    )
    pen.stitch(
        symmetric(
            f"M200,98 L{192 + bib},96 C{192 + bib},156 264,178 292,190 "
            f"L286,{hem - 26} Q286,{hem - 9} 268,{hem - 9} L200,{hem - 8}"
        ),
        "accent",
    )
    if pen.choose(2, 2):
        pen.solid("M142,222 L258,222 L258,262 Q256,286 234,286 L166,286 Q144,286 142,262 Z", "dark")
        pen.line("M142,230 L258,230", "accent", 8)
        pen.seam("M200,234 L200,284")
    else:
        for x in (128, 222):
            pen.solid(slab(x, 214, 50, 56, 8), "dark")
            pen.line(f"M{x},220 h50", "accent", 7)


def chopping_board(pen: Pen) -> None:
    width, shape = pen.vary(0, 78, 104), pen.choose(1, 3)
    tilt = pen.vary(2, -12, 12)
    with pen.turned(f"rotate({tilt:.1f} 200 200)"):
        if shape == 0:
            pen.body(oval(200, 222, width + 24) + " " + oval(200, 116, 0.1))
            pen.body(slab(176, 56, 48, 62, 18))
            hole = oval(200, 78, 10)
        elif shape == 1:
            pen.body(
                symmetric(
                    f"M200,44 Q228,44 226,76 Q224,112 {180 + width},116 Q{200 + width},118 "
                    f"{200 + width},140 L{200 + width},330 Q{200 + width},348 {182 + width},348 "
                    "L200,348"
                )
            )
            hole = oval(200, 72, 10)
        else:
            pen.body(slab(200 - width - 10, 66, 2 * width + 20, 276, 26))
            hole = slab(168, 86, 64, 20, 10)
        pen.part(hole, "deep")
        if pen.design.pattern == "plain":
            for x in (-0.55, -0.2, 0.15, 0.5):
                pen.seam(f"M{200 + x * width},150 q10,60 0,110 q-8,40 2,66", 0.28)
    pen.part("M126,286 q-26,4 -28,-18 q24,-8 28,18 Z M130,284 q10,-28 34,-22 q0,24 -34,22 Z", "leaf")
    pen.solid(oval(146, 312, 27), "red", "ball")
    pen.part("M146,290 l8,-8 l2,9 l9,2 l-9,5 Z", "leaf-dark")


def oven_glove(pen: Pen) -> None:
    cuff, thumb = pen.vary(0, 50, 76), pen.vary(1, -10, 16)
    with pen.turned("rotate(8 200 200)"):
        pen.line("M132,318 q-24,30 -8,36 q18,0 20,-30", "accent", 7)
        pen.body(
            f"M130,{330 - cuff} C122,230 112,160 124,110 C136,50 232,46 246,112 L250,178 "
            f"C266,{144 + thumb} 306,{142 + thumb} 308,{172 + thumb} C308,214 262,228 "
            f"258,{330 - cuff} Z"
        )
        pen.stitch(
            f"M144,{322 - cuff} C138,230 126,160 140,116 C150,72 222,68 232,118 "
            f"L240,206 C262,{166 + thumb} 286,{160 + thumb} 292,{176 + thumb}",
            "accent",
        )
        pen.solid(slab(122, 322 - cuff, 144, cuff, 12), "accent", "round")
        pen.part(
            "M194,200 c-18,-32 -54,-8 -38,18 q12,18 38,34 q26,-16 38,-34 c16,-26 -20,-50 -38,-18 Z",
            "accent" if pen.choose(2, 2) else "dark",
        )


def tea_towel(pen: Pen) -> None:
    hem, width = pen.vary(0, 300, 344), pen.vary(1, 84, 106)
    pen.line("M64,78 L336,78", "wood", 13)
    for x in (62, 338):
        pen.solid(oval(x, 78, 14), "wood-dark", "ball")
    pen.body(f"M{204 - width},74 L{228 - width},{hem - 44} L{214 + width},{hem - 54} L{196 + width},74 Z", "dark")
    pen.body(f"M{200 - width},76 Q200,60 {200 + width},76 L{204 + width},{hem} Q200,{hem + 10} {196 - width},{hem} Z")
    pen.line(
        f"M{198 - width},{hem - 26} Q200,{hem - 16} {202 + width},{hem - 26} "
        f"M{198 - width},{hem - 44} Q200,{hem - 34} {202 + width},{hem - 44}",
        "accent",
        8,
    )
    pen.seam(both(f"M{200 + width * 0.4},90 Q{190 + width * 0.4},180 {204 + width * 0.4},{hem - 60}"), 0.3)


SILHOUETTES = {
    "saucepan": saucepan,
    "kettle": kettle,
    "apron": apron,
    "chopping board": chopping_board,
    "oven glove": oven_glove,
    "tea towel": tea_towel,
}
