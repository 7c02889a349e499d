"""From the bytes of a picture file, which anyone may have made, to pixels.

Whoever calls has to bound how many pictures are decoded at a time; :func:`decode` bounds what each of them takes.
"""

import io
import math
from typing import TYPE_CHECKING

import numpy as np

from shared.domain.spaces import RgbImage
from shared.intake import jpeg_bounds

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
"""What browsers show. Others cost attack surface (TIFF) or run programs (EPS)."""
MAX_PIXELS = 25_000_000
"""The 24 million of a full-frame camera (6,000×4,000) pass; what is larger was never meant for a shop's page."""
MIN_SIDE = 8
"""Below that it is a tracking pixel or a placeholder."""
MAX_ASPECT = 16
"""Longer side by shorter one: an encoder scales the shorter side up, and a ribbon would grow without bound."""
MAX_AREA = 16
"""Of the answer, in squares of twice the encoder's side: 10 MB for a side of 224."""


HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
"""ISO/IEC 23008-12, annex B: what an iPhone writes. Decoding it takes a patented codec, and Pillow brings none."""
_JPEG = b"\xff\xd8"
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


class Undecodable(Exception):
    """Why a file is no usable picture, as the end of a sentence."""


class TooManyPixels(Undecodable):
    """It is larger than is decoded."""


class FormatUnknown(Undecodable):
    """It is no picture, or of a format that is not decoded."""


def decode(content: bytes, image_size: int) -> RgbImage:
    """The picture upright, on white, in RGB, at least twice ``image_size`` on its shorter side if it was that large.

    Decoding at a reduced size costs a fraction and leaves the encoder's own resampling more than it needs. Of a
    picture longer than 4:1 it may leave half of that, so that no answer exceeds ``MAX_AREA`` times its square.

    At its peak it holds up to 17 bytes a pixel beside ``content``: libwebp's own 16 for a lossless file and change, the
    most of the six formats (CMYK JPEG 12, AVIF 11, PNG 8). With ``MAX_PIXELS`` that is 425 MB for the worst picture
    and 75 MB for a camera's JPEG. All further copies are made of the reduced picture. Raises :class:`Undecodable`.
    """
    from PIL import Image, UnidentifiedImageError

    if not content:
        raise Undecodable("is empty")
    if _is_heif(content):
        raise FormatUnknown("is in HEIC, which few programs read: make it a JPEG")
    if content.startswith(_JPEG) and jpeg_bounds.is_excessive(content):
        raise Undecodable("is a JPEG of more parts than any camera writes")
    try:
        with Image.open(io.BytesIO(content), formats=_available()) as image:
            _require_sane(*image.size)
            _shrink_while_decoding(image, 2 * image_size)
            image.load()
            return np.array(_on_white(_upright(_reduced(image, 2 * image_size))), dtype=np.uint8)
    except Undecodable:
        raise
    except UnidentifiedImageError:
        raise FormatUnknown("is not a JPEG, PNG, WebP, GIF, BMP or AVIF picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise TooManyPixels(f"has more than {MAX_PIXELS // 1_000_000} million pixels") from None
    except Exception as error:
        # The decoders of six formats raise anything from struct.error to SyntaxError for damaged files.
        raise Undecodable("is damaged or cut short") from error


def _is_heif(content: bytes) -> bool:
    """By the brands of its first box; an AVIF may name the general ones beside its own."""
    if content[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(content[:4], "big"), 256)
    brands = {content[8:12], *(content[at : at + 4] for at in range(16, end - 3, 4))}
    return bool(brands & HEIF_BRANDS) and not brands & _AVIF_BRANDS


def _available() -> tuple[str, ...]:
    from PIL import Image

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _require_sane(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise TooManyPixels(f"has {width:,}×{height:,} pixels, more than {MAX_PIXELS // 1_000_000} million")
    if min(width, height) < MIN_SIDE:
        raise Undecodable(f"is only {width}×{height} pixels small")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise Undecodable(f"is a ribbon of {width:,}×{height:,} pixels")


def _shrink_while_decoding(image: "Image", side: int) -> None:
    """JPEG can be decoded at a half, a quarter or an eighth of its size; other formats ignore the wish."""
    factor = min(image.size) / side
    if factor >= 2:
        image.draft(None, (int(image.width / factor), int(image.height / factor)))


def _reduced(image: "Image", side: int) -> "Image":
    """By a whole factor, before anything else is made of it: every copy of the full size costs as much again."""
    factor = max(min(image.size) // side, math.ceil(math.sqrt(image.width * image.height / MAX_AREA) / side))
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    elif "A" in image.getbands() or "transparency" in image.info:
        # Premultiplied, so that the hidden colour of a transparent pixel does not bleed into its neighbours.
        image = (image if image.mode == "RGBA" else image.convert("RGBA")).convert("RGBa")
    elif image.mode in ("1", "P"):
        image = image.convert("RGB")
    return image.reduce(factor) if factor >= 2 else image


def _eight_bits(image: "Image") -> "Image":
    """Pillow clips sixteen bits to white; their upper eight are the picture."""
    from PIL import Image

    array = np.asarray(image)
    grey = Image.fromarray(np.clip(array // 256 if array.max() > 255 else array, 0, 255).astype(np.uint8))
    grey.info = image.info  # says which way is up
    return grey


def _upright(image: "Image") -> "Image":
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image  # an unreadable EXIF block says nothing about the picture


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    if image.mode == "RGBa":
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == "RGB" else image.convert("RGB")
