"""Sport, hiking and camping."""

from math import cos, pi, sin

from local.demo_shop.pen import Pen, oval, slab, symmetric


def yoga_mat(pen: Pen) -> None:
    roll = pen.vary(0, 24, 36)
    if pen.choose(2, 3):
        pen.ground(200, 340, 150)
        pen.body("M112,140 L288,140 L336,334 L64,334 Z")
        pen.line("M70,322 L330,322", "accent", 5)
        pen.body(slab(98, 128 - roll, 204, 2 * roll, 6), "light", "flat")
        for x in (98, 302):
            pen.solid(oval(x, 128, roll * 0.5, roll), "dark")
            pen.line(f"{oval(x, 128, roll * 0.32, roll * 0.64)} {oval(x, 128, roll * 0.12, roll * 0.26)}", "deep", 2.5)
        return
    width = roll + 26
    pen.ground(200, 352, width + 34)
    pen.body(f"M{200 - width},76 L{200 - width},334 Q200,362 {200 + width},334 L{200 + width},76 Z", shade="round")
    pen.solid(oval(200, 76, width, 22), "light")
    for share in (0.78, 0.54, 0.28):
        pen.line(oval(200 + 3 * share, 76, width * share, 22 * share), "deep", 3, opacity=0.7)
    for y in (138, 272):
        pen.line(f"M{200 - width},{y} Q200,{y + 26} {200 + width},{y}", "accent", 13)
    pen.line(f"M{198 + width},146 C{270 + width},180 {270 + width},250 {198 + width},278", "accent", 9)


def dumbbells(pen: Pen) -> None:
    size, width = pen.vary(0, 40, 52), pen.vary(1, 24, 32)
    hexagonal = pen.choose(2, 2)
    pen.ground(200, 322, 140)
    for y, turn, tone in ((142, -12, "dark"), (266, -12, "base")):
        with pen.turned(f"rotate({turn} 200 {y})"):
            pen.line(f"M110,{y} L290,{y}", "steel-dark", 22)
            pen.line(f"M140,{y - 3} L260,{y - 3}", "steel", 9)
            for side in (-1, 1):
                x = 200 + side * 96
                pen.solid(slab(x + side * (width + 6) - 14, y - size * 0.66, 28, size * 1.32, 9), "accent", "round")
                pen.body(slab(x - width, y - size, 2 * width, 2 * size, 9 if hexagonal else 22), tone, "round")
                if hexagonal:
                    pen.seam(
                        f"M{x - width},{y - size * 0.42} h{2 * width} M{x - width},{y + size * 0.42} h{2 * width}", 0.5
                    )


def tent(pen: Pen) -> None:
    peak, spread, door = pen.vary(0, 84, 126), pen.vary(1, 124, 148), pen.vary(2, 38, 58)
    dome = pen.choose(3, 2)
    pen.ground(200, 318, spread + 22)
    pen.line(f"M{206 - spread},300 L{176 - spread},318 M{194 + spread},300 L{224 + spread},318", "cream", 3.5)
    if dome:
        pen.body(
            f"M{200 - spread},312 C{206 - spread},{peak + 30} {200 - spread * 0.4},{peak} 200,{peak} "
            f"C{200 + spread * 0.4},{peak} {194 + spread},{peak + 30} {200 + spread},312 Z",
            shade="ball",
        )
        pen.line(
            f"M{200 - spread},312 C{206 - spread},{peak + 30} {200 - spread * 0.4},{peak} 200,{peak} "
            f"C{200 + spread * 0.4},{peak} {194 + spread},{peak + 30} {200 + spread},312",
            "accent",
            6,
        )
    else:
        pen.line(
            f"M188,{peak - 16} L{206 + 0.1 * spread},{peak + 20} M212,{peak - 16} L190,{peak + 20}", "wood-dark", 8
        )
        pen.body(f"M200,{peak} L{200 + spread},312 L{200 - spread},312 Z")
        pen.part(f"M200,{peak} L{200 + spread},312 L{200 + door},312 Z", "deep", 0.22)
    opening = peak + (40 if dome else 26)
    pen.part(
        f"M200,{opening} Q{204 + door * 0.6},{opening + 90} {200 + door},312 "
        f"L{200 - door},312 Q{196 - door * 0.6},{opening + 90} 200,{opening} Z",
        "ink",
    )
    pen.solid(
        f"M200,{opening} Q{196 - door * 0.6},{opening + 90} {200 - door},312 "
        f"L{200 - door * 1.7},312 Q{186 - door},{opening + 110} 200,{opening} Z",
        "accent",
    )
    pen.solid(
        f"M200,{opening} Q{204 + door * 0.6},{opening + 90} {200 + door},312 "
        f"L{200 + door * 1.7},312 Q{214 + door},{opening + 110} 200,{opening} Z",
        "accent",
    )
    pen.part(f"M{200 - door + 8},312 Q200,286 {192 + door},312 Z", "flame", 0.8)
    pen.line(f"M{200 - spread},313 h{2 * spread}", "deep", 5)


def sleeping_bag(pen: Pen) -> None:
    width, foot = pen.vary(0, 74, 90), pen.vary(1, 46, 64)
    with pen.turned(f"rotate({pen.vary(2, -18, 18):.1f} 200 200)"):
        pen.body(
            symmetric(
                f"M200,32 C{250},32 {192 + width},70 {200 + width},128 L{200 + foot},348 Q{196 + foot},370 200,370"
            ),
            shade="round",
        )
        pen.part(symmetric("M200,56 C232,56 244,80 244,112 C244,140 222,150 200,150"), "accent")
        pen.part(symmetric("M200,70 C222,70 230,88 230,110 C230,132 216,138 200,138"), "accent-dark")
        pen.solid(slab(168, 94, 64, 40, 15), "paper", "ball")
        for y in (186, 228, 270, 312):
            half = width - (width - foot) * (y - 128) / 220
            pen.seam(f"M{202 - half},{y} Q200,{y + 13} {198 + half},{y}", 0.55)
        pen.line(f"M{170 + width},150 Q{166 + width * 0.9},240 {176 + foot},340", "accent", 5)
        pen.part(slab(160 + width * 1.0, 150, 9, 22, 4), "gold")


def bike_helmet(pen: Pen) -> None:
    dome, vents = pen.vary(0, 84, 118), 3 + pen.choose(1, 2)
    pen.line("M128,232 Q150,322 200,338 Q244,320 262,236 M186,238 Q190,300 200,338", "ink", 8)
    pen.part(slab(188, 328, 26, 20, 6), "accent")
    pen.body(
        f"M58,226 C60,{dome + 30} 130,{dome} 206,{dome} C286,{dome + 4} 336,150 "
        "344,220 Q344,238 322,240 C250,226 160,226 82,246 Q58,248 58,226 Z",
        shade="ball",
    )
    for step in range(vents):
        x = 118 + step * 190 / vents
        pen.part(
            f"M{x},{206 - 8 * (step % 2)} Q{x + 4},{dome + 44} {x + 44},{dome + 26} "
            f"Q{x + 30},{dome + 66} {x + 30},200 Q{x + 16},210 {x},{206 - 8 * (step % 2)} Z",
            "deep",
        )
    pen.line("M64,226 C150,208 250,208 338,222", "accent", 10)
    pen.part("M318,208 Q372,226 374,250 Q348,244 322,240 Z", "ink")
    pen.shine(f"M100,{dome + 66} Q130,{dome + 30} 176,{dome + 14}", 7)


def football(pen: Pen) -> None:
    radius, turn = pen.vary(0, 112, 132), pen.vary(1, 0, 2 * pi / 5)
    pen.ground(200, 206 + radius, radius * 0.86)
    pen.body(oval(200, 200, radius), shade="flat")

    def at(distance: float, angle: float) -> str:
        return f"{200 + distance * sin(angle):.1f},{200 - distance * cos(angle):.1f}"

    inner = radius * 0.34
    pen.part("M" + " L".join(at(inner, turn + 2 * pi * k / 5) for k in range(5)) + " Z", "accent")
    for k in range(5):
        angle, step = turn + 2 * pi * k / 5, pi / 5
        pen.line(f"M{at(inner, angle)} L{at(radius * 0.64, angle)}", "deep", 5)
        pen.line(
            f"M{at(radius * 0.64, angle)} L{at(radius * 0.76, angle + step * 0.55)} "
            f"L{at(radius * 0.76, angle + step * 1.45)} L{at(radius * 0.64, angle + 2 * step)}",
            "deep",
            5,
        )
        a, b = angle + step * 0.55, angle + step * 1.45
        pen.part(
            f"M{at(radius * 0.76, a)} L{at(radius * 0.76, b)} L{at(radius * 0.97, b + 0.04)} "
            f"Q{at(radius * 1.04, angle + step)} {at(radius * 0.97, a - 0.04)} Z",
            "accent",
        )
    pen.elements.append(f'<path d="{oval(200, 200, radius)}" fill="url(#ball)"/>')


def tennis_racket(pen: Pen) -> None:
    wide, tall = pen.vary(0, 72, 90), pen.vary(1, 92, 112)
    with pen.turned("rotate(34 200 200)"):
        middle = 34 + tall
        bottom = middle + tall
        for x in range(int(-wide) + 14, int(wide) - 6, 16):
            reach = tall * (1 - (x / wide) ** 2) ** 0.5
            pen.line(f"M{200 + x},{middle - reach} v{2 * reach}", "paper", 2.6)
        for y in range(int(-tall) + 14, int(tall) - 6, 16):
            reach = wide * (1 - (y / tall) ** 2) ** 0.5
            pen.line(f"M{200 - reach},{middle + y} h{2 * reach}", "paper", 2.6)
        pen.line(
            f"M{200 - wide * 0.7},{middle + tall * 0.7} L194,{bottom + 46} "
            f"M{200 + wide * 0.7},{middle + tall * 0.7} L206,{bottom + 46}",
            "dark",
            13,
        )
        pen.line(oval(200, middle, wide, tall), "base", 17)
        pen.line(
            f"M{200 - wide},{middle} A{wide},{tall} 0 0 1 {200 - wide * 0.3},{middle - tall * 0.95} "
            f"M{200 + wide},{middle} A{wide},{tall} 0 0 0 {200 + wide * 0.3},{middle - tall * 0.95}",
            "accent",
            9,
        )
        pen.solid(slab(186, bottom + 34, 28, 372 - bottom - 30, 8), "ink", "round")
        for y in range(int(bottom) + 52, 366, 15):
            pen.line(f"M188,{y} L212,{y - 8}", "accent", 4)
    ball_x, ball_y = pen.vary(2, 290, 312), pen.vary(3, 282, 310)
    pen.solid(oval(ball_x, ball_y, 31), "yellow", "ball")
    pen.line(
        f"M{ball_x - 25},{ball_y - 16} Q{ball_x + 2},{ball_y} {ball_x - 16},{ball_y + 26} "
        f"M{ball_x + 16},{ball_y - 26} Q{ball_x + 4},{ball_y + 4} {ball_x + 28},{ball_y + 12}",
        "snow",
        4,
    )


def water_bottle(pen: Pen) -> None:
    width, shoulder, lid = pen.vary(0, 46, 64), pen.vary(1, 132, 160), pen.choose(2, 3)
    pen.ground(200, 354, width + 30)
    if lid == 0:
        pen.line("M176,76 C172,34 228,34 224,76", "accent", 11)
    pen.solid(slab(170, 66, 60, 42, 9), "accent", "round")
    if lid == 1:
        pen.line("M206,68 L206,44 L236,38", "accent-dark", 13)
    pen.body(
        symmetric(
            f"M200,106 L224,106 Q226,{shoulder - 20} {188 + width},{shoulder} "
            f"Q{200 + width},{shoulder + 8} {200 + width},{shoulder + 30} "
            f"L{200 + width},332 Q{200 + width},352 {180 + width},352 L200,352"
        ),
        shade="round",
    )
    pen.solid(slab(174, 102, 52, 12, 3), "steel", "round")
    pen.solid(slab(199 - width, 322, 2 * width + 2, 26, 9), "steel", "round")
    if pen.choose(3, 2):
        pen.part("M200,206 l26,46 h-52 Z M178,236 l-22,36 h48 Z", "accent")
    else:
        pen.line(f"M{201 - width},{shoulder + 44} h{2 * width - 2}", "accent", 12)
    pen.shine(f"M{220 - width},{shoulder + 30} L{220 - width},306", 9, 0.5)


def skateboard(pen: Pen) -> None:
    kick, width = pen.vary(0, 20, 46), pen.vary(1, 17, 24)
    with pen.turned(f"rotate({pen.vary(2, -24, -10):.1f} 200 200)"):
        for x in (118, 282):
            pen.part(slab(x - 22, 226, 44, 14, 5), "steel-dark")
            for wheel in (-17, 17):
                pen.solid(oval(x + wheel, 252, 21), "accent", "ball")
                pen.part(oval(x + wheel, 252, 7), "steel")
        pen.body(
            f"M34,{204 - kick} Q64,{206 - kick * 0.3} 88,202 L312,202 "
            f"Q336,{206 - kick * 0.3} 366,{204 - kick} Q376,{218 - kick} "
            f"360,{222 - kick} Q340,{222 - kick * 0.2} 316,{206 + width} "
            f"L84,{206 + width} Q60,{222 - kick * 0.2} 40,{222 - kick} Q24,{218 - kick} "
            f"34,{204 - kick} Z"
        )
        pen.line("M88,201 L312,201", "ink", 6)
    with pen.turned(f"rotate({pen.vary(3, -16, 4):.1f} 200 110)"):
        pen.body(slab(58, 66, 284, 76, 38))
        pen.line("M126,104 L274,104", "accent", 15)
        for x in (104, 296):
            for dx in (-9, 9):
                for dy in (-9, 9):
                    pen.part(oval(x + dx, 104 + dy, 3.4), "deep")


SILHOUETTES = {
    "yoga mat": yoga_mat,
    "dumbbells": dumbbells,
    "tent": tent,
    "sleeping bag": sleeping_bag,
    "bike helmet": bike_helmet,
    "football": football,
    "tennis racket": tennis_racket,
    "water bottle": water_bottle,
    "skateboard": skateboard,
}
