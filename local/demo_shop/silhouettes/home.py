"""Light, decoration and soft things for a room."""

from math import cos, pi, sin

from local.demo_shop.pen import Pen, oval, slab, symmetric


def cushion(pen: Pen) -> None:
    size, round_one = pen.vary(0, 102, 122), pen.choose(1, 3) == 0
    if round_one:
        pen.body(oval(200, 202, size + 8), shade="ball")
        for step in range(12):
            angle = step * pi / 6
            pen.seam(
                f"M{200 + 22 * sin(angle)},{202 + 22 * cos(angle)} "
                f"L{200 + size * sin(angle)},{202 + size * cos(angle)}",
                0.22,
            )
        pen.part(oval(200, 202, 13), "accent")
        return
    s, corner = size, size + 12
    pen.body(
        f"M{200 - corner},{200 - corner} Q200,{214 - s} "
        f"{200 + corner},{200 - corner} Q{188 + s},200 "
        f"{200 + corner},{200 + corner} "
        f"Q200,{188 + s} {200 - corner},{200 + corner} Q{212 - s},200 {200 - corner},{200 - corner} Z",
        shade="ball",
    )
    finish = pen.choose(2, 3)
    if finish == 0:
        for x in (-1, 1):
            for y in (-1, 1):
                with pen.turned(
                    f"translate({200 + x * corner} {200 + y * corner}) rotate({-45 * x * y + (180 if y < 0 else 0)})"
                ):
                    pen.line("M0,0 L-9,24 M0,0 L-3,27 M0,0 L3,27 M0,0 L9,24", "accent", 4)
                    pen.part(oval(0, 2, 7), "accent-dark")
    elif finish == 1:
        pen.part(oval(200, 200, 9), "accent")
        pen.seam(
            "M200,190 Q204,168 216,150 M208,206 Q226,214 246,214 M192,206 Q178,222 172,240 M192,192 Q174,184 156,186",
            0.4,
        )
    else:
        inner = s - 20
        pen.stitch(
            f"M{200 - inner},{200 - inner} Q200,{212 - inner} {200 + inner},{200 - inner} "
            f"Q{190 + inner},200 {200 + inner},{200 + inner} Q200,{190 + inner} "
            f"{200 - inner},{200 + inner} Q{210 - inner},200 {200 - inner},{200 - inner} Z",
            "accent",
        )


def table_lamp(pen: Pen) -> None:
    top, wide, foot = pen.vary(0, 34, 74), pen.vary(1, 84, 116), pen.choose(2, 3)
    pen.ground(200, 352, 96)
    pen.part(oval(200, 212, 120, 60), "flame", 0.22)
    if foot == 0:
        pen.body(
            symmetric("M200,210 L216,210 C220,240 262,256 262,300 C262,336 236,350 200,350"),
            "accent",
            "round",
            pattern=False,
        )
    elif foot == 1:
        pen.solid(slab(192, 196, 16, 142, 4), "wood", "round")
        pen.solid(symmetric("M200,330 Q250,330 262,350 L200,352"), "wood-dark", "round")
    else:
        for x, y in ((200, 234), (200, 276), (200, 322)):
            pen.solid(oval(x, y, 20 + (y - 220) * 0.13, 20 + (y - 220) * 0.08), "accent", "ball")
        pen.solid(slab(158, 340, 84, 12, 6), "accent-dark")
    pen.part(slab(196, 180, 8, 40, 3), "gold")
    pen.body(
        symmetric(f"M200,{top} L{200 + pen.vary(3, 46, 78)},{top} L{200 + wide},196 Q200,208 200,206"), shade="round"
    )
    pen.line(f"M{202 - wide},194 Q200,212 {198 + wide},194", "accent", 6)
    pen.line(f"M{200 + wide * 0.55},202 L{200 + wide * 0.55},246", "gold", 3)
    pen.part(oval(200 + wide * 0.55, 250, 6), "gold")


def floor_vase(pen: Pen) -> None:
    belly, neck, height = pen.vary(0, 56, 96), pen.vary(1, 20, 42), pen.vary(2, 150, 200)
    pen.ground(200, 346, 96)
    for x, lean, tip in ((-16, -54, 46), (4, 6, 26), (18, 62, 58)):
        pen.line(f"M{200 + x},{220} Q{200 + x},{120} {200 + lean},{tip + 26}", "leaf-dark", 5)
        pen.part(
            f"M{200 + (x + lean) / 2},{134} q{lean * 0.5 + 14},-30 "
            f"{lean * 0.6 + 30},-12 q-8,22 {-lean * 0.6 - 30},12 Z",
            "leaf",
        )
        for step in range(6):
            angle = step * pi / 3
            pen.part(oval(200 + lean + 12 * sin(angle), tip + 20 + 12 * cos(angle), 10), "accent")
        pen.part(oval(200 + lean, tip + 20, 8), "gold")
    top = 344 - height
    pen.body(
        symmetric(
            f"M200,{top} L{204 + neck},{top} C{196 + neck},{top + 30} "
            f"{200 + belly * 1.12},{top + 50} {200 + belly},{top + height * 0.6} "
            f"C{196 + belly * 0.86},{top + height * 0.86} {200 + belly * 0.5},344 "
            f"{200 + belly * 0.5},344 Q200,350 200,348"
        ),
        shade="round",
    )
    pen.part(oval(200, top + 1, neck + 5, 7), "deep")
    if pen.choose(3, 2):
        pen.line(f"M{200 - neck - 1},{top + 16} Q200,{top + 26} {200 + neck + 1},{top + 16}", "accent", 7)
    pen.shine(
        f"M{202 - belly * 0.66},{top + height * 0.42} "
        f"Q{200 - belly * 0.72},{top + height * 0.6} "
        f"{200 - belly * 0.56},{top + height * 0.74}",
        8,
    )


def candle(pen: Pen) -> None:
    top, width = pen.vary(0, 158, 206), pen.vary(1, 60, 84)
    pen.ground(200, 338, 100)
    pen.part(oval(200, top - 44, 70), "flame", 0.18)
    pen.part(oval(200, top - 42, 42), "flame", 0.25)
    pen.part(
        f"M200,{top - 80} C226,{top - 48} 222,{top - 14} 200,{top - 14} "
        f"C178,{top - 14} 174,{top - 48} 200,{top - 80} Z",
        "orange",
    )
    pen.part(
        f"M200,{top - 56} C214,{top - 36} 212,{top - 17} 200,{top - 17} "
        f"C188,{top - 17} 186,{top - 36} 200,{top - 56} Z",
        "yellow",
    )
    pen.line(f"M200,{top - 22} v24", "ink", 5)
    style = pen.choose(2, 3)
    if style == 0:
        pen.solid(slab(200 - width, top, 2 * width, 336 - top, 14), "paper", "round")
        pen.part(oval(200, top + 6, width - 2, 9), "cream")
        pen.body(slab(200 - width, top + 46, 2 * width, 290 - top, 12), shade="round")
        pen.part(slab(200 - width * 0.55, top + 70, width * 1.1, 52, 5), "paper")
        pen.line(
            f"M{200 - width * 0.35},{top + 88} h{width * 0.7} M{200 - width * 0.2},{top + 104} h{width * 0.4}",
            "accent",
            5,
        )
    else:
        pen.body(
            symmetric(
                f"M200,{top - 4} L{196 + width},{top} Q{200 + width},{top + 4} "
                f"{200 + width},{top + 12} L{200 + width},334 Q200,342 200,340"
            ),
            shade="round",
        )
        pen.part(oval(200, top + 6, width - 6, 9), "light")
        if style == 1:
            pen.part(f"M{200 + width - 22},{top + 6} q3,60 -8,62 q-12,0 -8,-62 Z", "light")
        else:
            pen.line(f"M{200 - width},302 Q200,312 {200 + width},302", "accent", 14)


def wall_clock(pen: Pen) -> None:
    radius, rim = pen.vary(0, 112, 134), pen.vary(1, 14, 28)
    if pen.choose(2, 3) == 0:
        for step in range(12):
            angle = (step + 0.5) * pi / 6
            pen.line(
                f"M{200 + 90 * sin(angle)},{200 - 90 * cos(angle)} "
                f"L{200 + (radius + 22) * sin(angle)},{200 - (radius + 22) * cos(angle)}",
                "accent-dark",
                9,
            )
        radius -= 22
    pen.body(oval(200, 200, radius), shade="ball")
    pen.part(oval(200, 200, radius - rim), "paper")
    for hour in range(12):
        angle, far = hour * pi / 6, radius - rim - 9
        near = far - (18 if hour % 3 == 0 else 9)
        pen.line(
            f"M{200 + far * sin(angle)},{200 - far * cos(angle)} L{200 + near * sin(angle)},{200 - near * cos(angle)}",
            "base" if hour % 3 == 0 else "deep",
            7 if hour % 3 == 0 else 4,
        )
    minute, hand = pen.vary(3, 0, 2 * pi), pen.vary(4, 0, 2 * pi)
    pen.line(f"M200,200 L{200 + radius * 0.36 * sin(hand)},{200 - radius * 0.36 * cos(hand)}", "ink", 9)
    pen.line(f"M200,200 L{200 + radius * 0.56 * sin(minute)},{200 - radius * 0.56 * cos(minute)}", "ink", 5.5)
    pen.part(oval(200, 200, 9), "accent")


def blanket(pen: Pen) -> None:
    layers, width = 3 + pen.choose(0, 2), pen.vary(1, 116, 136)
    pen.ground(200, 326, width + 22)
    height = 46
    for layer in range(layers):
        y = 316 - (layer + 1) * height
        pen.body(slab(200 - width, y, 2 * width, height + 4, 22), ("dark", "base")[layer % 2])
        pen.seam(f"M{200 - width + 14},{y + 25} h{2 * width - 50}", 0.4)
    top = 316 - layers * height
    pen.body(
        f"M{204 - width},{top + 8} Q{200 - width},{top - 20} {230 - width},{top - 22} "
        f"L{170 + width},{top - 22} Q{200 + width},{top - 20} {196 + width},{top + 8} "
        f"L{150 + width * 0.4},{top + 12} L{140 + width * 0.4},{top + 116} "
        f"L{200 - width * 0.5},{top + 116} L{196 - width * 0.5},{top + 12} Z",
        "light",
    )
    left, right = 200 - width * 0.5, 140 + width * 0.4
    pen.line(f"M{left + 2},{top + 100} L{right - 2},{top + 100}", "accent", 7)
    for step in range(9):
        x = left + 4 + step * (right - left - 8) / 8
        pen.line(f"M{x},{top + 116} v18", "accent", 4.5)


def picture_frame(pen: Pen) -> None:
    portrait = pen.choose(0, 2)
    w, h = (104, 132) if portrait else (134, 106)
    rim = pen.vary(1, 12, 24)
    pen.body(
        f"{slab(200 - w, 200 - h, 2 * w, 2 * h, 4)} "
        f"{slab(200 - w + rim, 200 - h + rim, 2 * (w - rim), 2 * (h - rim), 2)}"
    )
    pen.part(slab(200 - w + rim, 200 - h + rim, 2 * (w - rim), 2 * (h - rim), 2), "paper")
    edge = rim + 20
    left, top, wide, tall = 200 - w + edge, 200 - h + edge, 2 * (w - edge), 2 * (h - edge)
    pen.part(slab(left, top, wide, tall, 2), "glass")
    if pen.choose(2, 2):
        pen.part(oval(left + wide * 0.68, top + tall * 0.3, 17), "flame")
        pen.part(
            f"M{left},{top + tall} L{left},{top + tall * 0.72} "
            f"Q{left + wide * 0.3},{top + tall * 0.4} "
            f"{left + wide * 0.55},{top + tall * 0.7} "
            f"T{left + wide},{top + tall * 0.6} L{left + wide},{top + tall} Z",
            "accent",
        )
        pen.part(
            f"M{left},{top + tall} L{left},{top + tall * 0.9} "
            f"Q{left + wide * 0.5},{top + tall * 0.66} {left + wide},{top + tall * 0.86} "
            f"L{left + wide},{top + tall} Z",
            "base",
        )
    else:
        pen.part(slab(left, top, wide, tall, 2), "light", 0.5)
        pen.part(oval(left + wide * 0.4, top + tall * 0.42, min(wide, tall) * 0.27), "accent")
        pen.part(
            f"M{left + wide * 0.3},{top + tall} Q{left + wide * 0.36},{top + tall * 0.5} "
            f"{left + wide * 0.86},{top + tall * 0.5} L{left + wide * 0.86},{top + tall} Z",
            "base",
        )
    pen.line(f"M{left + 8},{top + tall * 0.5} L{left + wide * 0.4},{top + 8}", "snow", 8, opacity=0.35)


SILHOUETTES = {
    "cushion": cushion,
    "table lamp": table_lamp,
    "vase": floor_vase,
    "candle": candle,
    "wall clock": wall_clock,
    "blanket": blanket,
    "picture frame": picture_frame,
}
