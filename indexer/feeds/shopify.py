"""Shopify's product export: several rows a product, one for each variant, the shared columns only in the first."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from shared.services.feed_files.names import canonical
from shared.services.feed_files.records import Record, Reject, RowProblem, Value
from shared.services.feed_files.values import parse_price

_SHARED = [
    "title",
    "bodyhtml",
    "vendor",
    "productcategory",
    "type",
    "tags",
    "published",
    "status",
    "imagesrc",
    "option1name",
    "option2name",
    "option3name",
    "googleshoppinggender",
]
_OPTIONS = {"color": "color", "colour": "color", "size": "size", "material": "material"}


def is_shopify(names: Iterable[str]) -> bool:
    return {"handle", "variantprice", "option1value"} <= {canonical(name) for name in names}


def variants(records: Iterable[Record | Reject]) -> Iterator[Record | Reject]:
    """One record a variant: its SKU (or handle and options) as id, its handle as group, the first row's shared cells.

    Rows that only bring another picture are no products and are left out.
    """
    handle, shared = "", dict[str, str]()
    for record in records:
        if isinstance(record, Reject):
            yield record
            continue
        cells = {canonical(name): value for name, value in record.fields.items() if isinstance(value, str)}
        if cells.get("handle", "") != handle or cells.get("title"):
            handle = cells.get("handle", "")
            shared = {name: cells[name] for name in _SHARED if cells.get(name)}
            first = True
        else:
            first = False
        if first or cells.get("variantprice") or cells.get("variantsku"):
            made = _variant(cells, shared, handle, first=first)
            rest = {n: v or shared.get(canonical(n), "") for n, v in record.fields.items() if n not in made}
            yield Record(record.line, {**made, **rest})


def _variant(cells: dict[str, str], shared: dict[str, str], handle: str, *, first: bool) -> dict[str, Value]:
    cells = {**shared, **{name: text for name, text in cells.items() if text}}
    options = [cells.get(f"option{n}value", "") for n in (1, 2, 3)]
    made: dict[str, Value] = {
        "id": cells.get("variantsku") or (handle if first else "/".join(filter(None, (handle, *options)))),
        "title": cells.get("title", ""),
        "description": cells.get("bodyhtml", ""),
        "brand": cells.get("vendor", ""),
        "category": cells.get("productcategory", ""),
        "product_type": cells.get("type", ""),
        "item_group_id": handle,
        "image_link": cells.get("variantimage") or cells.get("imagesrc", ""),
        "stock": cells.get("variantinventoryqty", ""),
        "gender": cells.get("googleshoppinggender", ""),
        "tags": cells.get("tags", ""),
        **_prices(cells),
    }
    for n, value in enumerate(options, 1):
        if field := _OPTIONS.get(cells.get(f"option{n}name", "").strip().casefold()):
            made[field] = value
    if cells.get("inventorypolicy", cells.get("variantinventorypolicy")) == "continue":
        made["stock"] = ""  # sold without counting
    hidden = cells.get("published", "").casefold() == "false" or cells.get("status", "active").casefold() != "active"
    made["availability"] = "out_of_stock" if hidden else "in_stock"
    return made


def _prices(cells: dict[str, str]) -> dict[str, Value]:
    """Shopify tells what is asked and, crossed out, what it was; a feed tells the price and the sale price."""
    asked, before = cells.get("variantprice", ""), cells.get("variantcompareatprice", "")
    with suppress(RowProblem):  # told when the row is mapped
        if before and asked and parse_price(before)[0] > parse_price(asked)[0]:
            return {"price": before, "sale_price": asked}
    return {"price": asked, "sale_price": ""}
