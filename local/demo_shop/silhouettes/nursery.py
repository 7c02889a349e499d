"""Toys for the nursery."""

from local.demo_shop.pen import Pen, oval, slab, symmetric


def teddy_bear(pen: Pen) -> None:
    head, belly = pen.vary(0, 66, 80), pen.vary(1, 70, 86)
    pen.ground(200, 344, 112)
    for side in (-1, 1):
        pen.body(oval(200 + side * head * 0.78, 132 - head * 0.74, 27), shade="ball")
        pen.part(oval(200 + side * head * 0.78, 132 - head * 0.74, 14), "accent")
        pen.body(oval(200 + side * (belly + 8), 232, 25, 42), "dark", "ball")
        pen.body(oval(200 + side * 62, 314, 40, 32), shade="ball")
        pen.part(oval(200 + side * 66, 318, 22, 18), "accent")
    pen.body(oval(200, 256, belly, 78), shade="ball")
    pen.part(oval(200, 266, belly * 0.58, 48), "accent", 0.85)
    pen.body(oval(200, 134, head, head * 0.9), shade="ball")
    pen.part(oval(200, 156, 33, 26), "light")
    pen.part("M186,144 Q200,138 214,144 Q210,160 200,160 Q190,160 186,144 Z", "ink")
    pen.line("M200,160 v8 M200,168 Q190,178 182,170 M200,168 Q210,178 218,170", "ink", 3.4)
    for side in (-1, 1):
        pen.part(oval(200 + side * 28, 122, 7.5), "ink")
        pen.part(oval(200 + side * 28 + 3, 119, 2.4), "snow")
    if pen.choose(2, 2):
        pen.solid("M200,206 L160,188 Q152,206 160,226 Z M200,206 L240,188 Q248,206 240,226 Z", "accent")
        pen.part(oval(200, 206, 11), "accent-dark")
    else:
        pen.line("M150,196 Q200,222 250,196", "accent-dark", 14)


def building_blocks(pen: Pen) -> None:
    size = pen.vary(0, 78, 92)
    pen.ground(200, 338, 140)
    low, mid = 334 - size, 334 - 2 * size
    pen.body(slab(200 - 1.55 * size, low, size, size, 9))
    pen.solid(slab(200 - 0.5 * size, low, size, size, 9), "accent")
    pen.body(slab(200 + 0.55 * size, low, size, size, 9), "dark")
    pen.body(slab(200 - 1.02 * size, mid, size, size, 9), "light")
    if pen.choose(1, 2):
        pen.body(
            f"M{200 + 0.05 * size},{mid + size} A{size / 2},{size / 2} 0 0 1 {200 + 1.05 * size},{mid + size} Z", "base"
        )
    else:
        pen.solid(slab(200 + 0.05 * size, mid, size, size, 9), "gold")
    top = mid - 4
    if pen.choose(2, 2):
        pen.body(f"M{200 - 1.0 * size},{top} L{200 - 0.5 * size},{top - size * 0.86} L{200},{top} Z")
    else:
        pen.solid(oval(200 - 0.5 * size, top - 28, 32), "accent", "ball")
    mark = 200 - 1.05 * size, low + size / 2
    pen.line(
        f"M{mark[0] - 16},{mark[1] + 20} L{mark[0]},{mark[1] - 20} "
        f"L{mark[0] + 16},{mark[1] + 20} M{mark[0] - 9},{mark[1] + 6} h18",
        "accent",
        8,
    )
    pen.part(oval(200, low + size / 2, 19), "base")
    middle = 200 + 1.05 * size
    pen.line(
        f"M{middle - 14},{low + size * 0.28} v{size * 0.44} "
        f"M{middle - 14},{low + size * 0.28} q30,2 0,{size * 0.22} q36,4 "
        f"0,{size * 0.22}",
        "accent",
        8,
    )
    pen.line(f"M{200 - 0.5 * size - 18},{mid + size / 2} h36 m-18,-18 v36", "deep", 8)


def rocking_horse(pen: Pen) -> None:
    mane = pen.vary(0, 18, 34)
    pen.ground(200, 350, 140)
    pen.line("M62,306 Q200,378 342,300", "wood", 15)
    pen.line("M140,252 L120,330 M166,256 L178,344 M246,256 L232,344 M266,250 L292,328", "dark", 19)
    pen.line(f"M110,212 C80,{200 + mane} 84,{236 + mane} 76,262", "accent", 17)
    pen.body(
        "M104,224 C108,188 150,186 180,192 C214,196 224,170 236,130 C244,104 262,92 276,92 L282,74 "
        "L292,94 C318,108 338,138 342,156 C338,174 322,178 312,168 C298,164 290,166 284,176 "
        "C282,216 288,236 270,258 C230,276 150,276 122,262 C108,254 102,240 104,224 Z",
        shade="round",
    )
    pen.line(f"M276,96 C{244 - mane * 0.4},104 {232 - mane * 0.3},140 {222 - mane * 0.2},186", "accent", 17)
    pen.part("M268,96 l18,-12 l4,18 Z", "accent")
    pen.part(oval(300, 124, 6.5), "ink")
    pen.line("M286,150 L318,132 M300,110 L306,164", "leather", 4.5)
    pen.solid("M152,188 Q184,200 212,184 Q222,216 206,226 Q178,234 160,224 Q146,212 152,188 Z", "accent")
    pen.stitch("M160,196 Q184,206 206,194 Q212,212 202,218 Q180,224 164,216", "paper")
    if pen.choose(1, 2):
        pen.part(oval(130, 226, 9), "light")
        pen.part(oval(242, 226, 8), "light")
        pen.part(oval(256, 196, 6), "light")


def stacking_rings(pen: Pen) -> None:
    count, height = 4 + pen.choose(0, 3), pen.vary(1, 34, 40)
    pen.ground(200, 344, 126)
    pen.solid(symmetric("M200,316 L300,316 Q316,342 290,342 L200,342"), "wood", "round")
    top = 318 - count * height
    pen.solid(slab(190, top - 30, 20, 60, 8), "wood-dark", "round")
    tones = ("base", "accent", "light", "dark")
    for step in range(count):
        half = 112 - step * (70 / count)
        y = 318 - (step + 1) * height
        path = slab(200 - half, y, 2 * half, height, height / 2)
        if tones[step % 4] == "accent":
            pen.solid(path, "accent", "round")
        else:
            pen.body(path, tones[step % 4], "round")
    pen.solid(oval(200, top - 20, 27), "gold" if pen.choose(2, 2) else "accent", "ball")


def dolls_house(pen: Pen) -> None:
    width, roof = pen.vary(0, 96, 120), pen.vary(1, 50, 92)
    pen.ground(200, 346, width + 28)
    pen.solid(slab(232, roof + 4, 30, 70, 3), "clay")
    pen.body(slab(200 - width, 156, 2 * width, 188, 4))
    pen.solid(f"M{182 - width},164 L200,{roof} L{218 + width},164 Z", "accent")
    for y in range(int(roof) + 44, 160, 24):
        half = (width + 14) * (y - roof) / (164 - roof)
        pen.line(f"M{204 - half},{y} L{196 + half},{y}", "accent-dark", 3, dash="14 6", opacity=0.7)
    pen.part(oval(200, 130, 17), "glass")
    for x in (200 - width * 0.56, 200 + width * 0.56):
        for y in (182, 262):
            pen.part(slab(x - 24, y, 48, 50, 5), "paper")
            pen.part(slab(x - 19, y + 5, 38, 40, 3), "glass")
            pen.line(f"M{x},{y + 5} v40 M{x - 19},{y + 25} h38", "paper", 4)
            pen.part(slab(x - 28, y + 46, 56, 10, 4), "leaf")
    pen.solid("M178,344 L178,284 Q200,262 222,284 L222,344 Z", "accent-dark")
    pen.part(oval(214, 316, 4), "gold")
    pen.part(
        "M200,206 c-9,-16 -27,-4 -19,9 q6,9 19,17 q13,-8 19,-17 c8,-13 -10,-25 -19,-9 Z",
        "deep" if pen.choose(2, 2) else "accent",
    )


SILHOUETTES = {
    "teddy bear": teddy_bear,
    "building blocks": building_blocks,
    "rocking horse": rocking_horse,
    "stacking rings": stacking_rings,
    "dolls' house": dolls_house,
}
