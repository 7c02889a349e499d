"""What is worn beside clothes."""

from math import cos, pi, sin

from local.demo_shop.pen import Pen, oval, slab, symmetric


def cap(pen: Pen) -> None:
    crown, brim = pen.vary(0, 76, 108), pen.vary(1, 300, 344)
    pen.body(
        f"M76,232 C70,{crown + 20} 130,{crown - 10} 180,{crown} C246,{crown + 10} 266,170 264,236 Q170,262 76,232 Z",
        shade="ball",
    )
    pen.seam(f"M176,{crown} Q150,170 152,248 M176,{crown} Q226,150 228,246", 0.5)
    pen.part(oval(176, crown, 9), "accent")
    pen.body(
        f"M258,206 Q{brim - 10},214 {brim},262 Q{brim - 10},276 262,258 Q210,246 166,252 Q216,224 258,206 Z",
        "accent" if pen.choose(2, 2) else "dark",
        pattern=False,
    )
    pen.stitch(f"M262,222 Q{brim - 34},230 {brim - 18},260", "light")
    pen.part(oval(206, 176, 22, 22), "accent")
    pen.line("M196,182 l10,-16 l10,16", "deep", 4)
    pen.part(oval(118, 168, 4), "deep")


def beanie(pen: Pen) -> None:
    crown, slouch = pen.vary(0, 92, 128), pen.vary(1, -14, 18)
    if pen.choose(2, 3):
        for step in range(9):
            angle = step * 2 * pi / 9
            pen.part(oval(200 + slouch + 22 * sin(angle), crown - 10 + 22 * cos(angle), 17), "accent")
        pen.solid(oval(200 + slouch, crown - 10, 28), "accent", "ball")
    pen.body(
        f"M88,262 C84,{crown + 50} {150 + slouch},{crown} {200 + slouch},{crown} "
        f"C{250 + slouch},{crown} 316,{crown + 50} 312,262 Q200,284 88,262 Z",
        shade="ball",
    )
    for share in (-0.66, -0.33, 0, 0.33, 0.66):
        pen.seam(f"M{200 + slouch + share * 30},{crown + 6} Q{200 + share * 150},170 {200 + share * 112},262", 0.28)
    cuff = pen.vary(3, 44, 66)
    pen.solid(slab(80, 252, 240, cuff, 18), "dark", "round")
    for x in range(94, 314, 12):
        pen.line(f"M{x},258 v{cuff - 12}", "deep", 2, opacity=0.5)
    pen.part(slab(222, 262, 44, cuff - 22, 3), "accent")


def scarf(pen: Pen) -> None:
    tail, width = pen.vary(0, 300, 346), pen.vary(1, 56, 74)
    for x, end, tone, lean in ((206.0, tail - 44, "dark", 14), (158.0, tail, "base", -16)):
        left, right = x - width / 2 + lean, x + width / 2 + lean
        for step in range(8):
            fringe = left + 4 + step * (width - 8) / 7
            pen.line(f"M{fringe},{end - 6} l0,26", "accent" if step % 2 else "base", 4.5)
        pen.body(
            f"M{x - width * 0.4},150 L{x + width * 0.4},150 Q{x + width * 0.5},220 "
            f"{right},{end} L{left},{end} Q{x - width * 0.5},220 {x - width * 0.4},150 Z",
            tone,
        )
        pen.line(f"M{left + 3},{end - 18} h{width - 6} M{left + 3},{end - 36} h{width - 6}", "accent", 7)
    pen.body("M78,130 C72,52 328,52 322,130 C320,180 262,192 200,192 C138,192 80,180 78,130 Z", shade="round")
    pen.part("M124,112 C134,84 266,84 276,112 C266,136 134,136 124,112 Z", "deep")
    pen.body("M120,112 C152,152 250,146 322,112 C332,172 250,204 182,186 C128,174 100,146 120,112 Z", "light")
    pen.seam("M146,142 Q206,176 296,150 M134,162 Q196,194 290,178", 0.4)


def sunglasses(pen: Pen) -> None:
    shape, size = pen.choose(0, 3), pen.vary(1, 56, 70)
    pen.line("M76,180 Q70,140 112,122 M324,180 Q330,140 288,122", "dark", 9)
    lens = "ink" if pen.choose(2, 2) else "accent-dark"
    for x in (128, 272):
        if shape == 0:
            path, inner = oval(x, 206, size), oval(x, 206, size - 11)
        elif shape == 1:
            path, inner = (
                slab(x - size, 206 - size * 0.72, 2 * size, 1.44 * size, 20),
                slab(x - size + 10, 216 - size * 0.72, 2 * size - 20, 1.44 * size - 20, 14),
            )
        else:
            s = 1 if x > 200 else -1
            path = (
                f"M{x - s * 58},176 Q{x},156 {x + s * 74},146 Q{x + s * 76},206 "
                f"{x + s * 36},250 Q{x - s * 30},272 {x - s * 58},220 Z"
            )
            inner = (
                f"M{x - s * 46},186 Q{x},170 {x + s * 58},162 Q{x + s * 58},204 "
                f"{x + s * 26},238 Q{x - s * 24},254 {x - s * 46},214 Z"
            )
        pen.body(path)
        pen.part(inner, lens)
        pen.line(f"M{x - 24},216 L{x + 6},184 M{x - 8},228 L{x + 22},196", "snow", 6, opacity=0.28)
    pen.line("M184,196 Q200,180 216,196", "base", 13)


def watch(pen: Pen) -> None:
    radius, square = pen.vary(0, 62, 80), pen.choose(1, 3) == 0
    pen.body(symmetric(f"M200,30 L232,34 L{200 + radius * 0.62},150 L200,150"), shade="round")
    pen.body(symmetric(f"M200,250 L{200 + radius * 0.62},250 L230,366 Q200,376 200,376"), shade="round")
    for y in (318, 334, 350):
        pen.part(oval(200, y, 4.5), "deep")
    pen.stitch("M178,44 L168,140 M222,44 L232,140 M170,262 L178,350 M230,262 L222,350", "light")
    metal = "gold" if pen.choose(2, 2) else "steel"
    pen.solid(slab(196 + radius, 190, 18, 20, 5), metal)
    frame = slab(200 - radius, 200 - radius, 2 * radius, 2 * radius, 22) if square else oval(200, 200, radius)
    face = (
        slab(212 - radius, 212 - radius, 2 * radius - 24, 2 * radius - 24, 14)
        if square
        else oval(200, 200, radius - 12)
    )
    pen.solid(frame, metal, "ball")
    pen.part(face, "paper" if pen.choose(3, 3) else "ink")
    hands = "ink" if pen.choose(3, 3) else "snow"
    for hour in range(12):
        angle = hour * pi / 6
        reach = radius - 20
        pen.line(
            f"M{200 + reach * sin(angle)},{200 - reach * cos(angle)} "
            f"L{200 + (reach - 7) * sin(angle)},{200 - (reach - 7) * cos(angle)}",
            hands,
            3.2,
        )
    pen.line(f"M200,200 L{200 + radius * 0.4},{200 - radius * 0.26}", hands, 6)
    pen.line(f"M200,200 L{200 - radius * 0.3},{200 - radius * 0.52}", hands, 4)
    pen.line(f"M200,200 L208,{200 + radius * 0.56}", "red", 2.4)
    pen.part(oval(200, 200, 5), hands)


def umbrella(pen: Pen) -> None:
    arch, scallops = pen.vary(0, 58, 90), 4 + pen.choose(1, 2)
    with pen.turned(f"rotate({pen.vary(2, -14, 14):.1f} 200 200)"):
        pen.line("M200,190 L200,320 Q200,350 224,350 Q246,350 246,326", "wood-dark", 11)
        pen.line("M200,300 L200,320 Q200,350 224,350 Q246,350 246,326", "accent", 12)
        pen.line(f"M200,{arch - 14} L200,{arch + 10}", "steel-dark", 7)
        step = 290 / scallops
        hem = " ".join(f"Q{345 - step * (i + 0.5)},184 {345 - step * (i + 1)},216" for i in range(scallops))
        pen.body(
            f"M55,216 C62,{arch + 30} 130,{arch} 200,{arch} C270,{arch} 338,{arch + 30} 345,216 {hem} Z", shade="ball"
        )
        for i in range(1, scallops):
            x = 345 - step * i
            pen.seam(f"M200,{arch} Q{200 + (x - 200) * 0.8},{arch + 50} {x},216", 0.5)
        pen.line(f"M58,200 C74,{arch + 40} 130,{arch + 4} 196,{arch + 3}", "snow", 4, opacity=0.4)


def gloves(pen: Pen) -> None:
    thumb, cuff = pen.vary(0, 0, 22), pen.vary(1, 40, 68)
    mitten = pen.choose(2, 2)
    for shift, turn in ((-78, -7), (78, 7)):
        flip = "" if shift < 0 else "translate(400 0) scale(-1 1)"
        with pen.turned(f"translate({shift} 0) rotate({turn} 200 200) {flip}"):
            if mitten:
                hand = (
                    "M156,270 L150,150 C150,90 240,90 242,150 L242,186 "
                    f"Q{268 + thumb},150 {286},166 Q{292},186 250,238 L244,270 Z"
                )
            else:
                fingers = (
                    "L150,140 Q150,122 161,122 Q172,122 172,140 L173,172 L174,104 Q175,88 "
                    "186,88 Q197,88 197,104 L197,170 L199,98 Q200,82 211,82 Q222,82 222,98 "
                    "L222,172 L224,116 Q226,102 236,102 Q246,102 246,118 L244,190"
                )
                hand = f"M156,270 {fingers} Q{262 + thumb},160 {282},172 Q{290},190 252,240 L246,270 Z"
            pen.body(hand)
            pen.solid(slab(148, 262, 104, cuff, 12), "accent", "round")
            for x in range(158, 250, 10):
                pen.line(f"M{x},268 v{cuff - 12}", "accent-dark", 2, opacity=0.6)


def belt(pen: Pen) -> None:
    width = pen.vary(0, 30, 44)
    pen.line(
        "M200,96 C90,96 76,160 78,206 C80,270 150,304 210,304 C280,304 326,262 322,206 C318,140 270,96 200,96",
        "dark",
        width,
    )
    pen.line(
        "M200,92 C90,92 76,156 78,202 C80,266 150,298 210,298 C280,298 326,258 322,202 C318,136 270,92 200,92",
        "base",
        width,
    )
    inset = width / 2 - 5
    for edge in (-inset, inset):
        pen.stitch(
            f"M200,{92 + edge} C{90 + edge},{92 + edge} {76 + edge},156 "
            f"{78 + edge},202 C{80 + edge},{266 - edge} 150,{298 - edge} "
            f"210,{298 - edge} C280,{298 - edge} {326 - edge},258 {322 - edge},202",
            "light",
        )
    pen.line("M236,296 L318,326", "base", width)
    for step in range(4):
        pen.part(oval(262 + 16 * step, 306 + 6 * step, 3.6), "deep")
    metal = "gold" if pen.choose(1, 2) else "steel"
    half = width / 2 + 9
    pen.line(slab(184, 298 - half, 52, 2 * half, 10 if pen.choose(2, 2) else 24), metal, 9)
    pen.line("M188,298 L240,298", metal, 7)
    pen.part(slab(150, 296 - half + 4, 16, 2 * half - 8, 4), "deep")


def necklace(pen: Pen) -> None:
    drop, beads = pen.vary(0, 226, 276), 15 + 2 * pen.choose(1, 4)
    pen.line("M88,60 Q92,84 100,104 M312,60 Q308,84 300,104", "gold", 4)
    for step in range(beads):
        share = step / (beads - 1)
        angle = pi * share
        x, y = 200 - 112 * cos(angle), 80 + (drop - 80) * sin(angle) ** 0.8
        size = 8 + 8 * sin(angle)
        pen.solid(oval(x, y, size), "base" if step % 2 == 0 else "accent", "ball")
    tip = drop + 10
    pen.line(oval(200, tip + 10, 6), "gold", 4)
    if pen.choose(2, 2):
        pen.body(
            f"M200,{tip + 16} C232,{tip + 50} 226,{tip + 84} 200,{tip + 84} "
            f"C174,{tip + 84} 168,{tip + 50} 200,{tip + 16} Z",
            shade="ball",
        )
    else:
        pen.body(oval(200, tip + 46, 30), shade="ball")
        pen.part(oval(200, tip + 46, 13), "accent")
    pen.shine(f"M188,{tip + 44} q2,-12 8,-16", 5, 0.6)


SILHOUETTES = {
    "cap": cap,
    "beanie": beanie,
    "scarf": scarf,
    "sunglasses": sunglasses,
    "watch": watch,
    "umbrella": umbrella,
    "gloves": gloves,
    "belt": belt,
    "necklace": necklace,
}
