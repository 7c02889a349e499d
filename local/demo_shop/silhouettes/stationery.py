"""Paper, pens and the desk they lie on."""

from local.demo_shop.pen import Pen, oval, slab, symmetric


def notebook(pen: Pen) -> None:
    width, bound = pen.vary(0, 92, 112), pen.choose(1, 3)
    with pen.turned(f"rotate({pen.vary(2, -10, 8):.1f} 200 200)"):
        pen.solid(slab(210 - width, 62, 2 * width, 284, 8), "deep")
        pen.part(slab(206 - width, 64, 2 * width, 278, 6), "paper")
        pen.body(slab(200 - width, 56, 2 * width, 282, 10))
        if bound == 0:
            for y in range(76, 330, 24):
                pen.part(oval(216 - width, y, 5), "deep")
                pen.line(f"M{216 - width},{y} q-28,-10 -26,4", "steel-dark", 5)
        else:
            pen.part(f"M{200 - width + 10},56 h20 v282 h-20 q-10,0 -10,-10 v-262 q0,-10 10,-10 Z", "dark", 0.85)
        if bound == 1:
            pen.line(f"M{170 + width},56 L{170 + width},338", "accent", 9)
        pen.part(slab(176, 104, 82, 62, 6), "paper")
        pen.line("M190,126 h54 M190,144 h34", "accent", 5)
        if pen.choose(3, 2):
            pen.part(f"M{150 + width},338 l0,30 l-9,-9 l-9,9 l0,-30 Z", "accent")


def pencils(pen: Pen) -> None:
    count = 3 + pen.choose(0, 3)
    tones = ("base", "accent", "dark", "light", "accent-dark")
    spread = pen.vary(1, 7, 13)
    for step in range(count):
        offset = step - (count - 1) / 2
        with pen.turned(f"rotate({offset * spread:.1f} 200 420) translate({offset * 34:.1f} {abs(offset) * 8:.1f})"):
            tone = tones[step]
            pen.part("M182,112 L200,62 L218,112 Z", "wood")
            pen.part("M193,80 L200,62 L207,80 Z", "ink" if pen.choose(2, 2) else tone)
            if tone in ("accent", "accent-dark"):
                pen.solid(slab(182, 110, 36, 200, 2), tone, "round")
            else:
                pen.body(slab(182, 110, 36, 200, 2), tone, "round")
            pen.line("M194,114 v192 M206,114 v192", "deep", 1.6, opacity=0.35)
            pen.solid(slab(181, 302, 38, 20, 2), "gold", "round")
            pen.solid(slab(182, 320, 36, 26, 10), "pink", "round")


def pencil_case(pen: Pen) -> None:
    height, width = pen.vary(0, 96, 130), pen.vary(1, 128, 146)
    top = 216 - height / 2
    for x, tone, lift in ((250, "gold", 70), (276, "leaf", 56), (228, "clay", 48)):
        with pen.turned(f"rotate({(x - 250) * 0.3 + 8:.1f} {x} {top})"):
            pen.solid(slab(x - 9, top - lift + 22, 18, lift + 20, 2), tone, "round")
            pen.part(f"M{x - 9},{top - lift + 22} L{x},{top - lift} L{x + 9},{top - lift + 22} Z", "wood")
            pen.part(f"M{x - 3.5},{top - lift + 9} L{x},{top - lift} L{x + 3.5},{top - lift + 9} Z", "ink")
    pen.body(slab(200 - width, top, 2 * width, height, height * pen.vary(2, 0.2, 0.5)), shade="round")
    pen.line(f"M{222 - width},{top + 26} Q200,{top + 18} {178 + width},{top + 26}", "accent", 8)
    pen.line(f"M{222 - width},{top + 26} Q200,{top + 18} {178 + width},{top + 26}", "deep", 2, dash="3 4")
    pen.line(f"M{230 - width},{top + 26} l-12,22 l4,16", "gold", 6)
    if pen.choose(3, 2) and pen.design.pattern == "plain":
        pen.part(slab(164, top + height * 0.44, 72, height * 0.34, 6), "paper")
        pen.line(f"M178,{top + height * 0.6} h44", "accent", 5)


def fountain_pen(pen: Pen) -> None:
    body, band = pen.vary(0, 19, 27), pen.choose(1, 2)
    with pen.turned(f"rotate({pen.vary(2, 34, 52):.1f} 200 200)"):
        pen.part("M184,304 L200,356 L216,304 Z", "gold")
        pen.line("M200,320 L200,350", "ink", 2.6)
        pen.part(oval(200, 317, 4), "ink")
        pen.solid(f"M{204 - body},262 L{196 + body},262 L214,306 L186,306 Z", "ink", "round")
        pen.body(symmetric(f"M200,20 Q{200 + body},20 {200 + body},44 L{200 + body},264 L200,264"), shade="round")
        pen.solid(slab(199 - body, 138, 2 * body + 2, 12, 2), "gold", "round")
        if band:
            pen.solid(slab(199 - body, 156, 2 * body + 2, 6, 2), "gold", "round")
        pen.line(f"M{198 + body},34 L{206 + body},42 L{206 + body},112", "gold", 7)
        pen.solid(slab(199 - body, 256, 2 * body + 2, 9, 2), "accent", "round")
        pen.shine(f"M{206 - body},48 L{206 - body},240", 4.5, 0.55)
    pen.line("M66,322 q20,-26 38,-4 t36,-6 t34,6", "base", 5)


def desk_organiser(pen: Pen) -> None:
    high, low = pen.vary(0, 126, 160), pen.vary(1, 206, 236)
    pen.ground(200, 334, 140)
    for x, lift, tone in ((112, 62, "accent"), (134, 92, "gold"), (158, 54, "leaf"), (178, 80, "clay")):
        pen.solid(slab(x - 8, high - lift + 20, 16, lift + 30, 2), tone, "round")
        pen.part(f"M{x - 8},{high - lift + 20} L{x},{high - lift} L{x + 8},{high - lift + 20} Z", "wood")
    pen.line(f"M262,{low} L246,{low - 74} M246,{low} L272,{low - 70}", "steel-dark", 8)
    pen.line(f"{oval(240, low - 86, 14)} {oval(278, low - 82, 14)}", "accent", 7)
    pen.body(slab(84, high, 122, 332 - high, 12), shade="round")
    pen.body(slab(200, low, 124, 332 - low, 12), "light", "round")
    pen.part(slab(94, high + 6, 102, 10, 5), "deep")
    pen.part(slab(210, low + 6, 104, 10, 5), "deep")
    if pen.choose(2, 2):
        pen.solid(slab(214, low + 40, 96, 46, 6), "dark")
        pen.part(oval(262, low + 63, 6), "gold")
    else:
        pen.line(f"M204,{low + 46} h118", "accent", 9)
    if pen.choose(3, 2):
        pen.line(f"M86,{high + 44} h118", "accent", 9)


def wrapping_paper(pen: Pen) -> None:
    width, rolls = pen.vary(0, 34, 44), 2 + pen.choose(1, 2)
    tones = (("base", True), ("accent", False), ("light", True))
    start = 200 - (rolls - 1) * (width + 7)
    for step in range(rolls):
        x = start + step * 2 * (width + 7)
        y = 62 + 16 * ((step + 1) % 2)
        tone, patterned = tones[step]
        with pen.turned(f"rotate({(step - (rolls - 1) / 2) * pen.vary(2, 3, 10):.1f} 200 380)"):
            if patterned:
                pen.body(
                    f"M{x - width},{y} L{x - width},336 Q{x},350 {x + width},336 L{x + width},{y} Z", tone, "round"
                )
            else:
                pen.solid(
                    f"M{x - width},{y} L{x - width},336 Q{x},350 {x + width},336 L{x + width},{y} Z", tone, "round"
                )
            pen.solid(oval(x, y, width, 11), "paper")
            pen.part(oval(x, y, width * 0.56, 6), "wood-dark")
            pen.part(oval(x, y + 1, width * 0.4, 4), "soil")
    pen.line("M96,232 Q200,252 304,232", "gold", 9)
    pen.solid("M200,244 C150,196 128,226 146,246 Q166,262 200,244 C250,196 272,226 254,246 Q234,262 200,244 Z", "gold")
    pen.line("M200,246 Q186,276 168,290 M200,246 Q216,274 234,288", "gold", 8)
    pen.part(oval(200, 243, 10), "wood-dark")


def greeting_card(pen: Pen) -> None:
    motif = pen.choose(0, 3)
    pen.solid("M96,132 L344,112 L356,300 L110,322 Z", "paper")
    pen.line("M98,134 L232,226 L342,114", "mist", 6)
    pen.line("M110,320 L206,212 M354,298 L256,206", "mist", 5)
    with pen.turned(f"rotate({pen.vary(1, -13, -4):.1f} 180 200)"):
        pen.body(slab(78, 70, 190, 252, 5))
        pen.part(slab(98, 90, 150, 212, 4), "paper", 0.94)
        if motif == 0:
            pen.solid("M173,178 c-22,-42 -70,-10 -50,26 q16,24 50,44 q34,-20 50,-44 c20,-36 -28,-68 -50,-26 Z", "base")
        elif motif == 1:
            pen.solid(slab(124, 206, 98, 56, 6), "base")
            pen.part(
                "M124,212 q0,-12 12,-12 h74 q12,0 12,12 q-12,22 -24,2 q-12,20 -24,0 q-14,20 -26,0 q-12,16 -24,-2 Z",
                "accent",
            )
            for x in (146, 173, 200):
                pen.line(f"M{x},200 v-34", "accent-dark", 8)
                pen.part(f"M{x},140 q11,17 0,23 q-11,-6 0,-23 Z", "flame")
        else:
            for x, y, tone in ((142, 166, "base"), (206, 170, "accent"), (173, 138, "dark")):
                pen.line(f"M{x},{y + 30} Q{173},{y + 70} 173,272", "steel-dark", 3)
                pen.solid(oval(x, y, 27, 33), tone, "ball")
        pen.line("M128,284 h90", "accent", 6)


SILHOUETTES = {
    "notebook": notebook,
    "pencils": pencils,
    "pencil case": pencil_case,
    "fountain pen": fountain_pen,
    "desk organiser": desk_organiser,
    "wrapping paper": wrapping_paper,
    "greeting card": greeting_card,
}
