"""What stands on the table."""

from math import cos, pi, sin

from local.demo_shop.pen import Pen, oval, slab, symmetric


def mug(pen: Pen) -> None:
    width, top, taper = pen.vary(0, 76, 98), pen.vary(1, 112, 152), pen.vary(2, 0, 24)
    pen.ground(196, 318, 124)
    mid = (top + 300) / 2
    reach = pen.vary(3, 50, 72)
    pen.line(
        f"M{176 + width},{mid - 48} C{190 + width + reach},{mid - 62} "
        f"{190 + width + reach},{mid + 56} {172 + width - taper},{mid + 46}",
        "dark",
        21,
    )
    pen.line(
        f"M{176 + width},{mid - 50} C{188 + width + reach},{mid - 64} "
        f"{188 + width + reach},{mid + 54} {172 + width - taper},{mid + 44}",
        "base",
        14,
    )
    left, right = 184 - width, 184 + width
    pen.body(
        f"M{left},{top} L{left + taper},292 Q{left + taper},316 {left + taper + 24},316 "
        f"L{right - taper - 24},316 Q{right - taper},316 {right - taper},292 L{right},{top} Z",
        shade="round",
    )
    pen.part(oval(184, top, width, 15), "light")
    pen.part(oval(184, top + 2, width - 8, 11), "deep")
    pen.part(oval(184, top + 5, width - 13, 7), "soil")
    if pen.choose(4, 2):
        pen.line(f"M{left + 3},{top + 26} Q184,{top + 46} {right - 3},{top + 26}", "accent", 9)
    pen.shine(f"M{left + 24},{top + 46} L{left + 24 + taper * 0.8},262", 9)


def teapot(pen: Pen) -> None:
    belly, height = pen.vary(0, 88, 104), pen.vary(1, 70, 92)
    mid = 306 - height
    pen.ground(196, 318, 130)
    pen.body(
        f"M{184 + belly - 26},{mid + 34} C{210 + belly},{mid + 20} "
        f"{204 + belly},{mid - 40} {240 + belly},{mid - 60} L{224 + belly},{mid - 76} "
        f"C{186 + belly},{mid - 62} {176 + belly},{mid - 10} {150 + belly},{mid - 20} Z",
        "dark",
        pattern=False,
    )
    if pen.choose(2, 3):
        pen.line(
            f"M{196 - belly},{mid - 36} C{120 - belly},{mid - 60} {124 - belly},{mid + 50} {198 - belly},{mid + 34}",
            "dark",
            17,
        )
    else:
        pen.line(
            f"M{200 - belly * 0.7},{mid - height * 0.6} C{200 - belly},{mid - height - 116} "
            f"{190 + belly},{mid - height - 116} {190 + belly * 0.7},{mid - height * 0.6}",
            "wood-dark",
            13,
        )
    pen.body(oval(194, mid, belly, height), shade="ball")
    pen.solid(slab(154, 300, 80, 15, 6), "dark")
    pen.body(
        f"M{194 - belly * 0.55},{mid - height * 0.8} Q194,{mid - height - 38} "
        f"{194 + belly * 0.55},{mid - height * 0.8} Q194,{mid - height * 0.62} "
        f"{194 - belly * 0.55},{mid - height * 0.8} Z",
        "light",
        pattern=False,
    )
    pen.solid(oval(194, mid - height - 16, 13), "accent", "ball")
    if pen.choose(3, 2):
        pen.line(f"M{200 - belly},{mid + 22} Q194,{mid + 58} {188 + belly},{mid + 22}", "accent", 9)
    pen.shine(
        f"M{190 - belly * 0.62},{mid + 18} Q{186 - belly * 0.62},{mid - 20} {194 - belly * 0.4},{mid - height * 0.6}", 8
    )


def plate(pen: Pen) -> None:
    radius, rim = pen.vary(0, 124, 146), pen.vary(1, 26, 46)
    pen.body(oval(200, 200, radius))
    pen.line(oval(200, 200, radius - 5), "accent", pen.vary(2, 4, 11))
    pen.solid(oval(200, 202, radius - rim), "light", "ball")
    pen.line(oval(200, 200, radius - rim), "deep", 2, opacity=0.4)
    motif = pen.choose(3, 3)
    if motif == 0:
        pen.line(oval(200, 200, radius - rim - 14), "accent", 4)
    elif motif == 1:
        for step in range(8):
            angle = step * pi / 4
            pen.part(oval(200 + 40 * sin(angle), 200 - 40 * cos(angle), 8, 8), "accent")
        pen.part(oval(200, 200, 14), "base")
    pen.line(
        f"M{200 - radius * 0.62},{200 - radius * 0.5} "
        f"Q{200 - radius * 0.36},{200 - radius * 0.74} "
        f"196,{200 - radius * 0.8}",
        "snow",
        7,
        opacity=0.5,
    )


def bowl(pen: Pen) -> None:
    width, top, foot = pen.vary(0, 116, 142), pen.vary(1, 158, 196), pen.vary(2, 34, 60)
    pen.ground(200, 318, width)
    pen.solid(slab(200 - foot, 296, 2 * foot, 20, 5), "dark", "round")
    pen.body(
        symmetric(f"M200,{top} L{200 + width},{top} C{202 + width},{top + 90} {206 + foot},304 200,304"), shade="round"
    )
    pen.part(oval(200, top, width, 26), "light")
    pen.part(oval(200, top + 3, width - 10, 20), "dark")
    if pen.choose(3, 2):
        fruit = (
            (("orange", -54), ("red", 4), ("leaf", 56))
            if pen.choose(4, 2)
            else (("yellow", -50), ("leaf", 0), ("orange", 52))
        )
        for tone, x in fruit:
            pen.solid(oval(200 + x, top - 14, 33), tone, "ball")
            pen.line(f"M{200 + x},{top - 44} q3,-9 9,-11", "soil", 4)
        pen.body(
            f"M{200 - width},{top} Q200,{top + 48} {200 + width},{top} "
            f"C{202 + width},{top + 90} {200 + width * 0.6},{top + 96} 200,{top + 96} "
            f"C{200 - width * 0.6},{top + 96} {198 - width},{top + 90} {200 - width},{top} "
            "Z",
            shade="round",
        )
    pen.line(f"M{202 - width},{top + 16} Q200,{top + 64} {198 + width},{top + 16}", "accent", 7)
    pen.shine(f"M{226 - width},{top + 48} Q{236 - width},{top + 74} {252 - width},{top + 88}", 7)


def storage_jar(pen: Pen) -> None:
    width, top = pen.vary(0, 70, 96), pen.vary(1, 118, 160)
    pen.ground(200, 344, width + 26)
    pen.body(
        symmetric(
            f"M200,{top} L{188 + width},{top} Q{202 + width},{top + 6} "
            f"{202 + width},{top + 30} L{202 + width},318 Q{202 + width},342 {178 + width},342 "
            "L200,342"
        ),
        shade="round",
    )
    if pen.choose(2, 2):
        pen.solid(slab(196 - width, top - 30, 2 * width + 8, 34, 10), "wood", "round")
        pen.line(f"M{200 - width},{top - 14} h{2 * width}", "wood-dark", 3)
    else:
        pen.solid(f"M{194 - width},{top + 2} Q200,{top - 74} {206 + width},{top + 2} Z", "dark", "ball")
        pen.solid(oval(200, top - 46, 15), "accent", "ball")
    label = pen.vary(3, 40, 56)
    middle = (top + 342) / 2
    pen.part(slab(200 - label, middle - 28, 2 * label, 56, 9), "paper")
    pen.line(
        f"M{212 - label},{middle - 8} h{2 * label - 24} M{224 - label},{middle + 10} h{2 * label - 48}", "accent", 5
    )
    pen.shine(f"M{222 - width},{top + 30} L{222 - width},306", 8, 0.5)


SILHOUETTES = {
    "mug": mug,
    "teapot": teapot,
    "plate": plate,
    "bowl": bowl,
    "storage jar": storage_jar,
}
