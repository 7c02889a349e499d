"""XML text that a parser will not stumble over: what real feeds get wrong, mended or marked before it sees it.

A strict parser must give up a whole feed at one bad byte, one ``&nbsp;`` or one "Marks & Spencer". Each of these is in
one value, so it is mended (entities, ampersands, control characters) or marked (bytes that are no text), and only
the row it stands in suffers.
"""

import codecs
import html.entities
import re

from shared.domain.errors import FeedRejected

BROKEN_MARK = "\ufdd0"
"""A noncharacter that XML admits and no text uses: stands for each byte that could not be decoded."""

ENCODINGS = frozenset({"utf-8", "ascii", "iso8859-1", "cp1252", "iso8859-15", "utf-16"})

_DECLARATION = re.compile(r"<\?xml\s[^<>]{0,200}\?>")
_ENCODING = re.compile(rb"""<\?xml\s[^<>]{0,150}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_UNDECODABLE = re.compile("[\ud800-\udfff\x00]")
_ILLEGAL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AMPERSAND = re.compile(
    r"&(?:#(?P<decimal>\d{1,8});|#[xX](?P<hexadecimal>[0-9A-Fa-f]{1,7});|(?P<name>[A-Za-z]\w{1,31});)?"
)
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})
_OPEN, _CLOSE = "<![CDATA[", "]]>"
_HELD_BACK = 48
"""Characters kept until more is known: an entity or a marker may be cut by the end of a chunk."""


class XmlRepair:
    """Takes the feed's bytes in chunks and gives back UTF-8 of as many lines, without an XML declaration."""

    def __init__(self, head: bytes) -> None:
        self._decoder = codecs.getincrementaldecoder(_encoding(head))("surrogateescape")
        self._rest = ""
        self._in_cdata = False
        self._first = True

    def feed(self, chunk: bytes, *, final: bool) -> bytes:
        text = self._rest + self._decoder.decode(chunk, final=final)
        if self._first:
            # The declared encoding no longer holds.
            text = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text.lstrip("\ufeff"), count=1)
            self._first = False
        cut = len(text) if final else _safe_cut(text)
        text, self._rest = text[:cut], text[cut:]
        if not text.isascii() or _ILLEGAL.search(text) or "\0" in text:
            text = _ILLEGAL.sub(" ", _UNDECODABLE.sub(BROKEN_MARK, text))
        if self._in_cdata or "&" in text or "CDATA" in text:
            text = self._mend_entities(text)
        return text.encode("utf-8")

    def _mend_entities(self, text: str) -> str:
        """Outside of CDATA, where an ampersand means something."""
        parts = []
        while text:
            marker = _CLOSE if self._in_cdata else _OPEN
            before, found, text = text.partition(marker)
            parts.append(before if self._in_cdata else _AMPERSAND.sub(_mended, before))
            parts.append(found)
            if found:
                self._in_cdata = not self._in_cdata
        return "".join(parts)


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = _ENCODING.search(head)
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = ""
    if known not in ENCODINGS:
        raise FeedRejected(f"The feed declares the encoding '{name}', which is not supported: save it as UTF-8.")
    return known


def _safe_cut(text: str) -> int:
    """Where the text can be cut so that no entity and no CDATA marker is."""
    for position in range(len(text) - 1, max(-1, len(text) - _HELD_BACK), -1):
        char = text[position]
        if char in "&<]" and ";" not in text[position:] and ">" not in text[position:]:
            return position - 1 if char == "]" and text[position - 1 : position] == "]" else position
    return len(text)


def _mended(found: re.Match[str]) -> str:
    name = found["name"]
    if name:
        if name in _PREDEFINED:
            return found[0]
        text = html.entities.html5.get(name + ";", "")
        return text.translate({38: "&amp;", 60: "&lt;", 62: "&gt;"}) or "&amp;" + found[0][1:]
    digits, base = (found["decimal"], 10) if found["decimal"] else (found["hexadecimal"], 16)
    if not digits:
        return "&amp;"
    code = int(digits, base)
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return found[0] if legal else " "
