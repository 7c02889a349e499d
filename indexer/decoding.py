"""From the bytes of a picture file, which anyone may have made, to pixels."""

import io
from typing import TYPE_CHECKING

import numpy as np

from shared.domain.spaces import RgbImage

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
"""What browsers show. Others cost attack surface (TIFF) or run programs (EPS)."""
MAX_PIXELS = 50_000_000
"""Larger than any camera a shop uses for products; decoded it takes 150 MB."""
MIN_SIDE = 8
"""Below that it is a tracking pixel or a placeholder."""
MAX_ASPECT = 16
"""Longer side by shorter one: an encoder scales the shorter side up, and a ribbon would grow without bound."""


class Undecodable(Exception):
    """Why a file is no usable picture, as the end of a sentence."""


def decode(content: bytes, image_size: int) -> RgbImage:
    """The picture upright, on white, in RGB, at least twice ``image_size`` on its shorter side if it was that large.

    Decoding at a reduced size costs a fraction and leaves the encoder's own resampling more than it needs.
    Raises :class:`Undecodable`.
    """
    from PIL import Image, UnidentifiedImageError

    if not content:
        raise Undecodable("is empty")
    try:
        with Image.open(io.BytesIO(content), formats=_available()) as image:
            _require_sane(*image.size)
            _shrink_while_decoding(image, 2 * image_size)
            image.load()
            return _pixels(_upright(image), 2 * image_size)
    except Undecodable:
        raise
    except UnidentifiedImageError:
        raise Undecodable("is not a JPEG, PNG, WebP, GIF, BMP or AVIF picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Undecodable(f"has more than {MAX_PIXELS // 1_000_000} million pixels") from None
    except Exception as error:
        # The decoders of six formats raise anything from struct.error to SyntaxError for damaged files.
        raise Undecodable("is damaged or cut short") from error


def _available() -> tuple[str, ...]:
    from PIL import Image

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _require_sane(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise Undecodable(f"has {width:,}×{height:,} pixels, more than {MAX_PIXELS // 1_000_000} million")
    if min(width, height) < MIN_SIDE:
        raise Undecodable(f"is only {width}×{height} pixels small")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise Undecodable(f"is a ribbon of {width:,}×{height:,} pixels")


def _shrink_while_decoding(image: "Image", side: int) -> None:
    """JPEG can be decoded at a half, a quarter or an eighth of its size; other formats ignore the wish."""
    factor = min(image.size) / side
    if factor >= 2:
        image.draft(None, (int(image.width / factor), int(image.height / factor)))


def _upright(image: "Image") -> "Image":
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image  # an unreadable EXIF block says nothing about the picture


def _pixels(image: "Image", side: int) -> RgbImage:
    from PIL import Image

    factor = min(image.size) // side
    if image.mode.startswith("I"):
        # Pillow clips sixteen bits to white; their upper eight are the picture.
        array = np.asarray(image)
        image = Image.fromarray(np.clip(array // 256 if array.max() > 255 else array, 0, 255).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        background = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(background, image)
    if image.mode != "RGB":
        image = image.convert("RGB")
    if factor >= 2:
        image = image.reduce(factor)
    return np.array(image, dtype=np.uint8)
