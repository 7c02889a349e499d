"""What a JPEG makes its decoder do over and over, counted before it is decoded: no size in pixels bounds it."""

import re

MOST_PASSES = 100
"""Scans of a file. Each goes over all of the picture, however little it says; cameras and programs write about ten."""
MOST_SEGMENTS = 1_000
"""Before and between them. Pillow puts together those of one kind, one at a time; the largest profile has 255."""

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_NEXT = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""A marker: 0xFF and what is neither a stuffed zero nor a restart (ITU-T T.81, B.1.1)."""


def is_excessive(content: bytes) -> bool:
    """Whether the first picture of the JPEG ``content`` has more passes or segments than is sane.

    It is walked as libjpeg does: what comes after its end, such as a phone's film, is not looked at.
    """
    at, passes, segments = 2, 0, 0
    while (found := _NEXT.search(content, at)) and (marker := found[1][0]) != _EOI:
        at = found.end()
        if marker == _SOI or marker == 0x01:  # those two have no length
            continue
        at += max(int.from_bytes(content[at : at + 2], "big"), 2)
        passes += marker == _SOS
        segments += 1
        if passes > MOST_PASSES or segments > MOST_SEGMENTS:
            return True
    return False
