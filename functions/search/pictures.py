"""The picture of a search, from the request to pixels."""

import binascii

from functions.search.uploads import Asked
from shared.domain.errors import FormatRefused, InvalidInput, TooLarge
from shared.domain.spaces import RgbImage
from shared.ports import PictureReader

LARGEST_PICTURE = 4_400_000
"""Bytes of a picture that is sent: what Lambda's 6 MB hold of one in base64, beside the rest of the request."""
_FROM_URL_SAFE = str.maketrans("-_", "+/")


def picture_of(asked: Asked, reader: PictureReader) -> RgbImage | None:
    """None where none came with it. Raises InvalidInput, and as ``reader`` does."""
    body, upload = asked.body, asked.upload
    if (upload is not None) + bool(body.image) + bool(body.image_url) > 1:
        raise InvalidInput("The request has more than one picture: send one of image and image_url.")
    if body.image_url:
        return reader.read_from(body.image_url)
    if upload is None and not body.image:
        return None
    content = unpacked(body.image) if upload is None else upload
    if len(content) > LARGEST_PICTURE:
        raise TooLarge(
            f"The picture has {len(content):,} bytes, more than {LARGEST_PICTURE:,}: make it smaller, "
            "1,000 pixels a side are plenty, or send its address as image_url."
        )
    return reader.read(content)


def unpacked(text: str) -> bytes:
    """The bytes that ``text`` is the base64 of (RFC 4648, either alphabet), as such or within a data: address."""
    if text[:5].lower() == "data:":
        kind, comma, text = text.partition(",")
        if not comma or not kind.lower().rstrip().endswith(";base64"):
            raise FormatRefused("The data: address in image is not in base64: encode it so.")
    packed = "".join(text.split()).translate(_FROM_URL_SAFE).rstrip("=")
    try:
        return binascii.a2b_base64(packed + "=" * (-len(packed) % 4), strict_mode=True)
    except ValueError:  # binascii's own error is one
        raise InvalidInput("image is not base64: send the file's bytes encoded so, or as a form.") from None
