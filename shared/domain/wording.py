"""What comes from a feed, made fit for an email: words, addresses and prices. Nothing is escaped here."""

import re
import unicodedata
from decimal import Decimal
from urllib.parse import quote, urlsplit

from shared.domain.money import rounded

_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩", "UAH": "₴", "TRY": "₺"}
"""Those that are read in front of the amount and mistaken for no other currency's; the rest is said by its code."""
_LOCAL_DOLLARS = {"AUD": "A$", "BRL": "R$", "CAD": "CA$", "HKD": "HK$", "MXN": "MX$", "NZD": "NZ$", "SGD": "S$"}
_KEPT_FORMATS = frozenset("\u200c\u200d")
"""The joiners: emoji and several scripts need them."""
_MERGE_TAG = re.compile(r"(?<=[{<*])(?=[{%|#])|(?<=%)(?=[\w.]+%)")
"""Inside what a sending service would take for something to fill in: ``{{``, ``{%``, ``<%``, ``*|`` and ``%name%``."""
_ADDRESS_CHARACTERS = ":/?#[]@!$&()*+,;=%~-._"
_MOST_ADDRESS = 2000


def plain(text: str, most: int) -> str:
    """On one line, without control characters and those that change the direction of text; ``most`` characters at most.

    A cut is made at a space where there is one, and said by an ellipsis. What a sending service would fill in is taken
    apart by a space: the email, once made, goes through one.
    """
    text = text[: most * 4]
    if not (text.isascii() and text.isprintable()):
        told = "".join(each if _is_told(each) else " " if each.isspace() else "" for each in text)
        text = unicodedata.normalize("NFC", told)
    words = re.sub(r"\s+", " ", _MERGE_TAG.sub(" ", text)).strip()
    if len(words) <= most:
        return words
    cut = words[: most - 1]
    return (cut.rpartition(" ")[0] if " " in cut[most // 2 :] else cut).rstrip(" ,.;:-") + "…"


def _is_told(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or character in _KEPT_FORMATS


def web_address(text: str) -> str:
    """``text`` as an address that starts with http:// or https://, in ASCII; empty where it is none."""
    text = text.strip()
    if not text or len(text) > _MOST_ADDRESS or any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in text):
        return ""
    try:
        parts = urlsplit(text)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname or parts.username is not None:
            return ""
        if not parts.hostname.isascii():  # not all mail programs decode a host
            port = f":{parts.port}" if parts.port else ""
            text = parts._replace(netloc=parts.hostname.encode("idna").decode() + port).geturl()
        return quote(text, safe=_ADDRESS_CHARACTERS)
    except (ValueError, UnicodeError):
        return ""


def printed(amount: float | None, currency: str) -> str | None:
    """``€1,234.50``, ``¥1,200`` or ``12.00 SEK``; None where there is no price, or none that is a number."""
    if amount is None or not 0 <= amount < 1e12:
        return None
    code = plain(currency, 8).upper()
    number = f"{rounded(Decimal(repr(amount)), code):,}"
    symbol = _SYMBOLS.get(code) or _LOCAL_DOLLARS.get(code)
    return f"{symbol}{number}" if symbol else f"{number} {code}".rstrip()
