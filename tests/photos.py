"""Picture files as shoppers and strangers send them."""

import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image

HEIF_START = struct.pack(">I", 24) + b"ftyp"


def saved(image: Image.Image, kind: str = "JPEG", **more: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **more)
    return target.getvalue()


def plain(colour: object, size: tuple[int, int] = (60, 80), kind: str = "JPEG") -> bytes:
    return saved(Image.new("RGB", size, colour), kind)  # type: ignore[arg-type]


@cache
def scene(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Something with an up, a left and fine detail."""
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack(
        [255 * columns / width, 255 * rows / height, 128 + 60 * np.sin(columns / 9) * np.cos(rows / 7)], axis=-1
    )
    pixels[: height // 3, : width // 4] = (250, 240, 30)
    return Image.fromarray(pixels.astype(np.uint8))


def heif(brand: bytes, *compatible: bytes) -> bytes:
    names = b"".join(compatible)
    return struct.pack(">I", 16 + len(names)) + b"ftyp" + brand + bytes(4) + names + bytes(400)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@cache
def vast_png(side: int = 40_000) -> bytes:
    """A whole PNG of ``side`` × ``side`` black pixels, one bit each: 200 MB in some 200 kB."""
    packer = zlib.compressobj(6)
    rows = [packer.compress(bytes(1 + side // 8) * 1_000) for _ in range(side // 1_000)]
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [_chunk(b"IHDR", header), _chunk(b"IDAT", b"".join(rows) + packer.flush()), _chunk(b"IEND", b"")]
    )


def vast_jpeg() -> bytes:
    """It says 65,500 × 65,500 and has the data of 8 × 8."""
    content = bytearray(plain("red", (8, 8)))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", 65_500, 65_500)
    return bytes(content)


def vast_gif() -> bytes:
    content = bytearray(plain("red", (8, 8), "GIF"))
    content[6:10] = struct.pack("<HH", 65_535, 65_535)
    return bytes(content)


def vast_bmp() -> bytes:
    content = bytearray(plain("red", (8, 8), "BMP"))
    content[18:26] = struct.pack("<ii", 60_000, 60_000)
    return bytes(content)


def vast_webp() -> bytes:
    """The largest that a lossless WebP can say it is."""
    content = bytearray(saved(Image.new("RGB", (8, 8), "red"), "WEBP", lossless=True))
    at = content.index(b"VP8L") + 9
    bits = int.from_bytes(content[at : at + 4], "little")
    content[at : at + 4] = (bits | (16_383 | 16_383 << 14)).to_bytes(4, "little")
    return bytes(content)


def text_bomb_png() -> bytes:
    """A small picture with 200 MB of compressed words in it."""
    content = plain("red", (40, 40), "PNG")
    packer = zlib.compressobj(9)
    words = packer.compress(bytes(100_000_000)) + packer.flush()
    return content[:33] + _chunk(b"zTXt", b"Comment\0\0" + words) * 2 + content[33:]


SVG = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="99" height="99">
<image xlink:href="http://169.254.169.254/latest/meta-data/"/><text>&a;</text><script>alert(1)</script></svg>"""
POLYGLOT = b"GIF89a/*" + b"<html><script>alert(1)</script></html>" * 20 + b"*/=1;"
HTML = b"<!DOCTYPE html><html><body><img src=x onerror=alert(1)></body></html>"
