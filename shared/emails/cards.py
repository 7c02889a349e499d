"""A product as a picture for an email: its photo, and below it the title and the price of now."""

import io
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from shared.domain.spaces import RgbImage
from shared.domain.wording import plain, printed
from shared.services.slot_images import Card

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

ASPECT = 1.25
"""Height by width, of every card: a mail program lays them out before it knows what is on them."""
_GROUND, _EMPTY = "#ffffff", "#f1f2f4"
_INK, _GREY, _RED = "#1c1e21", "#5f646b", "#b3261e"
"""On white, 4.5 : 1 and more (WCAG 2.2, contrast of text)."""
_MARGIN, _TITLE, _PRICE, _LARGE, _LEADING = 0.027, 0.047, 0.06, 0.075, 1.25
"""Margin, sizes of letters, in widths of the card; and of lines, in sizes of their letters."""
_LINES, _LARGE_LINES = 2, 5
_MOST_TITLE = 160
_TITLE_LETTERS = 0.8
"""What share of a title's letters the font must have: else it is left out, and the photo and the price speak."""
_JPEG_QUALITY = 85
_BLANK = "\uffff"


def draw(card: Card, picture: RgbImage | None) -> bytes:
    """The file. Without the picture the title stands in its place; a neutral card is empty."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (card.width, round(card.width * ASPECT)), _GROUND)
    canvas = ImageDraw.Draw(image)
    title = _readable(plain(card.title, _MOST_TITLE))
    top = card.width + _px(card, _MARGIN)
    if picture is not None:
        _place(image, card.width, picture)
        top = _write(canvas, card, title, top, _TITLE, _LINES)
    elif title or card.price is not None:
        canvas.rectangle((0, 0, card.width - 1, card.width - 1), _EMPTY)
        _write_large(canvas, card, title)
    else:
        canvas.rectangle((0, 0, *image.size), _EMPTY)
    _write_price(canvas, card, top)
    return _file(image, card.kind)


def _place(image: "Image", side: int, picture: RgbImage) -> None:
    """All of the picture in the upper square, as large as it fits."""
    from PIL import Image, ImageOps

    fitted = ImageOps.contain(Image.fromarray(picture), (side, side))
    image.paste(fitted, ((side - fitted.width) // 2, (side - fitted.height) // 2))


def _write(canvas: "ImageDraw", card: Card, text: str, top: int, size: float, most: int) -> int:
    """Returns where the next line may begin."""
    font = _font("Regular", _px(card, size))
    for line in _lines(text, font, card.width - 2 * _px(card, _MARGIN), most):
        canvas.text((_px(card, _MARGIN), top), line, _INK, font)
        top += _px(card, size * _LEADING)
    return top


def _write_large(canvas: "ImageDraw", card: Card, text: str) -> None:
    """In the middle of the upper square."""
    font = _font("Medium", _px(card, _LARGE))
    lines = _lines(text, font, round(card.width * 0.8), _LARGE_LINES)
    leading = _px(card, _LARGE * _LEADING)
    top = (card.width - leading * len(lines)) // 2
    for line in lines:
        canvas.text((card.width // 2, top), line, _GREY, font, anchor="ma")
        top += leading


def _write_price(canvas: "ImageDraw", card: Card, top: int) -> None:
    reduced = card.price is not None and card.sale_price is not None and card.sale_price < card.price
    price = printed(card.price if card.sale_price is None else card.sale_price, card.currency)
    was = printed(card.price, card.currency) if reduced else None
    font, left = _font("Bold", _px(card, _PRICE)), _px(card, _MARGIN)
    if price:
        canvas.text((left, top), price, _RED if reduced else _INK, font)
        left += round(font.getlength(price)) + _px(card, _MARGIN)
    if was:
        smaller = _font("Regular", _px(card, _TITLE))
        foot = top + font.getmetrics()[0]
        canvas.text((left, foot), was, _GREY, smaller, anchor="ls")
        middle = foot - _px(card, _TITLE * 0.36)
        canvas.line((left, middle, left + smaller.getlength(was), middle), _GREY, max(1, card.width // 300))


def _lines(text: str, font: "FreeTypeFont", width: int, most: int) -> Sequence[str]:
    """At most ``most``, broken at spaces, within words where there is none; what is left over becomes an ellipsis."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most:
        fitting = next((end for end in range(len(rest), 0, -1) if font.getlength(rest[:end]) <= width), 1)
        if fitting < len(rest) and len(lines) == most - 1:
            fitting = next((end for end in range(fitting, 0, -1) if font.getlength(rest[:end] + "…") <= width), 1)
            cut = rest[:fitting].rpartition(" ")[0] if " " in rest[fitting // 2 : fitting] else rest[:fitting]
            lines.append(cut.rstrip(" ,.;:-") + "…")
            break
        if fitting < len(rest) and " " in rest[: fitting + 1].strip():
            fitting = rest[: fitting + 1].rstrip().rfind(" ") if rest[fitting] != " " else fitting
        lines.append(rest[:fitting].strip())
        rest = rest[fitting:].strip()
    return lines


def _readable(text: str) -> str:
    """Without what the font has no shape for, such as emoji; nothing where that is more than an ornament."""
    shaped = "".join(each for each in text if each.isspace() or _has_shape(each))
    letters = sum(each.isalnum() for each in text)
    enough = sum(each.isalnum() for each in shaped) >= _TITLE_LETTERS * letters
    return " ".join(shaped.split()) if letters and enough else ""


@lru_cache(4096)
def _has_shape(character: str) -> bool:
    font = _font("Regular", 16)
    return bytes(font.getmask(character)) != bytes(font.getmask(_BLANK))


@cache
def _font(style: str, size: int) -> "FreeTypeFont":
    """Of Roboto, which has the Latin, Greek and Cyrillic letters and most currencies' signs."""
    from importlib.resources import files

    from PIL import ImageFont

    return ImageFont.truetype(str(files("font_roboto") / "files" / f"Roboto-{style}.ttf"), size)


def _px(card: Card, share: float) -> int:
    return max(1, round(card.width * share))


def _file(image: "Image", kind: str) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **({"quality": _JPEG_QUALITY, "optimize": True} if kind == "JPEG" else {}))
    return target.getvalue()
