"""Furniture."""

from local.demo_shop.pen import Pen, both, mirrored, oval, slab, symmetric


def armchair(pen: Pen) -> None:
    back, arm, leg = pen.vary(0, 70, 116), pen.vary(1, 176, 206), pen.vary(2, 20, 42)
    foot = 304 + leg
    pen.ground(200, foot + 2, 140)
    for x, lean in ((112, -10), (288, 10), (150, -4), (250, 4)):
        pen.line(f"M{x},300 L{x + lean},{foot}", "wood-dark", 11)
    pen.body(symmetric(f"M200,{back} C{250},{back} {284},{back + 10} 288,{back + 50} L292,270 L200,270"), "dark")
    if pen.choose(3, 2):
        for x in (160, 200, 240):
            for y in (back + 42, back + 82):
                pen.part(oval(x, y, 4.5), "deep")
    else:
        pen.seam(f"M200,{back + 6} L200,210", 0.5)
    pen.body(slab(108, 214, 184, 52, 22), "light")
    pen.body(slab(92, 256, 216, 54, 14))
    for x in (72, 276):
        pen.body(slab(x, arm, 52, 306 - arm, 25), shade="round")
        pen.seam(f"M{x + 9},{arm + 26} Q{x + 26},{arm + 8} {x + 43},{arm + 26}", 0.5)
    if pen.choose(4, 2):
        pen.solid("M160,150 Q200,160 240,150 Q234,190 240,226 Q200,218 160,226 Q166,190 160,150 Z", "accent", "ball")


def rug(pen: Pen) -> None:
    shape = pen.choose(0, 3)
    if shape == 0:
        pen.body(oval(200, 204, 142, pen.vary(1, 120, 142)))
        pen.line(oval(200, 204, 126, pen.vary(1, 104, 126)), "accent", 9)
        pen.line(oval(200, 204, 100, pen.vary(1, 80, 100)), "dark", 5, opacity=0.7)
        return
    height = pen.vary(1, 190, 262)
    top = 202 - height / 2
    for step in range(27):
        x = 72 + step * 9.85
        pen.line(f"M{x},{top + 4} v-20 M{x},{top + height - 4} v20", "accent" if shape == 1 else "cream", 3.6)
    pen.body(slab(66, top, 268, height, 5))
    pen.line(slab(82, top + 16, 236, height - 32, 3), "accent", 8)
    pen.line(slab(97, top + 31, 206, height - 62, 2), "deep", 3, opacity=0.7)
    if pen.design.pattern == "plain":
        reach = pen.vary(2, 34, 62)
        pen.line(
            f"M200,{202 - reach} L{200 + reach * 1.3},202 L200,{202 + reach} L{200 - reach * 1.3},202 Z", "accent", 8
        )
        pen.part(
            f"M200,{202 - reach * 0.4} L{200 + reach * 0.5},202 L200,{202 + reach * 0.4} L{200 - reach * 0.5},202 Z",
            "dark",
        )


def chest_of_drawers(pen: Pen) -> None:
    rows, width, top = 2 + pen.choose(0, 3), pen.vary(1, 96, 128), pen.vary(2, 84, 132)
    pen.ground(200, 344, 140)
    for x in (218 - width, 182 + width):
        pen.line(f"M{x},306 L{x + (x - 200) * 0.07},340", "wood-dark", 13)
    pen.solid(slab(194 - width, top - 12, 2 * width + 12, 18, 5), "wood")
    pen.body(slab(200 - width, top + 2, 2 * width, 308 - top, 6), "dark", pattern=False)
    height = (296 - top) / rows
    handle = pen.choose(3, 3)
    for row in range(rows):
        y = top + 10 + row * height
        halves = 2 if row == 0 and pen.choose(4, 2) else 1
        wide = (2 * width - 12 - 8 * halves) / halves
        for half in range(halves):
            x = 210 - width + half * (wide + 8) - (4 if halves == 1 else 2)
            pen.body(slab(x, y, wide, height - 8, 5))
            middle, centre = x + wide / 2, y + height / 2 - 4
            if handle == 0:
                pen.part(oval(middle, centre, 7), "gold")
            elif handle == 1:
                pen.line(f"M{middle - 22},{centre} h44", "wood-dark", 8)
            else:
                pen.part(f"M{middle - 18},{y} h36 q-2,16 -18,16 q-16,0 -18,-16 Z", "deep")


def bookshelf(pen: Pen) -> None:
    shelves, width, top = 3 + pen.choose(0, 2), pen.vary(1, 84, 112), pen.vary(2, 48, 70)
    pen.ground(200, 352, width + 26)
    pen.body(slab(200 - width, top, 2 * width, 346 - top, 5), pattern=False)
    height = (336 - top) / shelves
    spines = ("accent", "paper", "deep", "clay", "gold", "leaf-dark", "light", "steel-dark")
    for row in range(shelves):
        y = top + 8 + row * height
        pen.part(slab(208 - width, y, 2 * width - 16, height - 8, 2), "deep", 0.75)
        x, floor = 213 - width, y + height - 8
        item = row
        while x < 176 + width - 26 * (row % 2):
            wide, tall = 11 + (item * 5) % 9, height * (0.56 + 0.06 * ((item * 3) % 5))
            pen.part(slab(x, floor - tall, wide, tall, 2), spines[(item + pen.choose(3, 8)) % 8])
            x += wide + 2
            item += 1
        if row % 2:
            pen.part(slab(172 + width - 22, floor - 18, 26, 18, 4), "clay")
            pen.part(oval(163 + width, floor - 28, 15, 14), "leaf")


def curtains(pen: Pen) -> None:
    hem, gather = pen.vary(0, 316, 350), pen.vary(1, 18, 56)
    pen.part(slab(96, 70, 208, 230, 4), "glass")
    pen.line("M200,70 L200,300", "snow", 6)
    pen.line("M96,180 H304", "snow", 6)
    half = (
        f"M196,66 C188,130 {190 - gather},190 {150 - gather * 0.4},226 C{160 - gather * 0.3},270 "
        f"{170 - gather * 0.3},300 {172 - gather * 0.4},{hem} Q130,{hem + 10} 72,{hem} L70,66 Z"
    )
    pen.body(half)
    pen.body(f"{mirrored(half)} Z")
    for x in (92, 116, 140, 164):
        pen.seam(both(f"M{x},74 Q{x - 4},160 {x - (x - 70) * gather * 0.007},222 Q{x - 6},280 {x - 4},{hem - 4}"), 0.35)
    pen.line(both(f"M70,226 Q{110 - gather * 0.2},246 {152 - gather * 0.4},224"), "accent", 10)
    pen.line("M54,60 H346", "wood-dark", 10)
    for x in (52, 348):
        pen.solid(oval(x, 60, 13), "gold", "ball")


SILHOUETTES = {
    "armchair": armchair,
    "rug": rug,
    "chest of drawers": chest_of_drawers,
    "bookshelf": bookshelf,
    "curtains": curtains,
}
