"""From a record to a product, or to the one sentence that says why it is none."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from indexer.feeds.columns import Columns
from shared.domain.products import Availability, Product
from shared.services.feed_files.limits import MAX_FIELD
from shared.services.feed_files.records import Record, RowProblem, Value, shown
from shared.services.feed_files.text import BROKEN, clean, words
from shared.services.feed_files.values import (
    MAX_ID,
    parse_availability,
    parse_currency,
    parse_id,
    parse_image,
    parse_link,
    parse_moment,
    parse_price,
    parse_stock,
)

MAX_TITLE = 500
MAX_DESCRIPTION = 5_000
"""Google Merchant's own limit."""
MAX_WORDS = 200
"""Characters of a brand, a colour, an attribute."""
MAX_ATTRIBUTES = 24
MAX_LEVELS = 8
MAX_PATH = 2_000
"""Characters of a category path that are looked at."""
_MEANINGLESS = frozenset(words("true false yes no y n none null nan n/a na - 0 1"))
_PATH_MARK = re.compile(r"\s*(?:>|›|»|\|)\s*")
_NEXT_PATH = re.compile(r"\s*[,;]\s*(?=[^>,;]*>)")

T = TypeVar("T")


def product_of(record: Record, columns: Columns) -> Product:
    """The product that a record describes by the plan of ``columns``. Raises RowProblem."""
    cells = record.fields
    _require_whole(cells)

    def text_of(field: str, limit: int = MAX_WORDS) -> str:
        return clean(_one(cells.get(columns.of.get(field, ""), "")), limit)

    def parsed(field: str, parse: Callable[[str], T]) -> T | None:
        text = text_of(field)
        return parse(text) if text else None

    product_id = parse_id(_one(cells.get(columns.of["id"], "")))
    title = text_of("title", MAX_TITLE)
    if not title:
        raise RowProblem("has no title")
    price, currency = parsed("price", parse_price) or (None, "")
    sale_price, sale_currency = parsed("sale_price", parse_price) or (None, "")
    if price is None:
        price, sale_price = sale_price, None
    if sale_price is not None and price is not None and sale_price >= price:
        sale_price = None  # no reduction: the price is what is asked
    return Product(
        id=product_id,
        title=title,
        description=text_of("description", MAX_DESCRIPTION),
        brand=text_of("brand"),
        categories=categories_of(cells, columns),
        colour=text_of("colour"),
        material=text_of("material"),
        gender=text_of("gender"),
        size=text_of("size"),
        price=price,
        sale_price=sale_price,
        currency=parse_currency(text_of("currency")) or currency or sale_currency,
        availability=parsed("availability", parse_availability) or Availability.IN_STOCK,
        stock=parsed("stock", parse_stock),
        link=parse_link(_one(cells.get(columns.of.get("link", ""), ""))),
        image=parse_image(_one(cells.get(columns.of.get("image", ""), ""))),
        item_group_id=text_of("item_group_id", MAX_ID),
        gtin=text_of("gtin", MAX_ID),
        added_at=_added_at(text_of("added_at"), columns),
        attributes=_attributes(cells, columns, title),
    )


def _require_whole(cells: Mapping[str, Value]) -> None:
    for name, value in cells.items():
        for text in (value,) if isinstance(value, str) else value:
            if len(text) > MAX_FIELD:
                raise RowProblem(f"{shown(name)} is {len(text):,} characters long, more than {MAX_FIELD:,}")
            if not text.isprintable() and (found := BROKEN.search(text)):
                what = "a NUL byte" if found[0] == "\0" else "bytes that are not UTF-8"
                raise RowProblem(f"{shown(name)} holds {what}")


def _one(value: Value) -> str:
    return value if isinstance(value, str) else next(iter(value), "")


def categories_of(cells: Mapping[str, Value], columns: Columns) -> tuple[str, ...]:
    """The category path, broadest first: from one column or one for each level."""
    levels = [cells.get(name, "") for name in columns.levels]
    google = _one(cells.get(columns.google_category, "")) if columns.google_category else ""
    paths = [_path(_longest(level)) for level in levels]
    whole = max(paths, key=len, default=[])
    if len(whole) < 2 and not google.strip().isdigit() and len(_path(google)) > 1:
        whole = _path(google)
    if len(whole) < 2 or (len(paths) > 1 and columns.is_told("categories")):
        whole = [part for path in paths for part in path[:1]] or ([] if google.strip().isdigit() else _path(google))
    unique = dict.fromkeys(part for part in (clean(part, MAX_WORDS // 2) for part in whole) if part)
    return tuple(unique)[:MAX_LEVELS]


def _longest(level: Value) -> Value:
    """Of several whole paths the first; a list of bare names is a path itself."""
    if isinstance(level, tuple) and any(">" in name for name in level):
        return next(name for name in level if ">" in name)
    return level


def _path(level: Value) -> list[str]:
    if isinstance(level, tuple):
        return list(filter(None, level))
    if not level:
        return []
    level = " ".join(level[:MAX_PATH].replace("&gt;", ">").split())
    first = _NEXT_PATH.split(level, maxsplit=1)[0] if ">" in level else level
    return [part for part in _PATH_MARK.split(first) if part]


def _added_at(text: str, columns: Columns) -> datetime | None:
    moment = parse_moment(text) if text else None
    if text and moment is None and columns.is_told("added_at"):
        raise RowProblem(f"added_at {shown(text)} is not a date")
    return moment


def _attributes(cells: Mapping[str, Value], columns: Columns, title: str) -> dict[str, str]:
    """The columns that are left and short enough to say something about the product.

    In the order of their keys, not the record's: JSON has none, and a text that changes with it is encoded anew.
    """
    kept: dict[str, str] = {}
    for name in sorted(cells.keys() & columns.others.keys(), key=lambda name: (columns.others[name], name)):
        value = cells[name]
        if not value:
            continue
        text = value if isinstance(value, str) else ", ".join(value)
        if len(text) > MAX_WORDS or "://" in text or text.casefold() in _MEANINGLESS:
            continue
        text = clean(text, MAX_WORDS)
        if text and text != title:
            kept[columns.others[name]] = text
            if len(kept) == MAX_ATTRIBUTES:
                break
    return kept
