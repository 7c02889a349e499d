"""Text as a shopper should read it: without markup, control characters and stray space."""

import html
import re

_TOKEN = re.compile(r"<[A-Za-z/!?][^<>]*>|[^<]+|<")
_ENTITY = re.compile(r"&(?:#\d{1,8}|#[xX][0-9A-Fa-f]{1,7}|[A-Za-z]\w{1,31});")
_SILENT_TAG = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)
_INLINE_TAG = re.compile(r"</?(?:a|b|i|u|em|strong|span|sup|sub|small|font|mark|abbr)\b", re.IGNORECASE)
# Controls, zero-width space and marks, bidirectional overrides (a way to disguise text), byte order marks.
# Joiners stay: Indic scripts and emoji need them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffc]"
)
BROKEN = re.compile("[\x00\ud800-\udfff\ufdd0]")
"""What must not be in a row: NUL, and what readers put for bytes that are no text."""


def clean(text: str, limit: int) -> str:
    """One line of plain text of at most ``limit`` characters, cut at the end of a word where it is too long."""
    if not text:
        return ""
    if not text.isprintable():
        text = _UNWANTED.sub("", text)
    if "<" in text or "&" in text:
        # Texts that went through two systems are often escaped twice.
        text = _without_tags(_unescaped(_without_tags(text)))
        text = _UNWANTED.sub("", text)
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[: limit + 1].rpartition(" ")[0]
    return cut if len(cut) > limit // 2 else text[:limit]


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:
        return text  # an entity of more digits than Python makes a number of


def unescaped(text: str) -> str:
    """Entities that end with a semicolon resolved: in a URL, ``&copy=`` is a parameter."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def _without_tags(text: str) -> str:
    """One pass over the tokens, so that hostile markup costs no more than its length (html.parser's does)."""
    if "<" not in text:
        return text
    parts, skipping = [], ""
    for token in _TOKEN.findall(text):
        if token[0] == "<" and len(token) > 1:
            silent = _SILENT_TAG.match(token)
            if silent:
                skipping = "" if silent[1] else silent[2].lower()
            parts.append("" if _INLINE_TAG.match(token) else " ")
        elif not skipping:
            parts.append(token)
    return "".join(parts)


def words(text: str) -> tuple[str, ...]:
    """A list of plain words, written as one text where they are code."""
    return tuple(text.split())
