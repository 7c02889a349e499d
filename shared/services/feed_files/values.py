"""What shops write into the cells, as values: ids, prices, availability, quantities, moments, links."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared.domain.products import Availability
from shared.services.feed_files.currencies import CURRENCIES, DOT_THOUSANDS, SYMBOLS
from shared.services.feed_files.records import RowProblem, shown
from shared.services.feed_files.text import unescaped

MAX_ID = 128
MAX_PRICE = 1e10
"""No price of one product, in any currency in use, has eleven digits."""
MAX_STOCK = 2**31 - 1
MAX_URL = 2_048
_SEVERAL_URLS = 4 * MAX_URL

_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,3})?")
_NUMBER = re.compile(r"\d(?:[\d.,'’ ]*\d)?|[.,]\d+")
_SPACED = re.compile(r"\d{1,3}(?:['’ ]\d{3})+(?:[.,]\d+)?")
_GROUPS = {",": re.compile(r"\d{1,3}(?:,\d{2,3})+"), ".": re.compile(r"\d{1,3}(?:\.\d{3})+")}

_AVAILABILITY = {
    Availability.IN_STOCK: "instock available limitedavailability instoreonly onlineonly yes true 1 y t",
    Availability.OUT_OF_STOCK: "outofstock soldout unavailable notavailable discontinued no false 0 n f",
    Availability.PREORDER: "preorder presale",
    Availability.BACKORDER: "backorder onbackorder availablefororder madetoorder",
}
_STATES = {word: state for state, listed in _AVAILABILITY.items() for word in listed.split()}


def parse_id(text: str) -> str:
    """A product's id: 1 to :data:`MAX_ID` printable characters."""
    product_id = text.strip()
    if not product_id:
        raise RowProblem("has no id")
    if len(product_id) > MAX_ID:
        raise RowProblem(f"id {shown(product_id)} is {len(product_id):,} characters long, more than {MAX_ID}")
    if not product_id.isprintable():
        raise RowProblem(f"id {shown(product_id)} holds characters that cannot be printed")
    return product_id


def parse_price(text: str) -> tuple[float, str]:
    """The amount and the ISO 4217 currency ("" when not told) of "15.00 USD", "EUR 1.234,50", "$15" or "1,299.00"."""
    if _PLAIN.fullmatch(text):
        return _sane(float(text), text), ""
    body = re.sub(r"[.,]\s?[-–—]+(?=\D*$)", "", text).replace("−", "-").strip()  # "15,-"
    found = _NUMBER.findall(body)
    if len(found) != 1:
        raise RowProblem(f"price {shown(text)} is not a {'single ' if found else ''}number")
    before, _, after = body.partition(found[0])
    if before.strip().startswith("-") or before.endswith("-"):
        raise RowProblem(f"price {shown(text)} is negative")
    currency = _currency(f"{before} {after}", text)
    return _sane(_amount(found[0], currency, text), text), currency


def parse_currency(text: str) -> str:
    """The ISO 4217 code of a currency column; "" for one that is not known."""
    code = text.strip().upper()
    return code if code in CURRENCIES else SYMBOLS.get(text.strip().lower(), "")


def _currency(words: str, text: str) -> str:
    currency = ""
    for word in words.replace("(", " ").replace(")", " ").split():
        code = word.strip(".:").upper()
        if code in CURRENCIES:
            return code
        symbol = word.lower().strip(".:")
        if symbol not in SYMBOLS:
            raise RowProblem(f"price {shown(text)} is not a number")
        currency = currency or SYMBOLS[symbol]
    return currency


def _amount(number: str, currency: str, text: str) -> float:
    digits = re.sub(r"['’ ]", "", number)
    if digits != number and not _SPACED.fullmatch(number):
        raise RowProblem(f"price {shown(text)} is not a single number")
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        mark = digits[last]
        other = "," if mark == "." else "."
        groups = bool(_GROUPS[mark].fullmatch(digits)) and digits[0] != "0"
        if other in digits:
            decimal = digits.count(mark) == 1
        elif digits.count(mark) > 1:
            decimal = False
        else:
            decimal = not (groups and len(digits) - last == 4 and (mark == "," or currency in DOT_THOUSANDS))
        if not decimal and not groups:
            raise RowProblem(f"price {shown(text)} is not a number")
        digits = digits.replace(other, "")
        digits = digits.replace(mark, "." if decimal else "")
    try:
        return float(digits)
    except ValueError:
        raise RowProblem(f"price {shown(text)} is not a number") from None


def _sane(amount: float, text: str) -> float:
    if not math.isfinite(amount) or amount > MAX_PRICE:
        raise RowProblem(f"price {shown(text)} is beyond anything that is sold")
    return amount


def parse_availability(text: str) -> Availability:
    """Google's four values and what shops write for them, schema.org's URLs included."""
    word = "".join(char for char in text.rpartition("/")[2].casefold() if char.isalnum())
    state = _STATES.get(word)
    if state is None:
        raise RowProblem(f"availability {shown(text)} is not in_stock, out_of_stock, preorder or backorder")
    return state


def parse_stock(text: str) -> int:
    """A quantity; below zero (sold before it arrived) is none."""
    try:
        count = int(float(text.replace(" ", "")))
    except (ValueError, OverflowError):
        raise RowProblem(f"stock {shown(text)} is not a quantity") from None
    return min(max(count, 0), MAX_STOCK)


def parse_moment(text: str) -> datetime | None:
    """ISO 8601, RFC 2822, or Unix seconds, milli- or microseconds; UTC where no zone is told; None if none of these."""
    try:
        if text.isascii() and text.isdigit() and 9 <= len(text) <= 16:
            unit = 1 if len(text) <= 11 else 1_000 if len(text) <= 14 else 1_000_000
            moment = datetime.fromtimestamp(int(text) / unit, UTC)
        elif text[:4].isdigit():
            moment = datetime.fromisoformat(_iso(text))
        else:
            moment = parsedate_to_datetime(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None
    return moment if 1990 <= moment.year <= 2100 else None


def _iso(text: str) -> str:
    text = text.replace("/", "-").removesuffix(" UTC")
    return re.sub(r"(\d) ([+-]\d\d:?\d\d)$", r"\1\2", text)


def parse_link(text: str) -> str:
    """An http(s) URL or a path on the shop's own site; "" for anything else, such as ``javascript:``."""
    text = unescaped(text[:_SEVERAL_URLS]).strip()
    if len(text) > MAX_URL or not text.isprintable() or " " in text:
        return ""
    scheme = text.lower()
    return text if scheme.startswith(("http://", "https://")) or (text[0:1] == "/" and text[1:2] not in "/\\") else ""


def parse_image(text: str) -> str:
    """The first picture that is named: an http(s) URL or a relative path; "" for another scheme."""
    text = unescaped(text[:_SEVERAL_URLS]).strip()
    text = re.split(r"\s*[,|]\s*(?=https?://)", text, maxsplit=1)[0].strip()
    if len(text) > MAX_URL or not text.isprintable():
        return ""
    if text.startswith("//"):
        text = "https:" + text
    scheme, separator, _ = text.partition(":")
    foreign = separator and scheme.isalpha() and len(scheme) > 1 and scheme.lower() not in ("http", "https")
    return "" if foreign else text
