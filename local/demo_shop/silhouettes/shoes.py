"""Shoes, from the side, toe to the right."""

from local.demo_shop.pen import Pen, oval, slab, symmetric


def _laces(pen: Pen, count: int, tone: str) -> None:
    """Crossed laces down the throat from (150, 176) to (212, 214)."""
    for step in range(count):
        share = step / max(count - 1, 1)
        x, y = 152 + 56 * share, 184 + 34 * share
        pen.line(f"M{x},{y} l18,-15", tone, 6)
    pen.line("M164,166 q-22,-16 -30,-2 q6,14 30,2 q4,-26 20,-20 q6,12 -20,20", tone, 4)


def sneakers(pen: Pen) -> None:
    high = pen.vary(0, 0, 44)
    sole = pen.vary(1, 22, 36)
    pen.ground(200, 302, 160)
    pen.body(f"M136,182 L146,{150 - high} Q166,{144 - high} 176,{160 - high * 0.7} L206,212 Z", "dark", pattern=False)
    pen.body(
        f"M66,278 C58,240 62,210 70,{176 - high} C90,{164 - high} 120,{166 - high} 138,{178 - high * 0.8} L212,216 "
        "C252,230 304,226 328,256 Q336,268 334,278 Z"
    )
    if pen.choose(2, 2):
        pen.solid("M270,278 C272,244 298,234 318,246 Q338,260 334,278 Z", "accent")
    pen.solid("M66,278 C60,246 62,226 66,206 Q92,212 96,240 L100,278 Z", "dark")
    mark = pen.choose(3, 3)
    if mark == 0:
        pen.line("M120,272 L156,222 M146,274 L180,228 M172,276 L204,236", "accent", 10)
    elif mark == 1:
        pen.line("M104,246 Q170,290 252,238", "accent", 11)
    else:
        pen.part(oval(132, 226, 17), "accent")
        pen.line("M132,216 v20 M122,226 h20", "deep", 3)
    _laces(pen, 4, "paper" if pen.design.colour != "white" else "accent")
    pen.solid(slab(58, 274, 282, sole, 13), "paper" if pen.choose(4, 3) else "gum", "round")
    pen.line(f"M66,{282} L332,{282}", "accent", 3.5)
    if high > 6:
        pen.stitch(f"M74,{186 - high} Q104,{178 - high} 132,{190 - high * 0.8}")


def running_shoes(pen: Pen) -> None:
    pen.ground(200, 308, 162)
    wedge = pen.vary(0, 34, 54)
    pen.part("M150,196 L158,158 Q178,154 186,170 L214,214 Z", "deep")
    pen.body(
        "M70,268 C54,226 56,196 66,176 C80,166 96,190 118,192 Q136,194 "
        "152,184 L222,216 C264,232 316,226 336,254 Q342,264 338,272 Z"
    )
    pen.part("M66,176 C54,160 50,150 60,148 Q72,152 78,180 Z", "accent")
    stripes = pen.choose(1, 3)
    if stripes == 0:
        pen.part("M98,262 Q150,262 206,216 L222,224 Q170,276 100,276 Z", "accent")
    elif stripes == 1:
        pen.line("M112,262 L168,208 M138,266 L190,216 M164,268 L212,224", "accent", 7)
    else:
        pen.line("M96,236 Q120,262 150,232 T204,238 T262,240", "accent", 8)
    pen.part("M290,268 C292,244 306,236 322,242 Q342,256 338,270 Z", "deep", 0.7)
    _laces(pen, 4, "snow")
    pen.solid(
        f"M56,256 Q40,{270 + wedge * 0.5} 62,{262 + wedge} Q80,{270 + wedge} "
        f"110,{262 + wedge * 0.86} Q200,{270 + wedge * 0.6} 300,302 "
        "Q352,302 348,266 Q290,282 200,270 Q120,262 56,256 Z",
        "paper",
        "round",
    )
    pen.line("M58,270 Q120,278 200,284 T346,278", "accent", 6)
    pen.line(f"M70,{266 + wedge} Q190,{268 + wedge * 0.7} 326,306", "ink", 8)
    pen.shine("M246,236 Q276,238 300,246", 4, 0.4)


def ankle_boots(pen: Pen) -> None:
    top, heel = pen.vary(0, 92, 128), pen.vary(1, 20, 48)
    pen.ground(200, 318, 150)
    pen.part(f"M72,276 h70 l-6,{heel + 10} h-58 Z", "ink")
    pen.body(
        f"M72,284 C64,220 84,180 80,{top} Q124,{top - 10} 172,{top} Q170,180 "
        "192,206 C230,232 306,226 324,262 Q330,276 326,286 Z"
    )
    if pen.choose(2, 2):
        pen.part(f"M112,{top + 12} Q106,180 118,206 Q136,214 148,200 Q142,160 144,{top + 12} Z", "accent")
        for y in range(int(top) + 20, 204, 9):
            pen.line(f"M113,{y} L144,{y}", "deep", 1.6, opacity=0.6)
        pen.line(f"M124,{top} q4,-26 14,0", "accent", 5)
    else:
        pen.part(f"M166,{top + 4} Q166,180 190,208 L206,214 Q180,180 178,{top + 6} Z", "deep")
        for step in range(5):
            lace = top + 14 + step * (190 - top) / 4.6
            pen.line(f"M154,{lace} l26,4", "accent", 5)
    pen.line("M78,232 Q150,256 196,210", "deep", 2.2, opacity=0.6)
    pen.solid(
        "M68,280 L330,280 Q336,296 324,298 L160,300 Q140,300 136,292 L72,292 Z", "gum" if pen.choose(3, 2) else "ink"
    )
    pen.part(f"M74,290 h62 l-4,{heel - 4} h-54 Z", "deep")
    pen.shine("M240,240 Q276,244 298,258", 6, 0.4)


def heels(pen: Pen) -> None:
    height = pen.vary(0, 50, 118)
    back = 290 - height
    pen.ground(200, 304, 156)
    block = pen.choose(1, 2)
    width = 34 if block else 9
    pen.solid(
        f"M70,{back + 8} Q72,{back + 60} {86 - width / 2},298 "
        f"L{86 + width / 2},298 Q{100 + width},{back + 50} 136,{back + 34} Z",
        "dark",
    )
    pen.body(
        f"M66,{back + 14} Q58,{back - 26} 70,{back - 44} Q92,{back - 30} "
        f"104,{back - 6} C130,{back + 40} 190,258 232,254 "
        f"Q300,248 338,284 Q344,298 330,298 L262,298 C190,292 150,{back + 60} 66,{back + 14} Z"
    )
    pen.part(f"M104,{back - 6} C130,{back + 40} 190,258 232,254 C190,250 150,{back + 10} 104,{back - 6} Z", "deep")
    pen.line("M262,298 L334,298", "ink", 5)
    if pen.choose(2, 2):
        pen.line(f"M70,{back - 38} Q110,{back - 60} 150,{back - 30} Q150,{back + 10} 140,{back + 34}", "base", 9)
        pen.part(oval(150, back - 26, 7), "gold")
    elif pen.choose(3, 2):
        pen.part("M244,262 l26,-16 v32 Z M296,262 l-26,-16 v32 Z", "accent")
        pen.part(oval(270, 262, 7), "accent-dark")
    pen.shine("M262,266 Q292,268 314,282", 5, 0.5)


def sandals(pen: Pen) -> None:
    sole = pen.vary(0, 18, 40)
    pen.ground(200, 310, 156)
    pen.line("M84,276 Q74,210 104,196 Q140,188 160,218", "base", 15)
    pen.body(
        "M196,280 C186,216 216,192 246,204 C272,216 282,250 282,280 L262,280 Q252,232 232,228 Q214,232 216,280 Z"
        if pen.choose(1, 2)
        else "M180,280 C190,220 220,206 250,214 C282,226 300,250 302,280 Z"
    )
    pen.line("M160,218 Q176,250 200,276", "dark", 13)
    if pen.choose(2, 2):
        pen.line("M86,240 Q120,226 168,234", "base", 12)
        pen.line(slab(118, 220, 22, 22, 4), "gold", 4.5)
    else:
        pen.part(oval(160, 218, 11), "gold")
    pen.solid("M66,272 Q130,262 200,278 Q270,284 332,268 Q344,280 330,288 L72,290 Q58,284 66,272 Z", "leather")
    pen.solid(
        f"M64,286 L338,282 Q342,{286 + sole * 0.6} 326,{286 + sole * 0.7} L90,{286 + sole} Q62,{286 + sole} 64,286 Z",
        "gum",
        "round",
    )
    pen.line("M70,288 L334,284", "accent", 4)


def wellingtons(pen: Pen) -> None:
    top = pen.vary(0, 62, 104)
    pen.ground(196, 336, 140)
    pen.body(
        f"M104,308 C96,240 108,170 100,{top} Q148,{top - 10} 196,{top} C196,160 "
        "190,210 206,232 C236,256 300,250 314,290 L314,312 L104,312 Z",
        shade="round",
    )
    pen.part(f"M100,{top} Q148,{top - 12} 196,{top} Q148,{top + 12} 100,{top} Z", "deep")
    pen.line(f"M101,{top + 22} Q148,{top + 34} 196,{top + 22}", "accent", 12)
    pen.line("M106,250 Q160,272 208,234", "deep", 2.4, opacity=0.6)
    pen.solid(
        "M98,306 L320,306 Q326,330 310,332 L190,332 L182,324 L150,324 L148,336 L102,336 Q96,320 98,306 Z",
        "accent" if pen.choose(1, 2) else "ink",
    )
    pen.shine(f"M122,{top + 50} Q126,180 120,236", 9, 0.5)
    pen.shine("M240,262 Q274,266 292,284", 6, 0.4)
    if pen.choose(2, 2):
        pen.line(f"M178,{top + 44} l20,0 l0,26 l-20,0", "dark", 7)
        pen.part(oval(180, top + 57, 6), "gold")


def slippers(pen: Pen) -> None:
    fluff = pen.vary(0, 12, 22)
    for shift in (0, 1):
        x = -72 + shift * 144
        with pen.turned(f"translate({x} {12 - 24 * shift})"):
            pen.solid(symmetric("M200,74 C262,74 262,150 250,200 C244,240 266,320 200,330"), "accent")
            pen.part(symmetric("M200,100 C240,100 242,150 234,200 C230,240 244,300 200,310"), "deep", 0.25)
            pen.body(symmetric("M200,62 C278,62 274,150 262,204 Q230,190 200,190"), shade="ball")
            for step in range(7):
                pen.part(oval(140 + 20 * step, 203 - 12 * (1 - ((step - 3) / 3) ** 2), fluff * 0.8), "paper")
            if pen.choose(1, 2):
                pen.part(oval(200, 112, 17), "accent")
                pen.part(oval(195, 107, 5), "snow", 0.5)


def socks(pen: Pen) -> None:
    top = pen.vary(0, 56, 130)
    for shift in (0, 1):
        with pen.turned(f"translate({-44 + 76 * shift} {10 * shift - 6})"):
            pen.body(
                f"M116,{top} L194,{top} C192,170 186,214 206,236 C240,258 284,276 276,312 C268,338 "
                f"220,336 176,318 C120,296 116,262 118,220 C120,170 118,130 116,{top} Z",
                shade="round",
            )
            pen.solid("M276,300 C282,336 240,338 212,330 C222,306 240,284 262,274 Q276,286 276,300 Z", "accent")
            pen.solid("M118,236 Q146,238 164,266 Q156,296 142,300 C120,284 116,262 118,236 Z", "accent")
            pen.solid(slab(113, top - 8, 84, 34, 7), "accent")
            for x in range(122, 194, 9):
                pen.line(f"M{x},{top - 3} v24", "accent-dark", 1.8, opacity=0.7)


SILHOUETTES = {
    "sneakers": sneakers,
    "running shoes": running_shoes,
    "ankle boots": ankle_boots,
    "heels": heels,
    "sandals": sandals,
    "wellingtons": wellingtons,
    "slippers": slippers,
    "socks": socks,
}
