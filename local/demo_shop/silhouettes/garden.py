"""Garden tools and pots."""

from local.demo_shop.pen import Pen, oval, slab, symmetric


def watering_can(pen: Pen) -> None:
    width, top = pen.vary(0, 66, 84), pen.vary(1, 160, 188)
    pen.ground(186, 330, 128)
    pen.body(f"M{166 + width},228 L306,140 L330,166 L{170 + width},306 Z", "dark", pattern=False)
    pen.solid("M296,148 L322,120 L352,152 L328,178 Z", "accent")
    for x, y in ((326, 134), (334, 142), (342, 150), (326, 146), (334, 156)):
        pen.part(oval(x, y, 2.6), "deep")
    if pen.choose(2, 2):
        pen.line(
            f"M{186 - width},{top + 24} C{96 - width},{top - 10} {90 - width},{top + 120} {184 - width},292", "dark", 15
        )
    pen.line(
        f"M{196 - width * 0.6},{top + 8} C{190 - width * 0.6},{top - 96} "
        f"{176 + width * 0.7},{top - 96} {168 + width * 0.7},{top + 8}",
        "dark",
        14,
    )
    pen.body(
        f"M{176 - width},{top} L{176 + width},{top} L{186 + width},314 Q{186 + width},328 "
        f"{172 + width},328 L{180 - width},328 Q{166 - width},328 {166 - width},314 Z",
        shade="round",
    )
    pen.part(oval(176, top, width, 14), "deep")
    for band in (top + 34, 300):
        pen.line(f"M{174 - width},{band} Q176,{band + 14} {178 + width},{band}", "accent", 7)
    pen.shine(f"M{196 - width},{top + 58} v70", 9)


def plant_pot(pen: Pen) -> None:
    width, top, plant = pen.vary(0, 68, 94), pen.vary(1, 204, 232), pen.choose(2, 3)
    pen.ground(200, 350, width + 22)
    if plant == 0:
        for lean, rise in ((-92, 90), (92, 96), (-54, 54), (58, 50), (0, 34)):
            pen.line(f"M200,{top} Q{200 + lean * 0.2},{rise + 70} {200 + lean},{rise}", "leaf-dark", 5)
            pen.part(
                f"M{200 + lean * 0.22},{rise + 70} Q{200 + lean - 30},{rise + 20} "
                f"{200 + lean},{rise - 12} Q{200 + lean + 34},{rise + 40} "
                f"{200 + lean * 0.22},{rise + 70} Z",
                "leaf" if lean % 4 else "leaf-dark",
            )
    elif plant == 1:
        pen.solid(symmetric(f"M200,56 C254,60 252,150 240,{top} L200,{top}"), "leaf", "round")
        pen.solid(
            f"M160,{top - 40} C110,{top - 44} 104,{top - 110} 118,{top - 124} "
            f"C140,{top - 130} 134,{top - 84} 162,{top - 82} Z",
            "leaf-dark",
        )
        pen.solid(
            f"M240,{top - 64} C296,{top - 60} 296,{top - 130} 282,{top - 136} "
            f"C262,{top - 138} 268,{top - 104} 240,{top - 102} Z",
            "leaf-dark",
        )
        for left, high in ((178, 90), (200, 122), (222, 92), (182, 156), (216, 160), (200, 78)):
            pen.line(f"M{left - 4},{high} l8,6 M{left + 4},{high} l-8,6", "paper", 2.4, opacity=0.9)
        pen.part(oval(200, 56, 14), "pink")
    else:
        for x, y, size in (
            (140, top - 40, 40),
            (260, top - 38, 40),
            (172, top - 86, 44),
            (232, top - 88, 44),
            (200, top - 40, 50),
        ):
            pen.solid(oval(x, y, size), "leaf" if x % 3 else "leaf-dark", "ball")
        for x, y in (
            (132, top - 46),
            (168, top - 98),
            (204, top - 60),
            (238, top - 104),
            (268, top - 44),
            (196, top - 116),
            (226, top - 30),
        ):
            pen.part(oval(x, y, 10), "accent")
            pen.part(oval(x, y, 4), "gold")
    pen.part(oval(200, top + 4, width, 13), "soil")
    pen.body(
        symmetric(
            f"M200,{top + 10} L{194 + width},{top + 10} L{176 + width * 0.9},336 "
            f"Q{174 + width * 0.9},346 {164 + width * 0.9},346 L200,346"
        ),
        shade="round",
    )
    pen.body(
        slab(192 - width, top - 2, 2 * width + 16, 32, 7),
        "light" if pen.choose(3, 2) else "accent",
        "round",
        pattern=False,
    )
    pen.shine(f"M{222 - width},{top + 48} l7,56", 7, 0.4)


def garden_gloves(pen: Pen) -> None:
    cuff = pen.vary(0, 60, 92)
    for shift, flip in ((-70, "translate(400 0) scale(-1 1)"), (64, "")):
        with pen.turned(f"translate({shift} {14 if flip else -8}) rotate({-9 if flip else 9} 200 200) {flip}"):
            pen.body(
                "M160,250 L148,136 Q148,118 160,118 Q172,118 174,136 L177,172 L174,100 "
                "Q175,84 187,84 Q199,84 199,100 L201,170 L202,96 Q204,80 215,80 Q227,82 "
                "226,98 L224,172 L230,116 Q233,103 243,104 Q253,107 251,122 L247,184 "
                "Q266,160 284,170 Q294,182 252,238 L250,250 Z"
            )
            pen.part(
                "M148,150 L148,136 Q148,118 160,118 Q172,118 174,136 L175,150 Z M175,116 L174,100 "
                "Q175,84 187,84 Q199,84 199,100 L199,116 Z M202,112 L202,96 Q204,80 215,80 Q227,82 "
                "226,98 L225,112 Z M228,130 L230,116 Q233,103 243,104 Q253,107 251,122 L250,132 Z",
                "accent",
            )
            pen.body(
                f"M158,244 L252,244 L{268},{250 + cuff} Q206,{262 + cuff} {142},{250 + cuff} Z",
                "accent",
                "round",
                pattern=False,
            )
            pen.line("M157,250 L253,250", "accent-dark", 7)
            if pen.choose(1, 2):
                pen.part("M204,228 q-30,-4 -30,-34 q28,2 30,34 q2,-32 28,-34 q0,30 -28,34 Z", "leaf")


def trowel(pen: Pen) -> None:
    length, blade = pen.vary(0, 96, 132), pen.vary(1, 40, 54)
    with pen.turned(f"rotate({pen.vary(2, 26, 40):.1f} 200 200)"):
        pen.solid(
            f"M{200 - blade},206 Q200,190 {200 + blade},206 C{204 + blade},270 "
            f"{216},330 200,372 C184,330 {196 - blade},270 {200 - blade},206 Z",
            "steel",
            "round",
        )
        pen.line("M200,214 L200,346", "steel-dark", 4, opacity=0.6)
        pen.line("M200,206 C200,186 200,180 200,164", "steel-dark", 14)
        pen.body(slab(180, 164 - length, 40, length + 12, 18), shade="round")
        pen.solid(slab(177, 162, 46, 18, 6), "accent", "round")
        pen.part(oval(200, 182 - length, 7), "deep")
        pen.line(f"M200,{176 - length} q-10,-26 0,-34 q12,6 2,34", "leather", 4)


def bird_house(pen: Pen) -> None:
    width, roof, hole = pen.vary(0, 66, 84), pen.vary(1, 60, 104), pen.vary(2, 22, 30)
    eave = 164
    pen.line("M200,300 L200,368", "wood-dark", 20)
    pen.ground(200, 370, 54)
    pen.body(f"M{200 - width},{eave} L200,{roof + 22} L{200 + width},{eave} L{194 + width},310 L{206 - width},310 Z")
    if pen.design.pattern == "plain":
        for y in range(int(eave) + 20, 300, 28):
            pen.seam(f"M{204 - width},{y} h{2 * width - 8}", 0.4)
    for side in (-1, 1):
        pen.line(f"M200,{roof} L{200 + side * (width + 26)},{eave + 14}", "accent", 22)
        pen.line(f"M200,{roof - 3} L{200 + side * (width + 26)},{eave + 9}", "snow", 4, opacity=0.35)
    pen.part(oval(200, 206, hole + 7), "accent-dark")
    pen.part(oval(200, 206, hole), "ink")
    pen.line("M200,252 L200,266", "wood", 12)
    pen.solid(slab(192 - width, 302, 2 * width + 16, 16, 5), "wood")
    if pen.choose(3, 2):
        pen.solid(
            "M176,206 Q176,180 200,180 Q222,182 222,206 Q220,230 198,230 Q178,228 176,206 Z",
            "blue" if pen.design.colour != "blue" else "yellow",
            "ball",
        )
        pen.part(oval(192, 198, 4), "ink")
        pen.part("M178,204 l-16,6 l15,5 Z", "orange")


def wheelbarrow(pen: Pen) -> None:
    depth = pen.vary(0, 84, 110)
    pen.ground(190, 336, 150)
    pen.line("M96,270 L240,290 L352,196", "wood-dark", 12)
    pen.line("M236,288 L254,334 M206,286 L250,332", "steel-dark", 9)
    for x, y, size, tone in ((150, 170, 34, "leaf"), (196, 160, 42, "leaf-dark"), (246, 168, 34, "leaf")):
        pen.solid(oval(x, y, size), tone, "ball")
    for x, y in ((138, 156), (176, 134), (208, 148), (232, 136), (262, 158), (160, 172)):
        pen.part(oval(x, y, 9), "accent")
        pen.part(oval(x, y, 3.6), "gold")
    pen.body(
        f"M84,176 L316,176 Q318,186 312,190 L256,{176 + depth} Q250,{182 + depth} 240,{182 + depth} "
        f"L150,{182 + depth} Q134,{182 + depth} 126,{170 + depth} L80,190 Q78,180 84,176 Z",
        shade="round",
    )
    pen.line("M84,178 L316,178", "dark", 10)
    pen.part(oval(102, 298, 40), "ink")
    pen.part(oval(102, 298, 26), "accent")
    pen.part(oval(102, 298, 9), "steel-dark")
    pen.line("M334,212 L356,193", "accent", 17)


SILHOUETTES = {
    "watering can": watering_can,
    "plant pot": plant_pot,
    "garden gloves": garden_gloves,
    "trowel": trowel,
    "bird house": bird_house,
    "wheelbarrow": wheelbarrow,
}
